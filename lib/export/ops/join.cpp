// Joining tensors: concatenation, stacking, and products of tensors.
#include <algorithm>
#include <numeric>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

/// A list whose length a run decides, joined. Its elements' rank is known from the sequence's type.
Tensor joinSequence(Call& c, const Tensor& sequence, bool newAxis) {
  const auto& element = sequence.value()->type.element;
  const int64_t rank = element && element->dims ? static_cast<int64_t>(element->dims->size()) : -1;
  int64_t axis = c.integer("dim");
  if (axis < 0) {
    if (rank < 0) c.refuse("the rank of the tensors in the list is not known");
    axis += rank + (newAxis ? 1 : 0);
  }
  return c.b.op("ConcatFromSequence", {sequence}, {{"axis", axis}, {"new_axis", newAxis}});
}

/// torch ignores empty tensors of rank 1 beside tensors of another rank.
Tensors withoutLegacyEmpty(Tensors xs) {
  const auto isEmpty = [](const Tensor& x) { return x.rank() == 1 && x.dim(0) == Dim(0); };
  if (std::all_of(xs.begin(), xs.end(), isEmpty)) return xs;
  std::erase_if(xs, isEmpty);
  return xs;
}

Tensor concatenate(Call& c, Tensors xs, int64_t axis) {
  if (xs.empty()) c.refuse("a list with at least one tensor is needed");
  xs = withoutLegacyEmpty(promoteAll(std::move(xs), c.b));
  const int64_t rank = xs[0].rank();
  return c.b.concat(xs, axis < 0 ? axis + rank : axis);
}

// aten::cat(tensors, dim)
Results cat(Call& c) {
  if (const Tensor sequence = sequenceOf(c, "tensors")) return one(joinSequence(c, sequence, false));
  return one(concatenate(c, c.tensors("tensors"), c.integer("dim")));
}

// aten::stack(tensors, dim)
Results stack(Call& c) {
  if (const Tensor sequence = sequenceOf(c, "tensors")) return one(joinSequence(c, sequence, true));
  Tensors xs = promoteAll(c.tensors("tensors"), c.b);
  if (xs.empty()) c.refuse("a list with at least one tensor is needed");
  const int64_t axis = c.axis("dim", xs[0].rank() + 1);
  return one(c.b.stack(xs, axis));
}

// aten::hstack(tensors): along axis 1, rank 1 along axis 0
Results hstack(Call& c) {
  Tensors xs = c.tensors("tensors");
  for (Tensor& x : xs) x = atLeast1d(c.b, x);
  return one(concatenate(c, xs, !xs.empty() && xs[0].rank() == 1 ? 0 : 1));
}

// aten::vstack(tensors)
Results vstack(Call& c) {
  Tensors xs = c.tensors("tensors");
  for (Tensor& x : xs)
    if (x.rank() < 2) x = c.b.unsqueeze(atLeast1d(c.b, x), {0});
  return one(concatenate(c, xs, 0));
}

// aten::dstack(tensors)
Results dstack(Call& c) {
  Tensors xs = c.tensors("tensors");
  for (Tensor& x : xs) {
    if (x.rank() < 2) x = c.b.unsqueeze(atLeast1d(c.b, x), {0, 2});
    else if (x.rank() == 2) x = c.b.unsqueeze(x, {2});
  }
  return one(concatenate(c, xs, 2));
}

// aten::column_stack(tensors): vectors become columns
Results columnStack(Call& c) {
  Tensors xs = c.tensors("tensors");
  for (Tensor& x : xs)
    if (x.rank() < 2) x = c.b.reshape(x, {ir::product(x.dims()), 1});
  return one(concatenate(c, xs, 1));
}

// aten::block_diag(tensors)
Results blockDiagonal(Call& c) {
  Tensors xs = promoteAll(c.tensors("tensors"), c.b);
  Dim columns = 0, before = 0;
  for (Tensor& x : xs) {
    if (x.rank() < 2) x = c.b.unsqueeze(atLeast1d(c.b, x), {0});
    columns = columns + x.dim(1);
  }
  for (Tensor& x : xs) {
    const Dim width = x.dim(1);
    x = c.b.pad(x, {{0, 0}, {before, columns - before - width}});
    before = before + width;
  }
  return one(c.b.concat(xs, 0));
}

// ---- grids --------------------------------------------------------------------------------------------------------

/// Every vector laid along its own axis, repeated along the others.
Tensors grid(Builder& b, const Tensors& vectors) {
  Dims dims;
  for (const Tensor& v : vectors) dims.push_back(ir::product(v.dims()));
  Tensors result;
  for (size_t i = 0; i < vectors.size(); ++i) {
    Dims alone(dims.size(), 1);
    alone[i] = dims[i];
    result.push_back(expandExactly(b, b.reshape(vectors[i], alone), dims));
  }
  return result;
}

// aten::meshgrid(tensors), aten::meshgrid.indexing(tensors, indexing)
Results meshgrid(Call& c) {
  Tensors vectors = c.tensors("tensors");
  const bool swapped = c.has("indexing") && c.text("indexing") == "xy" && vectors.size() >= 2;
  if (swapped) std::swap(vectors[0], vectors[1]);
  Tensors result = grid(c.b, vectors);
  if (swapped) std::swap(result[0], result[1]);
  return {c.list(result)};
}

// aten::cartesian_prod(tensors)
Results cartesianProduct(Call& c) {
  const Tensors vectors = c.tensors("tensors");
  if (vectors.size() == 1) return one(vectors[0]);
  Tensors columns = grid(c.b, promoteAll(vectors, c.b));
  for (Tensor& x : columns) x = c.b.flattenAll(x);
  return one(c.b.stack(columns, 1));
}

// aten::combinations(self, r, with_replacement): rows of elements at increasing positions
Results combinations(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t r = c.integer("r");
  if (r == 0) return one(c.b.full(x.dtype(), {0}, 0));
  const Tensors positions = grid(c.b, Tensors(static_cast<size_t>(r), progression(c.b, x.dim(0), 0, 1)));
  Tensor mask;
  for (size_t i = 1; i < positions.size(); ++i) {
    const Tensor ordered = c.b.compare(c.boolean("with_replacement") ? "LessOrEqual" : "Less", positions[i - 1], positions[i]);
    mask = mask ? c.b.binary("And", mask, ordered) : ordered;
  }
  if (!mask) return one(c.b.unsqueeze(x, {1}));
  return one(c.b.gather(x, c.b.swapAxes(nonZeroColumns(c.b, mask), 0, 1), 0));
}

// ---- repetition ---------------------------------------------------------------------------------------------------

Tensor repeated(Builder& b, Tensor x, Dims times) {
  while (times.size() < static_cast<size_t>(x.rank())) times.insert(times.begin(), 1);
  const size_t lead = times.size() - static_cast<size_t>(x.rank());
  std::vector<int64_t> added(lead);
  std::iota(added.begin(), added.end(), 0);
  x = b.unsqueeze(x, added);
  if (std::all_of(times.begin(), times.end(), [](const Dim& n) { return n == Dim(1); })) return x;
  Dims dims = x.dims();
  for (size_t i = 0; i < dims.size(); ++i) dims[i] = dims[i] * times[i];
  return knownDims(b.op("Tile", {x, b.shape(times)}), dims);
}

// aten::repeat(self, repeats)
Results repeat(Call& c) { return one(repeated(c.b, c.tensor("self"), c.dims("repeats"))); }

// aten::tile(self, dims)
Results tile(Call& c) { return one(repeated(c.b, c.tensor("self"), c.dims("dims"))); }

// aten::repeat_interleave.self_int(self, repeats, dim)
Results interleaveEvenly(Call& c) {
  Tensor x = c.tensor("self");
  if (!c.has("dim")) x = c.b.flattenAll(x);
  const int64_t axis = c.has("dim") ? c.axis("dim", x.rank()) : 0;
  x = atLeast1d(c.b, x);
  const Dim times = c.dim("repeats");
  Dims dims = x.dims();
  dims.insert(dims.begin() + axis + 1, times);
  const Tensor wide = expandExactly(c.b, c.b.unsqueeze(x, {axis + 1}), dims);
  return one(c.b.reshape(wide, withDim(x.dims(), axis, x.dim(axis) * times)));
}

/// Position i repeated `times[i]` times: the rows of the true elements of `column < times[row]`.
Tensor repeatedPositions(Call& c, const Tensor& times) {
  Dim total = 0, widest = 0;
  if (auto known = times.elements()) {
    for (const Dim& n : *known) {
      total = total + n;
      widest = ir::max(widest, n);
    }
  } else {
    total = c.b.symbols().fresh();
    const Tensor padded = c.b.concat({times, c.b.int64s({0})}, 0);  // of nothing, the largest is 0
    widest = c.b.toDim(c.b.reduce("ReduceMax", padded, {0}, false));
  }
  const Tensor columns = c.b.unsqueeze(progression(c.b, widest, 0, 1), {0});
  const Tensor mask = c.b.compare("Less", columns, c.b.unsqueeze(times, {1}));
  Tensor rows = c.b.select(nonZeroColumns(c.b, mask), 0, 0);
  if (c.has("output_size")) return knownDims(rows, {c.dim("output_size")});
  return times.elements() ? knownDims(rows, {total}) : rows;
}

// aten::repeat_interleave.Tensor(repeats)
Results interleavedPositions(Call& c) {
  const Tensor times = c.tensor("repeats");
  return one(c.b.cast(repeatedPositions(c, c.b.cast(times, DType::Int64)), times.dtype()));
}

// aten::repeat_interleave.self_Tensor(self, repeats, dim)
Results interleave(Call& c) {
  Tensor x = c.tensor("self");
  if (!c.has("dim")) x = c.b.flattenAll(x);
  x = atLeast1d(c.b, x);
  const int64_t axis = c.has("dim") ? c.axis("dim", x.rank()) : 0;
  const Tensor times = atLeast1d(c.b, c.b.cast(c.tensor("repeats"), DType::Int64));
  const Tensor each = expandExactly(c.b, times, {x.dim(axis)});
  return one(c.b.gather(x, repeatedPositions(c, each), axis));
}

}  // namespace

std::vector<Row> join() {
  return {
      {"aten::cat(tensors, dim)", cat},
      {"aten::concat(tensors, dim)", cat},
      {"aten::concatenate(tensors, dim)", cat},
      {"aten::stack(tensors, dim)", stack},
      {"aten::_stack(tensors, dim)", stack},
      {"aten::hstack(tensors)", hstack},
      {"aten::vstack(tensors)", vstack},
      {"aten::row_stack(tensors)", vstack},
      {"aten::dstack(tensors)", dstack},
      {"aten::column_stack(tensors)", columnStack},
      {"aten::block_diag(tensors)", blockDiagonal},
      {"aten::meshgrid(tensors)", meshgrid},
      {"aten::meshgrid.indexing(tensors, indexing)", meshgrid},
      {"aten::cartesian_prod(tensors)", cartesianProduct},
      {"aten::combinations(self, r, with_replacement)", combinations},
      {"aten::repeat(self, repeats)", repeat},
      {"aten::tile(self, dims)", tile},
      {"aten::repeat_interleave.self_int(self, repeats, dim)", interleaveEvenly},
      {"aten::repeat_interleave.Tensor(repeats, output_size)", interleavedPositions},
      {"aten::repeat_interleave.self_Tensor(self, repeats, dim, output_size)", interleave},
  };
}

}  // namespace deploytool::exporter::ops
