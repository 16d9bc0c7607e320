// Sliding windows: the attributes and the formula that convolutions and poolings share.
#pragma once

#include "ir/infer.h"

namespace deploytool::ir::inference {

/// Attributes of a window over `rank` spatial axes, defaults filled in. `valid` is false when they do not fit the rank.
struct Window {
  enum class Padding { Explicit, Valid, Same };
  bool valid = false;
  Padding padding = Padding::Explicit;
  bool ceil = false;
  Dims kernel;
  std::vector<int64_t> strides, dilations, before, after;
};

/// `kernel` is used where there is no attribute kernel_shape.
Window readWindow(const InferContext& ctx, size_t rank, const Dims* kernel = nullptr);

/// Output size along one spatial axis; nothing where runtimes differ, which is in ceil mode alone.
std::optional<Dim> windowedDim(const Window& window, size_t axis, const Dim& dim);

/// `batch`, `channels`, then every spatial axis of `input` under the window.
std::optional<Dims> convolvedDims(InferContext& ctx, const Dims* input, const Dims* weight);

}  // namespace deploytool::ir::inference
