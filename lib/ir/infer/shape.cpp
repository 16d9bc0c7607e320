// Operators on shapes: Shape, Size, Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Expand, Tile.
#include <algorithm>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

void copyElements(InferContext& ctx) {
  const Value* value = ctx.node.input(0);
  if (value && (value->elements || value->constant)) ctx.setElements(0, ctx.elements(0));
}

/// `start` and `end` (opset 15) select a part of the shape, clamped.
void shape(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) return ctx.set(0, DType::Int64, ctx.fresh(1));
  const auto rank = static_cast<int64_t>(dims->size());
  auto bound = [&](const char* name, int64_t otherwise) {
    int64_t at = ctx.node.intAttribute(name, otherwise);
    if (at < 0) at += rank;
    return std::clamp<int64_t>(at, 0, rank);
  };
  const int64_t start = bound("start", 0);
  const int64_t end = std::max(start, bound("end", rank));
  ctx.set(0, DType::Int64, Dims{end - start});
  ctx.setElements(0, Dims(dims->begin() + start, dims->begin() + end));
}

void size(InferContext& ctx) {
  ctx.set(0, DType::Int64, Dims{});
  if (ctx.dims()) ctx.setElements(0, Dims{product(*ctx.dims())});
}

/// The dim that -1 stands for: what is left of the input after the other dims.
Dim inferredDim(InferContext& ctx, const Dims* input, const Dims& result, size_t at) {
  if (!input) return ctx.fresh();
  Dims others;
  for (size_t i = 0; i < result.size(); ++i)
    if (i != at) others.push_back(result[i]);
  Dims left;
  for (const Dim& dim : *input) {  // equal dims cancel, so that products stay small
    auto same = std::find(others.begin(), others.end(), dim);
    if (same != others.end() && dim != Dim(0))
      others.erase(same);
    else
      left.push_back(dim);
  }
  const Dim total = product(left);
  const Dim divisor = product(others);
  if (divisor.asLiteral() == 0) return ctx.fresh();
  if (auto exact = exactDiv(total, divisor)) return *exact;
  if (isOverDims(total) && isOverDims(divisor)) return floorDiv(total, divisor);
  return ctx.fresh();
}

void reshapeTo(InferContext& ctx, const Dims& target) {
  const Dims* input = ctx.dims();
  const bool allowZero = ctx.node.intAttribute("allowzero", 0) != 0;
  Dims result;
  std::optional<size_t> inferred;
  bool ambiguous = false;  // more than one element may be -1
  for (size_t i = 0; i < target.size(); ++i) {
    const auto literal = target[i].asLiteral();
    if (literal == -1) {
      ambiguous |= inferred.has_value();
      inferred = i;
      result.push_back(0);
    } else if (literal == 0 && !allowZero) {
      result.push_back(input && i < input->size() ? (*input)[i] : ctx.fresh());
    } else if (literal || isOverDims(target[i])) {
      result.push_back(dimFrom(ctx, target[i]));
    } else {
      result.push_back(ctx.fresh());  // a run-time integer, which may be -1 or 0
    }
  }
  if (inferred) result[*inferred] = ambiguous ? ctx.fresh() : inferredDim(ctx, input, result, *inferred);
  ctx.set(0, ctx.dtype(), std::move(result));
}

void reshape(InferContext& ctx) {
  const Integers target = integersOf(ctx, 1, "shape");
  if (target.values) {
    reshapeTo(ctx, *target.values);
  } else if (auto rank = ctx.length(1); rank && *rank >= 0 && *rank <= 64) {
    ctx.set(0, ctx.dtype(), ctx.fresh(static_cast<size_t>(*rank)));
  } else {
    ctx.set(0, ctx.dtype());
  }
  copyElements(ctx);
}

void flatten(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) return ctx.set(0, ctx.dtype(), ctx.fresh(2));
  const auto rank = static_cast<int64_t>(dims->size());
  int64_t axis = ctx.node.intAttribute("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) return ctx.set(0, ctx.dtype(), ctx.fresh(2));
  const auto middle = dims->begin() + axis;
  ctx.set(0, ctx.dtype(), Dims{product(Dims(dims->begin(), middle)), product(Dims(middle, dims->end()))});
}

/// Without axes every dim of 1 goes, so all of them must be literal.
std::optional<Dims> squeezeOnes(const Dims& dims) {
  Dims result;
  for (const Dim& dim : dims) {
    const auto isOne = equal(dim, 1);
    if (!isOne) return {};
    if (!*isOne) result.push_back(dim);
  }
  return result;
}

void squeeze(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const LiteralIntegers axes = literalsOf(ctx, 1, "axes");
  if (!dims) return ctx.set(0, ctx.dtype());
  if (!axes.given) {
    ctx.set(0, ctx.dtype(), squeezeOnes(*dims));
  } else if (axes.values) {
    const auto normal = normalizeAxes(*axes.values, dims->size());
    if (!normal) return ctx.set(0, ctx.dtype());
    Dims result;
    for (size_t i = 0; i < dims->size(); ++i)
      if (std::find(normal->begin(), normal->end(), i) == normal->end()) result.push_back((*dims)[i]);
    ctx.set(0, ctx.dtype(), std::move(result));
  } else if (auto count = ctx.length(1); count && *count >= 0 && *count <= static_cast<int64_t>(dims->size())) {
    ctx.set(0, ctx.dtype(), ctx.fresh(dims->size() - static_cast<size_t>(*count)));
  } else {
    ctx.set(0, ctx.dtype());
  }
  copyElements(ctx);
}

void unsqueeze(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const LiteralIntegers axes = literalsOf(ctx, 1, "axes");
  if (!dims) return ctx.set(0, ctx.dtype());
  if (!axes.values) {
    const auto count = ctx.length(1);
    if (!count || *count < 0 || *count > 64) return ctx.set(0, ctx.dtype());
    return ctx.set(0, ctx.dtype(), ctx.fresh(dims->size() + static_cast<size_t>(*count)));
  }
  const size_t rank = dims->size() + axes.values->size();
  const auto normal = normalizeAxes(*axes.values, rank);
  if (!normal) return ctx.set(0, ctx.dtype());
  std::vector<bool> isNew(rank);
  for (size_t axis : *normal) {
    if (isNew[axis]) return ctx.set(0, ctx.dtype());
    isNew[axis] = true;
  }
  Dims result;
  result.reserve(rank);
  auto next = dims->begin();
  for (size_t i = 0; i < rank; ++i) result.push_back(isNew[i] ? Dim(1) : *next++);
  ctx.set(0, ctx.dtype(), std::move(result));
  copyElements(ctx);
}

void transpose(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) {
    const auto permutation = ctx.node.intsAttribute("perm");
    return permutation ? ctx.set(0, ctx.dtype(), ctx.fresh(permutation->size())) : ctx.set(0, ctx.dtype());
  }
  Dims result(dims->rbegin(), dims->rend());
  if (auto permutation = ctx.node.intsAttribute("perm")) {
    const auto axes = normalizeAxes(*permutation, dims->size());
    if (!axes || axes->size() != dims->size()) return ctx.set(0, ctx.dtype());
    for (size_t i = 0; i < result.size(); ++i) result[i] = (*dims)[(*axes)[i]];
  }
  ctx.set(0, ctx.dtype(), std::move(result));
  copyElements(ctx);
}

/// A single element repeated over the whole result.
void repeatElement(InferContext& ctx) {
  const Value* output = ctx.node.output(0);
  if (!output->hasRank() || output->dims().size() > 1) return;
  const auto elements = ctx.elements(0);
  if (!elements) return;
  const auto count = output->dims().empty() ? 1 : output->dims().front().asLiteral();
  if (!count || *count < 0 || *count > static_cast<int64_t>(InferContext::kMaxElements)) return;
  const auto wanted = static_cast<size_t>(*count);
  if (elements->size() == wanted)
    ctx.setElements(0, elements);
  else if (elements->size() == 1)
    ctx.setElements(0, Dims(wanted, elements->front()));
}

void expand(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto target = ctx.elements(1);
  if (dims && target) {
    Dims shape;
    for (const Dim& element : *target) shape.push_back(dimFrom(ctx, element));
    ctx.set(0, ctx.dtype(), broadcast(ctx, *dims, shape));
    return repeatElement(ctx);
  }
  const auto length = ctx.length(1);
  if (!dims || !length || *length < 0 || *length > 64) return ctx.set(0, ctx.dtype());
  ctx.set(0, ctx.dtype(), broadcast(ctx, *dims, ctx.fresh(static_cast<size_t>(*length))));
}

void tileElements(InferContext& ctx, const Dims& repeats) {
  const auto elements = ctx.elements(0);
  const auto count = repeats.size() == 1 ? repeats[0].asLiteral() : std::nullopt;
  if (!elements || !count || *count < 0 || *count > static_cast<int64_t>(InferContext::kMaxElements)) return;
  Dims result;
  for (int64_t i = 0; i < *count; ++i) result.insert(result.end(), elements->begin(), elements->end());
  ctx.setElements(0, std::move(result));
}

void tile(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims) return ctx.set(0, ctx.dtype());
  const auto repeats = ctx.elements(1);
  if (!repeats || repeats->size() != dims->size()) return ctx.set(0, ctx.dtype(), ctx.fresh(dims->size()));
  Dims result;
  for (size_t i = 0; i < dims->size(); ++i) result.push_back(dimFrom(ctx, (*dims)[i] * (*repeats)[i]));
  ctx.set(0, ctx.dtype(), std::move(result));
  tileElements(ctx, *repeats);
}

const InferRow kRows[] = {
    {"Shape", shape},         {"Size", size},       {"Reshape", reshape},
    {"Flatten", flatten},     {"Squeeze", squeeze}, {"Unsqueeze", unsqueeze},
    {"Transpose", transpose}, {"Expand", expand},   {"Tile", tile},
};

}  // namespace

std::span<const InferRow> shapeRows() { return kRows; }

}  // namespace deploytool::ir::inference
