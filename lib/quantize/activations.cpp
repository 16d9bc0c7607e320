// Activations as 8-bit integers: one scale for all of it, or one for each token (row of the last axis).
#include "quantize/rewriter.h"

namespace deploytool::quantize {

using ir::DType;
using ir::Tensor;
using ir::Value;

/// What an outer graph computed before is visible here.
const QuantizedActivation* Rewriter::madeBefore(const Activations& among, const Value* x) const {
  for (const ir::Graph* graph = &at_->graph(); graph; graph = graph->parent()) {
    const auto found = among.find({graph, x});
    if (found != among.end()) return &found->second;
  }
  return nullptr;
}

QuantizedActivation Rewriter::activation(Value* x) {
  if (!options_.perTokenActivations) return tensorActivation(x);
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

// x = middle + scale · (q − 128): the middle of each row's range is taken out, so that q uses all of its 8 bits, and
// comes back as middle · (column sums of the weight). A zero point for each row is more than MatMulInteger's
// implementations take.
QuantizedActivation Rewriter::perToken(Value* x) {
  const auto reduced = [&](const char* op) {
    if (opset() >= 18) return emit(op, {x, constant(Tensor::int64s({-1}))}, {{"keepdims", 1}});
    return emit(op, {x}, {{"axes", std::vector<int64_t>{-1}}, {"keepdims", 1}});
  };
  const auto number = [&](float value) { return constant(Tensor::float32(value)); };
  Value* high = reduced("ReduceMax");
  Value* low = reduced("ReduceMin");
  QuantizedActivation made;
  // Halved first: the sum of two large numbers may not fit.
  Value* halfHigh = emit("Mul", {high, number(0.5F)});
  Value* halfLow = emit("Mul", {low, number(0.5F)});
  made.middle = emit("Add", {halfHigh, halfLow});
  Value* radius = emit("Sub", {halfHigh, halfLow});
  // A row of equal values has no range; any scale will do.
  made.scale = emit("Max", {emit("Mul", {radius, number(1.0F / 127)}), number(1e-30F)});
  Value* steps = emit("Round", {emit("Div", {emit("Sub", {x, made.middle}), made.scale})});
  Value* shifted = emit("Add", {steps, number(128)});
  made.integers = emit("Cast", {shifted}, {{"to", static_cast<int64_t>(DType::UInt8)}});
  made.zeroPoint = constant(Tensor::scalar(DType::UInt8, 128));
  return made;
}

Value* Rewriter::roundTrip(Value* x) {
  for (const ir::Graph* graph = &at_->graph(); graph; graph = graph->parent()) {
    const auto found = roundTrips_.find({graph, x});
    if (found != roundTrips_.end()) return found->second;
  }
  const QuantizedActivation a = activation(x);
  Value*& made = roundTrips_[{&at_->graph(), x}];
  if (!a.middle) return made = emit("DequantizeLinear", {a.integers, a.scale, a.zeroPoint});
  Value* steps = emit("Sub", {emit("Cast", {a.integers}, {{"to", static_cast<int64_t>(DType::Float32)}}),
                              constant(Tensor::float32(128))});
  return made = emit("Add", {emit("Mul", {steps, a.scale}), a.middle});
}

}  // namespace deploytool::quantize
