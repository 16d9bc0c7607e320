// Reading parts of a tensor: select, slice, gather, masks.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

// aten::select.int(self, dim, index)
Results select(Call& c) {
  const Tensor x = c.tensor("self");
  if (x.rank() == 0) c.refuse("a rank-0 tensor cannot be indexed");
  return one(c.b.select(x, c.axis("dim", x.rank()), c.dim("index")));
}

// aten::slice.Tensor(self, dim, start, end, step)
Results slice(Call& c) {
  const Tensor x = c.tensor("self");
  const Dim start = c.has("start") ? c.dim("start") : Dim(0);
  const Dim end = c.has("end") ? c.dim("end") : Dim(std::numeric_limits<int64_t>::max());
  const int64_t axis = c.axis("dim", x.rank());
  const Dim step = c.has("step") ? c.dim("step") : Dim(1);
  if (step.isLiteral()) return one(c.b.slice(x, axis, start, end, step.literal()));
  return one(c.b.op("Slice", {x, c.b.shape({start}), c.b.shape({end}), c.b.int64s({axis}), c.b.shape({step})}));
}

// aten::narrow(self, dim, start, length), aten::narrow.Tensor
Results narrow(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dim length = c.dim("length"), start = fromEnd(c.dim("start"), x.dim(axis));
  if (length == x.dim(axis)) return one(x);
  return one(knownDims(c.b.slice(x, axis, start, start + length), withDim(x.dims(), axis, length)));
}

// aten::index_select(self, dim, index)
Results indexSelect(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor index = atLeast1d(c.b, c.tensor("index"));
  if (x.rank() == 0) return one(c.b.reshape(c.b.gather(atLeast1d(c.b, x), index, 0), {}));
  return one(c.b.gather(x, index, c.axis("dim", x.rank())));
}

// aten::take(self, index)
Results take(Call& c) { return one(c.b.gather(c.b.flattenAll(c.tensor("self")), c.tensor("index"), 0)); }

Tensor gatherElements(Builder& b, const Tensor& x, const Tensor& index, int64_t axis) {
  return knownDims(b.op("GatherElements", {x, index}, {{"axis", axis}}), index.dims());
}

// aten::gather(self, dim, index)
Results gather(Call& c) {
  const Tensor x = c.tensor("self"), index = c.b.cast(c.tensor("index"), DType::Int64);
  const int64_t axis = c.axis("dim", x.rank());
  const Tensor result = gatherElements(c.b, atLeast1d(c.b, x), atLeast1d(c.b, index), axis);
  return one(index.rank() == 0 ? c.b.reshape(result, {}) : result);
}

// aten::take_along_dim(self, indices, dim): broadcasts the other axes
Results takeAlongDim(Call& c) {
  Tensor x = c.tensor("self"), index = c.b.cast(c.tensor("indices"), DType::Int64);
  if (!c.has("dim")) return one(gatherElements(c.b, c.b.flattenAll(x), c.b.flattenAll(index), 0));
  const int64_t axis = c.axis("dim", x.rank());
  const Tensors common = broadcastAll(c.b, {c.b.select(x, axis, 0), c.b.select(index, axis, 0)});
  Dims dims = common[0].dims();
  dims.insert(dims.begin() + axis, x.dim(axis));
  x = expandExactly(c.b, x, dims);
  index = expandExactly(c.b, index, withDim(dims, axis, index.dim(axis)));
  return one(gatherElements(c.b, x, index, axis));
}

// ---- masks --------------------------------------------------------------------------------------------------------

// aten::masked_select(self, mask)
Results maskedSelect(Call& c) {
  const Tensors both = broadcastAll(c.b, {c.tensor("self"), asBool(c.b, c.tensor("mask"))});
  return one(c.b.op("Compress", {c.b.flattenAll(both[0]), c.b.flattenAll(both[1])}, {{"axis", 0}}));
}

/// Coordinates of elements that are not 0, one row each: int64[n, rank].
Tensor coordinates(Builder& b, const Tensor& x) {
  const Tensor rows = b.swapAxes(nonZeroColumns(b, atLeast1d(b, x)), 0, 1);
  return x.rank() > 0 ? rows : b.slice(rows, 1, 0, 0);
}

// aten::nonzero(self), aten::argwhere
Results nonzero(Call& c) { return one(coordinates(c.b, c.tensor("self"))); }

Results coordinateLists(Call& c, const Tensor& x) {
  const Tensor columns = nonZeroColumns(c.b, atLeast1d(c.b, x));
  Tensors result;
  for (int64_t axis = 0; axis < std::max<int64_t>(x.rank(), 1); ++axis) result.push_back(c.b.select(columns, 0, axis));
  return {c.list(result)};
}

// aten::nonzero_numpy(self)
Results nonzeroLists(Call& c) { return coordinateLists(c, c.tensor("self")); }

// aten::where(condition)
Results whereTrue(Call& c) { return coordinateLists(c, c.tensor("condition")); }

// aten::where.self(condition, self, other) and with numbers
Results where(Call& c) {
  const Tensors both = c.promotedTensors({"self", "other"});
  return one(c.b.where(asBool(c.b, c.tensor("condition")), both[0], both[1]));
}

// aten::masked_fill(self, mask, value)
Results maskedFill(Call& c) {
  const Tensor x = c.tensor("self");
  return one(c.b.where(asBool(c.b, c.tensor("mask")), numberAs(c, c.arg("value"), x.dtype()), x));
}

// aten::masked_scatter(self, mask, source): the true places take source's elements in order
Results maskedScatter(Call& c) {
  const Tensors both = broadcastAll(c.b, {c.tensor("self"), asBool(c.b, c.tensor("mask"))});
  const Tensor x = both[0];
  const Tensor places = coordinates(c.b, atLeast1d(c.b, both[1]));
  const Tensor source = c.b.flattenAll(c.b.cast(c.tensor("source"), x.dtype()));
  const Tensor used = knownDims(c.b.slice(source, 0, 0, places.dim(0)), {places.dim(0)});
  const Tensor result = c.b.op("ScatterND", {atLeast1d(c.b, x), places, used});
  return one(x.rank() == 0 ? c.b.reshape(result, {}) : knownDims(result, x.dims()));
}

// ---- filling ------------------------------------------------------------------------------------------------------

// aten::fill(self, value), aten::fill_diagonal
Results fill(Call& c) {
  const Tensor x = c.tensor("self");
  return one(expandExactly(c.b, numberAs(c, c.arg("value"), x.dtype()), x.dims()));
}

// aten::zero(self)
Results zero(Call& c) { return one(c.b.fullLike(c.tensor("self"), 0)); }

// aten::copy(self, src): what copy_ writes
Lowering copy(const char* source) {
  return [source](Call& c) {
    const Tensor x = c.tensor("self");
    const Value& src = c.arg(source);
    const Tensor content = src.isTensor() ? c.b.cast(c.tensor(source), x.dtype()) : numberAs(c, src, x.dtype());
    return one(expandExactly(c.b, content, x.dims()));
  };
}

// aten::select_scatter(self, src, dim, index)
Results selectScatter(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dim index = fromEnd(c.dim("index"), x.dim(axis));
  Tensor position = progression(c.b, x.dim(axis), 0, 1);
  std::vector<int64_t> others;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != axis) others.push_back(i);
  const Tensor mask = c.b.unsqueeze(c.b.compare("Equal", position, c.b.dim(index)), others);
  const Tensor src = c.b.unsqueeze(c.b.cast(c.tensor("src"), x.dtype()), {axis});
  return one(knownDims(c.b.where(mask, src, x), x.dims()));
}

// aten::slice_scatter(self, src, dim, start, end, step)
Results sliceScatter(Call& c) {
  const Tensor x = c.tensor("self"), src = c.b.cast(c.tensor("src"), x.dtype());
  const int64_t axis = c.axis("dim", x.rank()), step = c.integer("step");
  const Dim size = x.dim(axis);
  const Dim start = c.has("start") ? c.dim("start") : Dim(0);
  const Dim end = c.has("end") ? c.dim("end") : Dim(std::numeric_limits<int64_t>::max());
  const Tensor places = c.b.slice(progression(c.b, size, 0, 1), 0, start, end, step);
  const std::vector<int64_t> from{axis}, to{0};
  Dims dims = x.dims();
  dims[static_cast<size_t>(axis)] = places.dim(0);
  const Tensor rows = moveAxes(c.b, expandExactly(c.b, src, dims), from, to);
  const Tensor result = scatterRows(c, moveAxes(c.b, x, from, to), places, rows, Reduction::None);
  return one(knownDims(moveAxes(c.b, result, to, from), x.dims()));
}

}  // namespace

std::vector<Row> indexing() {
  return {
      {"aten::select.int(self, dim, index)", select},
      {"aten::select_copy.int(self, dim, index)", select},
      {"aten::slice.Tensor(self, dim, start, end, step)", slice},
      {"aten::slice_copy.Tensor(self, dim, start, end, step)", slice},
      {"aten::narrow(self, dim, start, length)", narrow},
      {"aten::narrow.Tensor(self, dim, start, length)", narrow},
      {"aten::narrow_copy(self, dim, start, length)", narrow},
      {"aten::index_select(self, dim, index)", indexSelect},
      {"aten::take(self, index)", take},
      {"aten::gather(self, dim, index)", gather},
      {"aten::take_along_dim(self, indices, dim)", takeAlongDim},
      {"aten::masked_select(self, mask)", maskedSelect},
      {"aten::nonzero(self)", nonzero},
      {"aten::argwhere(self)", nonzero},
      {"aten::nonzero_numpy(self)", nonzeroLists},
      {"aten::where(condition)", whereTrue},
      {"aten::where.self(condition, self, other)", where},
      {"aten::where.ScalarSelf(condition, self, other)", where},
      {"aten::where.ScalarOther(condition, self, other)", where},
      {"aten::where.Scalar(condition, self, other)", where},
      {"aten::masked_fill.Scalar(self, mask, value)", maskedFill},
      {"aten::masked_fill.Tensor(self, mask, value)", maskedFill},
      {"aten::masked_scatter(self, mask, source)", maskedScatter},
      {"aten::fill.Scalar(self, value)", fill},
      {"aten::fill.Tensor(self, value)", fill},
      {"aten::zero(self)", zero},
      {"aten::copy(self, src)", copy("src")},
      {"aten::copy_(self, src)", copy("src")},
      {"aten::copy_.Tensor(self, other)", copy("other")},
      {"aten::copy_.int(self, other)", copy("other")},
      {"aten::copy_.float(self, other)", copy("other")},
      {"aten::select_scatter(self, src, dim, index)", selectScatter},
      {"aten::slice_scatter(self, src, dim, start, end, step)", sliceScatter},
  };
}

}  // namespace deploytool::exporter::ops
