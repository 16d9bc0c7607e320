// Linear layers that share weights; see shareWeights in rules.h.
#include <fmt/format.h>

#include <map>
#include <set>
#include <string_view>

#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

namespace {

bool isLinear(const Candidate& c) {
  return c.refusal.empty() && std::string_view(c.rule->type) == "linear" && c.packs.size() == 1;
}

at::Tensor& weightOf(Candidate& c) { return c.packs[0].weights[0].tensor; }
at::Tensor& biasOf(Candidate& c) { return c.packs[0].biases[0]; }

/// The bias as the program has it, where the layer is not packed with it.
torch::jit::Value* biasValue(const Candidate& c) {
  if (c.inner) return c.node->input(c.node->input(0) == c.inner->output() ? 1 : 0);
  return c.node->input(c.node->kind() == c10::aten::addmm ? 0 : 2);
}

void separateBiases(std::vector<Candidate>& candidates) {
  std::map<std::string, std::set<std::string>> biases;  // by weight
  const auto keyOf = [](const at::Tensor& bias) { return bias.defined() ? tensorKey(bias) : std::string(); };
  for (auto& c : candidates) {
    if (isLinear(c)) biases[tensorKey(weightOf(c))].insert(keyOf(biasOf(c)));
  }
  for (auto& c : candidates) {
    if (!isLinear(c) || biases[tensorKey(weightOf(c))].size() < 2 || !biasOf(c).defined()) continue;
    c.bias = biasValue(c);
    biasOf(c) = at::Tensor();
  }
}

/// Weights that are whole rows of one matrix, as offsets of elements.
struct Rows {
  int64_t from, to;
};

bool hasWholeRows(const at::Tensor& weight) { return weight.stride(1) == 1 && weight.stride(0) == weight.size(1); }
Rows rowsOf(const at::Tensor& weight) { return {weight.storage_offset(), weight.storage_offset() + weight.numel()}; }
std::string matrixKey(const at::Tensor& weight) {
  return fmt::format("{} {} {}", storageOf(weight), weight.size(1), weight.storage_offset() % weight.size(1));
}

void split(Candidate& c, const std::set<int64_t>& boundaries) {
  const auto weight = weightOf(c);
  const auto bias = biasOf(c);
  const auto sources = c.packs[0].weights[0].sources;
  const Rows rows = rowsOf(weight);
  std::vector<PackPlan> pieces;
  for (auto at = boundaries.find(rows.from); *at < rows.to; ++at) {
    const int64_t first = (*at - rows.from) / weight.size(1);
    const int64_t last = (*std::next(at) - rows.from) / weight.size(1);
    const auto part = bias.defined() ? bias.slice(0, first, last) : bias;
    pieces.push_back({PackPlan::Kind::Linear, {{weight.slice(0, first, last), sources}}, {part}});
  }
  c.packs = std::move(pieces);
}

void shareRows(std::vector<Candidate>& candidates) {
  std::map<std::string, std::set<int64_t>> boundaries;
  for (auto& c : candidates) {
    if (!isLinear(c) || !hasWholeRows(weightOf(c))) continue;
    const Rows rows = rowsOf(weightOf(c));
    boundaries[matrixKey(weightOf(c))].insert({rows.from, rows.to});
  }
  for (auto& c : candidates) {
    if (isLinear(c) && hasWholeRows(weightOf(c))) split(c, boundaries[matrixKey(weightOf(c))]);
  }
}

}  // namespace

void shareWeights(std::vector<Candidate>& candidates) {
  shareRows(candidates);
  separateBiases(candidates);
}

}  // namespace deploytool::ts
