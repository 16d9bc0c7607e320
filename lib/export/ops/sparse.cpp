// Sparse tensors, kept dense: ONNX has none that run. Their products and sums have the same elements.
#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// Values [nnz, …] added up at the indices [axes, nnz] of zeros of these sizes.
Tensor filled(Call& c, const Tensor& indices, const Tensor& values, const Dims& sizes) {
  Builder& b = c.b;
  const auto axes = static_cast<size_t>(c.structural(indices.dim(0), "the number of sparse axes"));
  if (axes > sizes.size()) c.refuse("more sparse axes than sizes");
  Tensor place;
  Dim rows = 1;
  for (size_t i = axes; i > 0; --i) {  // row-major
    const Tensor along = b.mul(b.select(indices, 0, static_cast<int64_t>(i - 1)), b.dim(rows));
    place = place ? b.add(place, along) : along;
    rows = rows * sizes[i - 1];
  }
  Dims flat{rows};
  flat.insert(flat.end(), sizes.begin() + static_cast<std::ptrdiff_t>(axes), sizes.end());
  const Tensor sums = scatterRows(c, b.full(values.dtype(), flat, 0), place, values, Reduction::Add);
  return b.reshape(sums, sizes);
}

Tensor wideIndices(const Call& c, std::string_view name) { return c.b.cast(c.tensor(name), DType::Int64); }
Tensor valuesOf(const Call& c) { return c.b.cast(c.tensor("values"), c.dtype("dtype").value_or(c.tensor("values").dtype())); }

// aten::sparse_coo_tensor.indices_size(indices, values, size, dtype), _sparse_coo_tensor_unsafe
Results fromCoordinates(Call& c) { return {filled(c, wideIndices(c, "indices"), valuesOf(c), c.dims("size"))}; }

// aten::sparse_coo_tensor.indices(indices, values, dtype): as large as the indices ask for
Results fromCoordinatesAlone(Call& c) {
  Builder& b = c.b;
  const Tensor indices = wideIndices(c, "indices"), values = valuesOf(c);
  const int64_t axes = c.structural(indices.dim(0), "the number of sparse axes");
  Dims sizes;
  for (int64_t i = 0; i < axes; ++i) {
    const Tensor last = b.reduce("ReduceMax", b.select(indices, 0, i), {0}, false);
    sizes.push_back(b.toDim(last) + Dim(1));
  }
  for (int64_t i = 1; i < values.rank(); ++i) sizes.push_back(values.dim(i));
  return {filled(c, indices, values, sizes)};
}

// aten::sparse_coo_tensor.size(size, dtype): zeros
Results fromSize(Call& c) { return {c.b.full(c.dtype("dtype").value_or(DType::Float32), c.dims("size"), 0)}; }

// aten::sparse_csr_tensor.crow_col_value_size: the row of an element is the number of rows that end before it
Results fromRows(Call& c) {
  Builder& b = c.b;
  const Tensor starts = wideIndices(c, "crow_indices"), columns = wideIndices(c, "col_indices");
  if (starts.rank() != 1) c.refuse("several sparse matrices in one tensor");
  const Tensor ends = b.unsqueeze(b.slice(starts, 0, 1, starts.dim(0)), {0});
  const Tensor elements = b.unsqueeze(b.range(0, columns.dim(0)), {1});
  const Tensor isBefore = b.cast(b.compare("LessOrEqual", ends, elements), DType::Int64);
  const Tensor rows = b.reduce("ReduceSum", isBefore, {1}, false);
  return {filled(c, b.stack({rows, columns}, 0), valuesOf(c), c.dims("size"))};
}

// aten::to_dense(self, dtype)
Results toDense(Call& c) { return {c.b.cast(c.tensor("self"), c.dtype("dtype").value_or(c.tensor("self").dtype()))}; }

Lowering product(std::string_view left, std::string_view right) {
  return [left, right](Call& c) -> Results { return {c.b.matmul(c.tensor(left), c.tensor(right))}; };
}

// aten::sspaddmm, _sparse_addmm(self, mat1, mat2, beta, alpha)
Results addProduct(Call& c) {
  Builder& b = c.b;
  const Tensor product = b.mulScalar(b.matmul(c.tensor("mat1"), c.tensor("mat2")), numberOr(c, "alpha", 1));
  return {b.add(b.mulScalar(c.tensor("self"), numberOr(c, "beta", 1)), product)};
}

// aten::_sparse_sum(self), .dim(self, dim), .dtype, .dim_dtype
Results sum(Call& c) {
  Tensor x = c.tensor("self");
  x = c.b.cast(x, c.dtype("dtype").value_or(x.dtype()));
  return {c.b.reduce("ReduceSum", x, c.has("dim") ? c.axes("dim", x.rank()) : std::vector<int64_t>(), false)};
}

}  // namespace

std::vector<Row> sparse() {
  // Always: libtorch takes no dense tensors where these want sparse ones.
  constexpr auto kAlways = Row::Static::Always;
  const auto row = [](const char* signature, const Lowering& lower) { return Row(signature, lower, "", kAlways); };
  std::vector<Row> rows = {
      row("aten::sparse_coo_tensor.indices_size(indices, values, size, dtype)", fromCoordinates),
      row("aten::_sparse_coo_tensor_unsafe(indices, values, size, dtype)", fromCoordinates),
      row("aten::sparse_coo_tensor.indices(indices, values, dtype)", fromCoordinatesAlone),
      row("aten::sparse_coo_tensor.size(size, dtype)", fromSize),
      row("aten::sparse_csr_tensor.crow_col_value_size(crow_indices, col_indices, values, size, dtype)", fromRows),
      row("aten::to_dense(self, dtype)", toDense),
      row("aten::_to_dense(self, dtype)", toDense),
      row("aten::_sparse_mm(sparse, dense)", product("sparse", "dense")),
      row("aten::smm(self, mat2)", product("self", "mat2")),
      row("aten::hspmm(mat1, mat2)", product("mat1", "mat2")),
      row("aten::sspaddmm(self, mat1, mat2, beta, alpha)", addProduct),
      row("aten::_sparse_addmm(self, mat1, mat2, beta, alpha)", addProduct),
      row("aten::_sparse_sum(self)", sum),
      row("aten::_sparse_sum.dim(self, dim)", sum),
      row("aten::_sparse_sum.dtype(self, dtype)", sum),
      row("aten::_sparse_sum.dim_dtype(self, dim, dtype)", sum),
  };
  for (const char* signature :
       {"aten::to_sparse(self)", "aten::to_sparse.sparse_dim(self)", "aten::to_sparse_csr(self)", "aten::to_sparse_csc(self)",
        "aten::to_sparse_bsr(self)", "aten::to_sparse_bsc(self)", "aten::coalesce(self)", "aten::_coalesce(self)"})
    rows.push_back(row(signature, pass()));
  return rows;
}

}  // namespace deploytool::exporter::ops
