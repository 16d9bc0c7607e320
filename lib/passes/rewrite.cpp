// Shared steps of rewriting.
#include "passes/rewrite.h"

#include <algorithm>
#include <array>

namespace deploytool::passes {

using ir::Graph;
using ir::Node;
using ir::Value;

namespace {

bool mayReplaceOutput(const Value& output, const Value& source) {
  // Main outputs are known by name: two of them cannot be one value, and inputs keep theirs.
  return source.producer() && &source.graph() == &output.graph() && !source.isGraphOutput();
}

}  // namespace

bool bypass(Node& node, Value* source) {
  if (!source || node.outputs().empty()) return false;
  for (size_t i = 1; i < node.outputs().size(); ++i) {
    if (!node.output(i)->isUnused()) return false;
  }
  Value* output = node.output();
  if (output->isGraphOutput()) {
    if (!mayReplaceOutput(*output, *source)) return false;
    source->name = output->name;
    if (source->type.kind == ir::Type::Kind::Unknown) source->type = output->type;
  }
  node.graph().replaceAllUses(output, source);
  node.graph().remove(&node);
  return true;
}

ir::TensorPtr constantOf(const Value* value) { return value && value->isConstant() ? value->constant : nullptr; }

std::optional<std::vector<int64_t>> integersOf(const Value* value) {
  const ir::TensorPtr constant = constantOf(value);
  if (!constant || !ir::isIntegral(constant->dtype()) || constant->numel() > 1024) return {};
  return constant->toInt64s();
}

bool isRandom(const Node& node) {
  constexpr std::array kRandom = {"RandomNormal",      "RandomNormalLike", "RandomUniform",
                                  "RandomUniformLike", "Multinomial",      "Bernoulli"};
  if (std::any_of(kRandom.begin(), kRandom.end(), [&](const char* name) { return node.opType == name; })) return true;
  return node.opType == "Dropout" && node.input(2);  // may be in training mode
}

bool is(const Node* node, std::string_view opType) { return node && node->domain.empty() && node->opType == opType; }

Graph& mainGraphOf(Graph& graph) {
  Graph* at = &graph;
  while (Graph* around = at->parent()) at = around;
  return *at;
}

}  // namespace deploytool::passes
