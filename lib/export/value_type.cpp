#include "export/value_type.h"

#include <algorithm>

namespace deploytool::exporter {

namespace {

using Kind = ts::Type::Kind;

ts::TypePtr make(Kind kind, std::vector<ts::TypePtr> elements = {}, std::string name = {}) {
  auto type = std::make_shared<ts::Type>();
  type->kind = kind;
  type->elements = std::move(elements);
  type->name = std::move(name);
  return type;
}

ts::TypePtr elementTypeOf(const ts::TypePtr& declared, const std::vector<Value>& items) {
  if (declared) return declared;
  return items.empty() ? make(Kind::Any) : typeOf(items.front());
}

struct TypeOf {
  ts::TypePtr operator()(const None&) const { return make(Kind::None); }
  ts::TypePtr operator()(const Poison&) const { return make(Kind::Any); }
  ts::TypePtr operator()(const Uninitialized& value) const { return value.type ? value.type : make(Kind::Any); }
  ts::TypePtr operator()(bool) const { return make(Kind::Bool); }
  ts::TypePtr operator()(const Dim&) const { return make(Kind::Int); }
  ts::TypePtr operator()(double) const { return make(Kind::Float); }
  ts::TypePtr operator()(const std::complex<double>&) const { return make(Kind::Complex); }
  ts::TypePtr operator()(const std::string&) const { return make(Kind::String); }
  ts::TypePtr operator()(const RuntimeScalar& scalar) const {
    return make(scalar.tensor.dtype() == DType::Bool ? Kind::Bool : Kind::Float);
  }
  ts::TypePtr operator()(const TensorVar&) const { return make(Kind::Tensor); }
  ts::TypePtr operator()(const std::shared_ptr<ListValue>& list) const {
    return make(Kind::List, {elementTypeOf(list->elementType, list->items)});
  }
  ts::TypePtr operator()(const std::shared_ptr<TupleValue>& tuple) const {
    if (tuple->type) return tuple->type;
    std::vector<ts::TypePtr> elements;
    for (const Value& item : tuple->items) elements.push_back(typeOf(item));
    return make(Kind::Tuple, elements);
  }
  ts::TypePtr operator()(const std::shared_ptr<DictValue>& dict) const {
    std::vector<Value> keys, values;
    for (const auto& [key, value] : dict->items) keys.push_back(key), values.push_back(value);
    return make(Kind::Dict, {elementTypeOf(dict->keyType, keys), elementTypeOf(dict->valueType, values)});
  }
  ts::TypePtr operator()(const std::shared_ptr<ObjectValue>& object) const {
    const bool isModule = object->source && object->source->isModule;
    return make(isModule ? Kind::Module : Kind::Class, {}, object->typeName);
  }
  ts::TypePtr operator()(const std::shared_ptr<OptionalValue>& optional) const {
    return make(Kind::Optional, {typeOf(optional->value)});
  }
  ts::TypePtr operator()(const ts::Device&) const { return make(Kind::Device); }
  ts::TypePtr operator()(const std::shared_ptr<ts::Enum>& value) const { return make(Kind::Enum, {}, value->typeName); }
  ts::TypePtr operator()(const ts::FunctionRef& function) const { return make(Kind::Function, {}, function.name); }
  ts::TypePtr operator()(const std::shared_ptr<ts::QuantizedTensor>&) const { return make(Kind::Tensor); }
  ts::TypePtr operator()(const std::shared_ptr<ts::Packed>& packed) const {
    return make(Kind::Class, {}, packed->className);
  }
};

}  // namespace

ts::TypePtr typeOf(const Value& value) { return std::visit(TypeOf{}, value.data); }

std::optional<bool> isInstanceOf(const Value& value, const std::vector<ts::TypePtr>& types) {
  if (const auto* optional = value.as<std::shared_ptr<OptionalValue>>()) {
    const auto whenPresent = isInstanceOf((*optional)->value, types);
    const auto whenAbsent = isInstanceOf(Value(), types);
    if (whenPresent == whenAbsent) return whenPresent;
    return {};
  }
  const ts::TypePtr type = typeOf(value);
  return std::any_of(types.begin(), types.end(), [&](const ts::TypePtr& t) { return ts::isSubtype(*type, *t); });
}

}  // namespace deploytool::exporter
