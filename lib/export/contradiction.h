// Nodes that no ONNX runtime could run because dtypes or literal dims of their inputs do not fit: the program would raise
// in PyTorch too, mostly because of what --input says.
#pragma once

#include <optional>
#include <string>

#include "ir/graph.h"

namespace deploytool::exporter {

/// Thrown where a node is built; the walk makes a Raised of it, with the operator and its place.
struct Contradiction {
  std::string what;
};

/// What does not fit, or nothing. Only what is certain: unknown dtypes and symbolic dims fit anything.
std::optional<std::string> contradiction(const ir::Node& node);

}  // namespace deploytool::exporter
