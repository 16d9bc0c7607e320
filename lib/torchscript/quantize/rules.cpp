// The table of quantizable operators and what its rows share; see rules.h.
#include "torchscript/quantize/rules.h"

#include <unordered_map>

namespace deploytool::ts {

std::string PackPlan::key() const {
  std::string result = std::to_string(static_cast<int>(kind));
  for (const auto& weight : weights) result += " w" + tensorKey(weight.tensor);
  for (const auto& bias : biases) result += bias.defined() ? " b" + tensorKey(bias) : " none";
  return result;
}

const Rule* findRule(const std::string& op) {
  static const auto table = [] {
    std::unordered_map<std::string, Rule> rows;
    for (const auto& family : {linearRules(), recurrentRules(), embeddingRules()}) {
      for (const Rule& rule : family) rows.emplace(rule.op, rule);
    }
    return rows;
  }();
  const auto found = table.find(op);
  return found == table.end() ? nullptr : &found->second;
}

torch::jit::Node* insertBefore(torch::jit::Node* at, const char* op, const std::vector<torch::jit::Value*>& inputs,
                               const std::vector<c10::TypePtr>& outputTypes) {
  auto* graph = at->owningGraph();
  auto* node = graph->create(c10::Symbol::fromQualString(op), inputs, outputTypes.size());
  for (size_t i = 0; i < outputTypes.size(); ++i) node->output(i)->setType(outputTypes[i]);
  node->setSourceRange(at->sourceRange());
  node->setScope(at->scope());
  node->insertBefore(at);
  return node;
}

torch::jit::Value* constantBefore(torch::jit::Node* at, const c10::IValue& value) {
  torch::jit::WithInsertPoint guard(at);
  return at->owningGraph()->insertConstant(value, at->sourceRange(), at->scope());
}

at::Tensor staticTensor(StaticValues& values, const torch::jit::Node* node, size_t index) {
  const auto* known = values.find(node->input(index));
  return known && known->value.isTensor() ? known->value.toTensor() : at::Tensor();
}

bool isStaticNone(StaticValues& values, const torch::jit::Node* node, size_t index) {
  const auto* known = values.find(node->input(index));
  return known && (known->value.isNone() || (known->value.isTensor() && !known->value.toTensor().defined()));
}

}  // namespace deploytool::ts
