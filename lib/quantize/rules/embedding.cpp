// Gather from a table: the rows are picked as integers, and only what was picked becomes float again.
#include <fmt/format.h>

#include "quantize/rules/families.h"

namespace deploytool::quantize {
namespace {

using ir::DType;
using ir::Tensor;
using ir::Value;

std::string obstacle(const ir::Node& node, size_t input, const RuleContext&) {
  const Tensor& table = *node.input(input)->constant;
  if (table.rank() != 2) return fmt::format("a table of rank {}", table.rank());
  const int64_t axis = node.intAttribute("axis", 0);
  if (axis != 0 && axis != -2) return fmt::format("picked along axis {}", axis);
  return {};
}

/// A scale for each row.
QuantizedWeight rows(Value* value, Rewriter& r) {
  const Tensor& table = *value->constant;
  if (r.isGrouped(value)) return r.groupedWeight(value, table, 0);
  WeightLayout layout;
  layout.groupAxes = {0};
  layout.perChannelDims = {table.dims()[0], 1};
  layout.scalarZeroPoint = true;
  return r.weight(value, table, layout);
}

/// [..., groups, 32] as [..., width].
Value* joinedGroups(Value* picked, Value* indices, int64_t width, Rewriter& r) {
  Value* dims = r.emit("Concat", {r.emit("Shape", {indices}), r.constant(Tensor::int64s({width}))}, {{"axis", 0}});
  return r.emit("Reshape", {picked, dims});
}

/// The scales are picked along with the rows.
void embedding(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  Value* value = node.input(0);
  Value* indices = node.input(1);
  const Tensor& table = *value->constant;
  const QuantizedWeight w = rows(value, r);
  const auto pick = [&](Value* from) { return r.emit("Gather", {from, indices}, {{"axis", 0}}); };
  const bool hasRowScales = r.perChannel() || r.isGrouped(value);
  Value* scale = hasRowScales ? pick(w.scale) : w.scale;
  Value* result = nullptr;
  if (w.symmetric) {
    result = r.scaled(pick(w.integers), scale);
  } else {
    const auto asFloats = [&](Value* v) { return r.emit("Cast", {v}, {{"to", static_cast<int64_t>(DType::Float32)}}); };
    Value* zero = asFloats(hasRowScales ? pick(w.zeroPoint) : w.zeroPoint);
    result = r.emit("Mul", {r.emit("Sub", {asFloats(pick(w.integers)), zero}), scale});
  }
  if (r.isGrouped(value)) result = joinedGroups(result, indices, table.dims()[1], r);
  if (table.dtype() != DType::Float32) result = r.emit("Cast", {result}, {{"to", static_cast<int64_t>(table.dtype())}});
  r.replace(node.output(), result);
}

const Rule kRules[] = {{"Gather", "embedding", {0}, false, obstacle, embedding, true}};

}  // namespace

std::span<const Rule> embeddingRules() { return kRules; }

}  // namespace deploytool::quantize
