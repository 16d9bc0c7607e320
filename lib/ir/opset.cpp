// The operator table and checks against it.
//
// Attribute types in the table: f float, i int, s string, t tensor, g graph, capitals for lists of them, p type, x
// sparse tensor (the last two are carried encoded).
#include "ir/opset.h"

#include <charconv>
#include <unordered_map>

namespace deploytool::ir {
namespace {

constexpr OperatorSignature kTable[] = {
#include "ir/opset_table.inc"
};

using Entry = std::pair<int64_t, const OperatorSignature*>;  // since version
using Index = std::unordered_map<std::string_view, std::vector<Entry>>;

Index makeIndex() {
  Index index;
  for (const OperatorSignature& row : kTable) {
    std::string_view rest = row.versions;
    while (!rest.empty()) {
      int64_t version = 0;
      const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), version).ptr;
      index[row.name].emplace_back(version, &row);
      rest.remove_prefix(static_cast<size_t>(end - rest.data()));
      if (!rest.empty()) rest.remove_prefix(1);
    }
  }
  return index;
}

const Entry* find(std::string_view opType, int64_t opset) {
  static const Index index = makeIndex();
  const auto it = index.find(opType);
  if (it == index.end()) return nullptr;
  const Entry* best = nullptr;
  for (const Entry& entry : it->second) {
    if (entry.first <= opset) best = &entry;
  }
  return best;
}

char typeCode(const Attribute& attribute) {
  constexpr char kCodes[] = "ifstgIFSTG?";  // as in Attribute::Payload; what is carried encoded may be anything
  return kCodes[attribute.value.index()];
}

/// Calls visit(name, code, required) for each attribute of a signature.
template <class Visit>
void forEachAttribute(const OperatorSignature& signature, Visit&& visit) {
  std::string_view rest = signature.attributes;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    const size_t colon = word.find(':');
    visit(word.substr(0, colon), word[colon + 1], word.ends_with('*'));
    rest.remove_prefix(word.size());
    if (!rest.empty()) rest.remove_prefix(1);
  }
}

std::string range(int low, int high) {
  if (high < 0) return std::to_string(low) + " or more";
  return low == high ? std::to_string(low) : std::to_string(low) + " to " + std::to_string(high);
}

std::optional<std::string> checkCount(const char* what, size_t count, int low, int high) {
  const auto n = static_cast<int64_t>(count);
  if (n >= low && (high < 0 || n <= high)) return {};
  return "has " + std::to_string(n) + " " + what + ", not " + range(low, high);
}

std::optional<std::string> checkAttributes(const Node& node, const OperatorSignature& signature) {
  std::optional<std::string> problem;
  size_t known = 0;
  forEachAttribute(signature, [&](std::string_view name, char code, bool required) {
    const Attribute* found = node.attribute(name);
    if (found) ++known;
    if (problem) return;
    if (!found && required) problem = "lacks the attribute '" + std::string(name) + "'";
    if (found && typeCode(*found) != code && typeCode(*found) != '?') {
      problem = "has the attribute '" + std::string(name) + "' with a wrong type";
    }
  });
  if (problem || known == node.attributes.size()) return problem;
  for (const Attribute& attribute : node.attributes) {
    bool found = false;
    forEachAttribute(signature, [&](std::string_view name, char, bool) { found = found || name == attribute.name; });
    if (!found) return "has no attribute '" + attribute.name + "'";
  }
  return "has an attribute twice";
}

}  // namespace

const OperatorSignature* findOperator(std::string_view opType, int64_t opset) {
  const Entry* entry = find(opType, opset);
  return entry ? entry->second : nullptr;
}

std::optional<int64_t> sinceVersion(std::string_view opType, int64_t opset) {
  const Entry* entry = find(opType, opset);
  return entry ? std::optional(entry->first) : std::nullopt;
}

bool isOptionalOutput(std::string_view opType, int64_t opset, size_t i) {
  const OperatorSignature* signature = findOperator(opType, opset);
  return signature && signature->maxOutputs >= 0 && static_cast<int64_t>(i) >= signature->minOutputs;
}

std::optional<std::string> checkSignature(const Node& node, int64_t opset) {
  if (!node.domain.empty() || opset > kNewestOpset) return {};
  const std::string at = " at opset " + std::to_string(opset);
  const OperatorSignature* signature = findOperator(node.opType, opset);
  if (!signature) return "operator " + node.opType + " does not exist" + at;
  if (signature->deprecated) return "operator " + node.opType + " is deprecated" + at;
  const auto located = [&](std::optional<std::string> problem) -> std::optional<std::string> {
    return problem ? std::optional(node.opType + at + " " + *problem) : std::nullopt;
  };
  size_t inputs = node.inputs().size(), outputs = node.outputs().size();
  while (inputs > 0 && !node.inputs()[inputs - 1]) --inputs;
  if (auto p = located(checkCount("inputs", inputs, signature->minInputs, signature->maxInputs))) return p;
  if (auto p = located(checkCount("outputs", outputs, signature->minOutputs, signature->maxOutputs))) return p;
  return located(checkAttributes(node, *signature));
}

int64_t irVersionFor(int64_t opset) {
  struct Row {
    int64_t opset, irVersion;
  };
  constexpr Row kRows[] = {{8, 3}, {9, 4}, {10, 5}, {11, 6}, {14, 7}, {18, 8}, {20, 9}, {22, 10}};
  for (const Row& row : kRows) {
    if (opset <= row.opset) return row.irVersion;
  }
  return 11;
}

}  // namespace deploytool::ir
