// See coverage.h.
#include "export/coverage.h"

#include <algorithm>
#include <map>
#include <optional>

#include "export/interpreter.h"
#include "export/ops/refusing.h"
#include "export/table.h"

namespace deploytool::exporter {

namespace {

constexpr size_t kMostPlaces = 3;

bool holdsTensor(const ts::TypePtr& type) {
  if (!type) return false;
  if (type->kind == ts::Type::Kind::Tensor) return true;
  return std::any_of(type->elements.begin(), type->elements.end(), holdsTensor);
}

bool takesTensor(const ts::Schema& schema) {
  return std::any_of(schema.arguments.begin(), schema.arguments.end(),
                     [](const ts::Argument& argument) { return holdsTensor(argument.type); });
}

// Why a node cannot be lowered; an empty reason says that there is no row.
std::optional<std::string> isMissing(const ts::Node& node) {
  if (Interpreter::knows(node.kind)) return {};
  if (!node.schema) return "";
  const Row* row = findRow(*node.schema);
  if (!row) return takesTensor(*node.schema) ? std::optional<std::string>("") : std::nullopt;
  const auto* refusing = row->lower.target<Refusing>();
  return refusing ? std::optional<std::string>(refusing->reason) : std::nullopt;
}

void visit(const ts::Block& block, std::map<std::string, MissingOperator>& found) {
  for (const ts::Node& node : block.nodes) {
    for (const ts::Block& inner : node.blocks) visit(inner, found);
    const auto reason = isMissing(node);
    if (!reason) continue;
    const std::string name = node.schema ? node.schema->key() : node.kind;
    MissingOperator& missing = found[name];
    missing.name = name;
    missing.reason = *reason;
    ++missing.count;
    const std::string place = node.location.text();
    if (!place.empty()) missing.places.push_back(place);
  }
}

}  // namespace

std::vector<MissingOperator> operatorsWithoutLowering(const ts::Program& program) {
  std::map<std::string, MissingOperator> found;
  for (const auto& [name, function] : program.functions) visit(function->body, found);
  std::vector<MissingOperator> out;
  for (auto& [name, missing] : found) {
    // Functions come in no order of their own.
    std::sort(missing.places.begin(), missing.places.end());
    missing.places.erase(std::unique(missing.places.begin(), missing.places.end()), missing.places.end());
    if (missing.places.size() > kMostPlaces) missing.places.resize(kMostPlaces);
    out.push_back(std::move(missing));
  }
  return out;
}

}  // namespace deploytool::exporter
