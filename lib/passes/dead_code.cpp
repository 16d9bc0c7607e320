// dead-code: removes what nothing reads: nodes, initializers, and outputs of If and Loop with what computes them
// inside.
#include <algorithm>

#include "passes/all.h"

namespace deploytool::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Value;

bool isUnused(const Node& node) {
  return std::all_of(node.outputs().begin(), node.outputs().end(), [](const Value* v) { return v->isUnused(); });
}

// Outputs of If correspond to its branches' outputs; at least one output must stay.
bool trimIf(Node& node) {
  bool changed = false;
  for (size_t i = node.outputs().size(); i-- > 0 && node.outputs().size() > 1;) {
    if (!node.output(i)->isUnused()) continue;
    for (Graph* branch : node.subgraphs()) branch->removeOutput(i);
    node.removeOutput(i);
    changed = true;
  }
  return changed;
}

// Outputs of Loop: what is carried, then what each round appends. Only the latter can go alone.
bool trimLoop(Node& node) {
  const auto bodies = node.subgraphs();
  if (bodies.size() != 1 || node.inputs().size() < 2) return false;
  const size_t carried = node.inputs().size() - 2;
  bool changed = false;
  for (size_t i = node.outputs().size(); i-- > carried && node.outputs().size() > 1;) {
    if (!node.output(i)->isUnused() || i + 1 >= bodies[0]->outputs().size()) continue;
    bodies[0]->removeOutput(i + 1);  // after the condition
    node.removeOutput(i);
    changed = true;
  }
  return changed;
}

bool cleanGraph(Graph& graph) {
  bool changed = false;
  const auto& nodes = graph.nodes();
  for (Node* node = nodes.empty() ? nullptr : nodes.back().get(); node;) {
    Node* previous = node->previous();
    if (isUnused(*node)) {
      graph.remove(node);
      changed = true;
    } else {
      if (node->opType == "If" && node->domain.empty()) changed |= trimIf(*node);
      if (node->opType == "Loop" && node->domain.empty()) changed |= trimLoop(*node);
      for (Graph* inner : node->subgraphs()) changed |= cleanGraph(*inner);
    }
    node = previous;
  }
  const std::vector<Value*> initializers = graph.initializers();
  for (size_t i = initializers.size(); i-- > 0;) {
    if (!initializers[i]->isUnused() || initializers[i]->isGraphInput()) continue;
    graph.removeInitializer(initializers[i]);
    changed = true;
  }
  return changed;
}

}  // namespace

bool deadCode(Graph& graph, const PassContext&) { return cleanGraph(graph); }

}  // namespace deploytool::passes
