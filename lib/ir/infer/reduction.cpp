// Reductions over axes, by attribute or input; ArgMax, ArgMin; scans along an axis.
#include <algorithm>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

Dims reducedDims(const Dims& dims, const std::vector<size_t>& axes, bool keep) {
  Dims result;
  result.reserve(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    const bool reduced = std::find(axes.begin(), axes.end(), i) != axes.end();
    if (!reduced)
      result.push_back(dims[i]);
    else if (keep)
      result.push_back(1);
  }
  return result;
}

/// Axes that only the run knows: their number may still give the rank.
std::optional<Dims> unknownReduction(InferContext& ctx, size_t rank, bool keep) {
  if (keep) return ctx.fresh(rank);
  const auto count = ctx.length(1);
  if (!count || *count <= 0 || *count > static_cast<int64_t>(rank)) return {};
  return ctx.fresh(rank - static_cast<size_t>(*count));
}

/// True when the one axis of the first input is reduced.
bool infersReduction(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const bool keep = ctx.node.intAttribute("keepdims", 1) != 0;
  if (!dims) {
    ctx.set(0, ctx.dtype());
    return false;
  }
  const LiteralIntegers axes = literalsOf(ctx, 1, "axes");
  if (axes.given && !axes.values) {
    ctx.set(0, ctx.dtype(), unknownReduction(ctx, dims->size(), keep));
    return false;
  }
  if (!axes.given || axes.values->empty()) {
    if (ctx.node.intAttribute("noop_with_empty_axes", 0)) {
      sameAsInput(ctx);
      return false;
    }
    ctx.set(0, ctx.dtype(), keep ? Dims(dims->size(), Dim(1)) : Dims());
    return dims->size() == 1;
  }
  const auto normal = normalizeAxes(*axes.values, dims->size());
  if (!normal) {
    ctx.set(0, ctx.dtype());
    return false;
  }
  ctx.set(0, ctx.dtype(), reducedDims(*dims, *normal, keep));
  return dims->size() == 1;
}

void reduce(InferContext& ctx) { infersReduction(ctx); }

Dim plus(const Dim& a, const Dim& b) { return a + b; }
Dim times(const Dim& a, const Dim& b) { return a * b; }

template <Dim (*op)(const Dim&, const Dim&), int64_t empty>
void reduceElements(InferContext& ctx) {
  if (!infersReduction(ctx)) return;
  const auto elements = ctx.elements(0);
  if (!elements) return;
  Dim result = elements->empty() ? Dim(empty) : elements->front();
  for (size_t i = 1; i < elements->size(); ++i) result = op(result, (*elements)[i]);
  ctx.setElements(0, Dims{result});
}

template <Dim (*op)(const Dim&, const Dim&)>
void reduceExtremum(InferContext& ctx) {
  if (!infersReduction(ctx)) return;
  const auto elements = ctx.elements(0);
  if (!elements || elements->empty()) return;
  Dim result = elements->front();
  for (size_t i = 1; i < elements->size(); ++i) result = op(result, (*elements)[i]);
  ctx.setElements(0, Dims{result});
}

void argExtremum(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto axis = dims ? axisAttribute(ctx, dims->size(), 0) : std::nullopt;
  if (!axis) return ctx.set(0, DType::Int64);
  ctx.set(0, DType::Int64, reducedDims(*dims, {*axis}, ctx.node.intAttribute("keepdims", 1) != 0));
}

const InferRow kRows[] = {
    {"ReduceL1", reduce},
    {"ReduceL2", reduce},
    {"ReduceLogSum", reduce},
    {"ReduceLogSumExp", reduce},
    {"ReduceMean", reduce},
    {"ReduceSumSquare", reduce},
    {"ReduceSum", reduceElements<plus, 0>},
    {"ReduceProd", reduceElements<times, 1>},
    {"ReduceMax", reduceExtremum<max>},
    {"ReduceMin", reduceExtremum<min>},
    {"ArgMax", argExtremum},
    {"ArgMin", argExtremum},
    {"CumSum", sameAsInput},
    {"CumProd", sameAsInput},
};

}  // namespace

std::span<const InferRow> reductionRows() { return kRows; }

}  // namespace deploytool::ir::inference
