// Dims of matrix products, for the families that contain one.
#pragma once

#include "ir/infer.h"

namespace deploytool::ir::inference {

/// numpy's matmul; nothing when a rank is unknown.
std::optional<Dims> matMulDims(InferContext& ctx, const Dims* a, const Dims* b);

}  // namespace deploytool::ir::inference
