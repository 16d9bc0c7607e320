// Inlining calls that are given parameters; see calls.h.
#include "torchscript/quantize/calls.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
namespace prim = c10::prim;

constexpr int kMaxDepth = 8;  ///< of calls in calls that are looked into

/// The function or method that a node calls; null for other nodes and calls through interfaces.
torch::jit::GraphFunction* calleeOf(const Node* node) {
  if (node->kind() == prim::CallFunction) {
    return torch::jit::tryToGraphFunction(*node->input(0)->type()->expectRef<c10::FunctionType>().function());
  }
  if (node->kind() != prim::CallMethod) return nullptr;
  const auto type = node->input(0)->type()->cast<c10::ClassType>();
  auto* method = type ? type->findMethod(node->s(c10::attr::name)) : nullptr;
  return method ? torch::jit::tryToGraphFunction(*method) : nullptr;
}

/// Where the inputs of a call start that become those of the callee's graph.
size_t firstInput(const Node* call) { return call->kind() == prim::CallFunction ? 1 : 0; }

/// Whether the graph, or one that it calls, has an operator with a rule.
bool hasRule(torch::jit::Block& block, int depth = 0) {
  bool found = false;
  forEachNode(block, [&](Node* node) {
    if (found) return;
    found = findRule(node->kind().toQualString()) != nullptr;
    auto* callee = found || depth >= kMaxDepth ? nullptr : calleeOf(node);
    if (callee) found = hasRule(*callee->graph()->block(), depth + 1);
  });
  return found;
}

/// Whether nothing needs the elements of a graph's input, as in checks of the devices of all weights.
bool isReadAsMetadata(const torch::jit::Value* value, int depth = 0) {
  const auto& uses = value->uses();
  return depth < kMaxDepth && std::all_of(uses.begin(), uses.end(), [&](const torch::jit::Use& use) {
    if (isMetadataRead(use.user)) return true;
    if (use.user->kind() == prim::unchecked_cast) return isReadAsMetadata(use.user->output(), depth + 1);
    auto* callee = calleeOf(use.user);
    const size_t first = firstInput(use.user);
    return callee && use.offset >= first && isReadAsMetadata(callee->graph()->inputs()[use.offset - first], depth + 1);
  });
}

/// The graph that a call runs: of a module's method, the one that may be rewritten.
std::shared_ptr<torch::jit::Graph> graphOf(const Node* call, StaticValues& values) {
  if (call->kind() == prim::CallFunction) {
    auto* callee = calleeOf(call);
    return callee ? callee->graph() : nullptr;
  }
  const Instance* module = call->kind() == prim::CallMethod ? values.module(call->input(0)) : nullptr;
  if (!module) return nullptr;
  for (const auto& method : module->methods) {
    if (method.role == MethodCopy::Role::Method && method.original->name() == call->s(c10::attr::name))
      return method.graph;
  }
  return nullptr;
}

/// The graph to put in the place of a call; null where it stays.
std::shared_ptr<torch::jit::Graph> graphToInline(const Node* call, StaticValues& values) {
  if (call->kind() != prim::CallFunction && call->kind() != prim::CallMethod) return nullptr;
  std::vector<size_t> given;  // parameters, or lists of them
  for (size_t i = 1; i < call->inputs().size(); ++i) {
    const auto* known = values.find(call->input(i));
    if (known && !tensorsIn(known->value).empty()) given.push_back(i - firstInput(call));
  }
  if (given.empty()) return nullptr;
  auto graph = graphOf(call, values);
  if (!graph) return nullptr;
  const bool onlyMetadata = std::all_of(given.begin(), given.end(),
                                        [&](size_t index) { return isReadAsMetadata(graph->inputs()[index]); });
  return onlyMetadata || hasRule(*graph->block()) ? graph : nullptr;
}

void inlineCall(Node* call, torch::jit::Graph& callee) {
  torch::jit::WithInsertPoint guard(call);
  const auto outputs =
      torch::jit::insertGraph(*call->owningGraph(), callee, call->inputs().slice(firstInput(call)));
  for (size_t i = 0; i < outputs.size(); ++i) call->output(i)->replaceAllUsesWith(outputs[i]);
  call->destroy();
}

}  // namespace

bool isMetadataRead(const Node* node) {
  static constexpr std::array<std::string_view, 14> kReads = {
      "aten::__is__",      "aten::__isnot__",         "prim::dtype",  "prim::device", "prim::is_cuda",
      "prim::is_cpu",      "prim::requires_grad",     "prim::layout", "aten::dim",    "aten::size",
      "aten::numel",       "aten::is_floating_point", "aten::is_complex", "aten::requires_grad"};
  return std::find(kReads.begin(), kReads.end(), node->kind().toQualString()) != kReads.end();
}

void inlineCalls(const ModuleTree& tree, const AssignedAttributes& assigned, Instance& instance,
                 torch::jit::Graph& graph) {
  for (bool changed = true; changed;) {
    StaticValues values(tree, assigned, instance, graph);
    std::vector<std::pair<Node*, std::shared_ptr<torch::jit::Graph>>> calls;
    forEachNode(*graph.block(), [&](Node* node) {
      if (auto callee = graphToInline(node, values)) calls.emplace_back(node, std::move(callee));
    });
    for (const auto& [call, callee] : calls) inlineCall(call, *callee);
    changed = !calls.empty();
  }
}

}  // namespace deploytool::ts
