// Weights as 8-bit integers: scales, zero points, rounding, and what that costs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "deploytool/status.h"
#include "ir/tensor.h"

namespace deploytool::quantize {

/// A WeightScheme with nothing left open. w ≈ scale · (q − zeroPoint).
struct IntegerFormat {
  bool isSigned = true;
  bool symmetric = true;  ///< the zero point is 0 (128 when unsigned)
  int bits = 8;           ///< 7 for the reduced range
  WeightScheme::Search search = WeightScheme::Search::Mse;
  double percentile = 99.99;
  /// Round so that the errors of a group add up to nothing: activations that are positive on average (after ReLU, GELU,
  /// a softmax) then shift no output. Costs next to nothing in squared error.
  bool keepSums = true;

  int lowest() const { return isSigned ? -(1 << (bits - 1)) : 0; }
  int highest() const { return lowest() + (1 << bits) - 1; }
  ir::DType dtype() const { return isSigned ? ir::DType::Int8 : ir::DType::UInt8; }
};

struct IntegerTensor {
  std::shared_ptr<const ir::Tensor> integers;               ///< contiguous, dims of the weight
  std::vector<float> scales;            ///< one for each group, row-major over the group axes
  std::vector<int32_t> zeroPoints;      ///< the same
  bool symmetric = true;
  int64_t zeroGroups = 0;               ///< groups with nothing but zeros: scale 1
  double sqnr = 0;                      ///< dB over the whole tensor; infinite when exact
};

/// Whether zero points are worth a byte for each group of at least 512 elements: where ranges lie so far from the middle
/// that covering just the range makes steps at least 3 % smaller, 0.25 dB. By a sample of groups.
bool isLopsided(const ir::Tensor& weight, const std::vector<int64_t>& groupAxes);

/// Elements that share their indices on `groupAxes` (ascending) share a scale; no axes: one scale for all. Takes strided
/// tensors of float32, float64, float16 and bfloat16. The error (BadInput) counts NaN and infinite elements.
Result<IntegerTensor> toIntegers(const ir::Tensor& weight, const std::vector<int64_t>& groupAxes,
                                 const IntegerFormat& format);

}  // namespace deploytool::quantize
