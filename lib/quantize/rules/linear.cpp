// MatMul and Gemm: DynamicQuantizeLinear, MatMulInteger, Cast, Mul, and an Add for the bias. ONNX Runtime joins exactly
// this chain (the activation's scale first in the product of scales) to one kernel. Its Attention, the operator that its
// transformer optimizer makes, has the projections of query, key and value as one weight: QAttention.
#include <fmt/format.h>

#include "passes/rewrite.h"
#include "quantize/rules/families.h"

namespace deploytool::quantize {
namespace {

using ir::DType;
using ir::Tensor;
using ir::Value;
using Ints = std::vector<int64_t>;

Tensor transposed(const Tensor& x) {
  Ints dims = x.dims(), strides = x.strides();
  std::swap(dims[0], dims[1]);
  std::swap(strides[0], strides[1]);
  return Tensor::share(x.dtype(), dims, strides, x.storage(), x.offset(), x.owner());
}

/// Scales of the columns, broadcast against the product [..., M, N].
WeightLayout columns(const Tensor& weight) {
  WeightLayout layout;
  const auto last = static_cast<int64_t>(weight.dims().size()) - 1;
  for (int64_t axis = 0; axis <= last; ++axis) {
    if (axis != last - 1) layout.groupAxes.push_back(axis);
  }
  layout.perChannelDims = weight.dims();
  if (last == 1) layout.perChannelDims = {weight.dims()[1]};
  else layout.perChannelDims[static_cast<size_t>(last) - 1] = 1;
  layout.scalarZeroPoint = true;
  // MatMulInteger's kernels take zero points for columns, but not for those of a stack of matrices.
  layout.forceSymmetric = last > 1;
  return layout;
}

/// x · weight · factor in integers.
Value* product(Value* x, Value* value, const Tensor& weight, float factor, Rewriter& r) {
  WeightLayout layout = columns(weight);
  layout.factor = factor;
  const QuantizedActivation a = r.activation(x, r.isPerToken(value));
  const QuantizedWeight w = r.weight(value, weight, layout);
  Value* sums = r.emit("MatMulInteger", {a.integers, w.integers, a.zeroPoint, w.zeroPoint});
  Value* floats = r.emit("Cast", {sums}, {{"to", static_cast<int64_t>(DType::Float32)}});
  Value* scaled = r.emit("Mul", {floats, r.emit("Mul", {a.scale, w.scale})});
  return a.rows ? r.emit("Mul", {scaled, a.rows}) : scaled;
}

/// The node's input replaced by what comes out of 8 bits.
void dequantizeInput(ir::Node& node, size_t input, int64_t axis, Rewriter& r) {
  node.setInput(input, r.dequantized(node.input(input), *node.input(input)->constant, axis));
}

/// A stack of matrices out of 8 bits. By Cast and Mul: ONNX Runtime makes one operator of MatMul between two
/// DequantizeLinear, which raises at run time where the weight is no single matrix.
Value* stackDequantized(Value* value, Rewriter& r) {
  const QuantizedWeight w = r.weight(value, *value->constant, columns(*value->constant));
  return r.scaled(w.integers, w.scale);
}

/// Activation and weight go through 8 bits and back.
void roundTripped(ir::Node& node, int64_t axis, Rewriter& r) {
  node.setInput(0, r.roundTrip(node.input(0)));
  if (node.input(1)->constant->rank() > 2) return node.setInput(1, stackDequantized(node.input(1), r));
  dequantizeInput(node, 1, axis, r);
}

/// The node stays, with its weight out of 8 bits, and in qdq its activation too.
bool kept(ir::Node& node, int64_t axis, Rewriter& r) {
  if (r.isWeightOnly(node.input(1))) {
    dequantizeInput(node, 1, axis, r);
    return true;
  }
  if (r.options().format != QuantizeOptions::Format::Qdq) return false;
  roundTripped(node, axis, r);
  return true;
}

std::string dtypeObstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  const DType dtype = node.input(input)->constant->dtype();
  if (context.options.format != QuantizeOptions::Format::WeightOnly && dtype != DType::Float32)
    return fmt::format("{}: DynamicQuantizeLinear takes float32 only", ir::dtypeName(dtype));
  if (context.options.format != QuantizeOptions::Format::WeightOnly && context.opset < 11)
    return fmt::format("opset {}: DynamicQuantizeLinear is there from opset 11 on", context.opset);
  return {};
}

std::string matMulObstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  const Tensor& weight = *node.input(input)->constant;
  if (input == 0) return "the left operand of MatMul";
  if (weight.rank() < 2) return "a vector";
  const Value& x = *node.input(0);
  if (passes::constantOf(&x)) return "both operands are constants";
  // A vector's product has one axis less, and the scales of the stack would not lie along it.
  const bool maybeVector = !x.hasRank() || x.dims().size() < 2;
  if (context.options.format == QuantizeOptions::Format::Dynamic && weight.rank() > 2 && maybeVector)
    return "a stack of matrices, times what may be a vector";
  return dtypeObstacle(node, input, context);
}

void matMul(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  const Tensor& weight = *node.input(1)->constant;
  if (kept(node, weight.rank() - 1, r)) return;
  r.replace(node.output(), product(node.input(0), node.input(1), weight, 1, r));
}

std::string gemmObstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  const Tensor& weight = *node.input(input)->constant;
  if (input == 0) return "the left operand of Gemm";
  if (weight.rank() != 2) return fmt::format("rank {}", weight.rank());
  if (passes::constantOf(node.input(0))) return "both operands are constants";
  if (node.floatAttribute("alpha", 1) == 0) return "alpha is 0";
  return dtypeObstacle(node, input, context);
}

/// beta · C, computed now where C is a constant.
Value* scaledBias(const ir::Node& node, Rewriter& r) {
  const float beta = node.floatAttribute("beta", 1);
  Value* bias = node.input(2);
  if (!bias || beta == 0) return nullptr;
  if (beta == 1) return bias;
  const ir::TensorPtr constant = passes::constantOf(bias);
  if (!constant) return r.emit("Mul", {bias, r.constant(Tensor::float32(beta))});
  std::vector<float> values;
  for (const double v : constant->toDoubles()) values.push_back(static_cast<float>(v) * beta);
  return r.constant(Tensor::of(DType::Float32, constant->dims(), values), bias->name + "_scaled");
}

void gemm(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  Value* value = node.input(1);
  const bool swapped = node.intAttribute("transB", 0) != 0;
  if (kept(node, swapped ? 0 : 1, r)) return;
  const Tensor weight = swapped ? transposed(*value->constant) : *value->constant;
  Value* x = node.input(0);
  if (node.intAttribute("transA", 0) != 0) x = r.emit("Transpose", {x}, {{"perm", Ints{1, 0}}});
  Value* result = product(x, value, weight, node.floatAttribute("alpha", 1), r);
  if (Value* bias = scaledBias(node, r)) result = r.emit("Add", {result, bias});
  r.replace(node.output(), result);
}

bool hasInput(const ir::Node& node, size_t index) { return index < node.inputs().size() && node.input(index); }

std::string attentionObstacle(const ir::Node& node, size_t input, const RuleContext& context) {
  if (const int64_t rank = node.input(input)->constant->rank(); rank != 2) return fmt::format("rank {}", rank);
  if (std::string why = dtypeObstacle(node, input, context); !why.empty()) return why;
  if (context.options.format != QuantizeOptions::Format::Dynamic) return {};
  if (hasInput(node, 5) || hasInput(node, 6)) return "a bias of the attention, which QAttention does not take";
  for (const char* attribute : {"qkv_hidden_sizes", "rotary_embedding_dim"}) {
    if (node.attribute(attribute)) return fmt::format("{}, which QAttention does not know", attribute);
  }
  return {};
}

void attention(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  if (kept(node, 1, r)) return;
  if (r.options().perTokenActivations.value_or(false)) return roundTripped(node, 1, r);
  WeightLayout layout = columns(*node.input(1)->constant);
  layout.forceSymmetric = true;  // the kernel takes one zero point only
  const QuantizedActivation a = r.activation(node.input(0), false);
  const QuantizedWeight w = r.weight(node.input(1), *node.input(1)->constant, layout);
  const auto optional = [&](size_t index) { return hasInput(node, index) ? node.input(index) : nullptr; };
  Value* bias = optional(2);
  if (!bias) {
    const int64_t width = node.input(1)->constant->dims()[1];
    bias = r.constant(Tensor::of(DType::Float32, {width}, std::vector<float>(static_cast<size_t>(width))));
  }
  ir::Node* made = r.emitNode("QAttention",
                              {a.integers, w.integers, bias, a.scale, w.scale, optional(3), a.zeroPoint, w.zeroPoint, optional(4)},
                              node.outputs().size(), node.attributes, kMicrosoft);
  made->name = node.name;
  for (size_t i = 0; i < node.outputs().size(); ++i) r.replace(node.output(i), made->output(i));
}

const Rule kRules[] = {
    {"MatMul", "linear", {0, 1}, false, matMulObstacle, matMul},
    {"Gemm", "linear", {0, 1}, false, gemmObstacle, gemm},
    {"Attention", "linear", {1}, false, attentionObstacle, attention, false, kMicrosoft},
};

}  // namespace

std::span<const Rule> linearRules() { return kRules; }

}  // namespace deploytool::quantize
