// Calls that are given parameters, in a method's graph: inlined where that lets the parameters be quantized.
#pragma once

#include "torchscript/quantize/static_values.h"

namespace deploytool::ts {

/// Whether the node asks for the dtype, device, sizes and the like of its first input, not for elements.
bool isMetadataRead(const torch::jit::Node* node);

/// Puts the graphs of functions, as F.multi_head_attention_forward, and of methods, as a trace calls a layer whose
/// weight is tied to another's, in the place of calls that are given parameters, where they compute with them by an
/// operator that has a quantized form, or only read their metadata. Repeats that for the calls in those graphs.
void inlineCalls(const ModuleTree& tree, const AssignedAttributes& assigned, Instance& instance,
                 torch::jit::Graph& graph);

}  // namespace deploytool::ts
