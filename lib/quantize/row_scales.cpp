#include "quantize/row_scales.h"

#include <algorithm>

namespace deploytool::quantize {
namespace {

bool isProduct(const WeightUse& use) {
  return use.rule && use.input == 1 && (use.node->opType == "MatMul" || use.node->opType == "Gemm");
}

struct Shape {
  int64_t inner = 0, columns = 0;
};

Shape shapeOf(const WeightUse& use) {
  const std::vector<int64_t>& dims = use.node->input(1)->constant->dims();
  if (dims.size() < 2) return {};
  Shape shape{dims[dims.size() - 2], dims.back()};
  if (use.node->intAttribute("transB", 0) != 0) std::swap(shape.inner, shape.columns);
  return shape;
}

}  // namespace

bool rowsAreCheap(int64_t inner, int64_t columns) {
  // In ONNX Runtime on one thread, a pass over an element takes as long as some 27 integer products with VNNI; a tenth of
  // the product's own time is a few hundredths of a model's.
  constexpr double kProductsPerPass = 27, kShare = 0.1;
  if (inner <= 0 || columns <= 0) return false;
  return kProductsPerPass * (3 / static_cast<double>(columns) + 2 / static_cast<double>(inner)) <= kShare;
}

void chooseRowScales(Plan& plan, bool always) {
  std::unordered_map<const ir::Value*, int64_t> columns;  // of all products that share an activation, and its rows' scales
  for (const Weight& weight : plan.weights) {
    for (const WeightUse& use : weight.uses) {
      if (isProduct(use)) columns[use.node->input(0)] += shapeOf(use).columns;
    }
  }
  for (Weight& weight : plan.weights) {
    if (weight.report.method != "dynamic") continue;
    const bool chosen = std::all_of(weight.uses.begin(), weight.uses.end(), [&](const WeightUse& use) {
      return isProduct(use) && (always || rowsAreCheap(shapeOf(use).inner, columns[use.node->input(0)]));
    });
    if (chosen) weight.report.method = "per-token";
  }
}

}  // namespace deploytool::quantize
