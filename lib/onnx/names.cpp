// Making names. Everything follows from the graph's order, so the same graph always gets the same names.
#include "onnx/names.h"

#include "ir/opset.h"

namespace deploytool::onnx_io {
namespace {

// Longer expressions are named by where they stand.
constexpr size_t kMaxParameterText = 200;
const std::string kNoName;

}  // namespace

Names::Names(const ir::Model& model) : opset_(model.opset()) {
  collect(model.graph);
  nameGraph(model.graph, nullptr);
  const auto forEachTyped = [&](auto&& visit) {
    for (const ir::Value* value : model.graph.inputs()) visit(value);
    for (const ir::Value* value : model.graph.outputs()) visit(value);
    if (!model.hasValueInfo) return;
    for (const auto& node : model.graph.nodes()) {
      for (const ir::Value* value : node->outputs()) visit(value);
    }
  };
  forEachTyped([&](const ir::Value* value) { reserveParameters(value); });
  forEachTyped([&](const ir::Value* value) { nameDims(value); });
}

const std::string& Names::of(const ir::Value* value) const {
  const auto it = values_.find(value);
  return it == values_.end() ? kNoName : it->second;
}

const std::string& Names::of(const ir::Node* node) const {
  const auto it = nodes_.find(node);
  return it == nodes_.end() ? kNoName : it->second;
}

// ---- values and nodes ---------------------------------------------------------------------------------------------

bool Names::Scope::has(const std::string& name) const {
  for (const Scope* scope = this; scope; scope = scope->up) {
    if (scope->names.count(name)) return true;
  }
  return false;
}

// All given names first: a made one must not take a name that is given further on.
void Names::collect(const ir::Graph& graph) {
  for (const ir::Value* input : graph.inputs()) taken_.insert(input->name);
  for (const ir::Value* initializer : graph.initializers()) taken_.insert(initializer->name);
  for (const auto& node : graph.nodes()) {
    taken_.insert(node->name);
    for (const ir::Value* output : node->outputs()) taken_.insert(output->name);
    for (const ir::Graph* inner : node->subgraphs()) collect(*inner);
  }
}

std::string Names::unique(const std::string& base) {
  if (taken_.insert(base).second) return base;
  int64_t& counter = counters_[base];
  for (;;) {
    std::string name = base + "_" + std::to_string(++counter);
    if (taken_.insert(name).second) return name;
  }
}

std::string Names::numbered(const std::string& base) {
  for (int64_t& counter = counters_[base];;) {
    std::string name = base + "_" + std::to_string(counter++);
    if (taken_.insert(name).second) return name;
  }
}

void Names::keepName(const ir::Value* value, Scope& scope) {
  if (value->name.empty() || values_.count(value)) return;
  std::string name = scope.has(value->name) ? unique(value->name) : value->name;
  scope.names.insert(name);
  values_.emplace(value, std::move(name));
}

void Names::nameGraph(const ir::Graph& graph, const Scope* up) {
  Scope scope{{}, up};
  for (const ir::Value* input : graph.inputs()) keepName(input, scope);
  for (const ir::Value* output : graph.outputs()) {
    if (output && &output->graph() == &graph) keepName(output, scope);
  }
  for (const ir::Value* initializer : graph.initializers()) keepName(initializer, scope);
  for (const auto& node : graph.nodes()) {
    for (const ir::Value* output : node->outputs()) keepName(output, scope);
  }
  const auto nameUnnamed = [&](const ir::Value* value, const char* base) {
    if (!values_.count(value)) scope.names.insert(values_.emplace(value, unique(base)).first->second);
  };
  for (const ir::Value* input : graph.inputs()) nameUnnamed(input, "input");
  for (const ir::Value* initializer : graph.initializers()) {
    const std::string& known = initializer->constant ? initializer->constant->name : kNoName;
    nameUnnamed(initializer, known.empty() ? "constant" : known.c_str());
  }
  for (const auto& node : graph.nodes()) nameNode(*node, scope);
}

void Names::nameNode(const ir::Node& node, Scope& scope) {
  const std::string& name = nodes_.emplace(&node, node.name.empty() ? numbered(node.opType) : node.name).first->second;
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    const ir::Value* output = node.output(i);
    if (values_.count(output)) continue;
    // ONNX Runtime's constant folding does not take a Unique that leaves out an output before one that it has.
    const bool mayBeMissing =
        node.opType != "Unique" && (!node.domain.empty() || ir::isOptionalOutput(node.opType, opset_, i));
    if (output->isUnused() && mayBeMissing) continue;
    const std::string made = unique(name + "_output_" + std::to_string(i));
    scope.names.insert(made);
    values_.emplace(output, made);
  }
  for (const ir::Graph* inner : node.subgraphs()) nameGraph(*inner, &scope);
}

// ---- symbols ------------------------------------------------------------------------------------------------------

void Names::reserveParameters(const ir::Value* value) {
  if (!value || !value->hasRank()) return;
  for (const ir::Dim& dim : value->dims()) {
    if (dim.isLiteral()) continue;
    for (const std::string& symbol : dim.symbols()) parameters_.insert(symbol);
  }
}

std::string Names::uniqueParameter(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 1; !parameters_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

// A symbol that only we know, standing alone, is named after the place; so is an expression too long to read.
void Names::nameDims(const ir::Value* value) {
  if (!value || !value->hasRank()) return;
  const ir::Dims& dims = value->dims();
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i].isLiteral()) continue;
    const std::string place = of(value) + "_dim_" + std::to_string(i);
    const auto symbol = dims[i].asSymbol();
    if (symbol && ir::isFreshSymbol(*symbol) && !symbols_.count(*symbol)) {
      symbols_.emplace(*symbol, ir::Dim::symbol(uniqueParameter(place)));
    }
    std::string text = dims[i].text();
    if (!symbol && text.size() > kMaxParameterText && !longTexts_.count(text)) {
      longTexts_.emplace(std::move(text), uniqueParameter(place));
    }
  }
}

std::string Names::dimParameter(const ir::Dim& dim) const {
  std::map<std::string, ir::Dim> replacements;
  for (const std::string& symbol : dim.symbols()) {
    if (!ir::isFreshSymbol(symbol)) continue;
    const auto it = symbols_.find(symbol);
    replacements.emplace(symbol, it != symbols_.end() ? it->second : ir::Dim::symbol("unknown_" + symbol.substr(1)));
  }
  std::string text = dim.text();
  if (!dim.asSymbol() && text.size() > kMaxParameterText) {
    const auto it = longTexts_.find(text);
    return it == longTexts_.end() ? "" : it->second;
  }
  return replacements.empty() ? text : dim.substitute(replacements).text();
}

// ---- into the model -----------------------------------------------------------------------------------------------

void assignNames(ir::Model& model) {
  const Names names(model);
  const auto store = [&](ir::Value* value) { value->name = names.of(value); };
  const auto storeGraph = [&](auto&& self, ir::Graph& graph) -> void {
    for (ir::Value* value : graph.inputs()) store(value);
    for (ir::Value* value : graph.initializers()) store(value);
    for (const auto& node : graph.nodes()) {
      node->name = names.of(node.get());
      for (ir::Value* value : node->outputs()) store(value);
      for (ir::Graph* inner : node->subgraphs()) self(self, *inner);
    }
  };
  storeGraph(storeGraph, model.graph);
}

}  // namespace deploytool::onnx_io
