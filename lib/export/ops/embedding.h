// Bags of embeddings for other families: the quantized ones.
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

/// bool[bags, n]: which indices belong to which bag; `withEnd`: the last offset is the end of the last bag.
Tensor bagMembers(Call& c, const Tensor& indices, const Tensor& offsets, bool withEnd);

}  // namespace deploytool::exporter::ops
