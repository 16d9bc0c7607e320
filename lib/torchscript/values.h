// Values across the border: c10::IValue to ts::Value and back. Tensors share their bytes in both directions.
#pragma once

#include <unordered_map>

#include "torchscript/types.h"

namespace deploytool::ts {

/// Shares the bytes of a strided CPU tensor of a plain dtype; an error names what it is otherwise.
Result<ir::Tensor> shareTensor(const at::Tensor& tensor, const std::shared_ptr<const void>& owner = nullptr);
/// A tensor over the bytes of an ir::Tensor (not a string one), which it keeps alive. Must not be written to.
at::Tensor toTorchTensor(const ir::Tensor& tensor);
at::Tensor toTorchTensor(const QuantizedTensor& tensor);

/// Reads values; one tensor, list, dict or object is converted once, so sharing shows on the other side.
class ValueReader {
 public:
  explicit ValueReader(TypeConverter& types) : types_(types) {}

  /// `path` names tensors: `encoder.weight` for a module's attribute; empty leaves them unnamed.
  Result<Value> read(const c10::IValue& value, const std::string& path = {});
  /// The result of an operator is `tensor`: gives back the one it was made of.
  void know(const at::Tensor& tensor, ir::TensorPtr as);

 private:
  Result<Value> readTensor(const at::Tensor& tensor, const std::string& path);
  Result<Value> readPlainTensor(const at::Tensor& tensor, const std::string& path);
  Result<Value> readQuantized(const at::Tensor& tensor, const std::string& path);
  Result<Value> readList(const c10::IValue& value, const std::string& path);
  Result<Value> readTuple(const c10::IValue& value, const std::string& path);
  Result<Value> readDict(const c10::IValue& value, const std::string& path);
  Result<Value> readObject(const c10::IValue& value, const std::string& path);
  Result<Value> readEnum(const c10::IValue& value);
  Result<Value> readPointer(const c10::IValue& value, const std::string& path);

  struct Place {
    std::shared_ptr<const void> owner;
    std::span<const std::byte> bytes;
  };

  TypeConverter& types_;
  std::unordered_map<const void*, Value> known_;              // by the object's address
  std::unordered_map<std::string, ir::TensorPtr> tensors_;    // by storage, offset, dims, strides and dtype
  std::unordered_map<const void*, Place> storages_;           // by StorageImpl
  std::vector<c10::IValue> kept_;                             // keeps the keys of known_ alive
};

/// `type` is what is expected (an int where a float is asked becomes one); null: as the value says itself.
Result<c10::IValue> toIValue(const Value& value, const c10::TypePtr& type = nullptr);

}  // namespace deploytool::ts
