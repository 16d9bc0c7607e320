// From libtorch's types and schemas to those of ts::Program, and back where a list or dict needs its element type.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "torchscript/program.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

ir::DType toDType(c10::ScalarType type);  ///< Undefined for what ir::DType has no name for (quantized, complex32)
std::optional<c10::ScalarType> toScalarType(ir::DType dtype);

/// Converts types, each once. `onClass` is told of every class, module and interface type met.
class TypeConverter {
 public:
  using OnClass = std::function<void(const c10::TypePtr&)>;
  explicit TypeConverter(OnClass onClass = {}) : onClass_(std::move(onClass)) {}

  TypePtr convert(const c10::TypePtr& type);

 private:
  Type make(const c10::TypePtr& type);
  std::vector<TypePtr> contained(const c10::Type& type);

  OnClass onClass_;
  std::unordered_map<const c10::Type*, TypePtr> known_;
  std::vector<c10::TypePtr> kept_;  // keeps the keys of known_ alive
};

/// For types of values in lists and dicts; classes become Any.
c10::TypePtr toTorchType(const Type& type);

Argument toArgument(const c10::Argument& argument, TypeConverter& types);
Schema toSchema(const c10::FunctionSchema& schema, TypeConverter& types);

}  // namespace deploytool::ts
