// shape-cse: integer values that hold the same expressions (Value::elements) are one value, however each was computed:
// the batch size read from two inputs, a shape put together twice. Who trusts the names of a file's dims may run it;
// for what we exported they are ours.
#include <unordered_map>

#include "passes/all.h"

namespace deploytool::passes {
namespace {

using ir::Graph;
using ir::Value;

struct Scope {
  std::unordered_map<std::string, Value*> values;
  const Scope* up = nullptr;

  Value* find(const std::string& key) const {
    for (const Scope* scope = this; scope; scope = scope->up) {
      const auto it = scope->values.find(key);
      if (it != scope->values.end()) return it->second;
    }
    return nullptr;
  }
};

// Literal contents are constant-folding's.
std::string keyOf(const Value& value) {
  if (!value.elements || !value.hasRank() || value.isConstant() || ir::literals(*value.elements)) return {};
  return std::string(ir::dtypeName(value.dtype())) + ir::text(value.dims()) + "=" + ir::text(*value.elements);
}

bool visit(Value& value, Scope& scope) {
  const std::string key = keyOf(value);
  if (key.empty()) return false;
  Value* earlier = scope.find(key);
  if (!earlier) {
    scope.values.emplace(key, &value);
    return false;
  }
  if (value.isGraphOutput() || value.uses().empty()) return false;
  value.graph().replaceAllUses(&value, earlier);
  return true;
}

bool shareIn(Graph& graph, const Scope* up) {
  bool changed = false;
  Scope scope{{}, up};
  for (Value* input : graph.inputs()) {
    const std::string key = keyOf(*input);
    if (!key.empty()) scope.values.emplace(key, input);
  }
  for (const auto& node : graph.nodes()) {
    for (Graph* inner : node->subgraphs()) changed |= shareIn(*inner, &scope);
    for (Value* output : node->outputs()) changed |= visit(*output, scope);
  }
  return changed;
}

}  // namespace

bool commonShapes(Graph& graph, const PassContext&) { return shareIn(graph, nullptr); }

}  // namespace deploytool::passes
