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
  Dim groups = 1;
};

/// x: [batch, channels, …] or without the batch; weight and bias as torch has them.
Tensor convolve(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g);
/// The same as a matrix product per group, for a number of groups that is known at run time only; `x` has a batch axis,
/// the geometry an element for every spatial axis.
Tensor convolveByGroup(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, const Geometry& g);

}  // namespace deploytool::exporter::ops
