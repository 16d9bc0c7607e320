// Embedding look-ups, with 8-bit rows.
#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
using torch::jit::Value;

// aten::embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse)
bool collectEmbedding(Candidate& c, StaticValues& values) {
  const auto weight = staticTensor(values, c.node, 0);
  if (!weight.defined() || weight.dim() != 2) return false;
  c.packs.push_back({PackPlan::Kind::Embedding, {{weight, values.find(c.node->input(0))->sources}}, {}});
  c.consumed.emplace_back(c.node, 0);
  return true;
}

// quantized::embedding_byte takes indices of one or two axes only; aten::embedding takes any number, none included.
Node* rewriteEmbedding(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  const auto tensor = [&](const char* op, const std::vector<Value*>& inputs) {
    return insertBefore(c.node, op, inputs, {c10::TensorType::get()})->output();
  };
  const auto ints = [&](const char* op, const std::vector<Value*>& inputs) {
    return insertBefore(c.node, op, inputs, {c10::ListType::ofInts()})->output();
  };
  auto* indices = c.node->input(1);
  auto* flat = tensor("aten::reshape", {indices, constantBefore(c.node, std::vector<int64_t>{-1})});
  auto* rows = tensor("quantized::embedding_byte", {packed.at(0), flat, constantBefore(c.node, false)});
  const std::vector<int64_t> width = {c.packs[0].weights[0].tensor.size(1)};
  auto* sizes = ints("aten::add", {ints("aten::size", {indices}), constantBefore(c.node, width)});
  return tensor("aten::reshape", {rows, sizes})->node();
}

}  // namespace

std::vector<Rule> embeddingRules() { return {{"aten::embedding", "embedding", collectEmbedding, rewriteEmbedding}}; }

}  // namespace deploytool::ts
