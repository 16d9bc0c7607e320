// Type and shape inference by ONNX operator: one row per operator, in lib/ir/infer/ by family.
#pragma once

#include "ir/graph.h"

namespace deploytool::ir {

/// What an operator's inference may use: reading inputs, whose types may be unknown, and setting outputs. Symbolic
/// `elements` are kept for int64, int32 and bool (0 or 1) tensors of rank 0 or 1 with at most `kMaxElements` elements.
struct InferContext {
  static constexpr size_t kMaxElements = 64;

  Node& node;
  SymbolSource& symbols;
  int64_t opset;

  // ---- inputs
  bool has(size_t input) const { return node.input(input) != nullptr; }
  DType dtype(size_t input = 0) const;       ///< Undefined when absent or unknown
  const Dims* dims(size_t input = 0) const;  ///< null when absent or of unknown rank
  /// Contents of an integer input of rank 0 or 1 as expressions: from `elements` or from a constant.
  std::optional<Dims> elements(size_t input) const;
  /// The same where all are literal.
  std::optional<std::vector<int64_t>> integers(size_t input) const;
  /// The one element of an integer input.
  std::optional<Dim> element(size_t input) const;
  /// Contents of a small constant input of any numeric dtype.
  std::optional<std::vector<double>> numbers(size_t input) const;
  /// How many elements a rank-1 input has, where that is literal.
  std::optional<int64_t> length(size_t input) const;

  // ---- outputs
  bool wants(size_t output) const { return output < node.outputs().size() && node.outputs()[output] != nullptr; }
  void set(size_t output, DType dtype, std::optional<Dims> dims = {});
  void setType(size_t output, Type type);
  /// Ignored where the type of the output does not carry elements; set the type first.
  void setElements(size_t output, std::optional<Dims> elements);
  Dim fresh() { return symbols.fresh(); }
  Dims fresh(size_t rank);
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
/// If, Loop and Scan read their bodies' output types: the bodies are inferred before.
bool infer(Node& node, SymbolSource& symbols, int64_t opset);

/// The row of an operator; null when there is none.
InferFunction inferFunction(std::string_view opType, std::string_view domain = {});

/// infer() for every node in order, subgraphs included, keeping what the file already says where that is more exact.
/// Body inputs get types from the values that flow into them. `symbols` is moved past fresh symbols already in use.
void inferAll(Model& model, SymbolSource& symbols);

}  // namespace deploytool::ir
