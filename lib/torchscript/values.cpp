// From c10::IValue to ts::Value; see values.h. Packed quantized parameters: packed.cpp.
#include "torchscript/values.h"

#include <fmt/format.h>

#include "torchscript/packed.h"

namespace deploytool::ts {

namespace {

Diagnostic refuse(const std::string& what, const std::string& path) {
  return makeError(ExitCode::Unsupported, path.empty() ? what : fmt::format("{}: {}", path, what));
}

std::string joinPath(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

/// One tensor per place in memory and way of looking at it: tied weights become one.
std::string tensorKey(const at::Tensor& tensor) {
  return fmt::format("{}|{}|{}|{}|{}", static_cast<const void*>(tensor.storage().unsafeGetStorageImpl()),
                     tensor.storage_offset(), fmt::join(tensor.sizes(), ","), fmt::join(tensor.strides(), ","),
                     static_cast<int>(tensor.scalar_type()));
}

std::span<const std::byte> storageBytes(const at::Tensor& tensor) {
  const auto& storage = tensor.storage();
  return {static_cast<const std::byte*>(storage.data()), static_cast<size_t>(storage.nbytes())};
}

std::shared_ptr<const void> holder(const at::Tensor& tensor) {
  auto kept = std::make_shared<c10::Storage>(tensor.storage());
  return {kept, kept->data()};
}

__extension__ using Wide = __int128;

/// Every element must lie inside the storage: a damaged archive can say otherwise.
bool liesInside(const at::Tensor& tensor, size_t storageSize) {
  if (tensor.numel() == 0) return true;
  Wide last = tensor.storage_offset();
  for (int64_t i = 0; i < tensor.dim(); ++i) {
    if (tensor.stride(i) < 0) return false;
    last += static_cast<Wide>(tensor.size(i) - 1) * tensor.stride(i);
  }
  return tensor.storage_offset() >= 0 && (last + 1) * static_cast<Wide>(tensor.itemsize()) <= static_cast<Wide>(storageSize);
}

bool isSparse(const at::Tensor& tensor) {
  const auto layout = tensor.layout();
  return layout == c10::kSparse || layout == c10::kSparseCsr || layout == c10::kSparseCsc;
}

/// ONNX has no sparse tensors that run: they are kept dense, up to a size.
bool fitsDense(const at::Tensor& tensor) {
  constexpr Wide kMostBytes = Wide{1} << 30;
  Wide bytes = static_cast<Wide>(c10::elementSize(tensor.scalar_type()));
  for (const int64_t size : tensor.sizes()) {
    bytes *= size;
    if (bytes > kMostBytes) return false;
  }
  return true;
}

}  // namespace

Result<ir::Tensor> shareTensor(const at::Tensor& given, const std::shared_ptr<const void>& owner) {
  if (isSparse(given)) {
    if (!fitsDense(given))
      return refuse(fmt::format("a {} tensor of {} elements, too many for a dense one", c10::str(given.layout()),
                                fmt::join(given.sizes(), " x ")),
                    "");
    return shareTensor(given.to_dense());
  }
  if (given.layout() != c10::kStrided) return refuse(fmt::format("a {} tensor", c10::str(given.layout())), "");
  if (!given.device().is_cpu()) return refuse(fmt::format("a tensor on {}", given.device().str()), "");
  const ir::DType dtype = toDType(given.scalar_type());
  if (dtype == ir::DType::Undefined) return refuse(fmt::format("a tensor of {}", c10::toString(given.scalar_type())), "");
  const at::Tensor tensor = given.is_conj() || given.is_neg() ? given.resolve_conj().resolve_neg() : given;
  const auto bytes = storageBytes(tensor);
  if (!liesInside(tensor, bytes.size())) {
    return makeError(ExitCode::BadInput, "a tensor reaches beyond its storage");
  }
  return ir::Tensor::share(dtype, tensor.sizes().vec(), tensor.strides().vec(), bytes,
                           tensor.storage_offset() * static_cast<int64_t>(tensor.itemsize()),
                           owner && tensor.is_same(given) ? owner : holder(tensor));
}

Result<Value> ValueReader::readPlainTensor(const at::Tensor& given, const std::string& path) {
  // A lazily conjugated or negated view has the storage of its base, but other values.
  const at::Tensor tensor = given.is_conj() || given.is_neg() ? given.resolve_conj().resolve_neg() : given;
  const bool strided = tensor.layout() == c10::kStrided && tensor.device().is_cpu();
  const std::string key = strided ? tensorKey(tensor) : std::string();
  if (auto found = tensors_.find(key); strided && found != tensors_.end()) return Value{found->second};
  Place* place = nullptr;
  if (strided) {
    place = &storages_[tensor.storage().unsafeGetStorageImpl()];
    if (!place->owner) *place = {holder(tensor), storageBytes(tensor)};
  }
  auto shared = shareTensor(tensor, place ? place->owner : nullptr);
  if (!shared) return refuse(shared.error().message, path);
  shared->name = path;
  auto result = std::make_shared<const ir::Tensor>(std::move(*shared));
  if (strided) tensors_.emplace(key, result);
  return Value{result};
}

Result<Value> ValueReader::readQuantized(const at::Tensor& tensor, const std::string& path) {
  auto result = std::make_shared<QuantizedTensor>();
  if (tensor.scalar_type() != c10::kQInt8 && tensor.scalar_type() != c10::kQUInt8 &&
      tensor.scalar_type() != c10::kQInt32) {
    return refuse(fmt::format("a quantized tensor of {}", c10::toString(tensor.scalar_type())), path);
  }
  auto integers = shareTensor(tensor.int_repr());
  if (!integers) return refuse(integers.error().message, path);
  result->integers = std::move(*integers);
  result->integers.name = path;
  const auto scheme = tensor.qscheme();
  if (scheme == c10::kPerTensorAffine || scheme == c10::kPerTensorSymmetric) {
    result->scales = {tensor.q_scale()};
    result->zeroPoints = {tensor.q_zero_point()};
    return Value{result};
  }
  if (scheme != c10::kPerChannelAffine && scheme != c10::kPerChannelSymmetric) {
    return refuse(fmt::format("a tensor quantized by {}", c10::toString(scheme)), path);
  }
  const auto scales = tensor.q_per_channel_scales().to(c10::kDouble).contiguous();
  const auto zeros = tensor.q_per_channel_zero_points().to(c10::kLong).contiguous();
  result->scales.assign(scales.data_ptr<double>(), scales.data_ptr<double>() + scales.numel());
  result->zeroPoints.assign(zeros.data_ptr<int64_t>(), zeros.data_ptr<int64_t>() + zeros.numel());
  result->axis = tensor.q_per_channel_axis();
  return Value{result};
}

Result<Value> ValueReader::readTensor(const at::Tensor& tensor, const std::string& path) {
  if (!tensor.defined()) return Value{};
  return tensor.is_quantized() ? readQuantized(tensor, path) : readPlainTensor(tensor, path);
}

void ValueReader::know(const at::Tensor& tensor, ir::TensorPtr as) {
  storages_[tensor.storage().unsafeGetStorageImpl()] = {as->owner(), as->storage()};
  tensors_.emplace(tensorKey(tensor), std::move(as));
}

Result<Value> ValueReader::readList(const c10::IValue& value, const std::string& path) {
  auto result = std::make_shared<List>();
  if (value.isTensorList()) {
    result->elementType = types_.convert(c10::TensorType::get());
  } else {
    result->elementType = types_.convert(value.toList().elementType());
  }
  known_.emplace(value.internalToPointer(), Value{result});
  const auto items = value.toListRef();
  result->items.reserve(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    auto item = read(items[i], path.empty() ? path : joinPath(path, std::to_string(i)));
    if (!item) return item.error();
    result->items.push_back(std::move(*item));
  }
  return Value{result};
}

Result<Value> ValueReader::readTuple(const c10::IValue& value, const std::string& path) {
  auto result = std::make_shared<Tuple>();
  const auto tuple = value.toTuple();
  const auto& type = tuple->type<c10::TupleType>();
  if (type->schema()) result->type = types_.convert(type);
  const auto& elements = tuple->elements();
  for (size_t i = 0; i < elements.size(); ++i) {
    auto item = read(elements[i], path.empty() ? path : joinPath(path, std::to_string(i)));
    if (!item) return item.error();
    result->items.push_back(std::move(*item));
  }
  return Value{result};
}

Result<Value> ValueReader::readDict(const c10::IValue& value, const std::string& path) {
  auto result = std::make_shared<Dict>();
  const auto dict = value.toGenericDict();
  result->keyType = types_.convert(dict.keyType());
  result->valueType = types_.convert(dict.valueType());
  known_.emplace(value.internalToPointer(), Value{result});
  for (const auto& entry : dict) {
    auto key = read(entry.key());
    if (!key) return key.error();
    std::string inner;
    if (!path.empty()) inner = joinPath(path, entry.key().isString() ? entry.key().toStringRef() : text(*key));
    auto item = read(entry.value(), inner);
    if (!item) return item.error();
    result->items.emplace_back(std::move(*key), std::move(*item));
  }
  return Value{result};
}

Result<Value> ValueReader::readObject(const c10::IValue& value, const std::string& path) {
  const auto object = value.toObject();
  const auto type = object->type();
  if (isPackedParameters(*type)) {
    auto packed = readPacked(value, *this, path);
    if (packed) known_.emplace(value.internalToPointer(), *packed);
    return packed;
  }
  auto result = std::make_shared<Object>();
  result->isModule = type->is_module();
  result->typeName = type->name() ? type->name()->qualifiedName() : type->str();
  types_.convert(type);
  known_.emplace(value.internalToPointer(), Value{result});
  for (size_t i = 0; i < type->numAttributes(); ++i) {
    const auto& name = type->getAttributeName(i);
    auto item = read(object->getSlot(i), joinPath(path, name));
    if (!item) return item.error();
    result->attributes.emplace(name, std::move(*item));
  }
  return Value{result};
}

Result<Value> ValueReader::readEnum(const c10::IValue& value) {
  const auto holder = value.toEnumHolder();
  auto inner = read(holder->value());
  if (!inner) return inner.error();
  auto result = std::make_shared<Enum>();
  result->typeName = holder->qualifiedClassName();
  result->name = holder->name();
  result->value = std::make_shared<Value>(std::move(*inner));
  types_.convert(holder->type());
  return Value{result};
}

/// What has an identity: converted once.
Result<Value> ValueReader::readPointer(const c10::IValue& value, const std::string& path) {
  if (auto found = known_.find(value.internalToPointer()); found != known_.end()) return found->second;
  kept_.push_back(value);
  if (value.isList()) return readList(value, path);
  if (value.isTuple()) return readTuple(value, path);
  if (value.isGenericDict()) return readDict(value, path);
  if (value.isObject()) return readObject(value, path);
  if (value.isEnum()) return readEnum(value);
  return refuse(fmt::format("a value of type {}", value.tagKind()), path);
}

Result<Value> ValueReader::read(const c10::IValue& value, const std::string& path) {
  if (value.isNone()) return Value{};
  if (value.isTensor()) return readTensor(value.toTensor(), path);
  if (value.isBool()) return Value{value.toBool()};
  if (value.isInt()) return Value{value.toInt()};
  if (value.isDouble()) return Value{value.toDouble()};
  if (value.isString()) return Value{value.toStringRef()};
  if (value.isComplexDouble()) {
    const auto number = value.toComplexDouble();
    return Value{std::complex<double>(number.real(), number.imag())};
  }
  // Everything is loaded to the CPU, so a device of the archive is the CPU too.
  if (value.isDevice()) return Value{Device{value.toDevice().is_meta() ? "meta" : "cpu"}};
  if (value.isPtrType()) return readPointer(value, path);
  return refuse(fmt::format("a value of type {}", value.tagKind()), path);
}

}  // namespace deploytool::ts
