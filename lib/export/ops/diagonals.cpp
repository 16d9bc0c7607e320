// Diagonals, triangles and what is laid along them.
#include <algorithm>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

Dim positivePart(const Dim& d) { return d.isNonNegative() ? d : ir::max(d, 0); }

/// x with its two axes last.
Tensor matricesLast(Call& c, const Tensor& x, int64_t row, int64_t column) {
  if (row == column) c.refuse("the two axes of a diagonal must differ");
  return moveAxes(c.b, x, {row, column}, {x.rank() - 2, x.rank() - 1});
}

/// The diagonal of the last two axes, as the last axis.
Tensor diagonalOf(Builder& b, const Tensor& x, int64_t offset) {
  const Dim rows = x.dim(-2), columns = x.dim(-1);
  const Dim down = std::max<int64_t>(-offset, 0), across = std::max<int64_t>(offset, 0);
  const Dim count = positivePart(ir::min(rows - down, columns - across));
  Dims flat(x.dims().begin(), x.dims().end() - 2);
  flat.push_back(rows * columns);
  const Tensor indices = progression(b, count, down * columns + across, columns + Dim(1));
  return b.gather(b.reshape(x, flat), indices, -1);
}

// aten::diagonal(self, offset, dim1, dim2)
Results diagonal(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor last = matricesLast(c, x, c.axis("dim1", x.rank()), c.axis("dim2", x.rank()));
  return one(diagonalOf(c.b, last, c.integer("offset")));
}

/// The last axis laid along a diagonal of new square matrices.
Tensor embedded(Builder& b, const Tensor& x, int64_t offset) {
  const int64_t shift = std::abs(offset);
  const Dim size = x.dim(-1) + Dim(shift);
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  pads.back() = offset >= 0 ? std::pair<Dim, Dim>{0, shift} : std::pair<Dim, Dim>{shift, 0};
  const Tensor rows = b.unsqueeze(b.pad(x, pads), {x.rank()});
  Dims dims = x.dims();
  dims.back() = size;
  dims.push_back(size);
  return knownDims(b.where(bandMask(b, size, size, offset, "Equal"), rows, b.scalarLike(x, 0)), dims);
}

// aten::diag_embed(self, offset, dim1, dim2)
Results diagEmbed(Call& c) {
  const Tensor matrices = embedded(c.b, c.tensor("self"), c.integer("offset"));
  const int64_t rank = matrices.rank();
  return one(moveAxes(c.b, matrices, {rank - 2, rank - 1}, {c.axis("dim1", rank), c.axis("dim2", rank)}));
}

// aten::diag(self, diagonal): a vector to a matrix, a matrix to its diagonal
Results diag(Call& c) {
  const Tensor x = c.tensor("self");
  if (x.rank() == 1) return one(embedded(c.b, x, c.integer("diagonal")));
  if (x.rank() == 2) return one(diagonalOf(c.b, x, c.integer("diagonal")));
  c.refuse("diag needs a vector or a matrix");
}

// aten::diagflat(self, offset)
Results diagFlat(Call& c) { return one(embedded(c.b, c.b.flattenAll(c.tensor("self")), c.integer("offset"))); }

// aten::diagonal_scatter(self, src, offset, dim1, dim2)
Results diagonalScatter(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t row = c.axis("dim1", x.rank()), column = c.axis("dim2", x.rank()), offset = c.integer("offset");
  const Tensor last = matricesLast(c, x, row, column);
  // Column i of row i + offset comes from src; its rows are padded to the matrix's.
  const Tensor src = c.b.cast(c.tensor("src"), x.dtype());
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(src.rank()), {0, 0});
  const int64_t down = std::max<int64_t>(-offset, 0);
  pads.back() = {down, last.dim(-2) - src.dim(-1) - Dim(down)};
  const Tensor rows = c.b.unsqueeze(c.b.pad(src, pads), {src.rank()});
  const Tensor mask = bandMask(c.b, last.dim(-2), last.dim(-1), offset, "Equal");
  const Tensor result = knownDims(c.b.where(mask, rows, last), last.dims());
  return one(moveAxes(c.b, result, {x.rank() - 2, x.rank() - 1}, {row, column}));
}

/// fill_diagonal_ of a tall matrix with wrap begins again after every `columns + 1` rows.
Tensor wrappedDiagonalMask(Builder& b, const Dim& rows, const Dim& columns) {
  const Tensor position = progression(b, rows * columns, 0, 1);
  const Tensor isOnIt = b.compare("Equal", b.binary("Mod", position, b.dim(columns + Dim(1))), b.int64(0));
  return b.reshape(isOnIt, {rows, columns});
}

// aten::fill_diagonal_(self, fill_value, wrap)
Results fillDiagonal(Call& c) {
  const Tensor x = c.tensor("self");
  const Tensor value = numberAs(c, c.arg("fill_value"), x.dtype());
  if (x.rank() < 2) c.refuse("fill_diagonal_ needs a tensor of rank 2 or more");
  if (x.rank() == 2) {
    const Tensor mask = c.boolean("wrap") ? wrappedDiagonalMask(c.b, x.dim(0), x.dim(1))
                                          : bandMask(c.b, x.dim(0), x.dim(1), 0, "Equal");
    return one(c.b.where(mask, value, x));
  }
  Tensor mask;  // all axes have one size; all coordinates equal
  for (int64_t axis = 1; axis < x.rank(); ++axis) {
    std::vector<int64_t> others;
    for (int64_t i = 0; i < x.rank(); ++i)
      if (i != axis && i != axis - 1) others.push_back(i);
    const Tensor equal = c.b.unsqueeze(bandMask(c.b, x.dim(axis - 1), x.dim(axis), 0, "Equal"), others);
    mask = mask ? c.b.binary("And", mask, equal) : equal;
  }
  return one(c.b.where(mask, value, x));
}

// ---- triangles ----------------------------------------------------------------------------------------------------

// aten::tril, aten::triu (self, diagonal)
Lowering triangle(bool upper) {
  return [upper](Call& c) {
    const Tensor x = c.tensor("self");
    if (x.rank() < 2) c.refuse("a tensor of rank 2 or more is needed");
    const Dim offset = c.dim("diagonal");
    if (c.b.opset() >= 14) return one(c.b.op("Trilu", {x, c.b.dim(offset)}, {{"upper", upper}}));
    const Tensor mask = bandMask(c.b, x.dim(-2), x.dim(-1), offset, upper ? "GreaterOrEqual" : "LessOrEqual");
    return one(knownDims(c.b.where(mask, x, c.b.scalarLike(x, 0)), x.dims()));
  };
}

// aten::tril_indices, aten::triu_indices (row, col, offset, dtype)
Lowering triangleIndices(bool upper) {
  return [upper](Call& c) {
    const Tensor mask = bandMask(c.b, c.dim("row"), c.dim("col"), c.dim("offset"), upper ? "GreaterOrEqual" : "LessOrEqual");
    return one(c.b.cast(nonZeroColumns(c.b, mask), c.dtype("dtype").value_or(DType::Int64)));
  };
}

}  // namespace

std::vector<Row> diagonals() {
  return {
      {"aten::diagonal(self, offset, dim1, dim2)", diagonal},
      {"aten::diagonal_copy(self, offset, dim1, dim2)", diagonal},
      {"aten::linalg_diagonal(A, offset, dim1, dim2)", [](Call& c) -> Results {
         const Tensor x = c.tensor("A");
         const Tensor last = matricesLast(c, x, c.axis("dim1", x.rank()), c.axis("dim2", x.rank()));
         return one(diagonalOf(c.b, last, c.integer("offset")));
       }},
      {"aten::diag(self, diagonal)", diag},
      {"aten::diag_embed(self, offset, dim1, dim2)", diagEmbed},
      {"aten::diagflat(self, offset)", diagFlat},
      {"aten::diagonal_scatter(self, src, offset, dim1, dim2)", diagonalScatter},
      {"aten::fill_diagonal_(self, fill_value, wrap)", fillDiagonal},
      {"aten::tril(self, diagonal)", triangle(false)},
      {"aten::triu(self, diagonal)", triangle(true)},
      {"aten::tril_indices(row, col, offset, dtype)", triangleIndices(false)},
      {"aten::triu_indices(row, col, offset, dtype)", triangleIndices(true)},
  };
}

}  // namespace deploytool::exporter::ops
