// constant-branches: an If whose condition is a constant gives way to the nodes of the branch it takes.
#include <algorithm>

#include "passes/all.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::Graph;
using ir::Node;
using ir::Value;

Graph* takenBranch(const Node& node) {
  const ir::TensorPtr condition = constantOf(node.input(0));
  if (!is(&node, "If") || !condition || condition->numel() != 1) return nullptr;
  const ir::Attribute* branch = node.attribute(condition->toInt64s()[0] ? "then_branch" : "else_branch");
  const auto* graph = branch ? std::get_if<std::unique_ptr<Graph>>(&branch->value) : nullptr;
  return graph ? graph->get() : nullptr;
}

bool canInline(const Node& node, const Graph& branch) {
  if (branch.outputs().size() != node.outputs().size() || !branch.inputs().empty()) return false;
  const auto& initializers = branch.initializers();
  return std::none_of(initializers.begin(), initializers.end(), [](const Value* v) { return v->sparse != nullptr; });
}

// Initializers of the branch become the graph's.
void moveInitializers(Graph& branch, Graph& around) {
  const std::vector<Value*> initializers = branch.initializers();
  for (Value* value : initializers) {
    if (!value->constant) continue;
    branch.replaceAllUses(value, around.addInitializer(value->name, value->constant));
    branch.removeInitializer(value);
  }
}

void inlineBranch(Node& node, Graph& branch) {
  Graph& around = node.graph();
  moveInitializers(branch, around);
  while (!branch.nodes().empty()) branch.moveBefore(branch.nodes().front().get(), &node);
  const std::vector<Value*> results = branch.outputs();
  branch.clearOutputs();
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    Value* result = results[i];
    Value* output = node.output(i);
    if (output->isGraphOutput()) {
      // An output of the graph needs a value of its own.
      const bool own = result->producer() && &result->graph() == &around && !result->isGraphOutput();
      if (!own) result = around.addNode("Identity", {result}, 1, {}, &node)->output();
      result->name = output->name;
      result->type = output->type;
    }
    around.replaceAllUses(output, result);
  }
  around.remove(&node);
}

bool inlineIn(Graph& graph) {
  bool changed = false;
  const auto& nodes = graph.nodes();
  for (Node* node = nodes.empty() ? nullptr : nodes.front().get(); node;) {
    Node* next = node->next();
    for (Graph* inner : node->subgraphs()) changed |= inlineIn(*inner);
    if (Graph* branch = takenBranch(*node); branch && canInline(*node, *branch)) {
      inlineBranch(*node, *branch);
      changed = true;
    }
    node = next;
  }
  return changed;
}

}  // namespace

bool constantBranches(Graph& graph, const PassContext&) { return inlineIn(graph); }

}  // namespace deploytool::passes
