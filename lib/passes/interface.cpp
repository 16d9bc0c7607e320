// Names and dims of a model's inputs and outputs.
#include "passes/interface.h"

#include <algorithm>
#include <set>

#include "ir/infer.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::Dim;
using ir::Dims;
using ir::Graph;
using ir::Model;
using ir::Value;

Value* findByName(const std::vector<Value*>& values, const std::string& name) {
  const auto it = std::find_if(values.begin(), values.end(), [&](const Value* v) { return v && v->name == name; });
  return it == values.end() ? nullptr : *it;
}

Value* findInterface(Model& model, const std::string& name) {
  Value* input = findByName(model.graph.inputs(), name);
  return input ? input : findByName(model.graph.outputs(), name);
}

Status usage(std::string message) { return makeError(ExitCode::Usage, std::move(message)); }

std::string listOf(const std::vector<Value*>& values) {
  std::string out;
  for (const Value* v : values) out += (out.empty() ? "" : ", ") + v->name;
  return out.empty() ? "none" : out;
}

Status notThere(Model& model, const std::string& name) {
  Diagnostic d = makeError(ExitCode::Usage, "the model has no input or output '" + name + "'");
  d.notes = {"inputs: " + listOf(model.graph.inputs()), "outputs: " + listOf(model.graph.outputs())};
  return d;
}

}  // namespace

Status renameInterface(Model& model, const std::vector<std::pair<std::string, std::string>>& names) {
  std::vector<std::pair<Value*, std::string>> plan;
  std::set<std::string> given;
  for (const auto& [from, to] : names) {
    Value* value = findInterface(model, from);
    if (!value) return notThere(model, from);
    if (to.empty()) return usage("a new name for '" + from + "' is missing");
    if (!given.insert(to).second) return usage("the name '" + to + "' is given twice");
    plan.emplace_back(value, to);
  }
  const auto renamed = [&](const Value* v) {
    return std::any_of(plan.begin(), plan.end(), [&](const auto& p) { return p.first == v; });
  };
  for (const auto& [value, to] : plan) {
    const Value* taken = findInterface(model, to);
    if (taken && !renamed(taken)) return usage("the name '" + to + "' is taken");
  }
  // Inner values of the same name give way when the file is written.
  for (const auto& [value, to] : plan) value->name = to;
  return {};
}

// ---- dims ---------------------------------------------------------------------------------------------------------

namespace {

// What the file says of dims inside no longer holds; ranks and element types do.
void forgetInnerDims(Graph& graph) {
  graph.forEachNode([](ir::Node& node) {
    for (Value* output : node.outputs()) {
      output->elements.reset();
      if (output->type.isTensor() && !output->isGraphOutput()) output->type.dims.reset();
      if (!output->type.isTensor() && !output->isGraphOutput()) output->type = {};
    }
    for (Graph* inner : node.subgraphs()) {
      for (Value* input : inner->inputs()) input->type.dims.reset();
    }
  });
}

/// Infers anew: what the outputs said is kept only where nothing better is known.
void inferAgain(Model& model) {
  std::vector<ir::Type> said;
  forgetInnerDims(model.graph);
  for (Value* output : model.graph.outputs()) {
    said.push_back(output->type);
    if (output->producer() && output->type.isTensor()) output->type.dims.reset();
  }
  ir::SymbolSource symbols;
  ir::inferAll(model, symbols);
  for (size_t i = 0; i < said.size(); ++i) {
    Value* output = model.graph.outputs()[i];
    if (!said[i].dims || output->hasRank()) continue;
    Dims unknown;
    for (size_t axis = 0; axis < said[i].dims->size(); ++axis) unknown.push_back(symbols.fresh());
    output->type = ir::Type::tensor(said[i].dtype, unknown);
  }
}

struct Place {
  Value* value = nullptr;
  size_t axis = 0;
};

Result<Place> placeOf(Model& model, const AxisName& name) {
  Value* value = findInterface(model, name.value);
  if (!value) return notThere(model, name.value).error();
  if (!value->hasRank()) return makeError(ExitCode::Usage, "'" + name.value + "' has no known rank");
  const auto rank = static_cast<int64_t>(value->dims().size());
  if (name.axis < -rank || name.axis >= rank) {
    return makeError(ExitCode::Usage, "'" + name.value + "' has rank " + std::to_string(rank) + ", no axis " +
                                          std::to_string(name.axis));
  }
  return Place{value, static_cast<size_t>(name.axis < 0 ? name.axis + rank : name.axis)};
}

// A constant target of a Reshape that holds the old size: the entry is opened where everything else is known.
bool openReshape(ir::Node& node, const std::set<int64_t>& sizes) {
  const auto target = integersOf(node.input(1));
  if (!target || !node.input(0) || !node.input(0)->hasRank()) return false;
  const Dim total = ir::product(node.input(0)->dims());
  if (total.isLiteral() || std::any_of(target->begin(), target->end(), [](int64_t t) { return t <= 0; })) return false;
  for (size_t i = 0; i < target->size(); ++i) {
    int64_t others = 1;
    bool fits = sizes.count((*target)[i]) > 0;
    for (size_t j = 0; j < target->size(); ++j) {
      if (j != i) fits = fits && !__builtin_mul_overflow(others, (*target)[j], &others);
    }
    if (!fits || !ir::exactDiv(total, others)) continue;
    std::vector<int64_t> opened = *target;
    opened[i] = -1;
    auto tensor = std::make_shared<const ir::Tensor>(ir::Tensor::int64s(opened));
    node.setInput(1, node.graph().addInitializer({}, std::move(tensor)));
    return true;
  }
  return false;
}

// In order, since each opened one lets more dims be known.
void openReshapes(Model& model, const std::set<int64_t>& sizes) {
  for (int round = 0; round < 8; ++round) {
    bool changed = false;
    model.graph.forEachNode([&](ir::Node& node) {
      if (is(&node, "Reshape")) changed |= openReshape(node, sizes);
    });
    if (!changed) return;
    inferAgain(model);
  }
}

void noteFixed(Model& model, const std::set<int64_t>& sizes, std::vector<std::string>& notes) {
  model.graph.forEachNode([&](ir::Node& node) {
    if (!is(&node, "Reshape") && !is(&node, "Expand")) return;
    const auto target = integersOf(node.input(1));
    const bool literal = node.input(0) && node.input(0)->hasRank() && ir::literals(node.input(0)->dims());
    if (!target || literal) return;
    const bool holds =
        std::any_of(target->begin(), target->end(), [&](int64_t t) { return sizes.count(t) > 0 && t != 1; });
    if (holds)
      notes.push_back("node '" + node.name + "' (" + node.opType + ") holds a size that was fixed as a constant");
  });
}

// The name of an output's dim: a symbol that only we know takes it everywhere.
Status nameOutputDim(Model& model, const Place& place, const std::string& symbol) {
  const Dim dim = place.value->dims()[place.axis];
  if (dim.asSymbol() == symbol) return {};
  const auto known = dim.asSymbol();
  if (known && ir::isFreshSymbol(*known)) {
    for (Value* output : model.graph.outputs()) {
      if (!output->hasRank()) continue;
      for (Dim& d : *output->type.dims) d = d.substitute({{*known, Dim::symbol(symbol)}});
    }
    return {};
  }
  return usage("axis " + std::to_string(place.axis) + " of output '" + place.value->name + "' is computed to be " +
               dim.text() + ", not " + symbol);
}

}  // namespace

Status nameAxes(Model& model, const std::vector<AxisName>& axes, std::vector<std::string>& notes) {
  std::set<int64_t> sizes;
  std::vector<std::pair<Place, std::string>> outputs;
  for (const AxisName& name : axes) {
    Result<Place> place = placeOf(model, name);
    if (!place) return place.error();
    if (!place->value->isGraphInput()) {
      outputs.emplace_back(*place, name.symbol);
      continue;
    }
    Dim& dim = (*place->value->type.dims)[place->axis];
    if (dim.isLiteral()) sizes.insert(dim.literal());
    dim = Dim::symbol(name.symbol);
  }
  inferAgain(model);
  openReshapes(model, sizes);
  noteFixed(model, sizes, notes);
  for (const auto& [place, symbol] : outputs) {
    if (place.axis >= place.value->dims().size()) return usage("'" + place.value->name + "' has another rank now");
    if (Status status = nameOutputDim(model, place, symbol); !status) return status;
  }
  return {};
}

Status fixDims(Model& model, const FixedDims& fixed) {
  std::map<std::string, Dim> replacements;
  std::set<std::string> known;
  for (const Value* input : model.graph.inputs()) {
    if (!input->hasRank()) continue;
    for (const Dim& d : input->dims()) {
      for (const std::string& s : d.symbols()) known.insert(s);
    }
  }
  for (const auto& [symbol, size] : fixed.symbols) {
    if (!known.count(symbol)) return usage("no input has a dim '" + symbol + "'");
    if (size < 0) return usage("the dim '" + symbol + "' cannot be negative");
    replacements.emplace(symbol, size);
  }
  for (const auto& [name, dims] : fixed.inputs) {
    Value* input = findByName(model.graph.inputs(), name);
    if (!input) return notThere(model, name);
    if (!input->type.isTensor()) return usage("'" + name + "' is not a tensor");
    if (input->hasRank() && input->dims().size() != dims.size()) {
      return usage("'" + name + "' has rank " + std::to_string(input->dims().size()));
    }
    for (size_t i = 0; input->hasRank() && i < dims.size(); ++i) {
      const auto symbol = input->dims()[i].asSymbol();
      if (symbol && replacements.emplace(*symbol, dims[i]).first->second != Dim(dims[i])) {
        return usage("the dim '" + *symbol + "' is given two sizes");
      }
    }
    input->type.dims = ir::toDims(dims);
  }
  for (Value* input : model.graph.inputs()) {
    if (!input->hasRank()) continue;
    for (Dim& d : *input->type.dims) d = d.substitute(replacements);
  }
  inferAgain(model);
  return {};
}

}  // namespace deploytool::passes
