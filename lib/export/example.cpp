// Comparisons and logic over integer expressions, evaluated at the example sizes; see example.h.
#include "export/example.h"

#include <algorithm>
#include <array>
#include <functional>

namespace deploytool::exporter {

namespace {

using Number = std::optional<double>;

/// Computed from sizes of tensors and lengths of lists alone, and not from what they hold.
bool isSize(const ir::Value* value) {
  static constexpr std::array kSources{"Shape", "Size", "SequenceLength"};
  static constexpr std::array kSteps{"Add",    "Sub",   "Mul",     "Div",       "Mod",     "Min",    "Max",      "Neg",        "Cast",
                                     "Gather", "Slice", "Squeeze", "Unsqueeze", "Reshape", "Concat", "Identity",
                                     "ReduceProd", "ReduceSum"};
  if (!value || value->constant) return true;
  const ir::Node* node = value->producer();
  if (!node) return false;
  if (std::find(kSources.begin(), kSources.end(), node->opType) != kSources.end()) return true;
  return std::find(kSteps.begin(), kSteps.end(), node->opType) != kSteps.end() &&
         std::all_of(node->inputs().begin(), node->inputs().end(), isSize);
}

struct Example {
  const std::map<std::string, int64_t>& sizes;
  std::optional<int64_t> otherwise = {};  ///< of sizes that a run decides

  Number of(const ir::Value* value) const {
    if (!value) return {};
    if (value->constant) {
      if (value->constant->numel() != 1 || value->constant->dtype() == DType::String) return {};
      return value->constant->toDoubles()[0];
    }
    if (value->elements && value->elements->size() == 1)
      if (const auto n = value->elements->front().evaluate([&](const std::string& name) { return sizeOf(name, value); }))
        return static_cast<double>(*n);
    const ir::Node* node = value->producer();
    if (!node) return {};
    return node->opType == "If" ? chosen(*node, value->outputIndex()) : computed(*node);
  }

 private:
  std::optional<int64_t> sizeOf(const std::string& name, const ir::Value* value) const {
    auto it = sizes.find(name);
    if (it != sizes.end()) return it->second;
    return otherwise && ir::isFreshSymbol(name) && isSize(value) ? otherwise : std::nullopt;
  }

  Number chosen(const ir::Node& node, size_t output) const {
    const Number condition = of(node.input(0));
    const ir::Attribute* branch = node.attribute(condition && *condition != 0 ? "then_branch" : "else_branch");
    if (!condition || !branch) return {};
    return of(std::get<std::unique_ptr<ir::Graph>>(branch->value)->outputs().at(output));
  }

  Number computed(const ir::Node& node) const {
    using Function = double (*)(double, double);
    static const std::map<std::string, Function> kFunctions = {
        {"Cast", [](double a, double) { return a; }},
        {"Identity", [](double a, double) { return a; }},
        {"Not", [](double a, double) -> double { return a == 0; }},
        {"And", [](double a, double b) -> double { return a != 0 && b != 0; }},
        {"Or", [](double a, double b) -> double { return a != 0 || b != 0; }},
        {"Equal", [](double a, double b) -> double { return a == b; }},
        {"Less", [](double a, double b) -> double { return a < b; }},
        {"LessOrEqual", [](double a, double b) -> double { return a <= b; }},
        {"Greater", [](double a, double b) -> double { return a > b; }},
        {"GreaterOrEqual", [](double a, double b) -> double { return a >= b; }},
    };
    auto function = kFunctions.find(node.opType);
    if (function == kFunctions.end()) return {};
    const Number a = of(node.input(0)), b = node.inputs().size() > 1 ? of(node.input(1)) : Number(0);
    if (!a || !b) return {};
    return function->second(*a, *b);
  }
};

}  // namespace

std::optional<bool> exampleAnswer(const Tensor& condition, const std::map<std::string, int64_t>& examples) {
  if (condition.isConstant()) return {};
  const Number number = Example{examples}.of(condition.value());
  return number ? std::optional(*number != 0) : std::nullopt;
}

std::optional<bool> usualAnswer(const Tensor& condition, const std::map<std::string, int64_t>& examples) {
  constexpr int64_t kSmall = 2, kLarge = 10'007;
  if (condition.isConstant()) return {};
  const Number small = Example{examples, kSmall}.of(condition.value()), large = Example{examples, kLarge}.of(condition.value());
  if (!small || !large || (*small != 0) != (*large != 0)) return {};
  return *small != 0;
}

}  // namespace deploytool::exporter
