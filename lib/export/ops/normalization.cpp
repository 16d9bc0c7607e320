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

/// (x - mean) / sqrt(var + eps) over `axes`, in float32 at least.
Tensor standardise(Call& c, const Tensor& x, const std::vector<int64_t>& axes, double eps) {
  const Tensor mean = c.b.reduce("ReduceMean", x, axes, true);
  const Tensor centred = c.b.sub(x, mean);
  const Tensor variance = c.b.reduce("ReduceMean", c.b.mul(centred, centred), axes, true);
  return c.b.div(centred, c.b.unary("Sqrt", c.b.addScalar(variance, eps)));
}

Tensor scaleAndShift(Call& c, Tensor y, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias) {
  if (weight) y = c.b.mul(y, c.b.cast(*weight, y.dtype()));
  if (bias) y = c.b.add(y, c.b.cast(*bias, y.dtype()));
  return y;
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
  Tensor y = standardise(c, x, axes, c.number("eps"));
  if (auto weight = c.optTensor("weight")) y = c.b.mul(y, perChannel(c, *weight, x));
  if (auto bias = c.optTensor("bias")) y = c.b.add(y, perChannel(c, *bias, x));
  c.note("batch_norm uses the statistics of its input (training mode); running statistics are not updated");
  return {y};
}

// aten::native_batch_norm: with the statistics that it used
Results nativeBatchNorm(Call& c) {
  if (c.boolean("training")) c.refuse("native_batch_norm in training mode");
  const Tensor x = c.tensor("input");
  const Tensor y = c.read(batchNorm(c)[0]);
  const Tensor empty = c.b.full(x.dtype(), {0}, 0);
  return {y, empty, empty};
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
  const Tensor mean = c.b.reduce("ReduceMean", x, axes, true);
  const Tensor centred = c.b.sub(x, mean);
  const Tensor variance = c.b.reduce("ReduceMean", c.b.mul(centred, centred), axes, true);
  const Tensor deviation = c.b.unary("Sqrt", c.b.addScalar(variance, eps));
  LayerNormParts parts{scaleAndShift(c, c.b.div(centred, deviation), weight, bias), {}, {}};
  if (statistics) {
    parts.mean = mean;
    parts.inverse = c.b.unary("Reciprocal", deviation);
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

// aten::_weight_norm: v * g / ||v|| over all axes but `dim`
Results weightNorm(Call& c) {
  const Tensor v = c.tensor("v"), g = c.tensor("g");
  const int64_t dim = c.integer("dim");
  std::vector<int64_t> axes;
  for (int64_t i = 0; i < v.rank(); ++i)
    if (dim == -1 || i != (dim < 0 ? dim + v.rank() : dim)) axes.push_back(i);
  const Tensor norm = c.b.reduce("ReduceL2", v, axes, true);
  return {c.b.mul(v, c.b.div(g, dim == -1 ? c.b.reshape(norm, g.dims()) : norm))};
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
  Dim rest = 1;
  for (int64_t i = 1; i < x.rank(); ++i) rest = rest * x.dim(i);
  const auto perGroup = ir::exactDiv(rest, groups);
  // The channels of a group are laid out along one axis.
  const Tensor flat = c.b.reshape(x, {x.dim(0), groups, perGroup ? *perGroup : ir::floorDiv(rest, groups)});
  Tensor y = c.b.reshape(standardise(c, flat, {2}, c.number("eps")), x.dims());
  if (auto weight = c.optTensor("weight")) y = c.b.mul(y, perChannel(c, *weight, x));
  if (auto bias = c.optTensor("bias")) y = c.b.add(y, perChannel(c, *bias, x));
  return y;
}

std::vector<Row> normalization() {
  return {
      {"aten::batch_norm(input, weight, bias, running_mean, running_var, training, eps)", batchNorm},
      {"aten::native_batch_norm(input, weight, bias, running_mean, running_var, training, eps)", nativeBatchNorm,
       "training mode"},
      {"aten::instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, eps)", instanceNorm},
      {"aten::layer_norm(input, normalized_shape, weight, bias, eps)", layerNorm},
      {"aten::native_layer_norm(input, normalized_shape, weight, bias, eps)", nativeLayerNorm},
      {"aten::rms_norm(input, normalized_shape, weight, eps)", rmsNorm},
      {"aten::group_norm(input, num_groups, weight, bias, eps)", groupNorm},
      {"aten::_weight_norm(v, g, dim)", weightNorm},
  };
}

}  // namespace deploytool::exporter::ops
