// From ts::Value to c10::IValue; see values.h.
#include <fmt/format.h>

#include "torchscript/values.h"

namespace deploytool::ts {

namespace {

c10::TypePtr withoutOptional(const c10::TypePtr& type) {
  if (!type || type->kind() != c10::TypeKind::OptionalType) return type;
  return withoutOptional(type->expectRef<c10::OptionalType>().getElementType());
}

bool expects(const c10::TypePtr& type, c10::TypeKind kind) { return type && type->kind() == kind; }

Diagnostic cannotPass(const Value& value) {
  return makeError(ExitCode::Unsupported, "a value that libtorch cannot be given: " + text(value));
}

template <class T>
const T* as(const Value& value) { return std::get_if<T>(&value.data); }

/// Numbers, converted to the kind that is asked for.
std::optional<c10::IValue> number(const Value& value, const c10::TypePtr& type) {
  if (const auto* v = as<bool>(value)) {
    if (expects(type, c10::TypeKind::IntType)) return c10::IValue(static_cast<int64_t>(*v));
    if (expects(type, c10::TypeKind::TensorType)) return c10::IValue(c10::scalar_to_tensor(*v));
    return c10::IValue(*v);
  }
  if (const auto* v = as<int64_t>(value)) {
    if (expects(type, c10::TypeKind::FloatType)) return c10::IValue(static_cast<double>(*v));
    if (expects(type, c10::TypeKind::BoolType)) return c10::IValue(*v != 0);
    if (expects(type, c10::TypeKind::TensorType)) return c10::IValue(c10::scalar_to_tensor(*v));
    return c10::IValue(*v);
  }
  if (const auto* v = as<double>(value)) {
    if (expects(type, c10::TypeKind::TensorType)) return c10::IValue(c10::scalar_to_tensor(*v));
    return c10::IValue(*v);
  }
  if (const auto* v = as<std::complex<double>>(value)) return c10::IValue(c10::complex<double>(v->real(), v->imag()));
  return std::nullopt;
}

/// The element type: what is asked for, unless that is a variable or unknown; then what the list says.
c10::TypePtr elementType(const List& list, const c10::TypePtr& type) {
  if (expects(type, c10::TypeKind::ListType)) {
    auto element = type->expectRef<c10::ListType>().getElementType();
    if (!element->hasFreeVariables() && element->kind() != c10::TypeKind::AnyType &&
        element->kind() != c10::TypeKind::NumberType) {
      return element;
    }
  }
  if (list.elementType) return toTorchType(*list.elementType);
  if (!list.items.empty()) {
    auto first = toIValue(list.items[0]);
    if (first) return first->type();
  }
  return c10::TensorType::get();
}

Result<c10::IValue> listValue(const List& list, const c10::TypePtr& type) {
  c10::impl::GenericList result(elementType(list, type));
  const auto element = result.elementType();
  result.reserve(list.items.size());
  for (const auto& item : list.items) {
    auto converted = toIValue(item, element);
    if (!converted) return converted.error();
    result.push_back(std::move(*converted));
  }
  return c10::IValue(std::move(result));
}

Result<c10::IValue> tupleValue(const Tuple& tuple, const c10::TypePtr& type) {
  const bool typed = expects(type, c10::TypeKind::TupleType) && type->containedTypes().size() == tuple.items.size();
  std::vector<c10::IValue> items;
  for (size_t i = 0; i < tuple.items.size(); ++i) {
    auto converted = toIValue(tuple.items[i], typed ? type->containedTypes()[i] : nullptr);
    if (!converted) return converted.error();
    items.push_back(std::move(*converted));
  }
  return c10::IValue(c10::ivalue::Tuple::create(std::move(items)));
}

Result<c10::IValue> dictValue(const Dict& dict, const c10::TypePtr& type) {
  auto keyType = dict.keyType ? toTorchType(*dict.keyType) : c10::TypePtr(c10::StringType::get());
  auto valueType = dict.valueType ? toTorchType(*dict.valueType) : c10::TypePtr(c10::TensorType::get());
  if (expects(type, c10::TypeKind::DictType) && !type->hasFreeVariables()) {
    keyType = type->expectRef<c10::DictType>().getKeyType();
    valueType = type->expectRef<c10::DictType>().getValueType();
  }
  c10::impl::GenericDict result(keyType, valueType);
  for (const auto& [key, item] : dict.items) {
    auto k = toIValue(key, keyType);
    if (!k) return k.error();
    auto v = toIValue(item, valueType);
    if (!v) return v.error();
    result.insert(std::move(*k), std::move(*v));
  }
  return c10::IValue(std::move(result));
}

}  // namespace

at::Tensor toTorchTensor(const ir::Tensor& tensor) {
  const auto type = toScalarType(tensor.dtype());
  TORCH_CHECK(type, "a tensor of ", std::string(dtypeName(tensor.dtype())), " has no counterpart in libtorch");
  const auto item = static_cast<int64_t>(itemSize(tensor.dtype()));
  const auto* base = tensor.storage().data();
  const auto address = reinterpret_cast<uintptr_t>(base);
  bool asItIs = tensor.offset() % item == 0 && address % static_cast<uintptr_t>(item) == 0;
  for (int64_t stride : tensor.strides()) asItIs = asItIs && stride >= 0;
  if (!asItIs) {
    auto copy = at::empty(tensor.dims(), at::TensorOptions(*type));
    tensor.gather(static_cast<std::byte*>(copy.data_ptr()));
    return copy;
  }
  auto* data = const_cast<std::byte*>(base);  // libtorch has no read-only tensors; nobody writes
  const auto blob = [&](c10::IntArrayRef dims, c10::IntArrayRef strides) {
    return at::for_blob(data, dims)
        .strides(strides)
        .deleter([owner = tensor.owner()](void*) {})
        .options(at::TensorOptions(*type))
        .make_tensor();
  };
  const auto offset = static_cast<int64_t>(tensor.offset()) / item;
  if (offset == 0) return blob(tensor.dims(), tensor.strides());
  // libtorch 1.13 makes the storage of a blob with an offset too small, and then refuses views of it.
  int64_t last = 0;
  for (size_t i = 0; i < tensor.dims().size(); ++i) {
    if (tensor.dims()[i] == 0) return at::empty(tensor.dims(), at::TensorOptions(*type));
    last += (tensor.dims()[i] - 1) * tensor.strides()[i];
  }
  return blob({offset + last + 1}, {1}).as_strided(tensor.dims(), tensor.strides(), offset);
}

at::Tensor toTorchTensor(const QuantizedTensor& tensor) {
  const auto integers = toTorchTensor(tensor.integers);
  const auto quantized = c10::toQIntType(integers.scalar_type());
  if (tensor.axis < 0) {
    return at::_make_per_tensor_quantized_tensor(integers.clone(), tensor.scales.at(0), tensor.zeroPoints.at(0));
  }
  const auto options = at::TensorOptions();
  const auto scales = at::tensor(tensor.scales, options.dtype(c10::kDouble));
  const auto zeros = at::tensor(tensor.zeroPoints, options.dtype(c10::kLong));
  TORCH_CHECK(c10::isQIntType(quantized), "quantized tensors are int8, uint8 or int32");
  return at::_make_per_channel_quantized_tensor(integers.clone(), scales, zeros, tensor.axis);
}

Result<c10::IValue> toIValue(const Value& value, const c10::TypePtr& given) {
  const auto type = withoutOptional(given);
  if (value.isNone()) {
    if (expects(given, c10::TypeKind::TensorType)) return c10::IValue(at::Tensor());
    return c10::IValue();
  }
  if (auto result = number(value, type)) return *result;
  if (const auto* v = as<std::string>(value)) return c10::IValue(*v);
  if (const auto* v = as<ir::TensorPtr>(value)) {
    if (!toScalarType((*v)->dtype())) return cannotPass(value);
    return c10::IValue(toTorchTensor(**v));
  }
  if (const auto* v = as<std::shared_ptr<List>>(value)) return listValue(**v, type);
  if (const auto* v = as<std::shared_ptr<Tuple>>(value)) return tupleValue(**v, type);
  if (const auto* v = as<std::shared_ptr<Dict>>(value)) return dictValue(**v, type);
  if (const auto* v = as<Device>(value)) return c10::IValue(c10::Device(v->name));
  if (const auto* v = as<std::shared_ptr<QuantizedTensor>>(value)) return c10::IValue(toTorchTensor(**v));
  return cannotPass(value);
}

}  // namespace deploytool::ts
