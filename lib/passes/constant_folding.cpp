// constant-folding: nodes that depend on constants only become constants. Four ways: views of a constant (transposed,
// reshaped) share its bytes; integers known as literals (Value::elements, from inference) and tensors without elements
// need no computation (ONNX Runtime's kernels do not take all of the latter); everything else is run by a kernel, where
// who runs the passes brought some.
#include "runtime/kernels.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "passes/all.h"
#include "passes/fold_views.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::Node;
using ir::Tensor;
using ir::TensorPtr;
using ir::Value;
using Results = std::vector<TensorPtr>;

// A result may be larger than the inputs by this much: `Expand` to a large tensor stays an operator.
constexpr int64_t kMaxGrowth = int64_t{1} << 20;

// Folding these would undo what they are there for: small weights.
constexpr std::array kKept = {"DequantizeLinear", "DynamicQuantizeLinear"};

bool isKept(const Node& node) {
  return std::any_of(kKept.begin(), kKept.end(), [&](const char* name) { return node.opType == name; });
}

// ---- values of Constant -------------------------------------------------------------------------------------------

TensorPtr constantValue(const Node& node) {
  if (node.attributes.size() != 1) return {};
  const ir::Attribute& a = node.attributes[0];
  const auto make = [](Tensor tensor) { return std::make_shared<const Tensor>(std::move(tensor)); };
  if (const auto* tensor = std::get_if<TensorPtr>(&a.value)) return *tensor;
  if (const auto* i = std::get_if<int64_t>(&a.value)) return make(Tensor::int64(*i));
  if (const auto* f = std::get_if<float>(&a.value)) return make(Tensor::float32(*f));
  if (const auto* s = std::get_if<std::string>(&a.value)) return make(Tensor::strings({}, {*s}));
  if (const auto* is = std::get_if<std::vector<int64_t>>(&a.value)) return make(Tensor::int64s(*is));
  if (const auto* fs = std::get_if<std::vector<float>>(&a.value)) {
    return make(Tensor::of(ir::DType::Float32, {static_cast<int64_t>(fs->size())}, *fs));
  }
  if (const auto* ss = std::get_if<std::vector<std::string>>(&a.value)) {
    return make(Tensor::strings({static_cast<int64_t>(ss->size())}, *ss));
  }
  return {};
}

// ---- integers known by inference ----------------------------------------------------------------------------------

TensorPtr fromElements(const Value& value) {
  if (!value.elements || !value.hasRank()) return {};
  const auto numbers = ir::literals(*value.elements);
  const auto dims = ir::literals(value.dims());
  if (!numbers || !dims) return {};
  Tensor wide = Tensor::of(ir::DType::Int64, *dims, *numbers);
  if (wide.numel() != static_cast<int64_t>(numbers->size())) return {};
  switch (value.dtype()) {
    case ir::DType::Int64: return std::make_shared<const Tensor>(std::move(wide));
    case ir::DType::Int32: {
      const std::vector<int32_t> narrow(numbers->begin(), numbers->end());
      return std::make_shared<const Tensor>(Tensor::of(ir::DType::Int32, *dims, narrow));
    }
    case ir::DType::Bool: {
      const std::vector<uint8_t> narrow(numbers->begin(), numbers->end());
      return std::make_shared<const Tensor>(Tensor::of(ir::DType::Bool, *dims, narrow));
    }
    default: return {};
  }
}

TensorPtr withoutElements(const Value& value) {
  const auto dims = value.hasRank() ? ir::literals(value.dims()) : std::nullopt;
  const bool isEmpty = dims && std::find(dims->begin(), dims->end(), 0) != dims->end();
  if (!isEmpty || ir::itemSize(value.dtype()) == 0) return {};
  return std::make_shared<const Tensor>(Tensor::copy(value.dtype(), *dims, {}));
}

std::optional<Results> knownResults(const Node& node) {
  Results results;
  for (const Value* output : node.outputs()) {
    results.push_back(output->isUnused() ? nullptr : fromElements(*output));
    if (!results.back() && !output->isUnused()) results.back() = withoutElements(*output);
    if (!results.back() && !output->isUnused()) return {};
  }
  return results;
}

// ---- kernels ------------------------------------------------------------------------------------------------------

bool fitsBudget(const Node& node, int64_t inputBytes) {
  int64_t bytes = 0;
  for (const Value* output : node.outputs()) {
    const auto dims = output->hasRank() ? ir::literals(output->dims()) : std::nullopt;
    if (!dims) continue;  // the kernel decides
    int64_t numel = static_cast<int64_t>(ir::itemSize(output->dtype()));
    for (int64_t d : *dims) {
      if (__builtin_mul_overflow(numel, d, &numel)) return false;
    }
    bytes += numel;
  }
  return bytes <= inputBytes + kMaxGrowth;
}

std::optional<Results> computed(const Node& node, const PassContext& context) {
  if (!context.kernels || isRandom(node) || isKept(node) || !context.kernels->supports(node.opType, node.domain))
    return {};
  std::vector<TensorPtr> inputs;
  int64_t bytes = 0;
  for (const Value* input : node.inputs()) {
    inputs.push_back(constantOf(input));
    if (input && !inputs.back()) return {};
    if (inputs.back()) bytes += inputs.back()->byteSize();
  }
  if (!node.subgraphs().empty() || !fitsBudget(node, bytes)) return {};
  auto outcome = context.kernels->run(node, inputs, context.model.opset());
  if (!outcome || !*outcome) return {};  // what the operator refuses stays as it is, for the run to report
  return std::move(**outcome);
}

// ---- replacing ----------------------------------------------------------------------------------------------------

/// The one parameter that a node reads.
Value* parameterOf(const Node& node) {
  Value* parameter = nullptr;
  for (Value* input : node.inputs()) {
    const TensorPtr constant = constantOf(input);
    if (!constant || constant->name.empty()) continue;
    if (parameter && parameter != input) return nullptr;
    parameter = input;
  }
  return parameter;
}

/// A result is named after the parameter it comes from; `<parameter>.<operator>` when that is used elsewhere too.
std::string derivedName(const Node& node, const Value& output) {
  if (!output.name.empty()) return output.name;
  const Value* parameter = parameterOf(node);
  if (!parameter) return {};
  const std::string& name = parameter->name.empty() ? parameter->constant->name : parameter->name;
  if (parameter->uses().size() == 1 && !parameter->isGraphOutput()) return name;
  std::string op = node.opType;
  std::transform(op.begin(), op.end(), op.begin(), [](unsigned char c) { return std::tolower(c); });
  return name + "." + op;
}

void replace(Node& node, const Results& results) {
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    Value* output = node.output(i);
    if (i >= results.size() || !results[i] || output->isUnused()) continue;
    const std::string name = derivedName(node, *output);
    TensorPtr tensor = results[i];
    if (tensor->name != name) {
      Tensor named = *tensor;
      named.name = name;
      tensor = std::make_shared<const Tensor>(std::move(named));
    }
    Value* value = node.graph().addInitializer(name, std::move(tensor));
    value->elements = output->elements;
    if (output->isGraphOutput()) {  // stays a node's output, under its name
      value->name.clear();
      Value* kept = node.graph().addNode("Identity", {value}, 1, {}, &node)->output();
      kept->name = output->name;
      kept->type = output->type;
      value = kept;
    }
    node.graph().replaceAllUses(output, value);
  }
  Value* parameter = parameterOf(node);
  node.graph().remove(&node);
  if (parameter && parameter->isUnused())
    parameter->graph().removeInitializer(parameter);  // its name may be taken over
}

bool isOutput(const Node& node) {
  return std::any_of(node.outputs().begin(), node.outputs().end(), [](const Value* v) { return v->isGraphOutput(); });
}

bool isUnused(const Node& node) {
  return std::all_of(node.outputs().begin(), node.outputs().end(), [](const Value* v) { return v->isUnused(); });
}

bool fold(Node& node, const PassContext& context) {
  if (!node.domain.empty() || isUnused(node)) return false;
  if (node.opType == "Constant") {
    const TensorPtr value = isOutput(node) ? nullptr : constantValue(node);
    if (value) replace(node, {value});
    return value != nullptr;
  }
  if (node.opType == "Identity" && isOutput(node)) return false;
  std::optional<Results> results = knownResults(node);
  if (!results) {
    if (auto view = foldView(node)) results = Results{std::make_shared<const Tensor>(std::move(*view))};
  }
  if (!results) results = computed(node, context);
  if (!results) return false;
  replace(node, *results);
  return true;
}

}  // namespace

bool constantFolding(ir::Graph& graph, const PassContext& context) {
  bool changed = false;
  graph.forEachNode([&](Node& node) { changed |= fold(node, context); });
  return changed;
}

}  // namespace deploytool::passes
