// Discrete Fourier transforms as products with the transform's matrix.
#pragma once

#include <optional>

#include "export/complex.h"
#include "export/table.h"

namespace deploytool::exporter::ops {

struct Transform {
  Dim size;              ///< of the signal
  bool inverse = false;
  double scale = 1;      ///< besides what `perSample` gives
  double perSample = 0;  ///< the result is multiplied by size to this power: -1, -0.5 or 0
};

/// Over the last axis, which has `size` elements: the first `bins` frequencies. An imaginary part may be missing.
ComplexParts transformed(Builder& b, const ComplexParts& x, const Transform& transform, const Dim& bins);
/// The real signal whose first size/2 + 1 frequencies are the last axis of `x`.
Tensor realInverse(Builder& b, const ComplexParts& x, const Transform& transform);

}  // namespace deploytool::exporter::ops
