// Recurrences: along an axis, as ONNX's Scan (memory grows with the axis, not with its square), and a number of rounds,
// as its Loop.
#pragma once

#include <functional>

#include "export/builder.h"

namespace deploytool::exporter::ops {

struct ScanStep {
  Tensors states;   ///< as the initial ones: same dtypes and dims
  Tensors results;  ///< what this step gives; stacked along the axis
};

/// Runs `step(states, elements)` for every position of `axis` of `xs`, from its end with `reverse`; an element is a slice
/// without the axis. Gives the last states, and the results of all steps in the order of the axis.
ScanStep scanAlong(Builder& b, const Tensors& states, const Tensors& xs, int64_t axis, bool reverse,
                   const std::function<ScanStep(const Tensors& states, const Tensors& elements)>& step);

/// `step(round, states)` as often as the rank-0 `times` says, from round 0 on: the last states, with the dtypes and
/// dims of the first.
Tensors repeated(Builder& b, const Tensor& times, const Tensors& states,
                 const std::function<Tensors(const Tensor& round, const Tensors& states)>& step);

}  // namespace deploytool::exporter::ops
