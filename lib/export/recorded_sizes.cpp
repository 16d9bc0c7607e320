// A walk over the nodes of traced functions: arguments that are sizes, and the constants that they come from.
#include "export/recorded_sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

namespace deploytool::exporter {

namespace {

/// Example sizes that were given, with the names of their axes.
struct Examples {
  std::map<int64_t, std::string> axes;
  std::set<int64_t> fixed;

  void add(const Spec& spec) {
    if (const auto* tensor = std::get_if<TensorSpec>(&spec.data))
      for (const DimSpec& dim : tensor->dims) add(dim);
    if (const auto* list = std::get_if<ListSpec>(&spec.data))
      for (const Spec& item : list->items) add(item);
    if (const auto* tuple = std::get_if<TupleSpec>(&spec.data))
      for (const Spec& item : tuple->items) add(item);
    if (const auto* dict = std::get_if<DictSpec>(&spec.data))
      for (const auto& item : dict->items) add(item.value);
  }

  void add(const DimSpec& dim) {
    if (dim.kind == DimSpec::Kind::Literal) fixed.insert(dim.size);
    if (dim.kind == DimSpec::Kind::Symbol && dim.example && *dim.example > 1) axes.emplace(*dim.example, dim.name);
  }
};

bool isSize(const std::string& argument) {
  static constexpr std::array<std::string_view, 8> kNames = {"size",       "shape", "sizes",  "output_size",
                                                             "split_size", "end",   "length", "repeats"};
  return std::find(kNames.begin(), kNames.end(), argument) != kNames.end();
}

class Search {
 public:
  Search(const Examples& examples, std::vector<std::string>& found) : examples_(examples), found_(found) {}

  void walk(const ts::Block& block) {
    for (const ts::Node& node : block.nodes) {
      if (node.kind == "prim::Constant") remember(node);
      if (node.kind == "prim::ListConstruct") lists_[node.outputs.at(0)] = &node;
      if (node.schema) look(node);
      for (const ts::Block& inner : node.blocks) walk(inner);
    }
  }

 private:
  const Examples& examples_;
  std::vector<std::string>& found_;
  std::unordered_map<ts::ValueId, int64_t> constants_;
  std::unordered_map<ts::ValueId, const ts::Node*> lists_;

  void remember(const ts::Node& node) {
    const auto value = node.attributes.find("value");
    if (value == node.attributes.end()) return;
    if (const auto* number = std::get_if<int64_t>(&value->second.data)) constants_[node.outputs.at(0)] = *number;
  }

  void look(const ts::Node& node) {
    const auto& arguments = node.schema->arguments;
    for (size_t i = 0; i < std::min(arguments.size(), node.inputs.size()); ++i) {
      if (!isSize(arguments[i].name)) continue;
      const auto list = lists_.find(node.inputs[i]);
      if (list == lists_.end()) check(node, node.inputs[i]);
      else
        for (const ts::ValueId item : list->second->inputs) check(node, item);
    }
  }

  void check(const ts::Node& node, ts::ValueId id) {
    const auto constant = constants_.find(id);
    if (constant == constants_.end() || examples_.fixed.count(constant->second)) return;
    const auto axis = examples_.axes.find(constant->second);
    if (axis == examples_.axes.end()) return;
    const std::string text = fmt::format(
        "the trace holds the constant {} in {} at {}, which is the example size of axis '{}': if that is where it comes from, "
        "the model works for this size only",
        constant->second, node.schema->name, node.location.text(), axis->second);
    if (std::find(found_.begin(), found_.end(), text) == found_.end()) found_.push_back(text);
  }
};

}  // namespace

std::vector<std::string> recordedSizes(const ts::Program& program, const std::vector<InputSpec>& inputs) {
  Examples examples;
  for (const InputSpec& input : inputs) examples.add(input.spec);
  std::vector<std::string> found;
  if (examples.axes.empty()) return found;
  for (const auto& [name, function] : program.functions)
    if (function->traced) Search(examples, found).walk(function->body);
  std::sort(found.begin(), found.end());  // the functions have no order
  return found;
}

}  // namespace deploytool::exporter
