// Whether tensors are what a model declares to take.
#pragma once

#include <vector>

#include "runtime/session.h"

namespace deploytool::runtime {

/// A usage error where a dtype or a rank is another one: such tensors were not meant for this model, so no comparison
/// makes sense. Sizes are not looked at: a model that cannot run a size is an answer.
Status checkInputs(const std::vector<Port>& ports, const std::vector<ir::Tensor>& tensors);

}  // namespace deploytool::runtime
