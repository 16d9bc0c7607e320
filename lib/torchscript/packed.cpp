// Packed parameters of quantized operators. The fields of ts::Packed are what the class's `__getstate__` gives (a tuple
// is spread), each converted as any value:
//   quantized.LinearPackedParamsBase      weight (quantized tensor), bias (tensor or None)
//   quantized.Conv2dPackedParamsBase, …   version, tensors, optional tensors (PyTorch's conv serialization, version 2)
//   quantized.EmbeddingPackedParamsBase   integers (uint8), scales, zero points (float32, one per row)
//   rnn.CellParamsBase                    kind of cell, biases, numbers, numbers, packed weights
//   xnnpack.Conv2dOpContext, …            weight, bias, stride, padding, dilation, groups, lowest, highest (or None); a
//                                         transposed one has the output padding before the dilation, a linear one no geometry
#include "torchscript/packed.h"

#include <fmt/format.h>

namespace deploytool::ts {

namespace {

constexpr const char* kPrefix = "__torch__.torch.classes.";

std::string className(const c10::ClassType& type) { return type.name() ? type.name()->qualifiedName() : ""; }

/// Zero points in floating point have no place in a QuantizedTensor: three plain tensors.
Result<Value> readEmbedding(const c10::IValue& state, ValueReader& reader, const std::string& path) {
  const auto& tensors = state.toTupleRef().elements().at(1).toTensorVector();
  const auto& rows = tensors.at(0);
  // Copies: libtorch 1.13 gives views of vectors inside the packed object.
  const auto scales = rows.q_per_channel_scales().to(c10::kFloat).contiguous().clone();
  const auto zeros = rows.q_per_channel_zero_points().to(c10::kFloat).contiguous().clone();
  auto integers = rows.scalar_type() == c10::kQUInt8
                      ? rows.int_repr()
                      : (rows.dequantize() / scales.unsqueeze(1) + zeros.unsqueeze(1)).round().to(c10::kByte);
  auto packed = std::make_shared<Packed>();
  for (const auto& [tensor, suffix] : {std::pair(integers, ""), std::pair(scales, ".scales"), std::pair(zeros, ".zero_points")}) {
    auto field = reader.read(tensor, path.empty() ? path : path + suffix);
    if (!field) return field.error();
    packed->fields.push_back(std::move(*field));
  }
  return Value{packed};
}

}  // namespace

bool isPackedParameters(const c10::ClassType& type) {
  const std::string name = className(type);
  for (const char* library : {"quantized.", "rnn.", "xnnpack."})
    if (name.rfind(std::string(kPrefix) + library, 0) == 0) return true;
  return false;
}

Result<Value> readPacked(const c10::IValue& value, ValueReader& reader, const std::string& path) {
  const auto type = value.toObject()->type();
  auto* getState = type->findMethod("__getstate__");
  if (getState == nullptr) {
    return makeError(ExitCode::Unsupported, fmt::format("{}: {} cannot be unpacked", path, className(*type)));
  }
  const c10::IValue raw = (*getState)({value});
  if (className(*type).ends_with("EmbeddingPackedParamsBase")) {
    auto embedding = readEmbedding(raw, reader, path);
    if (embedding) std::get<std::shared_ptr<Packed>>(embedding->data)->className = className(*type).substr(std::string(kPrefix).size());
    return embedding;
  }
  auto state = reader.read(raw, path);
  if (!state) return state.error();
  auto packed = std::make_shared<Packed>();
  packed->className = className(*type).substr(std::string(kPrefix).size());
  if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&state->data)) {
    packed->fields = (*tuple)->items;
  } else {
    packed->fields = {std::move(*state)};
  }
  return Value{packed};
}

}  // namespace deploytool::ts
