// Choosing elements by value or position: TopK, NonZero, Unique, Compress, OneHot, NonMaxSuppression, Trilu.
#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

void topK(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto axis = dims ? axisAttribute(ctx, dims->size(), -1) : std::nullopt;
  if (!axis) {
    ctx.set(0, ctx.dtype());
    return ctx.set(1, DType::Int64);
  }
  Dims result = *dims;
  const auto count = ctx.has(1)                ? ctx.element(1)
                     : ctx.node.attribute("k") ? std::optional<Dim>(ctx.node.intAttribute("k", 0))
                                               : std::nullopt;
  result[*axis] = count ? dimFrom(ctx, *count) : ctx.fresh();
  ctx.set(0, ctx.dtype(), result);
  ctx.set(1, DType::Int64, std::move(result));
}

/// [rank, found]
void nonZero(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const bool known = dims && !dims->empty();
  ctx.set(0, DType::Int64, Dims{known ? Dim(static_cast<int64_t>(dims->size())) : ctx.fresh(), ctx.fresh()});
}

void unique(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const Dim count = ctx.fresh();
  if (!ctx.node.attribute("axis")) {
    ctx.set(0, ctx.dtype(), Dims{count});
    ctx.set(2, DType::Int64, Dims{dims ? product(*dims) : ctx.fresh()});
  } else if (const auto axis = dims ? axisAttribute(ctx, dims->size(), 0) : std::nullopt) {
    Dims result = *dims;
    result[*axis] = count;
    ctx.set(0, ctx.dtype(), std::move(result));
    ctx.set(2, DType::Int64, Dims{(*dims)[*axis]});
  } else {
    ctx.set(0, ctx.dtype());
    ctx.set(2, DType::Int64, ctx.fresh(1));
  }
  ctx.set(1, DType::Int64, Dims{count});
  ctx.set(3, DType::Int64, Dims{count});
}

void compress(InferContext& ctx) {
  if (!ctx.node.attribute("axis")) return ctx.set(0, ctx.dtype(), ctx.fresh(1));
  const Dims* dims = ctx.dims();
  const auto axis = dims ? axisAttribute(ctx, dims->size(), 0) : std::nullopt;
  if (!axis) return ctx.set(0, ctx.dtype());
  Dims result = *dims;
  result[*axis] = ctx.fresh();
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// A new axis of `depth` (which may be a constant of any numeric type).
void oneHot(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto axis = dims ? axisAttribute(ctx, dims->size() + 1, -1) : std::nullopt;
  if (!axis) return ctx.set(0, ctx.dtype(2));
  Dim depth = ctx.fresh();
  if (const auto element = ctx.element(1)) {
    depth = dimFrom(ctx, *element);
  } else if (const auto numbers = ctx.numbers(1); numbers && numbers->size() == 1) {
    if ((*numbers)[0] >= 0 && (*numbers)[0] < 9e15) depth = static_cast<int64_t>((*numbers)[0]);
  }
  Dims result = *dims;
  result.insert(result.begin() + static_cast<ptrdiff_t>(*axis), depth);
  ctx.set(0, ctx.dtype(2), std::move(result));
}

/// [selected, 3]
void nonMaxSuppression(InferContext& ctx) { ctx.set(0, DType::Int64, Dims{ctx.fresh(), 3}); }

const InferRow kRows[] = {
    {"TopK", topK},         {"NonZero", nonZero},
    {"Unique", unique},     {"Compress", compress},
    {"OneHot", oneHot},     {"NonMaxSuppression", nonMaxSuppression},
    {"Trilu", sameAsInput}, {"ReverseSequence", sameAsInput},
};

}  // namespace

std::span<const InferRow> selectionRows() { return kRows; }

}  // namespace deploytool::ir::inference
