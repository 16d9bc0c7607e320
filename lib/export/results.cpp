#include "export/results.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "export/columns.h"
#include "export/join.h"

namespace deploytool::exporter {

namespace {

struct Leaf {
  Tensor tensor;
  std::vector<std::string> path;
  bool keyed = false;  ///< a dict key or field name is on the path
};

class Flattener {
 public:
  explicit Flattener(Interpreter& interpreter) : in_(interpreter), b_(interpreter.builder()) {}

  std::vector<Leaf> leaves;
  std::optional<Diagnostic> error;

  void visit(const Value& value, std::vector<std::string> path, bool keyed) {
    if (value.isNone() || error) return;
    const auto leaf = [&](const Tensor& tensor) { leaves.push_back({tensor, path, keyed}); };
    const auto child = [&](const Value& item, const std::string& name, bool isKey) {
      auto inner = path;
      inner.push_back(name);
      visit(item, inner, keyed || isKey);
    };
    if (const auto* cell = value.as<TensorVar>()) return leaf(in_.read(*cell));
    if (const auto* dim = value.as<Dim>()) return leaf(b_.dim(*dim));
    if (const auto* number = value.as<double>()) return leaf(b_.scalar(DType::Float64, *number));
    if (const auto* flag = value.as<bool>()) return leaf(b_.scalar(DType::Bool, *flag));
    if (const auto* scalar = value.as<RuntimeScalar>()) return leaf(scalar->tensor);
    if (const auto* list = value.as<std::shared_ptr<ListValue>>()) {
      if ((*list)->isColumns()) return visit(assembled((*list)->form, (*list)->items), path, keyed);
      if ((*list)->sequence) {
        in_.note("an output is a list whose length is decided at run time: an ONNX sequence");
        return leaf((*list)->sequence);
      }
      for (size_t i = 0; i < (*list)->items.size(); ++i) child((*list)->items[i], std::to_string(i), false);
    } else if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) {
      const bool named = (*tuple)->type && (*tuple)->type->fieldNames.size() == (*tuple)->items.size();
      for (size_t i = 0; i < (*tuple)->items.size(); ++i)
        child((*tuple)->items[i], named ? (*tuple)->type->fieldNames[i] : std::to_string(i), named);
    } else if (const auto* dict = value.as<std::shared_ptr<DictValue>>()) {
      if (isRuntimeDict(**dict)) return refuse(value);
      for (const auto& [key, item] : (*dict)->items) {
        const auto* text = key.as<std::string>();
        const auto* integer = key.as<Dim>();
        child(item, text ? *text : integer ? integer->text() : "key", true);
      }
    } else if (const auto* optional = value.as<std::shared_ptr<OptionalValue>>()) {
      const char* what = (*optional)->isEntry ? "assumes that output {} is there: where the program's dict has no such key, it holds zeros"
                                              : "assumes that output {} is not None: where the program gives None, it holds zeros";
      in_.assume(fmt::format(fmt::runtime(what), leaves.size()));
      visit((*optional)->value, path, keyed);
    } else {
      refuse(value);
    }
  }

 private:
  Interpreter& in_;
  Builder& b_;

  void refuse(const Value& value) {
    std::string what = "an output of a kind that ONNX has no value for";
    if (value.is<std::string>()) what = "an output is a string";
    if (value.is<std::shared_ptr<ObjectValue>>()) what = "an output is an object";
    if (value.is<std::shared_ptr<DictValue>>()) {
      error = makeError(ExitCode::Unsupported, "an output is a dict whose keys a run decides",
                        "return its keys and values: list(d.keys()), list(d.values())");
      return;
    }
    error = makeError(ExitCode::Unsupported, what, "return tensors, numbers, or containers of them");
  }
};

std::vector<std::string> defaultNames(const std::vector<Leaf>& leaves) {
  std::vector<std::string> names;
  for (size_t i = 0; i < leaves.size(); ++i) {
    std::string name;
    for (const std::string& part : leaves[i].path) name += (name.empty() ? "" : ".") + part;
    if (!leaves[i].keyed) name = leaves.size() == 1 ? "output" : fmt::format("output_{}", i);
    names.push_back(name);
  }
  return names;
}

Status checkNames(const std::vector<std::string>& given, const std::vector<std::string>& defaults) {
  if (given.empty() || given.size() == defaults.size()) return {};
  std::string list;
  for (const std::string& name : defaults) list += (list.empty() ? "" : ", ") + name;
  return makeError(ExitCode::Usage, fmt::format("{} --output-name for {} outputs", given.size(), defaults.size()),
                   "the outputs are: " + list);
}

/// Whether two expressions that are written differently agree at some sizes; unknown sizes agree with anything.
bool agree(const Dim& a, const Dim& b) {
  for (const int64_t first : {64, 97, 30, 5, 3}) {
    const auto sizeOf = [&](const std::string& symbol) -> std::optional<int64_t> {
      if (ir::isFreshSymbol(symbol)) return std::nullopt;
      return first + static_cast<int64_t>(std::hash<std::string>{}(symbol) % 11);
    };
    const auto left = a.evaluate(sizeOf), right = b.evaluate(sizeOf);
    if (left && right && *left != *right) return false;
  }
  return true;
}

/// Names for computed dims of outputs. A name says that sizes are equal: it may not say so of sizes that are not.
class AxisNames {
 public:
  explicit AxisNames(const ir::Graph& graph) {
    for (const ir::Value* input : graph.inputs()) {
      if (!input->hasRank()) continue;
      for (const Dim& dim : input->dims())
        if (const auto symbol = dim.asSymbol()) means_.emplace(*symbol, Dim::symbol(*symbol));
    }
  }

  Status apply(ir::Value* output, const DynamicAxis& axis) {
    if (!output->hasRank()) return {};
    const auto rank = static_cast<int64_t>(output->dims().size());
    const int64_t at = axis.axis < 0 ? axis.axis + rank : axis.axis;
    if (at < 0 || at >= rank)
      return makeError(ExitCode::Usage, fmt::format("--dynamic-axes: output '{}' has rank {}, there is no axis {}", axis.value, rank, axis.axis));
    Dim& dim = (*output->type.dims)[static_cast<size_t>(at)];
    if (dim.isLiteral())
      return makeError(ExitCode::Usage, fmt::format("--dynamic-axes: axis {} of output '{}' is always {}", axis.axis, axis.value, dim.text()),
                       "leave it out, or make the input axis dynamic that it depends on");
    const Dim& meant = means_.emplace(axis.name, dim).first->second;
    if (!agree(meant, dim))
      return makeError(ExitCode::Usage, fmt::format("--dynamic-axes: axis {} of output '{}' is {}, but '{}' is {}", axis.axis,
                                                    axis.value, dim.text(), axis.name, sizeOf(axis.name, meant)),
                       "give it a name of its own");
    dim = Dim::symbol(axis.name);
    return {};
  }

 private:
  std::map<std::string, Dim> means_;

  static std::string sizeOf(const std::string& name, const Dim& meant) {
    return meant == Dim::symbol(name) ? "the size of an input's axis" : meant.text() + " elsewhere";
  }
};

/// Each output is a value of its own, made by a node: an input returned, a constant, a value returned twice.
ir::Value* ownOutput(Builder& b, const Tensor& tensor) {
  ir::Value* value = b.use(tensor);
  if (value->producer() && !value->isGraphOutput() && &value->graph() == &b.mainGraph()) return value;
  return b.op("Identity", {value}).value();
}

}  // namespace

Status makeOutputs(Interpreter& interpreter, const Value& result, const std::vector<std::string>& given,
                   const std::vector<DynamicAxis>& axes) {
  Flattener flattener(interpreter);
  flattener.visit(result, {}, false);
  if (flattener.error) return *flattener.error;
  if (flattener.leaves.empty())
    return makeError(ExitCode::Unsupported, "the method returns no tensor", "an ONNX model has at least one output");
  const std::vector<std::string> defaults = defaultNames(flattener.leaves);
  if (Status status = checkNames(given, defaults); !status) return status;
  Builder& b = interpreter.builder();
  AxisNames axisNames(b.mainGraph());
  std::set<std::string> used;
  for (const ir::Value* input : b.mainGraph().inputs()) used.insert(input->name);
  for (size_t i = 0; i < flattener.leaves.size(); ++i) {
    std::string name = given.empty() ? defaults[i] : given[i];
    if (!given.empty() && used.count(name))
      return makeError(ExitCode::Usage, fmt::format("the name '{}' is used twice", name), "inputs and outputs need names of their own");
    while (!used.insert(name).second) name += "_out";
    ir::Value* output = ownOutput(b, flattener.leaves[i].tensor);
    output->name = name;
    b.mainGraph().addOutput(output);
    for (const DynamicAxis& axis : axes)
      if (axis.value == name)
        if (Status status = axisNames.apply(output, axis); !status) return status;
  }
  for (const DynamicAxis& axis : axes)
    if (!used.count(axis.value))
      return makeError(ExitCode::Usage, fmt::format("--dynamic-axes names '{}', which is no input or output", axis.value));
  return {};
}

}  // namespace deploytool::exporter
