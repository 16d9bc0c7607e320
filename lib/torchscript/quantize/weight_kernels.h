// Passes over all elements of a weight, on several threads; results do not depend on their number.
#pragma once

#include "quantize/group_kernels.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Of a float32 tensor with any strides.
quantize::Range rangeOf(const at::Tensor& weight);
/// What at::quantize_per_tensor gives for zero point 0 and qint8, of a contiguous float32 tensor.
at::Tensor roundToScale(const at::Tensor& weight, float scale);

/// Sums of squares.
struct Energy {
  double signal = 0, noise = 0;
};
/// Of a contiguous float32 tensor and its integers with one scale.
Energy compareIntegers(const at::Tensor& weight, const at::Tensor& quantized);

}  // namespace deploytool::ts
