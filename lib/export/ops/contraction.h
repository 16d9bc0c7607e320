// Products of two tensors over named axes, as einsum and its relatives define them.
#pragma once

#include <optional>
#include <set>

#include "export/builder.h"

namespace deploytool::exporter::ops {

/// A tensor whose axes have names; axes of one name are multiplied, or summed where nothing needs them any more.
struct NamedAxes {
  Tensor tensor;
  std::vector<int> axes;
};

/// `x` without the axes that are not `needed`, which are summed.
NamedAxes summed(Builder& b, NamedAxes x, const std::set<int>& needed);
/// x · y, the common axes that are not `needed` being summed. Nothing where it is unknown whether the sizes of a summed
/// axis are equal or broadcast. Integers must be int64 or int32, floats at least float32.
std::optional<NamedAxes> contracted(Builder& b, NamedAxes x, NamedAxes y, const std::set<int>& needed);
/// `x` with its axes in the order of `axes`, those it lacks having size 1.
Tensor arranged(Builder& b, const NamedAxes& x, const std::vector<int>& axes);

}  // namespace deploytool::exporter::ops
