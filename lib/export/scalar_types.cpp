// torch's type promotion: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
#include "export/scalar_types.h"

#include <algorithm>
#include <array>

namespace deploytool::exporter {

using ir::DType;

namespace {

constexpr std::array kScalarTypes = {
    DType::UInt8,   DType::Int8,    DType::Int16,     DType::Int32,      DType::Int64, DType::Float16,
    DType::Float32, DType::Float64, DType::Undefined, DType::Complex64,  DType::Complex128, DType::Bool,
};
constexpr int64_t kBFloat16 = 15;

int category(DType dtype) {
  if (dtype == DType::Undefined) return -1;
  if (dtype == DType::Bool) return 0;
  if (ir::isIntegral(dtype)) return 1;
  return ir::isFloating(dtype) ? 2 : 3;
}

/// Position among the floating types; float16 and bfloat16 are beside each other and meet in float32.
int floatingOrder(DType dtype) {
  switch (dtype) {
    case DType::Float16: case DType::BFloat16: return 0;
    case DType::Float32: return 1;
    default: return 2;
  }
}

DType promoteIntegral(DType a, DType b) {
  const DType high = ir::itemSize(a) >= ir::itemSize(b) ? a : b;
  const DType low = high == a ? b : a;
  if (low != DType::UInt8 && high != DType::UInt8) return high;
  // uint8 with int8 is int16; with wider ones, the wider one.
  return ir::itemSize(high) > 1 ? high : DType::Int16;
}

}  // namespace

std::optional<DType> fromScalarType(int64_t scalarType) {
  if (scalarType == kBFloat16) return DType::BFloat16;
  if (scalarType < 0 || scalarType >= static_cast<int64_t>(kScalarTypes.size())) return {};
  const DType dtype = kScalarTypes[static_cast<size_t>(scalarType)];
  return dtype == DType::Undefined ? std::nullopt : std::optional(dtype);
}

int64_t toScalarType(DType dtype) {
  if (dtype == DType::BFloat16) return kBFloat16;
  const auto it = std::find(kScalarTypes.begin(), kScalarTypes.end(), dtype);
  return it == kScalarTypes.end() || dtype == DType::Undefined ? -1 : it - kScalarTypes.begin();
}

DType promoteTypes(DType a, DType b) {
  if (a == b || b == DType::Undefined) return a;
  if (a == DType::Undefined) return b;
  if (category(a) != category(b)) {
    const DType high = category(a) > category(b) ? a : b;
    const DType low = high == a ? b : a;
    return high == DType::Complex64 && low == DType::Float64 ? DType::Complex128 : high;
  }
  if (category(a) == 1) return promoteIntegral(a, b);
  if (category(a) == 3) return DType::Complex128;
  if (floatingOrder(a) == floatingOrder(b)) return DType::Float32;
  return floatingOrder(a) > floatingOrder(b) ? a : b;
}

DType combineCategories(DType first, DType higher) {
  if (first == DType::Undefined) return higher;
  if (category(higher) <= category(first)) return first;
  // A complex number beside float32 tensors gives complex64, and so on.
  if (category(higher) == 3 && first == DType::Float64) return DType::Complex128;
  return higher;
}

}  // namespace deploytool::exporter
