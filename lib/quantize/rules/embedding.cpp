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

/// A scale for each row, which is picked along with it.
void embedding(ir::Node& node, const std::vector<size_t>&, Rewriter& r) {
  Value* value = node.input(0);
  Value* indices = node.input(1);
  const Tensor& table = *value->constant;
  WeightLayout layout;
  layout.groupAxes = {0};
  layout.perChannelDims = {table.dims()[0], 1};
  layout.forceSymmetric = true;
  layout.scalarZeroPoint = true;
  const QuantizedWeight w = r.weight(value, table, layout);
  const auto pick = [&](Value* from) { return r.emit("Gather", {from, indices}, {{"axis", 0}}); };
  Value* result = r.emit("Cast", {pick(w.integers)}, {{"to", static_cast<int64_t>(DType::Float32)}});
  if (!r.isSigned()) result = r.emit("Sub", {result, r.constant(Tensor::float32(r.unsignedMiddle()))});
  result = r.emit("Mul", {result, r.perChannel() ? pick(w.scale) : w.scale});
  if (table.dtype() != DType::Float32) result = r.emit("Cast", {result}, {{"to", static_cast<int64_t>(table.dtype())}});
  r.replace(node.output(), result);
}

const Rule kRules[] = {{"Gather", "embedding", {0}, false, obstacle, embedding, true}};

}  // namespace

std::span<const Rule> embeddingRules() { return kRules; }

}  // namespace deploytool::quantize
