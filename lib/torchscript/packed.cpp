// Packed parameters of quantized operators. The fields of ts::Packed are what the class's `__getstate__` gives (a tuple
// is spread), each converted as any value:
//   quantized.LinearPackedParamsBase      weight (quantized tensor), bias (tensor or None)
//   quantized.Conv2dPackedParamsBase, …   version, tensors, optional tensors (PyTorch's conv serialization, version 2)
//   quantized.EmbeddingPackedParamsBase   version, tensors, numbers, ...
//   rnn.CellParamsBase                    kind of cell, tensors, numbers, packed weights
//   xnnpack.Conv2dOpContext, …            weight, bias, stride, padding, dilation, groups, lowest, highest (or None); a
//                                         transposed one has the output padding before the dilation, a linear one no geometry
#include "torchscript/packed.h"

#include <fmt/format.h>

namespace deploytool::ts {

namespace {

constexpr const char* kPrefix = "__torch__.torch.classes.";

std::string className(const c10::ClassType& type) { return type.name() ? type.name()->qualifiedName() : ""; }

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
  auto state = reader.read((*getState)({value}), path);
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
