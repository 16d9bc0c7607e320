// Sampling at computed positions: grid_sampler and affine_grid_generator, in two and three dimensions.
#include <numeric>

#include "export/ops/families.h"
#include "export/ops/sampler.h"

namespace deploytool::exporter::ops {

namespace {

constexpr const char* kModes[] = {"bilinear", "nearest", "bicubic"};
constexpr const char* kPaddings[] = {"zeros", "border", "reflection"};

// aten::grid_sampler, grid_sampler_2d, grid_sampler_3d
Results gridSampler(Call& c) {
  const Tensor x = c.tensor("input"), grid = c.tensor("grid");
  const int64_t mode = c.integer("interpolation_mode"), padding = c.integer("padding_mode");
  const auto spatial = static_cast<size_t>(x.rank() - 2);
  if (c.b.opset() >= 16 && spatial == 2)
    return {c.b.op("GridSample", {x, grid}, {{"mode", kModes[mode]}, {"padding_mode", kPaddings[padding]},
                                             {"align_corners", c.boolean("align_corners")}})};
  if (mode == kBicubic && spatial != 2) c.refuse("bicubic sampling of anything but images");
  Dims sizes(x.dims().begin() + 2, x.dims().end());
  Dim points = 1;
  Dims result{x.dim(0), x.dim(1)};
  for (int64_t i = 1; i + 1 < grid.rank(); ++i) {
    points = points * grid.dim(i);
    result.push_back(grid.dim(i));
  }
  const Sampler sampler{c, c.b.reshape(x, {x.dim(0), x.dim(1), ir::product(sizes)}), sizes, padding,
                        c.boolean("align_corners"), grid.dtype()};
  const Tensor flatGrid = c.b.reshape(grid, {grid.dim(0), points, static_cast<int64_t>(spatial)});
  Tensors coordinates;
  for (size_t d = 0; d < spatial; ++d) {  // the grid's last axis holds x, y, z: the last spatial axis first
    const Tensor g = c.b.select(flatGrid, 2, static_cast<int64_t>(spatial - 1 - d));
    const Tensor at = sampler.unnormalised(g, sizes[d]);
    coordinates.push_back(mode == kBicubic ? at : sampler.padded(at, sizes[d]));
  }
  const Tensor y = mode == kNearest ? sampler.nearest(coordinates)
                   : mode == kBicubic ? sampler.cubic(coordinates) : sampler.linear(coordinates);
  return {c.b.reshape(y, result)};
}

/// Centres (or, aligned, corners) of `size` cells over [-1, 1].
Tensor cellPositions(Call& c, const Dim& size, bool alignCorners, DType dtype) {
  Builder& b = c.b;
  const Tensor i = b.cast(b.range(0, size), dtype);
  const auto number = [&](const Dim& d) { return b.cast(b.dim(d), dtype); };
  if (!alignCorners) return b.addScalar(b.div(b.addScalar(b.mulScalar(i, 2), 1), number(size)), -1);
  if (size == Dim(1)) return b.full(dtype, {1}, 0);
  return b.addScalar(b.div(b.mulScalar(i, 2), number(size - 1)), -1);
}

// aten::affine_grid_generator
Results affineGrid(Call& c) {
  Builder& b = c.b;
  const Tensor theta = c.tensor("theta");
  const Dims size = c.dims("size");
  const Dims spatial(size.begin() + 2, size.end());
  const auto rank = static_cast<int64_t>(spatial.size());
  Dims dims = spatial;
  dims.emplace_back(1);
  Tensors parts;  // x, y, z, 1: the last axis first
  for (int64_t d = rank - 1; d >= 0; --d) {
    std::vector<int64_t> axes;
    for (int64_t i = 0; i <= rank; ++i)
      if (i != d) axes.push_back(i);
    const Tensor line = cellPositions(c, spatial[static_cast<size_t>(d)], c.boolean("align_corners"), theta.dtype());
    parts.push_back(b.expand(b.unsqueeze(line, axes), dims));
  }
  parts.push_back(b.full(theta.dtype(), dims, 1));
  const Tensor base = b.reshape(b.concat(parts, rank), {ir::product(spatial), rank + 1});
  const Tensor grid = b.matmul(b.unsqueeze(base, {0}), b.swapAxes(theta, 1, 2));
  Dims result{theta.dim(0)};
  result.insert(result.end(), spatial.begin(), spatial.end());
  result.emplace_back(rank);
  return {b.reshape(grid, result)};
}

}  // namespace

std::vector<Row> grid() {
  constexpr const char* kLimits = "bicubic in three dimensions";
  return {
      {"aten::grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)", gridSampler, kLimits},
      {"aten::grid_sampler_2d(input, grid, interpolation_mode, padding_mode, align_corners)", gridSampler},
      {"aten::grid_sampler_3d(input, grid, interpolation_mode, padding_mode, align_corners)", gridSampler, kLimits},
      {"aten::affine_grid_generator(theta, size, align_corners)", affineGrid},
  };
}

}  // namespace deploytool::exporter::ops
