// Quantizing, dequantizing and fake quantization.
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

/// Rounds to the integers from quant_min to quant_max and back; `axis` < 0: one scale.
Tensor fakeQuantized(Call& c, const Tensor& x, const Tensor& scale, const Tensor& zeroPoint, int64_t axis) {
  Builder& b = c.b;
  const auto along = [&](const Tensor& t) {
    if (axis < 0 || t.rank() == 0) return t;
    Dims dims(static_cast<size_t>(x.rank()), Dim(1));
    dims[static_cast<size_t>(axis)] = t.dim(0);
    return b.reshape(t, dims);
  };
  const Tensor s = along(b.cast(scale, x.dtype())), zero = along(b.cast(zeroPoint, x.dtype()));
  const Tensor low = b.scalarLike(x, static_cast<double>(c.integer("quant_min")));
  const Tensor high = b.scalarLike(x, static_cast<double>(c.integer("quant_max")));
  const Tensor integers = b.add(b.unary("Round", b.div(x, s)), zero);
  return b.mul(b.sub(b.binary("Max", b.binary("Min", integers, high), low), zero), s);
}

/// QuantizeLinear saturates at the ends of its type: for other ranges the same in plain arithmetic.
bool isWholeRange(int64_t low, int64_t high) { return (low == 0 && high == 255) || (low == -128 && high == 127); }

Results fakeQuantize(Call& c, int64_t axis, std::string_view scaleName, std::string_view zeroName) {
  const Tensor x = c.tensor("self");
  const Tensor scale = c.tensor(scaleName), zero = c.tensor(zeroName);
  const int64_t low = c.integer("quant_min");
  if (!isWholeRange(low, c.integer("quant_max")) || c.b.opset() < 13 || x.dtype() != DType::Float32)
    return {fakeQuantized(c, x, scale, zero, axis)};
  Builder& b = c.b;
  const Tensor s = b.cast(scale, DType::Float32), z = b.cast(zero, low == 0 ? DType::UInt8 : DType::Int8);
  ir::Attributes attributes;
  const auto scalar = [&](const Tensor& t) { return axis < 0 && t.rank() == 1 ? b.squeeze(t, {0}) : t; };
  if (axis >= 0) attributes.emplace_back("axis", axis);
  const Tensor q = b.op("QuantizeLinear", {x, scalar(s), scalar(z)}, attributes);
  return {asReal(c, b.op("DequantizeLinear", {q, scalar(s), scalar(z)}, attributes))};
}

// aten::fake_quantize_per_tensor_affine, .tensor_qparams
Results fakeQuantizePerTensor(Call& c) { return fakeQuantize(c, -1, "scale", "zero_point"); }
// aten::fake_quantize_per_channel_affine
Results fakeQuantizePerChannel(Call& c) { return fakeQuantize(c, c.axis("axis", c.tensor("self").rank()), "scale", "zero_point"); }

}  // namespace

std::vector<Row> quantized_static() {
  return {
      {"aten::quantize_per_tensor(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_tensor.tensor_qparams(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_channel(self, scales, zero_points, axis, dtype)", quantizePerChannel},
      {"aten::dequantize.self(self)", dequantizeSelf},
      {"aten::dequantize.tensor(qtensor)", dequantizeQTensor},
      {"aten::fake_quantize_per_tensor_affine(self, scale, zero_point, quant_min, quant_max)", fakeQuantizePerTensor},
      {"aten::fake_quantize_per_tensor_affine.tensor_qparams(self, scale, zero_point, quant_min, quant_max)", fakeQuantizePerTensor},
      {"aten::fake_quantize_per_channel_affine(self, scale, zero_point, axis, quant_min, quant_max)", fakeQuantizePerChannel},
  };
}

}  // namespace deploytool::exporter::ops
