// Quantized tensors and what is computed with them; see quantized_values.h.
#include "export/ops/quantized_values.h"

#include <algorithm>
#include <array>

namespace deploytool::exporter::ops {

namespace {

Tensor constant(ir::Tensor tensor) { return Tensor(std::make_shared<const ir::Tensor>(std::move(tensor))); }

Tensor zeroPoints(const ts::QuantizedTensor& tensor, std::vector<int64_t> dims) {
  const auto values = [&](auto example) {
    std::vector<decltype(example)> out;
    for (int64_t zero : tensor.zeroPoints) out.push_back(static_cast<decltype(example)>(zero));
    return out;
  };
  switch (tensor.integers.dtype()) {
    case DType::Int8: return constant(ir::Tensor::of(DType::Int8, std::move(dims), values(int8_t{})));
    case DType::UInt8: return constant(ir::Tensor::of(DType::UInt8, std::move(dims), values(uint8_t{})));
    default: return constant(ir::Tensor::of(DType::Int32, std::move(dims), values(int32_t{})));
  }
}

}  // namespace

const ts::Packed& packedOf(Call& c, const Value& value) {
  const auto* packed = value.as<std::shared_ptr<ts::Packed>>();
  if (!packed) c.refuse("packed parameters that are not part of the model");
  return **packed;
}

PackedLinear linearParts(Call& c, const ts::Packed& packed) {
  PackedLinear out;
  if (packed.fields.size() != 2) c.refuse("packed parameters of an unknown layout");
  if (const auto* q = std::get_if<std::shared_ptr<ts::QuantizedTensor>>(&packed.fields[0].data)) out.quantized = *q;
  if (const auto* t = std::get_if<ir::TensorPtr>(&packed.fields[0].data)) out.plain = *t;
  if (const auto* b = std::get_if<ir::TensorPtr>(&packed.fields[1].data)) out.bias = *b;
  if (!out.quantized && !out.plain) c.refuse("packed parameters without a weight");
  return out;
}

QuantizedWeight parts(Call& c, const ts::QuantizedTensor& tensor) {
  if (c.b.opset() < 13 && tensor.axis >= 0) c.refuse("a scale per channel needs opset 13");
  if (c.b.opset() < 10) c.refuse("quantized tensors need opset 10");
  const std::vector<int64_t> dims = tensor.axis < 0 ? std::vector<int64_t>{} : std::vector<int64_t>{static_cast<int64_t>(tensor.scales.size())};
  std::vector<float> scales;
  for (double scale : tensor.scales) scales.push_back(static_cast<float>(scale));
  QuantizedWeight out;
  out.integers = constant(tensor.integers);
  out.scale = constant(ir::Tensor::of(DType::Float32, dims, scales));
  out.zeroPoint = zeroPoints(tensor, dims);
  out.axis = tensor.axis;
  out.symmetric = std::all_of(tensor.zeroPoints.begin(), tensor.zeroPoints.end(), [](int64_t zero) { return zero == 0; });
  return out;
}

Tensor dequantized(Call& c, const QuantizedWeight& weight) {
  ir::Attributes attributes;
  if (weight.axis >= 0) attributes.emplace_back("axis", weight.axis);
  return c.b.op("DequantizeLinear", {weight.integers, weight.scale, weight.zeroPoint}, std::move(attributes));
}

Tensor dequantized(Call& c, const ts::QuantizedTensor& tensor) { return dequantized(c, parts(c, tensor)); }

namespace {

Tensor real(Call& c, const Value& value) {
  if (const auto* tensor = value.as<std::shared_ptr<ts::QuantizedTensor>>()) return dequantized(c, **tensor);
  return c.read(value);
}

}  // namespace

Tensor realTensor(Call& c, std::string_view name) { return real(c, c.arg(name)); }

Tensors realTensors(Call& c, std::string_view name) {
  const auto* list = c.arg(name).as<std::shared_ptr<ListValue>>();
  if (!list || (*list)->isSequence()) return c.tensors(name);
  Tensors out;
  for (const Value& item : (*list)->items) out.push_back(real(c, item));
  return out;
}

Tensor requantized(Call& c, const Tensor& real, double scale, int64_t zeroPoint, DType dtype) {
  if (c.b.opset() < 10) c.refuse("quantized tensors need opset 10");
  const Tensor s = c.b.scalar(DType::Float32, scale);
  // QuantizeLinear has no int32; without an end of the range to saturate at, the zero point cancels out.
  if (dtype == DType::Int32) return c.b.mul(c.b.unary("Round", c.b.div(real, s)), s);
  const Tensor zero = c.b.scalar(dtype, static_cast<double>(zeroPoint));
  return c.b.op("DequantizeLinear", {c.b.op("QuantizeLinear", {real, s, zero}), s, zero});
}

namespace {

/// Operators whose results are among the values that they are given (or 0).
bool keepsValues(const ir::Node& node) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Split", "Gather", "MaxPool", "Relu"};
  return std::find(kNames.begin(), kNames.end(), node.opType) != kNames.end();
}

/// What rounded a tensor of libtorch's quantized kind; null for real numbers, which Identity marks after dequantize and
/// fake quantization.
const ir::Node* roundedBy(Call& c, const Value& value) {
  const auto* list = value.as<std::shared_ptr<ListValue>>();
  if (list) return (*list)->items.empty() ? nullptr : roundedBy(c, (*list)->items[0]);
  if (!value.isTensor()) return nullptr;
  const Tensor tensor = c.read(value);
  const ir::Node* made = tensor.value() ? tensor.value()->producer() : nullptr;
  while (made && keepsValues(*made)) made = made->input(0) ? made->input(0)->producer() : nullptr;
  return made && made->opType == "DequantizeLinear" && made->inputs().size() == 3 ? made : nullptr;
}

const ir::Node* roundedByOne(Call& c, const Value& value) {
  const ir::Node* made = roundedBy(c, value);
  return made && !made->attribute("axis") ? made : nullptr;
}

std::optional<Rounding> knownRounding(Call& c, const Value& value) {
  if (const auto* constant = value.as<std::shared_ptr<ts::QuantizedTensor>>()) {
    const ts::QuantizedTensor& tensor = **constant;
    if (tensor.axis >= 0) return std::nullopt;
    return Rounding{tensor.scales.at(0), tensor.zeroPoints.at(0), tensor.integers.dtype()};
  }
  const ir::Node* made = roundedByOne(c, value);
  if (!made || !made->input(1)->constant || !made->input(2)->constant) return std::nullopt;
  const ir::Tensor& zero = *made->input(2)->constant;
  return Rounding{made->input(1)->constant->toDoubles().at(0), zero.toInt64s().at(0), zero.dtype()};
}

/// Results of fixed range have the finest scale for it, whatever they are made of.
Rounding roundingAfter(std::string_view name, const Rounding& given) {
  const auto lowest = static_cast<int64_t>(given.lowest());
  if (name == "aten::sigmoid" || name == "aten::hardsigmoid") return {1.0 / 256, lowest, given.dtype};
  if (name == "aten::tanh") return {2.0 / 256, lowest + 128, given.dtype};
  return given;
}

}  // namespace

bool isQuantized(Call& c, std::string_view name) {
  const Value& value = c.arg(name);
  return value.is<std::shared_ptr<ts::QuantizedTensor>>() || roundedBy(c, value);
}
const ir::Node* roundingNode(Call& c, const Value& value) { return roundedBy(c, value); }

Rounding roundingOf(Call& c, std::string_view name) {
  const auto known = knownRounding(c, c.arg(name));
  if (!known) c.refuse("a quantized tensor whose scale is not known");
  return *known;
}

Tensor requantized(Call& c, const Tensor& real, const Rounding& rounding) {
  return requantized(c, real, rounding.scale, rounding.zeroPoint, rounding.dtype);
}

double staticNumber(Call& c, std::string_view name) {
  if (!c.arg(name).isTensor()) return c.number(name);
  const Tensor t = c.tensor(name);
  if (!t.isConstant() || t.constant()->numel() != 1) c.refuse("a scale, zero point or operand that a run decides");
  return t.constant()->toDoubles()[0];
}

Tensor quantizedResult(Call& c, const Tensor& real, OutputNames names) {
  return requantized(c, real, staticNumber(c, names.scale), static_cast<int64_t>(staticNumber(c, names.zeroPoint)), DType::UInt8);
}

Lowering roundedAfter(Tensor (*real)(Call&), OutputNames names) {
  return [=](Call& c) -> Results { return {quantizedResult(c, real(c), names)}; };
}

Lowering roundedAfterRelu(Tensor (*real)(Call&), OutputNames names) {
  return [=](Call& c) -> Results { return {quantizedResult(c, c.b.unary("Relu", real(c)), names)}; };
}

bool makesQuantized(std::string_view row) {
  return row.starts_with("quantized::") || row.starts_with("aten::quantize_per_");
}

Results keepQuantized(Call& c, Results results) {
  const std::string& name = c.schema().name;
  if (!name.starts_with("aten::") || name == "aten::dequantize" || c.arguments().empty()) return results;
  const auto given = knownRounding(c, c.arguments()[0]);
  if (!given) return results;
  const Rounding rounding = roundingAfter(name, *given);
  for (Value& result : results) {
    if (!result.isTensor()) continue;
    const Tensor real = c.read(result);
    if (real.dtype() != DType::Float32 || roundedByOne(c, result)) continue;
    result = Value(requantized(c, real, rounding));
  }
  return results;
}

Tensor dynamicLinear(Call& c, const Tensor& x, const ts::Packed& packed) {
  Builder& b = c.b;
  const PackedLinear linear = linearParts(c, packed);
  Tensor y;
  if (linear.plain) {
    y = b.matmul(x, b.cast(b.swapAxes(Tensor(linear.plain), 0, 1), x.dtype()));
  } else {
    if (b.opset() < 11) c.refuse("dynamically quantized layers need opset 11");
    const QuantizedWeight weight = parts(c, *linear.quantized);
    const Tensors q = b.ops("DynamicQuantizeLinear", {x}, 3);
    Tensors inputs{q[0], b.transpose(weight.integers, {1, 0}), q[2]};
    if (!weight.symmetric) inputs.push_back(weight.zeroPoint);
    y = b.mul(b.cast(b.op("MatMulInteger", inputs), DType::Float32), b.mul(q[1], weight.scale));
  }
  return linear.bias ? b.add(y, Tensor(linear.bias)) : y;
}

}  // namespace deploytool::exporter::ops
