// LSTM becomes ONNX Runtime's DynamicQuantizeLSTM; GRU, RNN and what must stay standard keep their operator and get their
// weights out of 8 bits.
#include <fmt/format.h>

#include "passes/rewrite.h"
#include "quantize/rules/families.h"

namespace deploytool::quantize {
namespace {

using ir::DType;
using ir::Tensor;
using ir::Value;
using Ints = std::vector<int64_t>;

std::string shapeObstacle(const ir::Node& node, size_t input, const RuleContext&) {
  const Tensor& weight = *node.input(input)->constant;
  return weight.rank() == 3 ? "" : fmt::format("rank {} instead of 3", weight.rank());
}

bool becomesDynamic(const ir::Node& node, const QuantizeOptions& options) {
  return options.format == QuantizeOptions::Format::Dynamic && node.opType == "LSTM";
}

std::string lstmObstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  if (std::string why = shapeObstacle(node, input, context); !why.empty()) return why;
  if (!becomesDynamic(node, context.options)) return {};
  const DType dtype = node.input(input)->constant->dtype();
  if (dtype != DType::Float32) return fmt::format("{}: DynamicQuantizeLSTM takes float32 only", ir::dtypeName(dtype));
  if (node.intAttribute("layout", 0) != 0) return "layout=1, which DynamicQuantizeLSTM does not know";
  if (!passes::constantOf(node.input(1)) || !passes::constantOf(node.input(2)))
    return "DynamicQuantizeLSTM needs W and R to be constants";
  return {};
}

/// [directions, gates × hidden, n] as [directions, n, gates × hidden].
Tensor lastAxesSwapped(const Tensor& x) {
  Ints dims = x.dims(), strides = x.strides();
  std::swap(dims[1], dims[2]);
  std::swap(strides[1], strides[2]);
  return Tensor::share(x.dtype(), dims, strides, x.storage(), x.offset(), x.owner());
}

QuantizedWeight packed(Value* value, Rewriter& r) {
  const Tensor weight = lastAxesSwapped(*value->constant);
  WeightLayout layout;
  layout.groupAxes = {0, 2};
  layout.perChannelDims = {weight.dims()[0], weight.dims()[2]};
  layout.perTensorGroups = {0};
  layout.perTensorDims = {weight.dims()[0]};
  layout.forceSymmetric = true;  // the kernel takes one zero point only
  return r.weight(value, weight, layout);
}

void dynamicLstm(ir::Node& node, Rewriter& r) {
  const QuantizedWeight w = packed(node.input(1), r), rec = packed(node.input(2), r);
  std::vector<Value*> inputs = {node.input(0), w.integers, rec.integers};
  for (size_t i = 3; i < 8; ++i) inputs.push_back(node.input(i));
  for (Value* v : {w.scale, w.zeroPoint, rec.scale, rec.zeroPoint}) inputs.push_back(v);
  ir::Attributes attributes;
  for (const ir::Attribute& a : node.attributes) {
    if (a.name != "layout") attributes.push_back(a);
  }
  ir::Node* made = r.emitNode("DynamicQuantizeLSTM", inputs, node.outputs().size(), std::move(attributes), kMicrosoft);
  made->name = node.name;
  for (size_t i = 0; i < node.outputs().size(); ++i) r.replace(node.output(i), made->output(i));
  r.usesDomain(kMicrosoft, 1);
}

/// Every gate's rows have their own scale in each direction: DequantizeLinear knows one axis, so both are joined.
Value* rowsDequantized(Value* value, Rewriter& r) {
  const Tensor& weight = *value->constant;
  const Ints& dims = weight.dims();
  if (dims[0] == 1 || !r.perChannel()) return r.dequantized(value, weight, 1);
  Value* rows = r.dequantized(value, weight.reshaped({dims[0] * dims[1], dims[2]}), 0);
  return r.emit("Reshape", {rows, r.constant(Tensor::int64s(dims))});
}

void recurrent(ir::Node& node, const std::vector<size_t>& chosen, Rewriter& r) {
  if (becomesDynamic(node, r.options())) return dynamicLstm(node, r);
  for (const size_t input : chosen) node.setInput(input, rowsDequantized(node.input(input), r));
}

const Rule kRules[] = {
    {"LSTM", "lstm", {1, 2}, true, lstmObstacle, recurrent},
    {"GRU", "gru", {1, 2}, false, shapeObstacle, recurrent, true},
    {"RNN", "rnn", {1, 2}, false, shapeObstacle, recurrent, true},
};

}  // namespace

std::span<const Rule> recurrentRules() { return kRules; }

}  // namespace deploytool::quantize
