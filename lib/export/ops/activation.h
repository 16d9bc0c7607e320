// Activation functions for other families: the quantized ones.
#pragma once

#include "export/ops/expression.h"
#include "export/table.h"

namespace deploytool::exporter::ops {

/// scale · (x > 0 ? x : alpha (exp(input_scale x) - 1)), its numbers from the call.
Tensor eluOf(Call& c, const Expr& x);
/// max(0, x) + min(0, alpha (exp(x/alpha) - 1)), alpha from the call.
Tensor celuOf(Call& c, const Expr& x);
/// One slope, or one per channel (axis 1), for what is below 0.
Tensor preluOf(Call& c, const Tensor& x, Tensor slope);

}  // namespace deploytool::exporter::ops
