// Quantizing, dequantizing and fake quantization.
#include <algorithm>
#include <cmath>
#include <optional>

#include "export/ops/families.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

DType quantizedType(Call& c, int64_t scalarType) {
  switch (scalarType) {
    case 12: return DType::Int8;    // qint8
    case 13: return DType::UInt8;   // quint8
    case 14: return DType::Int32;   // qint32
    default: c.refuse("quantized tensors of this type");
  }
}

// aten::quantize_per_tensor, aten::quantize_per_tensor.tensor_qparams
Results quantizePerTensor(Call& c) {
  return {requantized(c, c.tensor("self"), staticNumber(c, "scale"), static_cast<int64_t>(staticNumber(c, "zero_point")),
                      quantizedType(c, c.integer("dtype")))};
}

// aten::quantize_per_channel
Results quantizePerChannel(Call& c) {
  if (c.b.opset() < 13) c.refuse("a scale per channel needs opset 13");
  const Tensor x = c.tensor("self");
  const DType dtype = quantizedType(c, c.integer("dtype"));
  const Tensor scale = c.b.cast(c.tensor("scales"), DType::Float32), zero = c.b.cast(c.tensor("zero_points"), dtype);
  const ir::Attributes axis{{"axis", c.axis("axis", x.rank())}};
  return {c.b.op("DequantizeLinear", {c.b.op("QuantizeLinear", {x, scale, zero}, axis), scale, zero}, axis)};
}

/// Real numbers, though they are rounded: keepQuantized does not round what is computed with them.
Tensor asReal(Call& c, const Tensor& rounded) { return c.b.op("Identity", {c.b.cast(rounded, DType::Float32)}); }

// aten::dequantize.self, aten::dequantize.tensor
Results dequantizeSelf(Call& c) { return {asReal(c, realTensor(c, "self"))}; }
Results dequantizeQTensor(Call& c) { return {asReal(c, realTensor(c, "qtensor"))}; }

/// What x is rounded to before it is held within quant_min and quant_max; `axis` < 0: one scale.
struct Steps {
  Tensor scale, zero, rounded, low, high;
};
Steps stepsOf(Call& c, const Tensor& x, const Tensor& scale, const Tensor& zeroPoint, int64_t axis) {
  Builder& b = c.b;
  const auto along = [&](const Tensor& given) {
    const Tensor t = b.cast(given, x.dtype());
    if (axis < 0 || t.rank() == 0) return t;
    Dims dims(static_cast<size_t>(x.rank()), Dim(1));
    dims[static_cast<size_t>(axis)] = t.dim(0);
    return b.reshape(t, dims);
  };
  const auto limit = [&](const char* name) { return b.scalarLike(x, static_cast<double>(c.integer(name))); };
  const Tensor s = along(scale), zero = along(zeroPoint);
  // As libtorch has it: the inverse of the scale is rounded first.
  return {s, zero, b.add(b.unary("Round", b.mul(x, b.unary("Reciprocal", s))), zero), limit("quant_min"), limit("quant_max")};
}

/// Rounds to the integers from quant_min to quant_max and back; `asIntegers`: not back.
Tensor fakeQuantized(Call& c, const Tensor& x, const Tensor& scale, const Tensor& zeroPoint, int64_t axis,
                     bool asIntegers = false) {
  Builder& b = c.b;
  const Steps steps = stepsOf(c, x, scale, zeroPoint, axis);
  const Tensor integers = b.binary("Max", b.binary("Min", steps.rounded, steps.high), steps.low);
  return asIntegers ? integers : b.mul(b.sub(integers, steps.zero), steps.scale);
}

/// One scale or zero point for all is of rank 0.
Tensor perTensor(Call& c, const Tensor& t, int64_t axis) { return axis < 0 && t.rank() == 1 ? c.b.squeeze(t, {0}) : t; }

/// Weights keep their integers behind a DequantizeLinear: of real numbers between DequantizeLinear and QuantizeLinear
/// ONNX Runtime makes integers of its own, with one scale for all channels.
std::optional<Tensor> quantizedWeight(Call& c, const Tensor& x, const Tensor& scale, const Tensor& zero, int64_t axis) {
  const int64_t low = c.integer("quant_min"), high = c.integer("quant_max");
  const bool isUnsigned = low >= 0 && high <= 255, isSigned = low >= -128 && high <= 127;
  if (!x.isConstant() || x.dtype() != DType::Float32 || c.b.opset() < 13 || (!isUnsigned && !isSigned))
    return std::nullopt;
  const DType dtype = isSigned ? DType::Int8 : DType::UInt8;
  const Tensor integers = c.b.cast(fakeQuantized(c, x, scale, zero, axis, true), dtype);
  ir::Attributes attributes;
  if (axis >= 0) attributes.emplace_back("axis", axis);
  const Tensor s = c.b.cast(perTensor(c, scale, axis), DType::Float32), z = c.b.cast(perTensor(c, zero, axis), dtype);
  return c.b.op("DequantizeLinear", {integers, s, z}, std::move(attributes));
}

/// QuantizeLinear saturates at the ends of its type: for other ranges the same in plain arithmetic.
bool isWholeRange(int64_t low, int64_t high) { return (low == 0 && high == 255) || (low == -128 && high == 127); }

Results fakeQuantize(Call& c, const Tensor& scale, const Tensor& zero, int64_t axis) {
  const Tensor x = c.tensor("self");
  if (const auto weight = quantizedWeight(c, x, scale, zero, axis)) return {asReal(c, *weight)};
  const int64_t low = c.integer("quant_min");
  if (!isWholeRange(low, c.integer("quant_max")) || c.b.opset() < 13 || x.dtype() != DType::Float32)
    return {fakeQuantized(c, x, scale, zero, axis)};
  Builder& b = c.b;
  const Tensor s = b.cast(scale, DType::Float32), z = b.cast(zero, low == 0 ? DType::UInt8 : DType::Int8);
  ir::Attributes attributes;
  if (axis >= 0) attributes.emplace_back("axis", axis);
  const Tensor q = b.op("QuantizeLinear", {x, perTensor(c, s, axis), perTensor(c, z, axis)}, attributes);
  return {asReal(c, b.op("DequantizeLinear", {q, perTensor(c, s, axis), perTensor(c, z, axis)}, attributes))};
}

// aten::fake_quantize_per_tensor_affine, .tensor_qparams
Results fakeQuantizePerTensor(Call& c) { return fakeQuantize(c, c.tensor("scale"), c.tensor("zero_point"), -1); }
// aten::fake_quantize_per_channel_affine
Results fakeQuantizePerChannel(Call& c) {
  return fakeQuantize(c, c.tensor("scale"), c.tensor("zero_point"), c.axis("axis", c.tensor("self").rank()));
}

/// Which elements were not held at the ends of the range.
Tensor isInRange(Call& c, int64_t axis) {
  const Steps steps = stepsOf(c, c.tensor("self"), c.tensor("scale"), c.tensor("zero_point"), axis);
  return c.b.binary("And", c.b.compare("GreaterOrEqual", steps.rounded, steps.low),
                    c.b.compare("LessOrEqual", steps.rounded, steps.high));
}

// aten::fake_quantize_per_tensor_affine_cachemask, aten::fake_quantize_per_channel_affine_cachemask
Results fakeQuantizeWithMask(Call& c) {
  const int64_t axis = c.has("axis") ? c.axis("axis", c.tensor("self").rank()) : -1;
  return {fakeQuantize(c, c.tensor("scale"), c.tensor("zero_point"), axis).at(0), isInRange(c, axis)};
}

/// Scales that were learnt: zero points are rounded and held within the range.
Results fakeQuantizeLearnt(Call& c) {
  Builder& b = c.b;
  const int64_t axis = c.has("axis") ? c.axis("axis", c.tensor("self").rank()) : -1;
  const Tensor zero = b.unary("Round", b.cast(c.tensor("zero_point"), DType::Float32));
  const Tensor held = b.binary("Max", b.binary("Min", zero, b.scalarLike(zero, static_cast<double>(c.integer("quant_max")))),
                               b.scalarLike(zero, static_cast<double>(c.integer("quant_min"))));
  const Tensor scale = c.tensor("scale");
  if (axis >= 0) return fakeQuantize(c, scale, held, axis);
  return fakeQuantize(c, b.reshape(scale, {}), b.reshape(held, {}), axis);
}

struct QuantizedRange {
  double scale;
  int64_t zeroPoint;
};

/// libtorch's choice of a scale and zero point for numbers from `low` to `high`, 0 among them.
QuantizedRange chosenFor(double low, double high, int64_t first, int64_t last, bool symmetric) {
  low = std::min(low, 0.0), high = std::max(high, 0.0);
  const auto steps = static_cast<double>(last - first);
  symmetric = symmetric && low < 0 && high > 0;
  if (symmetric) {
    const double below = -(std::floor(steps / 2) + 1), above = std::floor(steps / 2);
    const double step = std::max(std::abs(low / below), std::abs(high / above));
    low = step * below, high = step * above;
  }
  double scale = (high - low) / steps;
  if (static_cast<float>(scale) == 0 || std::isinf(1.0F / static_cast<float>(scale))) scale = 0.1;
  constexpr double kSmallest = 6.1e-5F;
  if (scale < kSmallest) {
    const double factor = kSmallest / scale;
    if (low == 0)
      high *= factor;
    else if (high == 0)
      low *= factor;
    else
      low *= factor, high *= factor;
    scale = kSmallest;
  }
  if (symmetric) return {scale, static_cast<int64_t>(std::nearbyint(static_cast<double>(first + last) / 2))};
  const double fromLow = static_cast<double>(first) - low / scale, fromHigh = static_cast<double>(last) - high / scale;
  const double lowError = std::abs(static_cast<double>(first)) + std::abs(low / scale);
  const double highError = std::abs(static_cast<double>(last)) + std::abs(high / scale);
  const double zero = std::nearbyint(lowError < highError ? fromLow : fromHigh);
  return {scale, static_cast<int64_t>(std::clamp(zero, static_cast<double>(first), static_cast<double>(last)))};
}

bool isOn(Call& c, std::string_view name) {
  const Tensor flag = c.tensor(name);
  if (!flag.isConstant()) c.refuse("an observer that a run turns on");
  return flag.constant()->toDoubles().at(0) != 0;
}

// aten::fused_moving_avg_obs_fake_quant: what QAT puts around weights and activations
Results fusedObserver(Call& c) {
  if (isOn(c, "observer_on"))
    c.refuse(
        "an observer that goes on changing its range; torch.ao.quantization.disable_observer before saving stops it");
  const Tensor x = c.tensor("self"), low = c.tensor("running_min"), high = c.tensor("running_max");
  if (!isOn(c, "fake_quant_on")) return {x};
  if (!low.isConstant() || !high.isConstant()) c.refuse("a range that a run decides");
  std::vector<float> scales;
  std::vector<int32_t> zeros;
  const std::vector<double> lows = low.constant()->toDoubles(), highs = high.constant()->toDoubles();
  for (size_t i = 0; i < lows.size(); ++i) {
    const QuantizedRange range =
        chosenFor(lows[i], highs[i], c.integer("quant_min"), c.integer("quant_max"), c.boolean("symmetric_quant"));
    scales.push_back(static_cast<float>(range.scale)), zeros.push_back(static_cast<int32_t>(range.zeroPoint));
  }
  const auto n = static_cast<int64_t>(scales.size());
  const auto constant = [](ir::Tensor t) { return Tensor(std::make_shared<const ir::Tensor>(std::move(t))); };
  return fakeQuantize(c, constant(ir::Tensor::of(DType::Float32, {n}, scales)),
                      constant(ir::Tensor::of(DType::Int32, {n}, zeros)),
                      c.boolean("per_row_fake_quant") ? c.axis("ch_axis", x.rank()) : -1);
}

}  // namespace

std::vector<Row> quantized_static() {
  return {
      {"aten::fused_moving_avg_obs_fake_quant(self, observer_on, fake_quant_on, running_min, running_max, "
       "quant_min, quant_max, ch_axis, per_row_fake_quant, symmetric_quant)",
       fusedObserver, "observers that are on", Row::Static::Always},
      {"aten::quantize_per_tensor(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_tensor.tensor_qparams(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_channel(self, scales, zero_points, axis, dtype)", quantizePerChannel},
      {"prim::is_quantized(a)", [](Call& c) -> Results { return {isQuantized(c, "a")}; }},
      {"aten::dequantize.self(self)", dequantizeSelf},
      {"aten::dequantize.tensor(qtensor)", dequantizeQTensor},
      {"aten::fake_quantize_per_tensor_affine(self, scale, zero_point, quant_min, quant_max)", fakeQuantizePerTensor,
       "", Row::Static::Always},
      {"aten::fake_quantize_per_tensor_affine.tensor_qparams(self, scale, zero_point, quant_min, quant_max)",
       fakeQuantizePerTensor, "", Row::Static::Always},
      {"aten::fake_quantize_per_tensor_affine_cachemask(self, scale, zero_point, quant_min, quant_max)", fakeQuantizeWithMask,
       "", Row::Static::Always},
      {"aten::fake_quantize_per_channel_affine_cachemask(self, scale, zero_point, axis, quant_min, quant_max)",
       fakeQuantizeWithMask, "", Row::Static::Always},
      {"aten::_fake_quantize_learnable_per_tensor_affine(self, scale, zero_point, quant_min, quant_max)", fakeQuantizeLearnt,
       "", Row::Static::Always},
      {"aten::_fake_quantize_learnable_per_channel_affine(self, scale, zero_point, axis, quant_min, quant_max)",
       fakeQuantizeLearnt, "", Row::Static::Always},
      {"aten::fake_quantize_per_channel_affine(self, scale, zero_point, axis, quant_min, quant_max)",
       fakeQuantizePerChannel, "", Row::Static::Always},
  };
}

}  // namespace deploytool::exporter::ops
