// Normalisation for other families: the quantized one. Number of groups, normalized shape, weight, bias and eps come from
// the call.
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

Tensor groupNormalised(Call& c, const Tensor& x);
/// By the input's own statistics, or by running ones.
Tensor instanceNormalised(Call& c, const Tensor& x);
Tensor layerNormalised(Call& c, const Tensor& x);
/// By the statistics that the call names.
Tensor batchNormalised(Call& c, const Tensor& x, std::string_view mean, std::string_view variance);

}  // namespace deploytool::exporter::ops
