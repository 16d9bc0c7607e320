// One rule per group of operators.
#include "export/contradiction.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace deploytool::exporter {

namespace {

using ir::DType;
using ir::Node;
using Found = std::optional<std::string>;
using Rule = Found (*)(const Node&);

const ir::Dims* dims(const Node& node, size_t input) {
  const ir::Value* value = node.input(input);
  return value && value->hasRank() ? &value->dims() : nullptr;
}

// Counted from the back with negative numbers; nothing for what is symbolic or not there.
std::optional<int64_t> literal(const Node& node, size_t input, int64_t axis) {
  const ir::Dims* all = dims(node, input);
  if (!all) return {};
  const auto rank = static_cast<int64_t>(all->size());
  const int64_t at = axis < 0 ? axis + rank : axis;
  return at >= 0 && at < rank ? (*all)[static_cast<size_t>(at)].asLiteral() : std::nullopt;
}

std::string described(const Node& node, size_t input) { return ir::text(node.input(input)->type); }

std::string doNotFit(const Node& node, size_t a, size_t b) {
  return fmt::format("{} and {} do not fit", described(node, a), described(node, b));
}

Found differentDtypes(const Node& node, size_t a, size_t b) {
  const ir::Value *left = node.input(a), *right = node.input(b);
  if (!left || !right || left->dtype() == DType::Undefined || right->dtype() == DType::Undefined) return {};
  if (left->dtype() == right->dtype()) return {};
  return fmt::format("{} and {} have different dtypes", described(node, a), described(node, b));
}

// The two axes have the same size.
Found differentSizes(const Node& node, size_t a, int64_t axisA, size_t b, int64_t axisB) {
  const auto left = literal(node, a, axisA), right = literal(node, b, axisB);
  if (!left || !right || *left == *right) return {};
  return fmt::format("{}: {} against {}", doNotFit(node, a, b), *left, *right);
}

Found broadcastPair(const Node& node, size_t a, size_t b) {
  const ir::Dims *left = dims(node, a), *right = dims(node, b);
  if (!left || !right) return {};
  for (int64_t i = 1; i <= static_cast<int64_t>(std::min(left->size(), right->size())); ++i) {
    const auto l = literal(node, a, -i), r = literal(node, b, -i);
    if (l && r && *l != *r && *l != 1 && *r != 1)
      return fmt::format("{} and {} do not broadcast: {} against {}", described(node, a), described(node, b), *l, *r);
  }
  return {};
}

Found broadcast(const Node& node) {
  for (size_t a = 0; a < node.inputs().size(); ++a)
    for (size_t b = a + 1; b < node.inputs().size(); ++b) {
      if (auto found = broadcastPair(node, a, b)) return found;
      const bool condition = node.opType == "Where" && a == 0;
      if (condition || node.opType == "Pow") continue;
      if (auto found = differentDtypes(node, a, b)) return found;
    }
  return {};
}

Found matmul(const Node& node) {
  for (size_t i : {0, 1}) {
    const ir::Dims* all = dims(node, i);
    if (all && all->empty()) return described(node, i) + " has no axis to multiply by";
  }
  if (auto found = differentDtypes(node, 0, 1)) return found;
  const ir::Dims* right = dims(node, 1);
  return right ? differentSizes(node, 0, -1, 1, right->size() == 1 ? -1 : -2) : std::nullopt;
}

Found gemm(const Node& node) {
  if (auto found = differentDtypes(node, 0, 1)) return found;
  return differentSizes(node, 0, node.intAttribute("transA", 0) ? 0 : 1, 1, node.intAttribute("transB", 0) ? 1 : 0);
}

Found sameRank(const Node& node, size_t a, size_t b) {
  const ir::Dims *left = dims(node, a), *right = dims(node, b);
  return left && right && left->size() != right->size() ? Found(doNotFit(node, a, b) + ": their ranks differ") : Found();
}

Found convolution(const Node& node) {
  if (auto found = differentDtypes(node, 0, 1)) return found;
  if (auto found = sameRank(node, 0, 1)) return found;
  const auto channels = literal(node, 0, 1), weight = literal(node, 1, node.opType == "Conv" ? 1 : 0);
  const int64_t wanted = weight.value_or(0) * (node.opType == "Conv" ? node.intAttribute("group", 1) : 1);
  if (!channels || !weight || *channels == wanted) return {};
  return fmt::format("{}: {} channels where the weight needs {}", doNotFit(node, 0, 1), *channels, wanted);
}

Found concat(const Node& node) {
  const int64_t axis = node.intAttribute("axis", 0);
  for (size_t i = 1; i < node.inputs().size(); ++i) {
    if (auto found = differentDtypes(node, 0, i)) return found;
    if (auto found = sameRank(node, 0, i)) return found;
    const ir::Dims* all = dims(node, i);
    const auto rank = static_cast<int64_t>(all ? all->size() : 0);
    for (int64_t d = 0; d < rank; ++d)
      if (d != axis && d != axis + rank)
        if (auto found = differentSizes(node, 0, d, i, d)) return found;
  }
  return {};
}

Found gather(const Node& node) {
  const ir::Value* indices = node.input(1);
  if (!indices || indices->dtype() == DType::Undefined) return {};
  if (indices->dtype() == DType::Int32 || indices->dtype() == DType::Int64) return {};
  return fmt::format("indices are {}, not integers", described(node, 1));
}

Found recurrent(const Node& node) {
  if (auto found = differentDtypes(node, 0, 1)) return found;
  return differentSizes(node, 0, 2, 1, 2);
}

Found channelNorm(const Node& node) { return differentSizes(node, 0, 1, 1, 0); }

const std::unordered_map<std::string_view, Rule>& rules() {
  static const auto all = [] {
    std::unordered_map<std::string_view, Rule> out = {
        {"MatMul", matmul}, {"Gemm", gemm},        {"Conv", convolution}, {"ConvTranspose", convolution},
        {"Concat", concat}, {"Gather", gather},    {"LSTM", recurrent},   {"GRU", recurrent},
        {"RNN", recurrent}, {"BatchNormalization", channelNorm},          {"InstanceNormalization", channelNorm}};
    for (const char* name : {"Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Less", "LessOrEqual",
                             "Greater", "GreaterOrEqual", "Where", "Min", "Max", "Sum"})
      out.emplace(name, broadcast);
    return out;
  }();
  return all;
}

}  // namespace

std::optional<std::string> contradiction(const Node& node) {
  if (!node.domain.empty()) return {};
  const auto rule = rules().find(node.opType);
  return rule == rules().end() ? std::nullopt : rule->second(node);
}

}  // namespace deploytool::exporter
