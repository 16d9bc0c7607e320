// Up- and downsampling: nearest, linear, cubic, with and without antialiasing.
#include <algorithm>
#include <cmath>

#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

/// What one call asks for: sizes of the spatial axes, and scales where the caller gave them.
struct Target {
  Dims sizes;
  std::vector<double> scales;  ///< empty: from the sizes
};

/// floor(size * scale), as torch computes an output size.
Dim scaled(const Dim& size, double scale) {
  if (auto literal = size.asLiteral()) return static_cast<int64_t>(std::floor(static_cast<double>(*literal) * scale));
  if (scale == std::floor(scale)) return size * static_cast<int64_t>(scale);
  const double inverse = 1 / scale;
  if (std::abs(inverse - std::round(inverse)) < 1e-9) return ir::floorDiv(size, static_cast<int64_t>(std::round(inverse)));
  // scale = p / q exactly, for a small q
  for (int64_t q = 2; q <= 64; ++q)
    if (const double p = scale * static_cast<double>(q); p == std::floor(p)) return ir::floorDiv(size * static_cast<int64_t>(p), q);
  return -1;  // no integer expression: Resize computes it
}

/// Sizes that do not follow from the factors beside them would need both in one Resize.
void checkFactors(Call& c, const Tensor& x, const Dims& sizes) {
  static constexpr const char* kNames[] = {"scales_d", "scales_h", "scales_w"};
  for (size_t i = 0; i < sizes.size(); ++i) {
    const char* name = sizes.size() == 1 ? "scales" : kNames[3 - sizes.size() + i];
    if (!c.has(name)) continue;
    const Dim expected = scaled(x.dim(static_cast<int64_t>(i) + 2), c.number(name));
    if (expected.isLiteral() && sizes[i].isLiteral() && expected != sizes[i]) c.refuse("output sizes that do not follow from the scale factors");
  }
}

Target targetOf(Call& c, const Tensor& x) {
  Target target;
  const auto spatial = static_cast<size_t>(x.rank() - 2);
  if (c.has("scale_factors")) target.scales = c.numbers("scale_factors");
  if (spatial == 1 && c.has("scales")) target.scales = {c.number("scales")};
  if (c.has("scales_h") && c.has("scales_w")) target.scales = {c.number("scales_h"), c.number("scales_w")};
  if (spatial == 3 && !target.scales.empty() && c.has("scales_d")) target.scales.insert(target.scales.begin(), c.number("scales_d"));
  if (target.scales.size() == 1 && spatial > 1) target.scales.resize(spatial, target.scales[0]);
  if (target.scales.size() != spatial) target.scales.clear();
  if (c.has("output_size")) target.sizes = c.dims("output_size");
  if (target.sizes.size() == 1 && spatial > 1) target.sizes.resize(spatial, target.sizes[0]);
  checkFactors(c, x, target.sizes);
  if (target.sizes.empty())
    for (size_t i = 0; i < spatial; ++i) target.sizes.push_back(scaled(x.dim(static_cast<int64_t>(i) + 2), target.scales.at(i)));
  if (!target.scales.empty() && c.has("recompute_scale_factor") && c.boolean("recompute_scale_factor")) {
    for (const Dim& size : target.sizes)
      if (size == Dim(-1)) c.refuse("recompute_scale_factor with a size that is no integer expression");
    target.scales.clear();
  }
  return target;
}

Tensor resized(Call& c, const Tensor& x, const Target& target, ir::Attributes attributes) {
  Builder& b = c.b;
  Tensors inputs{x, Tensor()};
  if (!target.scales.empty()) {
    std::vector<float> scales{1, 1};
    for (double s : target.scales) scales.push_back(static_cast<float>(s));
    inputs.push_back(std::make_shared<const ir::Tensor>(
        ir::Tensor::of(DType::Float32, {static_cast<int64_t>(scales.size())}, scales)));
  } else {
    Dims sizes{x.dim(0), x.dim(1)};
    sizes.insert(sizes.end(), target.sizes.begin(), target.sizes.end());
    inputs.push_back(Tensor());
    inputs.push_back(b.shape(sizes));
  }
  Tensor y = b.op("Resize", inputs, std::move(attributes));
  for (size_t i = 0; i < target.sizes.size(); ++i)
    if (target.sizes[i] != Dim(-1)) y.value()->type.dims->at(i + 2) = target.sizes[i];
  return y;
}

/// Whole factors are exact in Resize; other sizes round differently in float32, so the source rows are gathered by
/// positions computed as torch does.
bool isWholeFactor(const Tensor& x, const Target& target, size_t i) {
  if (!target.scales.empty()) return target.scales[i] == std::floor(target.scales[i]);
  const auto factor = ir::exactDiv(target.sizes[i], x.dim(static_cast<int64_t>(i) + 2));
  return factor && factor->isLiteral();
}

/// floor(o · scale), or floor((o + ½) · scale), in float32: int64[out].
Tensor nearestPositions(Builder& b, const Dim& in, const Dim& out, double givenScale, bool exact) {
  const auto number = [&](const Dim& d) { return b.cast(b.dim(d), DType::Float32); };
  const auto literal = in.asLiteral(), count = out.asLiteral();
  const Tensor o = b.cast(b.range(0, out), DType::Float32);
  const bool isKnown = givenScale > 0 || (literal && count);
  const float known = givenScale > 0 ? static_cast<float>(1 / givenScale)
                      : isKnown      ? static_cast<float>(*literal) / static_cast<float>(*count)
                                     : 0;
  const Tensor scale = isKnown ? b.scalar(DType::Float32, known) : b.div(number(in), number(out));
  const Tensor at = b.unary("Floor", b.mul(exact ? b.addScalar(o, 0.5) : o, scale));
  return b.binary("Min", b.cast(at, DType::Int64), b.dim(in - 1));
}

template <bool Exact>
Results nearest(Call& c) {
  Tensor x = c.has("input") ? c.tensor("input") : c.tensor("self");
  const Target target = targetOf(c, x);
  bool whole = true, known = true;
  for (size_t i = 0; i < target.sizes.size(); ++i) {
    whole = whole && isWholeFactor(x, target, i);
    known = known && target.sizes[i] != Dim(-1);
  }
  if (whole || !known)
    return {resized(c, x, target, {{"mode", "nearest"},
                                   {"coordinate_transformation_mode", Exact ? "half_pixel" : "asymmetric"},
                                   {"nearest_mode", Exact ? "round_prefer_ceil" : "floor"}})};
  for (size_t i = 0; i < target.sizes.size(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    const double scale = target.scales.empty() ? 0 : target.scales[i];
    if (target.sizes[i] == x.dim(axis) && (scale == 0 || scale == 1)) continue;
    x = c.b.gather(x, nearestPositions(c.b, x.dim(axis), target.sizes[i], scale, Exact), axis);
  }
  return {x};
}

const char* coordinates(Call& c) { return c.boolean("align_corners") ? "align_corners" : "half_pixel"; }

Results linear(Call& c) {
  const Tensor x = c.has("input") ? c.tensor("input") : c.tensor("self");
  return {resized(c, x, targetOf(c, x), {{"mode", "linear"}, {"coordinate_transformation_mode", coordinates(c)}})};
}

Results cubic(Call& c) {
  const Tensor x = c.has("input") ? c.tensor("input") : c.tensor("self");
  return {resized(c, x, targetOf(c, x), {{"mode", "cubic"}, {"coordinate_transformation_mode", coordinates(c)},
                                         {"cubic_coeff_a", -0.75}})};
}

// ---- antialiasing: each axis is a product with a matrix of filter weights ---------------------------------------

Tensor triangle(Call& c, const Tensor& distance) {
  return c.b.op("Relu", {c.b.sub(c.b.scalarLike(distance, 1), distance)});
}

/// Keys' cubic with a = -0.5: ((a+2)d - (a+3))d² + 1 up to 1, ((d-5)d + 8)d·a - 4a up to 2.
Tensor keys(Call& c, const Tensor& d) {
  Builder& b = c.b;
  const auto k = [&](double v) { return b.scalarLike(d, v); };
  const Tensor squared = b.mul(d, d);
  const Tensor near = b.add(b.mul(b.sub(b.mul(d, k(1.5)), k(2.5)), squared), k(1));
  const Tensor far = b.add(b.mul(b.mul(b.add(b.mul(b.sub(d, k(5)), d), k(8)), d), k(-0.5)), k(2));
  return b.where(b.compare("Less", d, k(1)), near, b.where(b.compare("Less", d, k(2)), far, k(0)));
}

using Filter = Tensor (*)(Call&, const Tensor&);

/// float[out, in]: the filter stretched to the scale when shrinking, its rows summing to 1.
Tensor filterMatrix(Call& c, const Dim& in, const Dim& out, double givenScale, bool alignCorners, Filter filter) {
  Builder& b = c.b;
  const auto number = [&](const Dim& d) { return b.cast(b.dim(d), DType::Float32); };
  Tensor scale = givenScale > 0 ? b.scalar(DType::Float32, 1 / givenScale) : b.div(number(in), number(out));
  if (alignCorners) {  // 0 for a single output; the centres stay where they are without it
    const Tensor isMany = b.binary("Min", number(out - 1), b.scalar(DType::Float32, 1));
    scale = b.mul(isMany, b.div(number(in - 1), b.binary("Max", number(out - 1), b.scalar(DType::Float32, 1))));
  }
  const Tensor o = b.cast(b.range(0, out), DType::Float32);
  const Tensor j = b.cast(b.range(0, in), DType::Float32);
  const Tensor center = b.mul(b.addScalar(o, 0.5), scale);
  const Tensor gap = b.unary("Abs", b.sub(b.unsqueeze(b.addScalar(j, 0.5), {0}), b.unsqueeze(center, {1})));
  const Tensor weights = filter(c, b.div(gap, b.binary("Max", scale, b.scalar(DType::Float32, 1))));
  return b.div(weights, b.reduce("ReduceSum", weights, {1}, true));
}

template <Filter F>
Results antialiased(Call& c) {
  Tensor x = c.has("input") ? c.tensor("input") : c.tensor("self");
  const DType dtype = x.dtype();
  const Target target = targetOf(c, x);
  x = c.b.cast(x, DType::Float32);
  for (size_t i = 0; i < target.sizes.size(); ++i) {
    const auto axis = static_cast<int64_t>(i) + 2;
    if (target.sizes[i] == x.dim(axis)) continue;
    const double given = target.scales.empty() ? 0 : target.scales[i];
    const Tensor m = c.b.swapAxes(filterMatrix(c, x.dim(axis), target.sizes[i], given, c.boolean("align_corners"), F), 0, 1);
    x = c.b.swapAxes(c.b.matmul(c.b.swapAxes(x, axis, -1), m), axis, -1);
  }
  if (dtype == DType::UInt8) x = c.b.op("Clip", {c.b.unary("Round", x), c.b.scalar(DType::Float32, 0), c.b.scalar(DType::Float32, 255)});
  return {c.b.cast(x, dtype)};
}

}  // namespace

constexpr const char* kInfinite = "infinite pixels (they spread over a row as NaN)";

std::vector<Row> resize() {
  return {
      {"aten::upsample_nearest1d(self, output_size, scales)", nearest<false>},
      {"aten::upsample_nearest2d(self, output_size, scales_h, scales_w)", nearest<false>},
      {"aten::upsample_nearest3d(self, output_size, scales_d, scales_h, scales_w)", nearest<false>},
      {"aten::upsample_nearest1d.vec(input, output_size, scale_factors)", nearest<false>},
      {"aten::upsample_nearest2d.vec(input, output_size, scale_factors)", nearest<false>},
      {"aten::upsample_nearest3d.vec(input, output_size, scale_factors)", nearest<false>},
      {"aten::_upsample_nearest_exact1d(self, output_size, scales)", nearest<true>},
      {"aten::_upsample_nearest_exact2d(self, output_size, scales_h, scales_w)", nearest<true>},
      {"aten::_upsample_nearest_exact3d(self, output_size, scales_d, scales_h, scales_w)", nearest<true>},
      {"aten::_upsample_nearest_exact1d.vec(input, output_size, scale_factors)", nearest<true>},
      {"aten::_upsample_nearest_exact2d.vec(input, output_size, scale_factors)", nearest<true>},
      {"aten::_upsample_nearest_exact3d.vec(input, output_size, scale_factors)", nearest<true>},
      {"aten::upsample_linear1d(self, output_size, align_corners, scales)", linear},
      {"aten::upsample_bilinear2d(self, output_size, align_corners, scales_h, scales_w)", linear},
      {"aten::upsample_trilinear3d(self, output_size, align_corners, scales_d, scales_h, scales_w)", linear},
      {"aten::upsample_linear1d.vec(input, output_size, align_corners, scale_factors)", linear},
      {"aten::upsample_bilinear2d.vec(input, output_size, align_corners, scale_factors)", linear},
      {"aten::upsample_trilinear3d.vec(input, output_size, align_corners, scale_factors)", linear},
      {"aten::upsample_bicubic2d(self, output_size, align_corners, scales_h, scales_w)", cubic},
      {"aten::upsample_bicubic2d.vec(input, output_size, align_corners, scale_factors)", cubic},
      {"aten::_upsample_bilinear2d_aa(self, output_size, align_corners, scales_h, scales_w)", antialiased<triangle>, kInfinite},
      {"aten::_upsample_bilinear2d_aa.vec(input, output_size, align_corners, scale_factors)", antialiased<triangle>, kInfinite},
      {"aten::_upsample_bicubic2d_aa(self, output_size, align_corners, scales_h, scales_w)", antialiased<keys>, kInfinite},
      {"aten::_upsample_bicubic2d_aa.vec(input, output_size, align_corners, scale_factors)", antialiased<keys>, kInfinite},
      {"torchvision::_interpolate_bilinear2d_aa(input, output_size, align_corners)", antialiased<triangle>, kInfinite},
      {"torchvision::_interpolate_bicubic2d_aa(input, output_size, align_corners)", antialiased<keys>, kInfinite},
  };
}

}  // namespace deploytool::exporter::ops
