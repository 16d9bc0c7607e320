// Type and shape inference by ONNX operator: one row per operator, in lib/ir/infer/ by family.
#pragma once

#include "ir/graph.h"

namespace deploytool::ir {

/// What an operator's inference may use. Inputs have their types (an existing file's may be unknown).
struct InferContext {
  Node& node;
  SymbolSource& symbols;
  int64_t opset;

  /// Contents of an integer input of rank 0 or 1 as expressions: from `elements` or from a constant.
  std::optional<Dims> elements(size_t input) const;
};

using InferFunction = void (*)(InferContext&);

struct InferRow {
  const char* opType;
  InferFunction infer;
  const char* domain = "";
};

/// Sets the types (and `elements`, where known) of the node's outputs from its inputs and attributes. Dims that it
/// cannot know become fresh symbols once the rank is known; an operator without a row leaves the types as they are and
/// returns false. Literal and equal dims are kept; two dims that broadcast and are not known to be equal give a fresh
/// symbol unless one is a literal other than 1 (or they are the same expression).
bool infer(Node& node, SymbolSource& symbols, int64_t opset);

/// infer() for every node in order, subgraphs included, keeping what the file already says where that is more exact.
void inferAll(Model& model, SymbolSource& symbols);

}  // namespace deploytool::ir
