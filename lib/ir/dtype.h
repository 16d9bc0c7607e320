// Element types of tensors. The numbers are those of onnx.TensorProto.DataType.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace deploytool::ir {

enum class DType : uint8_t {
  Undefined = 0,
  Float32 = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Float64 = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
};

/// Bytes of one element; 0 for String and Undefined.
size_t itemSize(DType dtype);
/// `float32`, `int64`, ...; `undefined` for Undefined.
std::string_view dtypeName(DType dtype);
/// Accepts the full names and the short ones (`f32`, `i64`, `bf16`, ...).
std::optional<DType> dtypeFromName(std::string_view name);

bool isFloating(DType dtype);  ///< float16, bfloat16, float32, float64
bool isIntegral(DType dtype);  ///< signed and unsigned integers, not bool
bool isComplex(DType dtype);

}  // namespace deploytool::ir
