// Facts about conditions, and what follows from them through the logic that joins conditions; see decisions.h.
#include "export/decisions.h"

#include <algorithm>

namespace deploytool::exporter {

namespace {

using Truth = std::optional<bool>;

/// What an If gives out where its condition holds, or does not.
const ir::Value* branchOf(const ir::Value* flag, bool condition) {
  const ir::Attribute* branch = flag->producer()->attribute(condition ? "then_branch" : "else_branch");
  if (!branch) return nullptr;
  return std::get<std::unique_ptr<ir::Graph>>(branch->value)->outputs().at(flag->outputIndex());
}

/// A choice between two conditions by a third.
bool isChoice(const ir::Node& node) { return node.opType == "Where" || node.opType == "If"; }

const ir::Value* chosen(const ir::Value* flag, bool condition) {
  const ir::Node& node = *flag->producer();
  return node.opType == "If" ? branchOf(flag, condition) : node.input(condition ? 1 : 2);
}

/// Its producer where that is one of the operators that join conditions.
const ir::Node* logicOf(const ir::Value* flag) {
  const ir::Node* node = flag ? flag->producer() : nullptr;
  if (!node) return nullptr;
  const std::string& type = node->opType;
  if (type == "Not" || type == "And" || type == "Or" || type == "Where" || type == "If" || type == "Identity") return node;
  // A number is true where it is not 0, which a cast to another kind of number need not keep.
  const bool keepsTruth = type == "Cast" && node->input(0) && (node->input(0)->dtype() == DType::Bool || flag->dtype() == DType::Bool);
  return keepsTruth ? node : nullptr;
}

}  // namespace

Truth constantTruth(const ir::Value* flag) {
  const ir::Node* node = flag ? flag->producer() : nullptr;
  if (node && node->opType == "Identity") return constantTruth(node->input(0));  // as subgraphs give constants out
  if (!flag || !flag->constant || flag->constant->numel() != 1) return {};
  return flag->constant->toDoubles().at(0) != 0;
}

Truth Decisions::find(const ir::Value* flag, int depth) const {
  if (const Truth known = constantTruth(flag)) return known;
  for (const auto& [condition, is] : facts_)
    if (condition == flag) return is;
  const ir::Node* node = logicOf(flag);
  if (!node || depth == 0) return {};
  const Truth first = find(node->input(0), depth - 1);
  if (node->opType == "Not") return first ? Truth(!*first) : first;
  if (isChoice(*node)) {
    if (first) return find(chosen(flag, *first), depth - 1);
    const Truth yes = find(chosen(flag, true), depth - 1), no = find(chosen(flag, false), depth - 1);
    return yes && no && *yes == *no ? yes : Truth();
  }
  if (node->opType != "And" && node->opType != "Or") return first;
  const bool decisive = node->opType == "Or";  // one operand that is this decides
  const Truth second = find(node->input(1), depth - 1);
  if (first && second) return decisive ? *first || *second : *first && *second;
  if ((first && *first == decisive) || (second && *second == decisive)) return decisive;
  return {};
}

void Decisions::add(const Tensor& condition, bool is) {
  if (condition.isConstant() || !condition.value()) return;
  const ir::Value* flag = condition.value();
  facts_.emplace_back(flag, is);
  const ir::Node* node = logicOf(flag);
  if (!node) return;
  const auto follows = [&](size_t input, bool what) { add(Tensor(node->input(input)), what); };
  if (node->opType == "Not") return follows(0, !is);
  if (node->opType == "Identity" || node->opType == "Cast") return follows(0, is);
  if (isChoice(*node)) {
    // `a and b` is b where a, else false: true only if both are.
    for (bool way : {true, false})
      if (const Truth known = constantTruth(chosen(flag, way)); known && *known != is) {
        follows(0, !way);
        return add(Tensor(const_cast<ir::Value*>(chosen(flag, !way))), is);
      }
    return;
  }
  if ((node->opType == "And") == is) follows(0, is), follows(1, is);
}

Truth Decisions::of(const Tensor& flag) const {
  if (facts_.empty() || !flag || flag.isConstant() || flag.dtype() != DType::Bool) return {};
  return find(flag.value());
}

Value Decisions::of(const Value& value) const {
  if (facts_.empty()) return value;
  if (const auto* scalar = value.as<RuntimeScalar>()) {
    const Truth known = of(scalar->tensor);
    return known ? Value(*known) : value;
  }
  if (const auto* optional = value.as<std::shared_ptr<OptionalValue>>()) {
    const Truth present = of((*optional)->present);
    if (!present) return value;
    return *present ? of((*optional)->value) : Value();
  }
  return value;
}

}  // namespace deploytool::exporter
