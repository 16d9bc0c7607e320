// redundant: operators that change nothing, or that a neighbour undoes. A dim decides only where it is known for every
// run: two symbols are never taken for equal or for 1.
#include <algorithm>
#include <numeric>
#include <optional>

#include "passes/all.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::DType;
using ir::Node;
using ir::Value;
using Ints = std::vector<int64_t>;

bool sameDims(const Value* a, const Value* b) {
  return a && b && a->hasRank() && b->hasRank() && a->dims() == b->dims();
}

// ---- casts --------------------------------------------------------------------------------------------------------

// Integer types by what they hold: bits and sign; floating ones by mantissa and exponent.
struct Range {
  int bits;  // of integers that are exact
  bool isSigned;
  int exponent;  // 0: integer
};

std::optional<Range> rangeOf(DType dtype) {
  switch (dtype) {
    case DType::Bool: return Range{1, false, 0};
    case DType::UInt8: return Range{8, false, 0};
    case DType::Int8: return Range{7, true, 0};
    case DType::UInt16: return Range{16, false, 0};
    case DType::Int16: return Range{15, true, 0};
    case DType::UInt32: return Range{32, false, 0};
    case DType::Int32: return Range{31, true, 0};
    case DType::UInt64: return Range{64, false, 0};
    case DType::Int64: return Range{63, true, 0};
    case DType::Float16: return Range{11, true, 5};
    case DType::BFloat16: return Range{8, true, 8};
    case DType::Float32: return Range{24, true, 8};
    case DType::Float64: return Range{53, true, 11};
    default: return {};
  }
}

/// Every value of `from` is a value of `to`.
bool isLossless(DType from, DType to) {
  const auto a = rangeOf(from), b = rangeOf(to);
  if (!a || !b || to == DType::Bool) return from == to;
  return a->bits <= b->bits && (b->isSigned || !a->isSigned) && a->exponent <= b->exponent;
}

bool castAway(Node& node) {
  Value* x = node.input(0);
  const auto to = static_cast<DType>(node.intAttribute("to", 0));
  if (!x) return false;
  if (x->type.isTensor() && x->dtype() == to) return bypass(node, x);
  const Node* inner = x->producer();
  if (!is(inner, "Cast") || !inner->input(0) || !inner->input(0)->type.isTensor()) return false;
  Value* source = inner->input(0);
  if (!isLossless(source->dtype(), static_cast<DType>(inner->intAttribute("to", 0)))) return false;
  if (source->dtype() == to) return bypass(node, source);
  node.setInput(0, source);
  return true;
}

// ---- transposes ---------------------------------------------------------------------------------------------------

std::optional<Ints> permutation(const Node& node) {
  if (auto perm = node.intsAttribute("perm")) return perm;
  if (!node.input(0) || !node.input(0)->hasRank()) return {};
  Ints reversed(node.input(0)->dims().size());
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  return reversed;
}

bool isIdentity(const Ints& perm) {
  for (size_t i = 0; i < perm.size(); ++i) {
    if (perm[i] != static_cast<int64_t>(i)) return false;
  }
  return true;
}

bool transposeAway(Node& node) {
  auto perm = permutation(node);
  if (!perm || !node.input(0)) return false;
  if (isIdentity(*perm)) return bypass(node, node.input(0));
  const Node* inner = node.input(0)->producer();
  if (!is(inner, "Transpose")) return false;
  const auto first = permutation(*inner);
  if (!first || first->size() != perm->size()) return false;
  for (int64_t& axis : *perm) {
    if (axis < 0 || axis >= static_cast<int64_t>(first->size())) return false;
    axis = (*first)[static_cast<size_t>(axis)];
  }
  if (isIdentity(*perm)) return bypass(node, inner->input(0));
  node.setInput(0, inner->input(0));
  node.setAttribute({"perm", *perm});
  return true;
}

// ---- reshapes -----------------------------------------------------------------------------------------------------

// What decides the result must not need the inner one's dims.
bool ignoresInputDims(const Node& reshape) {
  const auto target = integersOf(reshape.input(1));
  if (!target) return false;
  return reshape.intAttribute("allowzero", 0) == 0 ? std::count(target->begin(), target->end(), 0) == 0
                                                   : std::count(target->begin(), target->end(), -1) == 0;
}

bool isViewOfAll(const Node* node) {
  return is(node, "Reshape") || is(node, "Flatten") || is(node, "Squeeze") || is(node, "Unsqueeze");
}

bool reshapeAway(Node& node) {
  Value* x = node.input(0);
  if (!x) return false;
  if (sameDims(x, node.output())) return bypass(node, x);
  if (!isViewOfAll(x->producer()) || !x->producer()->input(0) || !ignoresInputDims(node)) return false;
  node.setInput(0, x->producer()->input(0));
  return true;
}

std::optional<Ints> axesOf(const Node& node) {
  return node.input(1) ? integersOf(node.input(1)) : node.intsAttribute("axes");
}

// Squeeze takes away what Unsqueeze put in, or the other way round.
bool squeezeAway(Node& node) {
  const auto axes = axesOf(node);
  if (!axes || !node.input(0)) return false;
  if (axes->empty()) return node.opType == "Unsqueeze" && bypass(node, node.input(0));
  const Node* inner = node.input(0)->producer();
  if (!is(inner, node.opType == "Squeeze" ? "Unsqueeze" : "Squeeze") || axesOf(*inner) != axes) return false;
  const bool counted = std::all_of(axes->begin(), axes->end(), [](int64_t axis) { return axis >= 0; });
  return counted && bypass(node, inner->input(0));
}

// ---- others -------------------------------------------------------------------------------------------------------

bool expandAway(Node& node) { return sameDims(node.input(0), node.output()) && bypass(node, node.input(0)); }

bool concatAway(Node& node) { return node.inputs().size() == 1 && bypass(node, node.input(0)); }

// In inference it passes its input on.
bool dropoutAway(Node& node) {
  const auto training = node.input(2) ? constantOf(node.input(2)) : nullptr;
  if (node.input(2) && (!training || training->numel() != 1 || training->toInt64s()[0] != 0)) return false;
  return bypass(node, node.input(0));
}

bool padAway(Node& node) {
  const auto pads = node.input(1) ? integersOf(node.input(1)) : node.intsAttribute("pads");
  if (!pads || !std::all_of(pads->begin(), pads->end(), [](int64_t p) { return p == 0; })) return false;
  return bypass(node, node.input(0));
}

struct Rule {
  const char* opType;
  bool (*apply)(Node& node);
};

constexpr Rule kRules[] = {
    {"Cast", castAway},       {"Transpose", transposeAway}, {"Reshape", reshapeAway},
    {"Squeeze", squeezeAway}, {"Unsqueeze", squeezeAway},   {"Expand", expandAway},
    {"Concat", concatAway},   {"Dropout", dropoutAway},     {"Pad", padAway},
};

}  // namespace

bool redundantOperators(ir::Graph& graph, const PassContext&) {
  bool changed = false;
  graph.forEachNode([&](Node& node) {
    if (!node.domain.empty()) return;
    for (const Rule& rule : kRules) {
      if (node.opType == rule.opType) {
        changed |= rule.apply(node);
        return;
      }
    }
  });
  return changed;
}

}  // namespace deploytool::passes
