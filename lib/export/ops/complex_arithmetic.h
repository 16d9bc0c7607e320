// Operators that mean something of their own for complex tensors (lib/export/complex.h).
#pragma once

#include <string>

#include "export/table.h"

namespace deploytool::exporter::ops {

/// By the operator's name without namespace, overload and the underscore of in-place forms; null where it has none.
const Lowering* complexLowering(const std::string& name);

Results complexSolve(Call& c);    ///< aten::linalg_solve(A, B, left)
Results complexInverse(Call& c);  ///< aten::inverse(self), aten::linalg_inv(A)

}  // namespace deploytool::exporter::ops
