// Taking parts of tensors and putting them together: Slice, Gather*, Scatter*, Concat, Split, Pad.
#include <algorithm>
#include <limits>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

constexpr int64_t kFar = std::numeric_limits<int32_t>::max();  // what the specification uses for "to the end"

bool isFar(const Dim& bound) { return bound.isLiteral() && bound.literal() >= kFar; }
bool isFarBack(const Dim& bound) { return bound.isLiteral() && bound.literal() <= -kFar; }

/// A bound counted from the front, not yet clamped; nothing when its sign is not known.
std::optional<Dim> fromFront(const Dim& bound, const Dim& dim) {
  if (bound.isNonNegative()) return bound;
  if (less(bound, 0) == true) return dim + bound;
  // `dim - 1` is -1 only for an empty axis, where counting from the end changes nothing
  if (bound == dim - 1) return bound;
  return {};
}

Dim lengthForward(const Dim& dim, const Dim& start, const Dim& end, int64_t step) {
  // a start beyond the end gives a negative length, clamped below, so only `end` needs an upper bound
  const Dim last = less(dim, end) == false ? end : less(end, dim) == false ? dim : min(end, dim);
  const Dim first = clampAtZero(start);
  if (last == dim && first != Dim(0) && less(start, 0) == std::nullopt)  // d - max(d - n, 0) is min(d, n)
    return ceilDiv(min(dim, dim - start), step);
  return clampAtZero(ceilDiv(last - first, step));
}

Dim lengthBackward(const Dim& dim, const Dim& start, const std::optional<Dim>& end, int64_t step) {
  const Dim top = dim - 1;
  const Dim low = start == top ? start : clampAtZero(start);
  const Dim first = less(top, low) == false ? low : less(low, top) == false ? top : min(low, top);
  const Dim last = end ? (less(*end, -1) == false ? *end : max(*end, -1)) : Dim(-1);
  return clampAtZero(ceilDiv(first - last, -step));
}

int64_t literalLength(int64_t dim, int64_t start, int64_t end, int64_t step) {
  if (dim == 0) return 0;
  auto wrap = [dim](int64_t at) { return at < 0 ? (at < -dim ? -1 : at + dim) : at; };
  if (step > 0) {
    const int64_t first = std::clamp<int64_t>(wrap(start), 0, dim);
    const int64_t last = std::clamp<int64_t>(wrap(end), 0, dim);
    return last > first ? (last - first - 1) / step + 1 : 0;
  }
  const int64_t first = std::clamp<int64_t>(wrap(start), 0, dim - 1);
  const int64_t last = std::clamp<int64_t>(wrap(end), -1, dim - 1);
  if (first <= last) return 0;
  const uint64_t stride = 0 - static_cast<uint64_t>(step);  // also right for the smallest integer
  return static_cast<int64_t>(static_cast<uint64_t>(first - last - 1) / stride) + 1;
}

Dim slicedDim(InferContext& ctx, const Dim& dim, const Dim& start, const Dim& end, const Dim& step) {
  const auto by = step.asLiteral();
  if (!by || *by == 0) return ctx.fresh();
  if (dim.isLiteral() && start.isLiteral() && end.isLiteral())
    return literalLength(dim.literal(), start.literal(), end.literal(), *by);
  std::optional<Dim> first;
  std::optional<Dim> last;
  if (*by > 0) {
    first = isFarBack(start) ? Dim(0) : fromFront(start, dim);
    last = isFar(end) ? dim : fromFront(end, dim);
    return first && last ? dimFrom(ctx, lengthForward(dim, *first, *last, *by)) : ctx.fresh();
  }
  if (*by == std::numeric_limits<int64_t>::min()) return ctx.fresh();
  first = isFar(start) ? dim - 1 : fromFront(start, dim);
  if (!isFarBack(end)) last = fromFront(end, dim);
  if (!first || (!last && !isFarBack(end))) return ctx.fresh();
  return dimFrom(ctx, lengthBackward(dim, *first, last, *by));
}

struct SliceBounds {
  std::optional<Dims> starts, ends, steps;
  std::optional<std::vector<size_t>> axes;
};

SliceBounds sliceBounds(const InferContext& ctx, size_t rank) {
  SliceBounds bounds;
  bounds.starts = integersOf(ctx, 1, "starts").values;
  bounds.ends = integersOf(ctx, 2, "ends").values;
  const LiteralIntegers axes = literalsOf(ctx, 3, "axes");
  const auto length = bounds.starts ? std::optional<int64_t>(bounds.starts->size()) : ctx.length(1);
  if (axes.values) {
    bounds.axes = normalizeAxes(*axes.values, rank);
  } else if (!axes.given && length && *length >= 0 && *length <= static_cast<int64_t>(rank)) {
    bounds.axes.emplace();
    for (int64_t i = 0; i < *length; ++i) bounds.axes->push_back(static_cast<size_t>(i));
  }
  if (ctx.has(4))
    bounds.steps = ctx.elements(4);
  else if (bounds.axes)
    bounds.steps = Dims(bounds.axes->size(), Dim(1));
  return bounds;
}

/// Slicing a list of elements with literal bounds.
std::optional<Dims> slicedElements(const Dims& elements, const SliceBounds& bounds) {
  if (!bounds.starts || !bounds.ends || !bounds.steps || bounds.starts->size() != 1 || bounds.ends->size() != 1 ||
      bounds.steps->size() != 1)
    return {};
  const auto start = bounds.starts->front().asLiteral();
  const auto end = bounds.ends->front().asLiteral();
  const auto step = bounds.steps->front().asLiteral();
  if (!start || !end || !step || *step == 0) return {};
  const auto dim = static_cast<int64_t>(elements.size());
  const int64_t count = literalLength(dim, *start, *end, *step);
  int64_t at = *start < 0 ? *start + dim : *start;
  at = *step > 0 ? std::clamp<int64_t>(at, 0, dim) : std::clamp<int64_t>(at, 0, std::max<int64_t>(dim - 1, 0));
  Dims result;
  for (int64_t i = 0; i < count; ++i) result.push_back(elements.at(static_cast<size_t>(at + i * *step)));
  return result;
}

void slice(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) return ctx.set(0, ctx.dtype());
  const SliceBounds bounds = sliceBounds(ctx, dims->size());
  if (!bounds.axes) return ctx.set(0, ctx.dtype(), ctx.fresh(dims->size()));
  Dims result = *dims;
  for (size_t i = 0; i < bounds.axes->size(); ++i) {
    const size_t axis = (*bounds.axes)[i];
    const bool known = bounds.starts && bounds.ends && bounds.steps && i < bounds.starts->size() &&
                       i < bounds.ends->size() && i < bounds.steps->size();
    result[axis] =
        known ? slicedDim(ctx, (*dims)[axis], (*bounds.starts)[i], (*bounds.ends)[i], (*bounds.steps)[i]) : ctx.fresh();
  }
  ctx.set(0, ctx.dtype(), std::move(result));
  if (dims->size() != 1 || bounds.axes->size() != 1) return;
  if (const auto elements = ctx.elements(0)) ctx.setElements(0, slicedElements(*elements, bounds));
}

void gatherElementsOf(InferContext& ctx) {
  const auto elements = ctx.elements(0);
  const auto indices = elements ? ctx.integers(1) : std::nullopt;
  if (!indices) return;
  Dims result;
  for (int64_t index : *indices) {
    const auto at = normalizeAxis(index, elements->size());
    if (!at) return;
    result.push_back((*elements)[*at]);
  }
  ctx.setElements(0, std::move(result));
}

void gather(InferContext& ctx) {
  const Dims* data = ctx.dims(0);
  const Dims* indices = ctx.dims(1);
  if (!data || !indices) return ctx.set(0, ctx.dtype());
  const auto axis = axisAttribute(ctx, data->size(), 0);
  if (!axis) return ctx.set(0, ctx.dtype());
  Dims result(data->begin(), data->begin() + static_cast<ptrdiff_t>(*axis));
  result.insert(result.end(), indices->begin(), indices->end());
  result.insert(result.end(), data->begin() + static_cast<ptrdiff_t>(*axis) + 1, data->end());
  ctx.set(0, ctx.dtype(), std::move(result));
  if (data->size() == 1 && indices->size() <= 1) gatherElementsOf(ctx);
}

void gatherElements(InferContext& ctx) { ctx.set(0, ctx.dtype(), copyOf(ctx.dims(1))); }

void gatherNd(InferContext& ctx) {
  const Dims* data = ctx.dims(0);
  const Dims* indices = ctx.dims(1);
  if (!data || !indices || indices->empty()) return ctx.set(0, ctx.dtype());
  const auto depth = indices->back().asLiteral();
  const int64_t batch = ctx.node.intAttribute("batch_dims", 0);
  if (!depth || *depth < 0 || batch < 0 || *depth > static_cast<int64_t>(data->size()) - batch)
    return ctx.set(0, ctx.dtype());
  Dims result(indices->begin(), indices->end() - 1);
  result.insert(result.end(), data->begin() + batch + *depth, data->end());
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// Elements of a piece of a concatenation; unknown ones become symbols.
std::optional<Dims> pieceElements(InferContext& ctx, size_t input, bool& known) {
  if (auto elements = ctx.elements(input)) {
    known = true;
    return elements;
  }
  const auto length = ctx.length(input);
  if (!length || *length < 0 || *length > static_cast<int64_t>(InferContext::kMaxElements)) return {};
  Dims result;
  for (int64_t i = 0; i < *length; ++i) result.push_back(ctx.symbols.fresh(false));
  return result;
}

void concatElements(InferContext& ctx) {
  const DType dtype = ctx.dtype();
  if (dtype != DType::Int64 && dtype != DType::Int32) return;
  const auto total = ctx.node.output(0)->dims().front().asLiteral();
  if (!total || *total > static_cast<int64_t>(InferContext::kMaxElements)) return;
  Dims result;
  bool known = false;
  for (size_t i = 0; i < ctx.node.inputs().size(); ++i) {
    auto piece = pieceElements(ctx, i, known);
    if (!piece) return;
    result.insert(result.end(), piece->begin(), piece->end());
  }
  if (known) ctx.setElements(0, std::move(result));
}

void concat(InferContext& ctx) {
  const Dims* first = ctx.dims();
  if (!first) return ctx.set(0, ctx.dtype());
  const auto axis = axisAttribute(ctx, first->size(), 1);
  if (!axis) return ctx.set(0, ctx.dtype());
  Dims result = *first;
  for (size_t i = 1; i < ctx.node.inputs().size(); ++i) {
    const Dims* next = ctx.dims(i);
    if (!next || next->size() != result.size()) {
      result[*axis] = ctx.fresh();
      ctx.set(0, ctx.dtype(), std::move(result));
      return;
    }
    for (size_t j = 0; j < result.size(); ++j)
      result[j] = j == *axis ? result[j] + (*next)[j] : mergeEqual(result[j], (*next)[j]);
  }
  ctx.set(0, ctx.dtype(), std::move(result));
  if (first->size() == 1) concatElements(ctx);
}

/// Size of the i-th of `parts` pieces when no sizes are given; the last is smaller since opset 18.
Dim equalPart(InferContext& ctx, const Dim& dim, int64_t parts, int64_t i) {
  if (!ctx.node.attribute("num_outputs")) {
    auto exact = exactDiv(dim, parts);
    return exact ? *exact : floorDiv(dim, parts);
  }
  const Dim chunk = ceilDiv(dim, parts);
  return i + 1 < parts ? chunk : dim - chunk * (parts - 1);
}

void splitElements(InferContext& ctx) {
  const auto elements = ctx.elements(0);
  if (!elements) return;
  size_t at = 0;
  for (size_t i = 0; i < ctx.node.outputs().size(); ++i) {
    if (!ctx.wants(i)) return;
    const auto count = ctx.node.output(i)->dims().front().asLiteral();
    if (!count || *count < 0 || at + static_cast<size_t>(*count) > elements->size()) return;
    const auto begin = elements->begin() + static_cast<ptrdiff_t>(at);
    ctx.setElements(i, Dims(begin, begin + *count));
    at += static_cast<size_t>(*count);
  }
}

void split(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const size_t parts = ctx.node.outputs().size();
  const auto axis = dims ? axisAttribute(ctx, dims->size(), 0) : std::nullopt;
  if (!axis) {
    for (size_t i = 0; i < parts; ++i) ctx.set(i, ctx.dtype());
    return;
  }
  const Integers sizes = integersOf(ctx, 1, "split");
  for (size_t i = 0; i < parts; ++i) {
    Dims part = *dims;
    if (!sizes.given)
      part[*axis] = equalPart(ctx, part[*axis], static_cast<int64_t>(parts), static_cast<int64_t>(i));
    else
      part[*axis] = sizes.values && i < sizes.values->size() ? dimFrom(ctx, (*sizes.values)[i]) : ctx.fresh();
    ctx.set(i, ctx.dtype(), std::move(part));
  }
  if (dims->size() == 1) splitElements(ctx);
}

void pad(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) return ctx.set(0, ctx.dtype());
  const size_t rank = dims->size();
  const Integers pads = ctx.opset < 2 ? integersOf(ctx, 1, "paddings") : integersOf(ctx, 1, "pads");
  std::vector<size_t> axes;
  if (ctx.has(3)) {
    const auto given = ctx.integers(3);
    const auto normal = given ? normalizeAxes(*given, rank) : std::nullopt;
    if (!normal) return ctx.set(0, ctx.dtype(), ctx.fresh(rank));
    axes = *normal;
  } else {
    for (size_t i = 0; i < rank; ++i) axes.push_back(i);
  }
  Dims result = *dims;
  const bool known = pads.values && pads.values->size() == 2 * axes.size();
  for (size_t i = 0; i < axes.size(); ++i) {
    Dim& dim = result[axes[i]];
    dim = known ? dimFrom(ctx, dim + (*pads.values)[i] + (*pads.values)[i + axes.size()]) : ctx.fresh();
  }
  ctx.set(0, ctx.dtype(), std::move(result));
}

const InferRow kRows[] = {
    {"Slice", slice},
    {"Gather", gather},
    {"GatherElements", gatherElements},
    {"GatherND", gatherNd},
    {"Scatter", sameAsInput},
    {"ScatterElements", sameAsInput},
    {"ScatterND", sameAsInput},
    {"TensorScatter", sameAsInput},
    {"Concat", concat},
    {"Split", split},
    {"Pad", pad},
};

}  // namespace

std::span<const InferRow> indexingRows() { return kRows; }

}  // namespace deploytool::ir::inference
