// Division and modulo with torch's rounding, for integer and floating tensors of one dtype.
#pragma once

#include "export/builder.h"

namespace deploytool::exporter::ops {

Tensor floorDivide(Builder& b, const Tensor& x, const Tensor& y);      ///< rounds towards minus infinity
Tensor floorModulo(Builder& b, const Tensor& x, const Tensor& y);      ///< sign of the divisor, as Python's %
Tensor truncatedModulo(Builder& b, const Tensor& x, const Tensor& y);  ///< sign of the dividend, as C's fmod
Tensor truncate(Builder& b, const Tensor& x);                          ///< rounds towards zero

}  // namespace deploytool::exporter::ops
