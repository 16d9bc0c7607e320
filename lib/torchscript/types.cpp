// Conversion of types and schemas; see types.h.
#include "torchscript/types.h"

#include <algorithm>

#include "torchscript/values.h"

namespace deploytool::ts {

using Kind = Type::Kind;

ir::DType toDType(c10::ScalarType type) {
  switch (type) {
    case c10::kFloat: return ir::DType::Float32;
    case c10::kDouble: return ir::DType::Float64;
    case c10::kHalf: return ir::DType::Float16;
    case c10::kBFloat16: return ir::DType::BFloat16;
    case c10::kByte: return ir::DType::UInt8;
    case c10::kChar: return ir::DType::Int8;
    case c10::kShort: return ir::DType::Int16;
    case c10::kInt: return ir::DType::Int32;
    case c10::kLong: return ir::DType::Int64;
    case c10::kBool: return ir::DType::Bool;
    case c10::kComplexFloat: return ir::DType::Complex64;
    case c10::kComplexDouble: return ir::DType::Complex128;
    default: return ir::DType::Undefined;
  }
}

std::optional<c10::ScalarType> toScalarType(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::Float32: return c10::kFloat;
    case ir::DType::Float64: return c10::kDouble;
    case ir::DType::Float16: return c10::kHalf;
    case ir::DType::BFloat16: return c10::kBFloat16;
    case ir::DType::UInt8: return c10::kByte;
    case ir::DType::Int8: return c10::kChar;
    case ir::DType::Int16: return c10::kShort;
    case ir::DType::Int32: return c10::kInt;
    case ir::DType::Int64: return c10::kLong;
    case ir::DType::Bool: return c10::kBool;
    case ir::DType::Complex64: return c10::kComplexFloat;
    case ir::DType::Complex128: return c10::kComplexDouble;
    default: return std::nullopt;
  }
}

namespace {

std::optional<Kind> atomKind(c10::TypeKind kind) {
  switch (kind) {
    case c10::TypeKind::AnyType: return Kind::Any;
    case c10::TypeKind::NoneType: return Kind::None;
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Kind::Int;
    case c10::TypeKind::FloatType:
    case c10::TypeKind::SymFloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Bool;
    case c10::TypeKind::ComplexType: return Kind::Complex;
    case c10::TypeKind::NumberType: return Kind::Number;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::GeneratorType: return Kind::Generator;
    case c10::TypeKind::LayoutType: return Kind::Layout;
    case c10::TypeKind::StreamObjType: return Kind::Stream;
    case c10::TypeKind::StorageType: return Kind::Storage;
    case c10::TypeKind::CapsuleType: return Kind::Capsule;
    // A dtype or memory format is an int in TorchScript.
    case c10::TypeKind::ScalarTypeType:
    case c10::TypeKind::MemoryFormatType: return Kind::Int;
    default: return std::nullopt;
  }
}

std::optional<Kind> containerKind(c10::TypeKind kind) {
  switch (kind) {
    case c10::TypeKind::ListType: return Kind::List;
    case c10::TypeKind::TupleType: return Kind::Tuple;
    case c10::TypeKind::DictType: return Kind::Dict;
    case c10::TypeKind::OptionalType: return Kind::Optional;
    case c10::TypeKind::UnionType: return Kind::Union;
    case c10::TypeKind::FutureType: return Kind::Future;
    default: return std::nullopt;
  }
}

std::string qualifiedName(const c10::Type& type) {
  const auto* named = dynamic_cast<const c10::NamedType*>(&type);
  return named && named->name() ? named->name()->qualifiedName() : type.str();
}

}  // namespace

std::vector<TypePtr> TypeConverter::contained(const c10::Type& type) {
  std::vector<TypePtr> result;
  for (const auto& element : type.containedTypes()) result.push_back(convert(element));
  return result;
}

Type TypeConverter::make(const c10::TypePtr& type) {
  Type result;
  const auto kind = type->kind();
  if (auto atom = atomKind(kind)) {
    result.kind = *atom;
  } else if (auto container = containerKind(kind)) {
    result.kind = *container;
    result.elements = contained(*type);
    if (auto tuple = type->cast<c10::TupleType>(); tuple && tuple->schema()) {
      result.name = qualifiedName(*tuple);
      for (const auto& field : tuple->schema()->arguments()) result.fieldNames.push_back(field.name());
    }
  } else if (auto klass = type->cast<c10::ClassType>()) {
    result.kind = klass->is_module() ? Kind::Module : Kind::Class;
    result.name = qualifiedName(*type);
    if (onClass_) onClass_(type);
  } else if (kind == c10::TypeKind::InterfaceType) {
    result.kind = Kind::Interface;
    result.name = qualifiedName(*type);
    if (onClass_) onClass_(type);
  } else if (kind == c10::TypeKind::EnumType) {
    result.kind = Kind::Enum;
    result.name = type->expectRef<c10::EnumType>().qualifiedClassName().qualifiedName();
  } else if (kind == c10::TypeKind::FunctionType) {
    result.kind = Kind::Function;
    result.name = qualifiedName(*type);
  } else {
    result.kind = Kind::Other;
    result.name = type->str();
  }
  return result;
}

TypePtr TypeConverter::convert(const c10::TypePtr& type) {
  auto found = known_.find(type.get());
  if (found != known_.end()) return found->second;
  auto result = std::make_shared<const Type>(make(type));
  kept_.push_back(type);
  known_.emplace(type.get(), result);
  return result;
}

c10::TypePtr toTorchType(const Type& type) {
  auto inner = [&](size_t i) { return toTorchType(*type.elements.at(i)); };
  switch (type.kind) {
    case Kind::None: return c10::NoneType::get();
    case Kind::Tensor: return c10::TensorType::get();
    case Kind::Int: return c10::IntType::get();
    case Kind::Float: return c10::FloatType::get();
    case Kind::Bool: return c10::BoolType::get();
    case Kind::Complex: return c10::ComplexType::get();
    case Kind::Number: return c10::NumberType::get();
    case Kind::String: return c10::StringType::get();
    case Kind::Device: return c10::DeviceObjType::get();
    case Kind::List: return c10::ListType::create(inner(0));
    case Kind::Optional: return c10::OptionalType::create(inner(0));
    case Kind::Dict: return c10::DictType::create(inner(0), inner(1));
    case Kind::Tuple: {
      std::vector<c10::TypePtr> elements;
      for (size_t i = 0; i < type.elements.size(); ++i) elements.push_back(inner(i));
      return c10::TupleType::create(std::move(elements));
    }
    default: return c10::AnyType::get();
  }
}

namespace {

std::vector<std::string> setNames(const std::unordered_set<c10::Symbol>& sets) {
  std::vector<std::string> names;
  for (const auto& set : sets) names.emplace_back(set.toUnqualString());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Argument toArgument(const c10::Argument& argument, TypeConverter& types) {
  Argument result;
  result.name = argument.name();
  result.type = types.convert(argument.type());
  result.keywordOnly = argument.kwarg_only();
  if (argument.default_value()) {
    auto value = ValueReader(types).read(*argument.default_value());
    if (value) result.defaultValue = std::move(*value);
  }
  if (const auto* alias = argument.alias_info()) {
    result.aliasSets = setNames(alias->beforeSets());
    result.isWrite = alias->isWrite();
    for (const auto& inner : alias->containedTypes()) result.elementAliasSets = setNames(inner.beforeSets());
  }
  return result;
}

Schema toSchema(const c10::FunctionSchema& schema, TypeConverter& types) {
  Schema result;
  result.name = schema.name();
  result.overload = schema.overload_name();
  result.isVararg = schema.is_vararg();
  for (const auto& argument : schema.arguments()) result.arguments.push_back(toArgument(argument, types));
  for (const auto& value : schema.returns()) result.returns.push_back(toArgument(value, types));
  return result;
}

}  // namespace deploytool::ts
