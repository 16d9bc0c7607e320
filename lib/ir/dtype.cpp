// Element types: one row each.
#include "ir/dtype.h"

#include <array>

namespace deploytool::ir {
namespace {

struct Row {
  DType dtype;
  size_t size;
  std::string_view name;
  std::string_view shortName;
};

constexpr std::array<Row, 17> kRows = {{
    {DType::Undefined, 0, "undefined", ""},
    {DType::Float32, 4, "float32", "f32"},
    {DType::UInt8, 1, "uint8", "u8"},
    {DType::Int8, 1, "int8", "i8"},
    {DType::UInt16, 2, "uint16", "u16"},
    {DType::Int16, 2, "int16", "i16"},
    {DType::Int32, 4, "int32", "i32"},
    {DType::Int64, 8, "int64", "i64"},
    {DType::String, 0, "string", "str"},
    {DType::Bool, 1, "bool", "b1"},
    {DType::Float16, 2, "float16", "f16"},
    {DType::Float64, 8, "float64", "f64"},
    {DType::UInt32, 4, "uint32", "u32"},
    {DType::UInt64, 8, "uint64", "u64"},
    {DType::Complex64, 8, "complex64", "c64"},
    {DType::Complex128, 16, "complex128", "c128"},
    {DType::BFloat16, 2, "bfloat16", "bf16"},
}};

const Row& row(DType dtype) {
  const auto i = static_cast<size_t>(dtype);
  return kRows[i < kRows.size() ? i : 0];
}

}  // namespace

size_t itemSize(DType dtype) { return row(dtype).size; }

std::string_view dtypeName(DType dtype) { return row(dtype).name; }

std::optional<DType> dtypeFromName(std::string_view name) {
  if (name.empty()) return {};
  for (const Row& r : kRows) {
    if (r.dtype != DType::Undefined && (name == r.name || name == r.shortName)) return r.dtype;
  }
  return {};
}

bool isFloating(DType dtype) {
  return dtype == DType::Float32 || dtype == DType::Float64 || dtype == DType::Float16 || dtype == DType::BFloat16;
}

bool isIntegral(DType dtype) {
  switch (dtype) {
    case DType::UInt8:
    case DType::Int8:
    case DType::UInt16:
    case DType::Int16:
    case DType::Int32:
    case DType::Int64:
    case DType::UInt32:
    case DType::UInt64: return true;
    default: return false;
  }
}

bool isComplex(DType dtype) { return dtype == DType::Complex64 || dtype == DType::Complex128; }

}  // namespace deploytool::ir
