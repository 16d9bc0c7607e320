// Norms of vectors and matrices.
#include <cmath>

#include "export/ops/eigen.h"
#include "export/ops/expression.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

namespace {

/// (Σ |x|^p)^(1/p) over the axes, and its limits: 0 counts, ±∞ are the extremes.
Tensor pNorm(Builder& b, const Tensor& x, double p, const Axes& axes) {
  const Expr size = abs(Expr(b, x));
  if (p == INFINITY) return extremeOfSizes(b, "ReduceMax", size, axes);
  if (p == -INFINITY) return extremeOfSizes(b, "ReduceMin", size, axes);
  if (p == 0) return reduce(b, "ReduceSum", b.cast(b.cast(x, DType::Bool), x.dtype()), axes);
  if (p == 1) return reduce(b, "ReduceSum", size, axes);
  if (p == 2 && x.dtype() == DType::Float32) return reduce(b, "ReduceL2", x, axes);
  if (p == 2) return sqrt(Expr(b, reduce(b, "ReduceSum", b.mul(x, x), axes)));
  const Expr sum(b, reduce(b, "ReduceSum", pow(size, size.number(p)), axes));
  return pow(sum, sum.number(1 / p));
}

/// In float32 for the 16-bit types, as torch accumulates.
Tensor norm(Builder& b, const Tensor& x, double p, const Axes& axes) {
  return widened(b, x, [&](const Tensor& wide) { return pNorm(b, wide, p, axes); });
}

/// The input in `dtype` where one is asked for, floating in any case.
Tensor normed(Call& c, std::string_view name = "self") {
  const Tensor x = floatOperand(c, name);
  return c.b.cast(x, c.dtype("dtype").value_or(x.dtype()));
}

// aten::norm.*: p is 2 where left out
Results lowerNorm(Call& c) {
  const Tensor x = normed(c);
  return {norm(c.b, x, numberOr(c, "p", 2), axesOf(c, x.rank()))};
}

// aten::linalg_vector_norm
Results vectorNorm(Call& c) {
  const Tensor x = normed(c);
  return {norm(c.b, x, numberOr(c, "ord", 2), axesOf(c, x.rank()))};
}

// aten::frobenius_norm
Results frobenius(Call& c) {
  const Tensor x = normed(c);
  return {norm(c.b, x, 2, axesOf(c, x.rank()))};
}

/// The two axes of a matrix norm.
std::pair<int64_t, int64_t> matrixAxes(Call& c, int64_t rank) {
  if (rank < 2) c.refuse("a matrix norm needs two axes");
  if (!c.has("dim")) return {rank - 2, rank - 1};
  const std::vector<int64_t> axes = c.axes("dim", rank);
  if (axes.size() != 2) c.refuse("a matrix norm needs two axes");
  return {axes[0], axes[1]};
}

/// Largest (or, for a negative order, smallest) sum of absolute values along `summed`.
Tensor extremeOfSums(Call& c, const Tensor& x, int64_t summed, int64_t other, bool largest) {
  Builder& b = c.b;
  const Tensor sums = b.reduce("ReduceSum", abs(Expr(b, x)), {summed}, true);
  const Tensor result = extremeOfSizes(b, largest ? "ReduceMax" : "ReduceMin", sums, {{other}, true, false});
  return c.boolean("keepdim") ? result : b.squeeze(result, {summed, other});
}

Tensor matrixNorm(Call& c, const Tensor& x, double order) {
  const auto [rows, columns] = matrixAxes(c, x.rank());
  if (std::abs(order) == 1) return extremeOfSums(c, x, rows, columns, order > 0);
  if (std::isinf(order)) return extremeOfSums(c, x, columns, rows, order > 0);
  if (std::abs(order) != 2) c.refuse("no matrix norm of this order");
  return spectralNorm(c, x, {rows, columns}, order > 0 ? SpectralNorm::Largest : SpectralNorm::Smallest,
                      c.boolean("keepdim"));
}

Tensor frobeniusOf(Call& c, const Tensor& x) {
  const auto [rows, columns] = matrixAxes(c, x.rank());
  return norm(c.b, x, 2, {{rows, columns}, c.boolean("keepdim"), false});
}

// aten::linalg_matrix_norm
Results lowerMatrixNorm(Call& c) {
  return {widened(c.b, normed(c), [&](const Tensor& x) { return matrixNorm(c, x, c.number("ord")); })};
}

// aten::linalg_matrix_norm.str_ord
Results matrixNormByName(Call& c) {
  const Tensor x = normed(c);
  if (c.text("ord") == "fro") return {frobeniusOf(c, x)};
  return {spectralNorm(c, x, matrixAxes(c, x.rank()), SpectralNorm::Nuclear, c.boolean("keepdim"))};
}

// aten::linalg_norm: of a vector or a matrix, by the number of axes; without an order, of everything flattened
Results linalgNorm(Call& c) {
  const Tensor x = normed(c);
  const bool givenAxes = c.has("dim");
  if (!c.has("ord")) return {norm(c.b, x, 2, axesOf(c, x.rank()))};
  const bool matrix = givenAxes ? c.integers("dim").size() == 2 : x.rank() == 2;
  if (!matrix) return {norm(c.b, x, c.number("ord"), axesOf(c, x.rank()))};
  return {widened(c.b, x, [&](const Tensor& wide) { return matrixNorm(c, wide, c.number("ord")); })};
}

// aten::renorm: every slice of an axis with a norm above the maximum is scaled down to it
Results renorm(Call& c) {
  Builder& b = c.b;
  const Tensor x = realOperand(c, "self");
  const int64_t axis = c.axis("dim", x.rank());
  Axes others{{}, true, false};
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != axis) others.list.push_back(i);
  const Expr size(b, norm(b, x, c.number("p"), others));
  const double limit = c.number("maxnorm");
  return {b.mul(x, where(size > limit, limit / (size + 1e-7), size.number(1)))};
}

// aten::dist: the norm of a difference
Results dist(Call& c) {
  const Tensors x = floatOperands(c, {"self", "other"});
  const Tensor difference = c.b.sub(x[0], x[1]);
  return {norm(c.b, difference, c.number("p"), axesOf(c, difference.rank()))};
}

}  // namespace

std::vector<Row> vector_norm() {
  std::vector<Row> rows = {
      {"aten::dist(self, other, p)", dist},
      {"aten::frobenius_norm(self)", frobenius},
      {"aten::frobenius_norm.dim(self, dim, keepdim)", frobenius},
      {"aten::linalg_matrix_norm(self, ord, dim, keepdim, dtype)", lowerMatrixNorm, kSpectrumLimit},
      {"aten::linalg_matrix_norm.str_ord(self, ord, dim, keepdim, dtype)", matrixNormByName, kSpectrumLimit},
      {"aten::linalg_norm(self, ord, dim, keepdim, dtype)", linalgNorm, kSpectrumLimit},
      {"aten::linalg_norm.ord_str(self, ord, dim, keepdim, dtype)", matrixNormByName, kSpectrumLimit},
      {"aten::linalg_vector_norm(self, ord, dim, keepdim, dtype)", vectorNorm},
      {"aten::renorm(self, p, dim, maxnorm)", renorm},
  };
  addRows(
      rows,
      {"aten::norm.Scalar(self, p)", "aten::native_norm(self, p)", "aten::norm.ScalarOpt_dim(self, p, dim, keepdim)",
       "aten::norm.ScalarOpt_dim_dtype(self, p, dim, keepdim, dtype)", "aten::norm.ScalarOpt_dtype(self, p, dtype)"},
      lowerNorm);
  return rows;
}

}  // namespace deploytool::exporter::ops
