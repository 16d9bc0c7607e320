// torch's element types (c10::ScalarType numbers, as TorchScript passes them) and its promotion rules.
#pragma once

#include <cstdint>
#include <optional>

#include "ir/dtype.h"

namespace deploytool::exporter {

/// Nothing for types that ONNX has no tensor of (quantized types, complex32, bits).
std::optional<ir::DType> fromScalarType(int64_t scalarType);
/// The number, -1 where torch has none.
int64_t toScalarType(ir::DType dtype);

/// torch.promote_types; Undefined yields the other.
ir::DType promoteTypes(ir::DType a, ir::DType b);
/// `higher` where it is of a higher category (bool < integer < floating < complex) or the other is Undefined.
ir::DType combineCategories(ir::DType first, ir::DType higher);

}  // namespace deploytool::exporter
