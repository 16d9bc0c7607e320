// What the loss families share.
#pragma once

#include "export/ops/expression.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

enum class LossReduction { None = 0, Mean = 1, Sum = 2 };
LossReduction reductionOf(const Call& c);
/// Everything left as it is, averaged or summed up, as argument `reduction` says.
Tensor reduced(const Call& c, const Tensor& loss);

}  // namespace deploytool::exporter::ops
