// The verifier.
#include "ir/verify.h"

#include <unordered_map>
#include <unordered_set>

#include "ir/opset.h"

namespace deploytool::ir {
namespace {

class Verifier {
 public:
  Verifier(const Model& model, const VerifyOptions& options) : model_(model), options_(options) {}

  Diagnostics run() {
    graph(model_.graph, nullptr);
    if (options_.types) outputTypes();
    return std::move(problems_);
  }

 private:
  struct Scope {
    std::unordered_set<std::string> names;
    const Scope* up = nullptr;
  };

  void report(std::string message, const Node* node, const Graph& graph) {
    if (problems_.size() >= options_.maxProblems) return;
    Diagnostic d = makeError(ExitCode::Internal, std::move(message));
    std::string place = "graph '" + graph.name + "'";
    if (node) place = "node '" + node->name + "' (" + node->opType + ") in " + place;
    d.places.push_back(std::move(place));
    problems_.push_back(std::move(d));
  }

  void graph(const Graph& graph, const Scope* up);
  void node(const Node& node, const Graph& graph, Scope& scope);
  void edges(const Node& node, const Graph& graph);
  void name(const Value& value, const Node* node, const Graph& graph, Scope& scope);
  void tensor(const Value& value, const Graph& graph);
  void outputTypes();

  const Model& model_;
  const VerifyOptions& options_;
  Diagnostics problems_;
  std::unordered_set<const Value*> visible_;  // defined so far, in this graph or around it
};

std::string describe(const Value& value) { return "'" + value.name + "'"; }

void Verifier::name(const Value& value, const Node* node, const Graph& graph, Scope& scope) {
  if (!options_.names) return;
  if (value.name.empty()) {
    if (!node || !value.isUnused()) report("a value has no name", node, graph);
    return;
  }
  for (const Scope* at = &scope; at; at = at->up) {
    if (at->names.count(value.name)) return report("the name " + describe(value) + " is given twice", node, graph);
  }
  scope.names.insert(value.name);
}

void Verifier::tensor(const Value& value, const Graph& graph) {
  if (!value.constant) return;
  const Tensor& t = *value.constant;
  if (value.type.isTensor() && value.type.dtype != t.dtype() && !value.isGraphInput()) {
    report("initializer " + describe(value) + " has another element type than its value", nullptr, graph);
  }
  if (t.dtype() == DType::String && static_cast<int64_t>(t.stringValues().size()) != t.numel()) {
    report("initializer " + describe(value) + " has a wrong number of strings", nullptr, graph);
  }
}

void Verifier::edges(const Node& node, const Graph& graph) {
  for (size_t i = 0; i < node.inputs().size(); ++i) {
    const Value* input = node.input(i);
    if (!input) continue;
    if (!visible_.count(input)) {
      report("input " + std::to_string(i) + " " + describe(*input) + " is not defined before it", &node, graph);
      continue;
    }
    bool tracked = false;
    for (const Use& use : input->uses()) tracked = tracked || (use.node == &node && use.input == i);
    if (!tracked) report("input " + std::to_string(i) + " does not know its use", &node, graph);
  }
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    const Value* output = node.output(i);
    const bool ours = output->producer() == &node && output->outputIndex() == i && &output->graph() == &graph;
    if (!ours) report("output " + std::to_string(i) + " does not know its producer", &node, graph);
  }
}

void Verifier::node(const Node& node, const Graph& graph, Scope& scope) {
  edges(node, graph);
  if (!node.domain.empty() && !model_.opsets.count(node.domain) && model_.functions.empty()) {
    report("the domain '" + node.domain + "' is not imported", &node, graph);
  }
  if (options_.signatures) {
    if (auto problem = checkSignature(node, model_.opset())) report(*problem, &node, graph);
  }
  for (const Graph* inner : node.subgraphs()) {
    if (inner->owner != &node) report("a subgraph does not know its node", &node, graph);
    this->graph(*inner, &scope);
  }
  for (const Value* output : node.outputs()) {
    name(*output, &node, graph, scope);
    visible_.insert(output);
  }
}

void Verifier::graph(const Graph& graph, const Scope* up) {
  Scope scope{{}, up};
  const auto source = [&](const Value& value) {
    name(value, nullptr, graph, scope);
    visible_.insert(&value);
    tensor(value, graph);
  };
  for (const Value* value : graph.inputs()) source(*value);
  for (const Value* value : graph.initializers()) {
    if (!value->isGraphInput()) source(*value);
  }
  for (const auto& n : graph.nodes()) node(*n, graph, scope);
  for (size_t i = 0; i < graph.outputs().size(); ++i) {
    const Value* output = graph.outputs()[i];
    if (!output || !visible_.count(output)) report("output " + std::to_string(i) + " is not defined", nullptr, graph);
  }
  // What was defined inside is not visible outside.
  for (const Value* value : graph.inputs()) visible_.erase(value);
  for (const Value* value : graph.initializers()) visible_.erase(value);
  for (const auto& n : graph.nodes()) {
    for (const Value* output : n->outputs()) visible_.erase(output);
  }
}

void Verifier::outputTypes() {
  for (const Value* output : model_.graph.outputs()) {
    if (!output) continue;
    const bool known = output->type.kind != Type::Kind::Unknown &&
                       (!output->type.isTensor() || output->type.dtype != DType::Undefined);
    if (!known) report("output " + describe(*output) + " has no type", nullptr, model_.graph);
  }
}

}  // namespace

Diagnostics verify(const Model& model, const VerifyOptions& options) { return Verifier(model, options).run(); }

}  // namespace deploytool::ir
