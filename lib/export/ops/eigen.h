// Eigenvalues and singular values of matrices of literal size, by Jacobi rotations in an ONNX Loop. All in float64.
#pragma once

#include <utility>

#include "export/call.h"

namespace deploytool::exporter::ops {

constexpr int64_t kLargestSpectrum = 64;
constexpr const char* kSpectrumLimit = "matrices whose smaller size is above 64 or dynamic";

struct Eigen {
  Tensor values;   ///< [.., n], ascending
  Tensor vectors;  ///< [.., n, n], as columns; their signs are not determined
};
/// Of symmetric matrices [.., n, n].
Eigen eigenOf(Call& c, const Tensor& symmetric);

struct Singular {
  Tensor u, values, v;  ///< [.., m, k], [.., k] descending, [.., n, k]; k is the smaller size, or m and n where `full`
};
/// Of matrices [.., m, n]. Vectors of the singular value 0 are completed where the larger size too is at most 64, else 0.
Singular singularOf(Call& c, const Tensor& x, bool full = false);

enum class SpectralNorm { Largest, Smallest, Nuclear };
/// The largest or smallest singular value of the matrices in two axes, or the sum of all, in the dtype of `x`.
Tensor spectralNorm(Call& c, const Tensor& x, std::pair<int64_t, int64_t> axes, SpectralNorm norm, bool keepDims);

}  // namespace deploytool::exporter::ops
