// Batch, layer, group, instance and local response normalisation.
#include "export/ops/normalization.h"

#include <algorithm>
#include <numeric>

#include "export/ops/families.h"
#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

namespace {

/// A per-channel vector shaped to broadcast against `x` along axis 1.
Tensor perChannel(Call& c, const Tensor& vector, const Tensor& x) {
  std::vector<int64_t> axes;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != 1) axes.push_back(i);
  return c.b.unsqueeze(vector, axes);
}

Tensor vectorOr(Call& c, std::string_view name, const Tensor& x, double otherwise) {
  if (auto given = c.optTensor(name)) return c.b.cast(*given, x.dtype());
  return c.b.full(x.dtype(), {x.dim(1)}, otherwise);
}

/// Over axes that are kept: the mean, x - mean, sqrt(variance + eps).
struct Moments {
  Tensor mean, centred, deviation;
};

Moments moments(Call& c, const Tensor& x, const std::vector<int64_t>& axes, double eps) {
  const Tensor mean = c.b.reduce("ReduceMean", x, axes, true);
  const Tensor centred = c.b.sub(x, mean);
  const Tensor variance = c.b.reduce("ReduceMean", c.b.mul(centred, centred), axes, true);
  return {mean, centred, c.b.unary("Sqrt", c.b.addScalar(variance, eps))};
}

/// (x - mean) / sqrt(var + eps) over `axes`, in float32 at least.
Tensor standardise(Call& c, const Tensor& x, const std::vector<int64_t>& axes, double eps) {
  const Moments m = moments(c, x, axes, eps);
  return c.b.div(m.centred, m.deviation);
}

Tensor scaleAndShift(Call& c, Tensor y, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias) {
  if (weight) y = c.b.mul(y, c.b.cast(*weight, y.dtype()));
  if (bias) y = c.b.add(y, c.b.cast(*bias, y.dtype()));
  return y;
}

/// y · weight + bias along axis 1, of those given.
Tensor affine(Call& c, Tensor y) {
  if (auto weight = c.optTensor("weight")) y = c.b.mul(y, perChannel(c, *weight, y));
  if (auto bias = c.optTensor("bias")) y = c.b.add(y, perChannel(c, *bias, y));
  return y;
}

/// The elements of a group, whose channels are laid out along one axis.
Dim groupSize(const Tensor& x, int64_t groups) {
  Dim rest = 1;
  for (int64_t i = 1; i < x.rank(); ++i) rest = rest * x.dim(i);
  const auto exact = ir::exactDiv(rest, groups);
  return exact ? *exact : ir::floorDiv(rest, groups);
}

// aten::batch_norm: in training mode (or without running statistics) the batch's own are used
Results batchNorm(Call& c) {
  const Tensor x = c.tensor("input");
  if (x.rank() < 2) c.refuse("an input without an axis of channels");
  const bool training = c.boolean("training") || !c.has("running_mean");
  if (!training) return {batchNormalised(c, x, "running_mean", "running_var")};
  std::vector<int64_t> axes;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != 1) axes.push_back(i);
  const Tensor y = affine(c, standardise(c, x, axes, c.number("eps")));
  c.note("batch_norm uses the statistics of its input (training mode); running statistics are not updated");
  return {y};
}

// aten::native_batch_norm, _native_batch_norm_legit: with the statistics that it took from its input
Results nativeBatchNorm(Call& c) {
  const Tensor x = c.tensor("input");
  const Tensor y = c.read(batchNorm(c)[0]);
  if (!c.boolean("training")) {
    const Tensor empty = c.b.full(x.dtype(), {0}, 0);
    return {y, empty, empty};
  }
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  axes.erase(axes.begin() + 1);
  const Moments m = moments(c, x, axes, c.number("eps"));
  return {y, c.b.squeeze(m.mean, axes), c.b.squeeze(c.b.unary("Reciprocal", m.deviation), axes)};
}

// aten::_native_batch_norm_legit_no_training
Results batchNormNoTraining(Call& c) {
  const Tensor x = c.tensor("input"), empty = c.b.full(x.dtype(), {0}, 0);
  return {batchNormalised(c, x, "running_mean", "running_var"), empty, empty};
}

// aten::instance_norm
Results instanceNorm(Call& c) {
  const Tensor x = c.tensor("input");
  if (!c.boolean("use_input_stats") && c.has("running_mean")) return {batchNormalised(c, x, "running_mean", "running_var")};
  return {instanceNormalised(c, x)};
}

struct LayerNormParts {
  Tensor y, mean, inverse;
};

LayerNormParts layerNormParts(Call& c, const Tensor& x, int64_t normalized, bool statistics) {
  std::vector<int64_t> axes(static_cast<size_t>(normalized));
  std::iota(axes.begin(), axes.end(), x.rank() - normalized);
  const double eps = c.number("eps");
  const auto weight = c.optTensor("weight"), bias = c.optTensor("bias");
  if (c.b.opset() >= 17 && weight && !statistics) {
    Tensors inputs{x, c.b.cast(*weight, x.dtype())};
    if (bias) inputs.push_back(c.b.cast(*bias, x.dtype()));
    return {c.b.op("LayerNormalization", inputs, {{"axis", x.rank() - normalized}, {"epsilon", eps}}), {}, {}};
  }
  const Moments m = moments(c, x, axes, eps);
  LayerNormParts parts{scaleAndShift(c, c.b.div(m.centred, m.deviation), weight, bias), {}, {}};
  if (statistics) {
    parts.mean = m.mean;
    parts.inverse = c.b.unary("Reciprocal", m.deviation);
  }
  return parts;
}

// aten::layer_norm
Results layerNorm(Call& c) { return {layerNormalised(c, c.tensor("input"))}; }

// aten::native_layer_norm
Results nativeLayerNorm(Call& c) {
  const auto normalized = static_cast<int64_t>(c.dims("normalized_shape").size());
  const LayerNormParts parts = layerNormParts(c, c.tensor("input"), normalized, true);
  return {parts.y, parts.mean, parts.inverse};
}

// aten::rms_norm
Results rmsNorm(Call& c) {
  const Tensor x = c.tensor("input");
  const auto normalized = static_cast<int64_t>(c.dims("normalized_shape").size());
  std::vector<int64_t> axes(static_cast<size_t>(normalized));
  std::iota(axes.begin(), axes.end(), x.rank() - normalized);
  const double eps = c.has("eps") ? c.number("eps") : x.dtype() == DType::Float64 ? 2.220446049250313e-16 : 1.1920928955078125e-07;
  const Tensor squares = c.b.reduce("ReduceMean", c.b.mul(x, x), axes, true);
  const Tensor y = c.b.div(x, c.b.unary("Sqrt", c.b.addScalar(squares, eps)));
  const auto weight = c.optTensor("weight");
  if (!weight) return {y};
  const DType dtype = promoteTypes(y.dtype(), weight->dtype());
  return {c.b.mul(c.b.cast(y, dtype), c.b.cast(*weight, dtype))};
}

// aten::group_norm
Results groupNorm(Call& c) { return {groupNormalised(c, c.tensor("input"))}; }

// aten::native_group_norm: with the mean and the inverse deviation of each group
Results nativeGroupNorm(Call& c) {
  const Tensor x = c.tensor("input");
  const int64_t groups = c.integer("group");
  const Tensor flat = c.b.reshape(x, {x.dim(0), groups, groupSize(x, groups)});
  const Moments m = moments(c, flat, {2}, c.number("eps"));
  const Tensor y = affine(c, c.b.reshape(c.b.div(m.centred, m.deviation), x.dims()));
  return {y, c.b.squeeze(m.mean, {2}), c.b.squeeze(c.b.unary("Reciprocal", m.deviation), {2})};
}

/// ||v|| over all axes but `dim`, which are kept.
Tensor normExcept(Call& c, const Tensor& v, int64_t dim) {
  std::vector<int64_t> axes;
  for (int64_t i = 0; i < v.rank(); ++i)
    if (dim == -1 || i != (dim < 0 ? dim + v.rank() : dim)) axes.push_back(i);
  return c.b.reduce("ReduceL2", v, axes, true);
}

// aten::_weight_norm, _weight_norm_interface (with the norm): v * g / ||v||
template <bool WithNorm>
Results weightNorm(Call& c) {
  const Tensor v = c.tensor("v"), g = c.tensor("g");
  const int64_t dim = c.integer("dim");
  Tensor norm = normExcept(c, v, dim);
  if (dim == -1) norm = c.b.reshape(norm, g.dims());
  Results results{c.b.mul(v, c.b.div(g, norm))};
  if (WithNorm) results.emplace_back(norm);
  return results;
}

// aten::norm_except_dim(v, pow, dim)
Results normExceptDim(Call& c) {
  const Tensor v = c.tensor("v");
  const int64_t dim = c.integer("dim");
  if (c.integer("pow") != 2) c.refuse("norms of another order than 2");
  const Tensor norm = normExcept(c, v, dim);
  return {dim == -1 ? c.b.reshape(norm, {}) : norm};
}

}  // namespace

Tensor batchNormalised(Call& c, const Tensor& x, std::string_view mean, std::string_view variance) {
  return c.b.op("BatchNormalization",
                {x, vectorOr(c, "weight", x, 1), vectorOr(c, "bias", x, 0), vectorOr(c, mean, x, 0), vectorOr(c, variance, x, 1)},
                {{"epsilon", c.number("eps")}});
}

Tensor instanceNormalised(Call& c, const Tensor& x) {
  return c.b.op("InstanceNormalization", {x, vectorOr(c, "weight", x, 1), vectorOr(c, "bias", x, 0)},
                {{"epsilon", c.number("eps")}});
}

Tensor layerNormalised(Call& c, const Tensor& x) {
  return layerNormParts(c, x, static_cast<int64_t>(c.dims("normalized_shape").size()), false).y;
}

Tensor groupNormalised(Call& c, const Tensor& x) {
  const int64_t groups = c.integer("num_groups");
  const Tensor flat = c.b.reshape(x, {x.dim(0), groups, groupSize(x, groups)});
  return affine(c, c.b.reshape(standardise(c, flat, {2}, c.number("eps")), x.dims()));
}

std::vector<Row> normalization() {
  return {
      {"aten::batch_norm(input, weight, bias, running_mean, running_var, training, eps)", batchNorm},
      {"aten::native_batch_norm(input, weight, bias, running_mean, running_var, training, eps)", nativeBatchNorm},
      {"aten::_native_batch_norm_legit(input, weight, bias, running_mean, running_var, training, eps)",
       nativeBatchNorm},
      {"aten::_native_batch_norm_legit.no_stats(input, weight, bias, training, eps)", nativeBatchNorm},
      {"aten::_native_batch_norm_legit_no_training(input, weight, bias, running_mean, running_var, eps)",
       batchNormNoTraining},
      {"aten::instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, eps)", instanceNorm},
      {"aten::layer_norm(input, normalized_shape, weight, bias, eps)", layerNorm},
      {"aten::native_layer_norm(input, normalized_shape, weight, bias, eps)", nativeLayerNorm},
      {"aten::rms_norm(input, normalized_shape, weight, eps)", rmsNorm},
      {"aten::group_norm(input, num_groups, weight, bias, eps)", groupNorm},
      {"aten::native_group_norm(input, weight, bias, group, eps)", nativeGroupNorm},
      {"aten::_weight_norm(v, g, dim)", weightNorm<false>},
      {"aten::_weight_norm_interface(v, g, dim)", weightNorm<true>},
      {"aten::norm_except_dim(v, pow, dim)", normExceptDim, "norms of another order than 2"},
  };
}

}  // namespace deploytool::exporter::ops
