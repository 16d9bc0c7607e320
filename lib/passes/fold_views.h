// Operators on constants that give the same bytes under other dims or strides.
#pragma once

#include <optional>

#include "ir/graph.h"

namespace deploytool::passes {

/// The result of Transpose, Reshape, Flatten, Squeeze, Unsqueeze or Identity of a constant; nothing for other nodes.
std::optional<ir::Tensor> foldView(const ir::Node& node);

}  // namespace deploytool::passes
