// Matrix products as the lowerings of several families need them.
#pragma once

#include "export/builder.h"

namespace deploytool::exporter::ops {

/// The last two axes exchanged.
Tensor transposeLast(Builder& b, const Tensor& x);
/// x @ weightᵀ (+ bias): one Gemm for matrices.
Tensor linear(Builder& b, const Tensor& x, const Tensor& weight, const Tensor& bias);

}  // namespace deploytool::exporter::ops
