// Rearranging elements: rotation, flips, windows, pixel shuffles, column matrices of images.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

Tensor reversed(Builder& b, const Tensor& x, int64_t axis) {
  return knownDims(b.slice(x, axis, -1, std::numeric_limits<int64_t>::min(), -1), x.dims());
}

// aten::flip(self, dims)
Results flip(Call& c) {
  Tensor x = c.tensor("self");
  if (c.integers("dims").empty()) return one(x);
  for (int64_t axis : c.axes("dims", x.rank())) x = reversed(c.b, x, axis);
  return one(x);
}

Lowering flipAxis(int64_t axis) {
  return [axis](Call& c) { return one(reversed(c.b, c.tensor("self"), axis)); };
}

// aten::rot90(self, k, dims)
Results rot90(Call& c) {
  const Tensor x = c.tensor("self");
  const std::vector<int64_t> axes = c.axes("dims", x.rank());
  if (axes.size() != 2) c.refuse("rot90 needs two axes");
  switch (((c.integer("k") % 4) + 4) % 4) {
    case 1: return one(c.b.swapAxes(reversed(c.b, x, axes[1]), axes[0], axes[1]));
    case 2: return one(reversed(c.b, reversed(c.b, x, axes[0]), axes[1]));
    case 3: return one(c.b.swapAxes(reversed(c.b, x, axes[0]), axes[0], axes[1]));
    default: return one(x);
  }
}

Tensor rolled(Builder& b, const Tensor& x, int64_t axis, const Dim& shift) {
  const Dim& size = x.dim(axis);
  if (size == Dim(0) || size == Dim(1)) return x;
  const Dim tail = ir::mod(shift, size.isPositive() ? size : ir::max(size, 1));
  if (tail == Dim(0)) return x;
  const Dims tailDims = withDim(x.dims(), axis, tail), headDims = withDim(x.dims(), axis, size - tail);
  const Tensor end = knownDims(b.slice(x, axis, size - tail, size), tailDims);
  const Tensor begin = knownDims(b.slice(x, axis, 0, size - tail), headDims);
  return knownDims(b.concat({end, begin}, axis), x.dims());
}

// aten::roll(self, shifts, dims)
Results roll(Call& c) {
  Tensor x = c.tensor("self");
  const Dims shifts = c.dims("shifts");
  if (c.integers("dims").empty()) {
    if (shifts.size() != 1) c.refuse("roll without dims needs one shift");
    return one(c.b.reshape(rolled(c.b, c.b.flattenAll(x), 0, shifts[0]), x.dims()));
  }
  const std::vector<int64_t> axes = c.axes("dims", x.rank());
  if (axes.size() != shifts.size()) c.refuse("roll needs as many shifts as dims");
  for (size_t i = 0; i < axes.size(); ++i) x = rolled(c.b, x, axes[i], shifts[i]);
  return one(x);
}

// aten::fft_fftshift, fft_ifftshift(self, dim): element 0 to the middle of the axis, and back
template <bool Back>
Results shiftToMiddle(Call& c) {
  Tensor x = c.tensor("self");
  for (int64_t axis : c.axes("dim", x.rank()))
    x = rolled(c.b, x, axis, ir::floorDiv(Back ? x.dim(axis) + 1 : x.dim(axis), 2));
  return one(x);
}

// ---- channels and pixels ------------------------------------------------------------------------------------------

// aten::pixel_shuffle(self, upscale_factor): [*, C r², H, W] → [*, C, H r, W r]
Results pixelShuffle(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t r = c.integer("upscale_factor");
  if (x.rank() < 3) c.refuse("pixel_shuffle needs a tensor of rank 3 or more");
  const Dims lead(x.dims().begin(), x.dims().end() - 3);
  const Dim channels = ir::floorDiv(x.dim(-3), r * r), height = x.dim(-2), width = x.dim(-1);
  const Tensor parts = c.b.reshape(x, {ir::product(lead), channels, r, r, height, width});
  Dims dims = lead;
  dims.insert(dims.end(), {channels, height * Dim(r), width * Dim(r)});
  return one(c.b.reshape(c.b.transpose(parts, {0, 1, 4, 2, 5, 3}), dims));
}

// aten::pixel_unshuffle(self, downscale_factor): [*, C, H r, W r] → [*, C r², H, W]
Results pixelUnshuffle(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t r = c.integer("downscale_factor");
  if (x.rank() < 3) c.refuse("pixel_unshuffle needs a tensor of rank 3 or more");
  const Dims lead(x.dims().begin(), x.dims().end() - 3);
  const Dim channels = x.dim(-3), height = ir::floorDiv(x.dim(-2), r), width = ir::floorDiv(x.dim(-1), r);
  const Tensor parts = c.b.reshape(x, {ir::product(lead), channels, height, r, width, r});
  Dims dims = lead;
  dims.insert(dims.end(), {channels * Dim(r * r), height, width});
  return one(c.b.reshape(c.b.transpose(parts, {0, 1, 3, 5, 2, 4}), dims));
}

// aten::channel_shuffle(self, groups)
Results channelShuffle(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t groups = c.integer("groups");
  Dims dims = x.dims();
  dims[1] = groups;
  dims.insert(dims.begin() + 2, ir::floorDiv(x.dim(1), groups));
  return one(c.b.reshape(c.b.swapAxes(c.b.reshape(x, dims), 1, 2), x.dims()));
}

// ---- windows ------------------------------------------------------------------------------------------------------

/// Start positions down, offsets across: int64[count, size].
Tensor windowIndices(Builder& b, const Dim& count, const Dim& step, const Dim& size, const Dim& dilation) {
  const auto n = count.asLiteral(), k = size.asLiteral(), by = step.asLiteral(), apart = dilation.asLiteral();
  if (n && k && by && apart && *n * *k <= 65536) {
    std::vector<int64_t> values;
    for (int64_t i = 0; i < *n; ++i)
      for (int64_t j = 0; j < *k; ++j) values.push_back(i * *by + j * *apart);
    return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(DType::Int64, {*n, *k}, values)));
  }
  return b.add(b.unsqueeze(progression(b, count, 0, step), {1}), b.unsqueeze(progression(b, size, 0, dilation), {0}));
}

// aten::unfold(self, dimension, size, step): windows along an axis, their elements in a new last axis
Results unfold(Call& c) {
  const Tensor x = atLeast1d(c.b, c.tensor("self"));
  const int64_t axis = c.axis("dimension", x.rank());
  const Dim size = c.dim("size"), step = c.dim("step");
  const Dim count = ir::floorDiv(x.dim(axis) - size, step) + Dim(1);
  const Tensor windows = c.b.gather(x, windowIndices(c.b, count, step, size, 1), axis);
  return one(moveAxes(c.b, windows, {axis + 1}, {x.rank()}));
}

struct Window {
  int64_t kernel, dilation, padding, stride;
  Dim count(const Dim& size) const {
    return ir::floorDiv(size + Dim(2 * padding - dilation * (kernel - 1) - 1), stride) + Dim(1);
  }
};

std::pair<Window, Window> windows(Call& c) {
  const auto k = c.integers("kernel_size", 2), d = c.integers("dilation", 2), p = c.integers("padding", 2),
             s = c.integers("stride", 2);
  return {{k[0], d[0], p[0], s[0]}, {k[1], d[1], p[1], s[1]}};
}

// aten::im2col(self, kernel_size, dilation, padding, stride): [N, C, H, W] → [N, C kh kw, L]
Results im2col(Call& c) {
  Tensor x = c.tensor("self");
  const bool batched = x.rank() == 4;
  if (!batched) x = c.b.unsqueeze(x, {0});
  const auto [rows, columns] = windows(c);
  const Dim high = rows.count(x.dim(2)), wide = columns.count(x.dim(3));
  const Dim channels = x.dim(1) * Dim(rows.kernel * columns.kernel);
  Dims dims{x.dim(0), channels, high * wide};
  x = c.b.pad(x, {{0, 0}, {0, 0}, {rows.padding, rows.padding}, {columns.padding, columns.padding}});
  x = c.b.gather(x, windowIndices(c.b, rows.kernel, rows.dilation, high, rows.stride), 2);
  x = c.b.gather(x, windowIndices(c.b, columns.kernel, columns.dilation, wide, columns.stride), 4);
  x = c.b.transpose(x, {0, 1, 2, 4, 3, 5});  // [N, C, kh, kw, high, wide]
  if (!batched) dims.erase(dims.begin());
  return one(c.b.reshape(x, dims));
}

/// One output channel per kernel position: a transposed convolution with it adds every element where it belongs.
Tensor placementKernel(const Window& rows, const Window& columns) {
  const int64_t n = rows.kernel * columns.kernel;
  std::vector<float> values(static_cast<size_t>(n * n), 0.0F);
  for (int64_t i = 0; i < n; ++i) values[static_cast<size_t>(i * n + i)] = 1.0F;
  return Tensor(std::make_shared<const ir::Tensor>(
      ir::Tensor::of(DType::Float32, {n, 1, rows.kernel, columns.kernel}, values)));
}

// aten::col2im(self, output_size, kernel_size, dilation, padding, stride): sums what im2col takes apart
Results col2im(Call& c) {
  Tensor x = c.tensor("self");
  const DType dtype = x.dtype();
  const bool batched = x.rank() == 3;
  if (!batched) x = c.b.unsqueeze(x, {0});
  const auto [rows, columns] = windows(c);
  const Dims size = c.dims("output_size");
  const Dim high = rows.count(size[0]), wide = columns.count(size[1]);
  const int64_t positions = rows.kernel * columns.kernel;
  const Dim channels = ir::floorDiv(x.dim(1), positions), batch = x.dim(0);
  x = c.b.cast(c.b.reshape(x, {batch * channels, positions, high, wide}), DType::Float32);
  x = c.b.op("ConvTranspose", {x, placementKernel(rows, columns)},
             {{"kernel_shape", std::vector<int64_t>{rows.kernel, columns.kernel}},
              {"strides", std::vector<int64_t>{rows.stride, columns.stride}},
              {"dilations", std::vector<int64_t>{rows.dilation, columns.dilation}}});
  const auto extent = [](const Window& w, const Dim& count) {
    return (count - Dim(1)) * Dim(w.stride) + Dim(w.dilation * (w.kernel - 1) + 1);
  };
  x = knownDims(x, {batch * channels, 1, extent(rows, high), extent(columns, wide)});
  // The windows may end before the image does, and begin in its padding.
  x = c.b.pad(x, {{0, 0}, {0, 0}, {-rows.padding, size[0] + Dim(rows.padding) - x.dim(2)},
                  {-columns.padding, size[1] + Dim(columns.padding) - x.dim(3)}});
  Dims dims{batch, channels, size[0], size[1]};
  if (!batched) dims.erase(dims.begin());
  return one(c.b.cast(c.b.reshape(x, dims), dtype));
}

/// Where the elements of a strided view are in the flat tensor.
Tensor stridedPlaces(Call& c) {
  const Dims size = c.dims("size"), stride = c.dims("stride");
  if (size.size() != stride.size()) c.refuse("as many strides as sizes are needed");
  Tensor index = c.b.dim(c.has("storage_offset") ? c.dim("storage_offset") : Dim(0));
  for (size_t i = 0; i < size.size(); ++i) {
    const Tensor along = progression(c.b, size[i], 0, stride[i]);
    index = c.b.add(c.b.unsqueeze(index, {static_cast<int64_t>(i)}), along);
  }
  return index;
}

// aten::as_strided(self, size, stride, storage_offset), of a tensor laid out contiguously
Results asStrided(Call& c) {
  const Tensor flat = c.b.flattenAll(c.tensor("self"));
  return one(knownDims(c.b.gather(flat, stridedPlaces(c), 0), c.dims("size")));
}

// aten::as_strided_scatter(self, src, size, stride, storage_offset)
Results asStridedScatter(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor places = c.b.flattenAll(stridedPlaces(c)), source = c.b.cast(c.b.flattenAll(c.tensor("src")), x.dtype());
  const Tensor flat = c.b.op("ScatterElements", {c.b.flattenAll(x), places, source}, {{"axis", 0}});
  return one(c.b.reshape(flat, x.dims()));
}

}  // namespace

std::vector<Row> rearrange() {
  return {
      {"aten::flip(self, dims)", flip},
      {"aten::fliplr(self)", flipAxis(1)},
      {"aten::flipud(self)", flipAxis(0)},
      {"aten::rot90(self, k, dims)", rot90},
      {"aten::roll(self, shifts, dims)", roll},
      {"aten::fft_fftshift(self, dim)", shiftToMiddle<false>},
      {"aten::fft_ifftshift(self, dim)", shiftToMiddle<true>},
      {"aten::pixel_shuffle(self, upscale_factor)", pixelShuffle},
      {"aten::pixel_unshuffle(self, downscale_factor)", pixelUnshuffle},
      {"aten::channel_shuffle(self, groups)", channelShuffle},
      {"aten::native_channel_shuffle(self, groups)", channelShuffle},
      {"aten::unfold(self, dimension, size, step)", unfold},
      {"aten::unfold_copy(self, dimension, size, step)", unfold},
      {"aten::im2col(self, kernel_size, dilation, padding, stride)", im2col},
      {"aten::col2im(self, output_size, kernel_size, dilation, padding, stride)", col2im, "sums in float32"},
      {"aten::as_strided(self, size, stride, storage_offset)", asStrided, "tensors that are not laid out contiguously"},
      {"aten::as_strided_scatter(self, src, size, stride, storage_offset)", asStridedScatter,
       "tensors that are not laid out contiguously"},
      {"aten::as_strided_copy(self, size, stride, storage_offset)", asStrided,
       "tensors that are not laid out contiguously"},
  };
}

}  // namespace deploytool::exporter::ops
