// aten::linear and what it is decomposed to: addmm, matmul, mm, with or without a sum.
#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
using torch::jit::Value;

bool isOne(StaticValues& values, const Node* node, size_t index) {
  const auto* known = values.find(node->input(index));
  return known && known->value.isScalar() && known->value.toScalar().toDouble() == 1;
}

/// A bias that a linear layer of `rows` outputs can take.
bool fitsAsBias(const at::Tensor& bias, int64_t rows) {
  return bias.defined() && bias.dim() == 1 && bias.size(0) == rows && bias.scalar_type() == c10::kFloat;
}

bool addPack(Candidate& c, StaticValues& values, size_t weightInput, at::Tensor weight, at::Tensor bias) {
  if (weight.dim() != 2) return false;
  const Node* holder = c.inner ? c.inner : c.node;
  c.packs.push_back({PackPlan::Kind::Linear,
                     {{std::move(weight), values.find(holder->input(weightInput))->sources}},
                     {std::move(bias)}});
  c.consumed.emplace_back(holder, weightInput);
  return true;
}

// aten::linear(input, weight, bias)
bool collectLinear(Candidate& c, StaticValues& values) {
  const auto weight = staticTensor(values, c.node, 1);
  if (!weight.defined() || !addPack(c, values, 1, weight, staticTensor(values, c.node, 2))) return false;
  const auto& bias = c.packs[0].biases[0];
  if (!isStaticNone(values, c.node, 2) && !fitsAsBias(bias, weight.size(0))) {
    c.refusal = "its bias is no parameter of float32[" + std::to_string(weight.size(0)) + "]";
  }
  c.consumed.emplace_back(c.node, 2);
  return true;
}

// aten::addmm(self, mat1, mat2, beta, alpha)
bool collectAddmm(Candidate& c, StaticValues& values) {
  const auto weight = staticTensor(values, c.node, 2);
  if (!weight.defined() || weight.dim() != 2) return false;
  const auto bias = staticTensor(values, c.node, 0);
  if (!addPack(c, values, 2, weight.t(), bias)) return false;
  if (!fitsAsBias(bias, weight.size(1))) c.refusal = "what is added is no bias of its own";
  if (!isOne(values, c.node, 3) || !isOne(values, c.node, 4)) c.refusal = "beta or alpha of addmm is not 1";
  c.consumed.emplace_back(c.node, 0);
  return true;
}

/// The only user of a product, if it adds a bias to it.
Node* sumOf(const Node* product, StaticValues& values, int64_t rows) {
  const auto& uses = product->output()->uses();
  if (uses.size() != 1) return nullptr;
  Node* user = uses[0].user;
  if (user->kind() != c10::aten::add || user->inputs().size() != 3 || user->owningBlock() != product->owningBlock())
    return nullptr;
  const size_t other = 1 - uses[0].offset;
  if (!fitsAsBias(staticTensor(values, user, other), rows) || !isOne(values, user, 2)) return nullptr;
  return user;
}

// aten::matmul(self, other), aten::mm(self, mat2)
bool collectProduct(Candidate& c, StaticValues& values) {
  const auto weight = staticTensor(values, c.node, 1);
  if (!weight.defined() || weight.dim() != 2 || staticTensor(values, c.node, 0).defined()) return false;
  at::Tensor bias;
  if (Node* sum = sumOf(c.node, values, weight.size(1))) {
    c.inner = c.node;
    c.node = sum;
    const size_t other = sum->input(0) == c.inner->output() ? 1 : 0;
    bias = staticTensor(values, sum, other);
    c.consumed.emplace_back(sum, other);
  }
  return addPack(c, values, 1, weight.t(), bias);
}

Value* activation(const Candidate& c) {
  if (c.inner) return c.inner->input(0);
  return c.node->input(c.node->kind() == c10::aten::addmm ? 1 : 0);
}

/// The outputs of the pieces of one weight, side by side.
Node* joined(Node* at, const std::vector<Value*>& pieces) {
  auto* list = insertBefore(at, "prim::ListConstruct", pieces, {c10::ListType::ofTensors()});
  return insertBefore(at, "aten::cat", {list->output(), constantBefore(at, -1)}, {c10::TensorType::get()});
}

Node* withBias(const Candidate& c, Node* product) {
  Value* bias = c.bias;
  if (bias->type()->kind() != c10::TypeKind::TensorType) {
    bias = insertBefore(c.node, "prim::unchecked_cast", {bias}, {c10::TensorType::get()})->output();
  }
  return insertBefore(c.node, "aten::add", {product->output(), bias, constantBefore(c.node, 1)},
                      {c10::TensorType::get()});
}

Node* rewrite(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme& scheme) {
  auto* reduceRange = constantBefore(c.node, scheme.reduceRange.value_or(true));
  std::vector<Value*> outputs;
  for (auto* piece : packed) {
    outputs.push_back(
        insertBefore(c.node, "quantized::linear_dynamic", {activation(c), piece, reduceRange}, {c10::TensorType::get()})
            ->output());
  }
  Node* result = outputs.size() == 1 ? outputs[0]->node() : joined(c.node, outputs);
  return c.bias ? withBias(c, result) : result;
}

}  // namespace

std::vector<Rule> linearRules() {
  return {
      {"aten::linear", "linear", collectLinear, rewrite},
      {"aten::addmm", "linear", collectAddmm, rewrite},
      {"aten::matmul", "linear", collectProduct, rewrite},
      {"aten::mm", "linear", collectProduct, rewrite},
  };
}

}  // namespace deploytool::ts
