// Special functions for other families: of numbers rather than tensors.
#pragma once

#include "export/ops/expression.h"

namespace deploytool::exporter::ops {

/// log |Γ(x)|, infinite at 0, -1, …
Expr lgamma(const Expr& x);
/// 1 - erf(x), exact for large x too.
Expr erfc(const Expr& x);

}  // namespace deploytool::exporter::ops
