// Steps that several passes share.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace deploytool::passes {

/// Takes a node out whose only used output equals `source`: every reader reads `source` instead. False (and nothing
/// changed) when an output's name or place forbids it: an output of the model keeps its name, so `source` must be made
/// by a node of the same graph and take the name over.
bool bypass(ir::Node& node, ir::Value* source);

/// The constant that a value always has; null when a caller may override it or it is computed.
ir::TensorPtr constantOf(const ir::Value* value);
/// Integers of a small constant.
std::optional<std::vector<int64_t>> integersOf(const ir::Value* value);

/// Operators whose result depends on more than their inputs.
bool isRandom(const ir::Node& node);
/// In ai.onnx, and of that name.
bool is(const ir::Node* node, std::string_view opType);

/// Every value that nodes of the graph make may be replaced by an initializer of the main graph: it is visible
/// everywhere.
ir::Graph& mainGraphOf(ir::Graph& graph);

}  // namespace deploytool::passes
