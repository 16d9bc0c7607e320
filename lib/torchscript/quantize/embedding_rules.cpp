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

Node* rewriteEmbedding(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  return insertBefore(c.node, "quantized::embedding_byte",
                      {packed.at(0), c.node->input(1), constantBefore(c.node, false)}, {c10::TensorType::get()});
}

}  // namespace

std::vector<Rule> embeddingRules() { return {{"aten::embedding", "embedding", collectEmbedding, rewriteEmbedding}}; }

}  // namespace deploytool::ts
