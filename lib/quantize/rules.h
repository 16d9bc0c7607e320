// One row per ONNX operator with weights that can be quantized.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "ir/graph.h"
#include "quantize/rewriter.h"

namespace deploytool::quantize {

/// What a rule may look at when it says whether it can.
struct RuleContext {
  const QuantizeOptions& options;
  int64_t opset = 13;
};

struct Rule {
  const char* opType;
  const char* type;  ///< as in QuantizeSelection::types
  std::vector<size_t> weights;  ///< the inputs that are
  /// True: the node is quantized when all of its constant weights are chosen, else each weight by itself.
  bool together = false;
  /// Why this input of this node cannot be quantized; empty when it can.
  std::string (*obstacle)(const ir::Node& node, size_t input, const RuleContext& context) = nullptr;
  /// Rewrites the node; `chosen` are the inputs to quantize.
  void (*apply)(ir::Node& node, const std::vector<size_t>& chosen, Rewriter& rewriter) = nullptr;
  /// Quantizes the weight only, whatever the format.
  bool weightOnly = false;
  const char* domain = "";  ///< of the operator; "" is ai.onnx
};

std::span<const Rule> rules();
/// The rule of a node's operator; null when there is none.
const Rule* ruleOf(const ir::Node& node);

}  // namespace deploytool::quantize
