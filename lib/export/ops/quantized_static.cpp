// Quantizing, dequantizing and operators on quantized activations, as ONNX's QDQ form: real arithmetic between
// QuantizeLinear and DequantizeLinear. Quantized activations are quint8, as libtorch's kernels have them.
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

double staticNumber(Call& c, std::string_view name) {
  if (c.arg(name).isTensor()) {
    const Tensor t = c.tensor(name);
    if (!t.isConstant() || t.constant()->numel() != 1) c.refuse("a scale or zero point that a run decides");
    return t.constant()->toDoubles()[0];
  }
  return c.number(name);
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

// ---- operators on quantized activations ---------------------------------------------------------------------------

/// The names that the schemas give scale and zero point of the result.
struct OutputNames {
  std::string_view scale = "output_scale", zeroPoint = "output_zero_point";
};

Tensor result(Call& c, const Tensor& real, OutputNames names = {}) {
  return requantized(c, real, staticNumber(c, names.scale), static_cast<int64_t>(staticNumber(c, names.zeroPoint)), DType::UInt8);
}

Tensor linear(Call& c) {
  const PackedLinear packed = linearParts(c, packedOf(c, c.arg("W_prepack")));
  if (!packed.quantized) c.refuse("a statically quantized layer with a float16 weight");
  const Tensor y = c.b.matmul(realTensor(c, "X"), c.b.swapAxes(dequantized(c, *packed.quantized), 0, 1));
  return packed.bias ? c.b.add(y, Tensor(packed.bias)) : y;
}

constexpr OutputNames kLinearNames{"Y_scale_i", "Y_zero_point_i"};
// quantized::linear, linear_relu
Results quantizedLinear(Call& c) { return {result(c, linear(c), kLinearNames)}; }
Results quantizedLinearRelu(Call& c) { return {result(c, c.b.unary("Relu", linear(c)), kLinearNames)}; }

/// Packed parameters of convolutions: version, [geometry, weight], [bias] (libtorch's serialization, version 2).
struct PackedConv {
  std::vector<int64_t> geometry;
  std::shared_ptr<ts::QuantizedTensor> weight;
  ir::TensorPtr bias;
};

PackedConv convParts(Call& c, const ts::Packed& packed) {
  PackedConv out;
  const auto list = [&](size_t at) -> const std::vector<ts::Value>& {
    const auto* items = at < packed.fields.size() ? std::get_if<std::shared_ptr<ts::List>>(&packed.fields[at].data) : nullptr;
    if (!items || (*items)->items.empty()) c.refuse("a packed convolution of an unknown layout");
    return (*items)->items;
  };
  const auto& tensors = list(1);
  const auto* geometry = std::get_if<ir::TensorPtr>(&tensors[0].data);
  const auto* weight = tensors.size() > 1 ? std::get_if<std::shared_ptr<ts::QuantizedTensor>>(&tensors[1].data) : nullptr;
  if (!geometry || !weight) c.refuse("a packed convolution of an unknown layout");
  out.geometry = (*geometry)->toInt64s();
  out.weight = *weight;
  if (const auto* bias = std::get_if<ir::TensorPtr>(&list(2)[0].data)) out.bias = *bias;
  return out;
}

/// Geometry: spatial axes, then stride, padding, dilation, output padding (one each per axis), groups, transposed.
Tensor convolved(Call& c, Tensor x) {
  const PackedConv packed = convParts(c, packedOf(c, c.arg("packed_weight")));
  const auto& g = packed.geometry;
  const auto n = g.empty() ? 0 : static_cast<size_t>(g[0]);
  if (n < 1 || g.size() != 3 + 4 * n) c.refuse("a packed convolution of an unknown layout");
  const auto part = [&](size_t which) {
    const auto from = g.begin() + 1 + static_cast<std::ptrdiff_t>(which * n);
    return std::vector<int64_t>(from, from + static_cast<std::ptrdiff_t>(n));
  };
  const bool oneAxis = x.rank() == static_cast<int64_t>(n) + 1;  // conv1d is packed as conv2d
  if (oneAxis) x = c.b.unsqueeze(x, {2});
  std::vector<int64_t> pads = part(1);
  pads.insert(pads.end(), pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(n));
  ir::Attributes attributes{{"strides", part(0)}, {"pads", pads}, {"dilations", part(2)}, {"group", g[g.size() - 2]}};
  const bool transposed = g.back() != 0;
  if (transposed) attributes.emplace_back("output_padding", part(3));
  Tensors inputs{x, dequantized(c, *packed.weight)};
  if (packed.bias) inputs.emplace_back(packed.bias);
  const Tensor y = c.b.op(transposed ? "ConvTranspose" : "Conv", inputs, std::move(attributes));
  return oneAxis ? c.b.squeeze(y, {2}) : y;
}

// quantized::conv1d.new, conv2d.new, conv3d.new, conv_transpose1d, conv_transpose2d, conv_transpose3d and with relu
Results quantizedConv(Call& c) { return {result(c, convolved(c, realTensor(c, "qx")))}; }
Results quantizedConvRelu(Call& c) { return {result(c, c.b.unary("Relu", convolved(c, realTensor(c, "qx"))))}; }

constexpr OutputNames kPlainNames{"scale", "zero_point"};
// quantized::add, add_relu, mul, mul_relu
Results quantizedAdd(Call& c) { return {result(c, c.b.add(realTensor(c, "qa"), realTensor(c, "qb")), kPlainNames)}; }
Results quantizedMul(Call& c) { return {result(c, c.b.mul(realTensor(c, "qa"), realTensor(c, "qb")), kPlainNames)}; }
Results quantizedAddRelu(Call& c) {
  return {result(c, c.b.unary("Relu", c.b.add(realTensor(c, "qa"), realTensor(c, "qb"))), kPlainNames)};
}
Results quantizedMulRelu(Call& c) {
  return {result(c, c.b.unary("Relu", c.b.mul(realTensor(c, "qa"), realTensor(c, "qb"))), kPlainNames)};
}

// quantized::cat, cat_relu; without a scale, that of the first tensor: they are held as real numbers, so nothing is done
Tensor joined(Call& c) {
  const Tensors parts = realTensors(c, "qx");
  if (parts.empty()) c.refuse("cat of no tensors");
  return c.b.concat(parts, c.axis("dim", parts[0].rank()));
}
Results quantizedCat(Call& c) {
  const Tensor y = joined(c);
  return {c.has("scale") ? result(c, y, kPlainNames) : y};
}
Results quantizedCatRelu(Call& c) {
  const Tensor y = c.b.unary("Relu", joined(c));
  return {c.has("scale") ? result(c, y, kPlainNames) : y};
}

// quantized::sigmoid, hardswish, leaky_relu
Results quantizedSigmoid(Call& c) { return {result(c, c.b.unary("Sigmoid", realTensor(c, "qx")))}; }
Results quantizedHardswish(Call& c) {
  const Tensor x = realTensor(c, "input");
  const Tensor gate = c.b.op("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
  return {result(c, c.b.mul(x, gate))};
}
Results quantizedLeakyRelu(Call& c) {
  return {result(c, c.b.op("LeakyRelu", {realTensor(c, "qx")}, {{"alpha", c.number("negative_slope")}}))};
}

}  // namespace

std::vector<Row> quantized_static() {
  constexpr const char* kConv = "(qx, packed_weight, output_scale, output_zero_point)";
  const auto conv = [&](const char* name, Lowering lower) { return Row((std::string("quantized::") + name + kConv).c_str(), lower); };
  return {
      {"aten::quantize_per_tensor(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_tensor.tensor_qparams(self, scale, zero_point, dtype)", quantizePerTensor},
      {"aten::quantize_per_channel(self, scales, zero_points, axis, dtype)", quantizePerChannel},
      {"aten::dequantize.self(self)", dequantizeSelf},
      {"aten::dequantize.tensor(qtensor)", dequantizeQTensor},
      {"aten::fake_quantize_per_tensor_affine(self, scale, zero_point, quant_min, quant_max)", fakeQuantizePerTensor},
      {"aten::fake_quantize_per_tensor_affine.tensor_qparams(self, scale, zero_point, quant_min, quant_max)", fakeQuantizePerTensor},
      {"aten::fake_quantize_per_channel_affine(self, scale, zero_point, axis, quant_min, quant_max)", fakeQuantizePerChannel},
      {"quantized::linear(X, W_prepack, Y_scale_i, Y_zero_point_i)", quantizedLinear},
      {"quantized::linear_relu(X, W_prepack, Y_scale_i, Y_zero_point_i)", quantizedLinearRelu},
      conv("conv1d", quantizedConv), conv("conv1d_relu", quantizedConvRelu),
      conv("conv2d.new", quantizedConv), conv("conv2d_relu.new", quantizedConvRelu),
      conv("conv3d.new", quantizedConv), conv("conv3d_relu.new", quantizedConvRelu),
      conv("conv_transpose1d", quantizedConv), conv("conv_transpose2d", quantizedConv), conv("conv_transpose3d", quantizedConv),
      {"quantized::add(qa, qb, scale, zero_point)", quantizedAdd},
      {"quantized::add_relu(qa, qb, scale, zero_point)", quantizedAddRelu},
      {"quantized::mul(qa, qb, scale, zero_point)", quantizedMul},
      {"quantized::mul_relu(qa, qb, scale, zero_point)", quantizedMulRelu},
      {"quantized::cat(qx, dim, scale, zero_point)", quantizedCat},
      {"quantized::cat_relu(qx, dim, scale, zero_point)", quantizedCatRelu},
      {"quantized::sigmoid(qx, output_scale, output_zero_point)", quantizedSigmoid},
      {"quantized::hardswish(input, output_scale, output_zero_point)", quantizedHardswish},
      {"quantized::leaky_relu(qx, negative_slope, output_scale, output_zero_point)", quantizedLeakyRelu},
  };
}

}  // namespace deploytool::exporter::ops
