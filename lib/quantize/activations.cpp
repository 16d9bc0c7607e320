// Activations as 8-bit integers: one scale for all of it, or one for each token (row of the last axis).
#include "quantize/rewriter.h"

#include <algorithm>
#include <array>

namespace deploytool::quantize {

using ir::Tensor;
using ir::Value;

namespace {

bool isNonNegative(const Value& x) {
  static constexpr std::array kOperators = {"Relu", "Abs", "Sigmoid", "HardSigmoid", "Softmax", "Exp", "Softplus"};
  if (!x.producer() || !x.producer()->domain.empty()) return false;
  return std::find(kOperators.begin(), kOperators.end(), x.producer()->opType) != kOperators.end();
}

}  // namespace

/// What an outer graph computed before is visible here.
const QuantizedActivation* Rewriter::madeBefore(const Activations& among, const Value* x) const {
  for (const ir::Graph* graph = &at_->graph(); graph; graph = graph->parent()) {
    const auto found = among.find({graph, x});
    if (found != among.end()) return &found->second;
  }
  return nullptr;
}

QuantizedActivation Rewriter::activation(Value* x, bool byRow) {
  if (!byRow) return tensorActivation(x);
  if (const QuantizedActivation* known = madeBefore(tokenActivations_, x)) return *known;
  return tokenActivations_[{&at_->graph(), x}] = perToken(x);
}

QuantizedActivation Rewriter::tensorActivation(Value* x) {
  if (const QuantizedActivation* known = madeBefore(activations_, x)) return *known;
  ir::Node* node = emitNode("DynamicQuantizeLinear", {x}, 3);
  const QuantizedActivation made{node->output(0), node->output(1), node->output(2), nullptr};
  activations_[{&at_->graph(), x}] = made;
  const std::string name = x->name;
  if (!name.empty()) {
    node->output(0)->name = name + "_quantized";
    node->output(1)->name = name + "_scale";
    node->output(2)->name = name + "_zero_point";
  }
  return made;
}

// x = rows · x', where x' has the largest magnitude 1 in each row: one scale for all of x' serves every row alike, and
// ONNX Runtime joins the product of x' to one kernel as it does without rows. Integers with a scale and a zero point for
// each row are more than that kernel takes, and cost several passes over x.
QuantizedActivation Rewriter::perToken(Value* x) {
  Value* magnitudes = isNonNegative(*x) ? x : emit("Abs", {x});
  Value* largest = opset() >= 18 ? emit("ReduceMax", {magnitudes, constant(Tensor::int64s({-1}))}, {{"keepdims", 1}})
                                 : emit("ReduceMax", {magnitudes}, {{"axes", std::vector<int64_t>{-1}}, {"keepdims", 1}});
  // A row of zeros has no scale; any will do.
  Value* rows = emit("Max", {largest, constant(Tensor::float32(1e-30F))});
  QuantizedActivation made = tensorActivation(emit("Div", {x, rows}));
  made.rows = rows;
  return made;
}

Value* Rewriter::roundTrip(Value* x) {
  for (const ir::Graph* graph = &at_->graph(); graph; graph = graph->parent()) {
    const auto found = roundTrips_.find({graph, x});
    if (found != roundTrips_.end()) return found->second;
  }
  const QuantizedActivation a = activation(x, options_.perTokenActivations.value_or(false));
  Value*& made = roundTrips_[{&at_->graph(), x}];
  made = emit("DequantizeLinear", {a.integers, a.scale, a.zeroPoint});
  if (a.rows) made = emit("Mul", {made, a.rows});
  return made;
}

}  // namespace deploytool::quantize
