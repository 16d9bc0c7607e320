// Conv: ConvInteger, which ONNX Runtime has for uint8 weights with one zero point; or the weight out of 8 bits.
#include <fmt/format.h>

#include "passes/rewrite.h"
#include "quantize/rules/families.h"

namespace deploytool::quantize {
namespace {

using ir::DType;
using ir::Tensor;
using ir::Value;
using Ints = std::vector<int64_t>;

std::string obstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  const Tensor& weight = *node.input(input)->constant;
  if (weight.rank() < 3) return fmt::format("rank {}", weight.rank());
  if (context.options.format == QuantizeOptions::Format::WeightOnly) return {};
  if (weight.dtype() != DType::Float32) return fmt::format("{}: DynamicQuantizeLinear takes float32 only", ir::dtypeName(weight.dtype()));
  if (context.opset < 11) return fmt::format("opset {}: DynamicQuantizeLinear is there from opset 11 on", context.opset);
  return {};
}

void convolution(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  using Format = QuantizeOptions::Format;
  Value* value = node.input(1);
  const Tensor& weight = *value->constant;
  if (r.options().format != Format::Dynamic) {
    if (r.options().format == Format::Qdq) node.setInput(0, r.roundTrip(node.input(0)));
    return node.setInput(1, r.dequantized(value, weight, 0));
  }
  Ints channels(weight.dims().size(), 1);
  channels[1] = weight.dims()[0];
  WeightLayout layout;
  layout.groupAxes = {0};
  layout.perChannelDims = channels;
  layout.scalarZeroPoint = layout.forceSymmetric = layout.asUnsigned = true;
  const QuantizedActivation a = r.tensorActivation(node.input(0));  // its last axis is no axis of channels
  const QuantizedWeight w = r.weight(value, weight, layout);
  Value* sums = r.emit("ConvInteger", {a.integers, w.integers, a.zeroPoint, w.zeroPoint}, node.attributes);
  Value* floats = r.emit("Cast", {sums}, {{"to", static_cast<int64_t>(DType::Float32)}});
  Value* result = r.emit("Mul", {floats, r.emit("Mul", {a.scale, w.scale})});
  if (Value* bias = node.input(2)) {
    const ir::TensorPtr constant = passes::constantOf(bias);
    Value* shaped = constant ? r.constant(constant->reshaped(channels), bias->name + "_reshaped")
                             : r.emit("Reshape", {bias, r.constant(Tensor::int64s(channels))});
    result = r.emit("Add", {result, shaped});
  }
  r.replace(node.output(), result);
}

const Rule kRules[] = {{"Conv", "conv", {1}, false, obstacle, convolution}};

}  // namespace

std::span<const Rule> convolutionRules() { return kRules; }

}  // namespace deploytool::quantize
