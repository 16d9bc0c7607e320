// Comparing tensors: how far apart they are, and whether that is within tolerance.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/verify.h"
#include "ir/tensor.h"

namespace deploytool::runtime {

/// An element of a floating tensor is within tolerance when |actual − expected| ≤ rtol·|expected| + atol·max|expected|,
/// the maximum taken over the finite elements of the whole tensor. NaN equals NaN, an infinity itself. Integers, bools
/// and strings are compared exactly. Complex numbers count as their two parts.
struct Tolerance {
  double rtol = 1e-3;
  double atol = 1e-3;
};

/// 1e-3 and 1e-3; 1e-2 for float16 and bfloat16.
Tolerance defaultTolerance(ir::DType dtype);

struct CompareOptions {
  std::optional<double> rtol;  ///< instead of the default of the dtype
  std::optional<double> atol;
  /// An absolute difference that always counts as within tolerance (4 × the float32–float64 spread of the model).
  double allowedDifference = 0;
};

struct TensorComparison {
  bool equal = false;  ///< dtype, dims and every element

  ir::DType actualDtype = ir::DType::Undefined;
  ir::DType expectedDtype = ir::DType::Undefined;
  std::vector<int64_t> actualDims;
  std::vector<int64_t> expectedDims;

  // What follows is only measured where dtype and dims agree.
  int64_t elements = 0;
  int64_t mismatches = 0;          ///< elements outside the tolerance
  double maxAbsolute = 0;          ///< largest |actual − expected| of finite elements
  double maxRelative = 0;          ///< largest |actual − expected| / |expected| where |expected| > atol·max|expected|
  double maxMagnitude = 0;         ///< largest finite |expected|
  double cosine = 1;               ///< cosine similarity of the two as vectors; 1 when both are zero
  double sqnr = 0;                 ///< 10·log10(Σ expected² / Σ (actual − expected)²) in dB; infinite when equal
  ErrorSums sums;                  ///< of finite elements
  std::optional<int64_t> worst;    ///< row-major index of the mismatch that is furthest outside
  double worstActual = 0;
  double worstExpected = 0;

  bool dtypeEqual() const { return actualDtype == expectedDtype; }
  bool dimsEqual() const { return actualDims == expectedDims; }
};

TensorComparison compare(const ir::Tensor& actual, const ir::Tensor& expected, const CompareOptions& options = {});

/// One sentence: `equal`, `dtype float64 instead of float32`, `3 of 10 elements differ, ...`.
std::string describe(const TensorComparison& comparison);

/// Largest |a − b| of two floating tensors of equal dims, whatever their dtypes; nothing when the dims differ.
std::optional<double> largestDifference(const ir::Tensor& a, const ir::Tensor& b);

}  // namespace deploytool::runtime
