// Convolutions for other families: the packed ones of archives made for mobile devices.
#pragma once

#include <optional>
#include <vector>

#include "export/table.h"

namespace deploytool::exporter::ops {

/// Per spatial axis; one element counts for all, none is the default.
struct Geometry {
  std::vector<int64_t> stride, padding, dilation, outputPadding;
  bool transposed = false;
  Dim groups = 1;  ///< as many convolutions, in a loop, where a run decides it
};

/// x: [batch, channels, …] or without the batch; weight and bias as torch has them.
Tensor convolve(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g);

}  // namespace deploytool::exporter::ops
