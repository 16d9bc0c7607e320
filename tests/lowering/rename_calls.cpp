// Renaming calls in a loaded program (rename_calls.h).
#include "tests/lowering/rename_calls.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <set>

namespace deploytool::testing {

namespace {

/// Makes the node a call of another operator; arguments that the other lacks are left out.
void recall(ts::Node& node, const ts::Schema& schema) {
  std::vector<ts::ValueId> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const auto isSame = [&](const ts::Argument& a) { return a.name == node.schema->arguments[i].name; };
    if (std::any_of(schema.arguments.begin(), schema.arguments.end(), isSame)) inputs.push_back(node.inputs[i]);
  }
  if (inputs.size() == schema.arguments.size()) node.inputs = inputs;
  else node.inputs.resize(std::min(node.inputs.size(), schema.arguments.size()));
  node.kind = schema.name;
  node.schema = std::make_shared<const ts::Schema>(schema);
}

/// Calls under the names that the case asks for.
void rename(ts::Block& block, const std::map<std::string, std::string>& names, ts::Evaluator& evaluator) {
  for (ts::Node& node : block.nodes) {
    for (ts::Block& inner : node.blocks) rename(inner, names, evaluator);
    const auto to = node.schema ? names.find(node.schema->key()) : names.end();
    if (to == names.end()) continue;
    const std::string name = to->second.substr(0, to->second.find('.', to->second.find("::")));
    for (const ts::Schema& schema : evaluator.schemas(name))
      if (schema.key() == to->second && node.schema->key() != to->second) recall(node, schema);
  }
}

}  // namespace

std::string renameCalls(ts::LoadedModel& loaded, const std::map<std::string, std::string>& names) {
  std::set<std::string> found;
  const std::function<void(const ts::Block&)> collect = [&](const ts::Block& block) {
    for (const ts::Node& node : block.nodes) {
      if (node.schema) found.insert(node.schema->key());
      for (const ts::Block& inner : node.blocks) collect(inner);
    }
  };
  for (auto& [name, function] : loaded.program.functions) {
    auto changed = std::make_shared<ts::Function>(*function);
    rename(changed->body, names, *loaded.evaluator);
    collect(changed->body);
    function = changed;
  }
  for (const auto& [from, to] : names)
    if (found.count(to) == 0) return fmt::format("{} is not called, but {}", to, fmt::join(found, " "));
  return {};
}

}  // namespace deploytool::testing
