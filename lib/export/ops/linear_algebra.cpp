// Determinants, inverses, linear systems and Cholesky factors. ONNX has Det only: systems of a literal size are solved by
// Gauss-Jordan elimination with row exchanges, written out, and factors are found column by column.
#include <algorithm>
#include <numeric>

#include "export/complex.h"
#include "export/ops/complex_arithmetic.h"
#include "export/ops/expression.h"
#include "export/ops/matrix.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr int64_t kLargestSystem = 16;
constexpr const char* kSystemLimit = "systems larger than 16 or of dynamic size";

Tensor determinant(Builder& b, const Tensor& x) { return b.op("Det", {x}); }

// aten::det
Lowering det(std::string_view name) {
  return [name](Call& c) -> Results { return {determinant(c.b, realOperand(c, name))}; };
}

// aten::logdet
Results logdet(Call& c) { return {c.b.unary("Log", determinant(c.b, realOperand(c, "self")))}; }

// aten::slogdet: sign and logarithm of the absolute value
Lowering slogdet(std::string_view name) {
  return [name](Call& c) -> Results {
    const Expr value(c.b, determinant(c.b, realOperand(c, name)));
    return {sign(value).tensor(), log(abs(value)).tensor()};
  };
}

/// Elimination on the rows of [A | B], A n × n, in the last two axes.
class Elimination {
 public:
  Elimination(Builder& b, const Tensor& a, const Tensor& right, int64_t n)
      : b_(b), n_(n), row_(a.rank() - 2), m_(b.concat({a, right}, a.rank() - 1)) {
    positions_ = b.reshape(b.range(0, n), {Dim(n), Dim(1)});
  }

  Tensor solve() {
    for (int64_t k = 0; k < n_; ++k) {
      exchange(k);
      eliminate(k);
    }
    return b_.slice(m_, row_ + 1, n_, m_.dim(row_ + 1));
  }

  /// After solve(), by system: the number of the first step without a pivot, 0 where there is none.
  Tensor info() const {
    Tensor first;
    for (int64_t k = n_; k > 0; --k) {
      const Tensor pivot = b_.squeeze(pivots_[static_cast<size_t>(k - 1)], {row_, row_ + 1});
      const Tensor isMissing = b_.compare("Equal", pivot, b_.scalarLike(pivot, 0));
      if (!first) first = b_.cast(b_.full(DType::Int64, pivot.dims(), 0), DType::Int32);
      first = b_.where(isMissing, b_.scalar(DType::Int32, static_cast<double>(k)), first);
    }
    return first;
  }

 private:
  Tensor isRow(int64_t k) { return b_.compare("Equal", positions_, b_.int64(k)); }

  /// Brings the row with the largest element of column k, among the rows from k on, to row k.
  void exchange(int64_t k) {
    const Tensor column = b_.slice(b_.slice(m_, row_ + 1, k, k + 1), row_, k, n_);
    const Tensor best = b_.op("ArgMax", {b_.unary("Abs", column)}, {{"axis", row_}, {"keepdims", 1}});
    const Tensor pivot = b_.add(best, b_.int64(k));  // [.., 1, 1]
    const Tensor other = b_.where(b_.compare("Equal", positions_, pivot), b_.int64(k), positions_);
    const Tensor order = b_.where(isRow(k), pivot, other);
    m_ = b_.op("GatherElements", {m_, b_.expand(order, m_.dims())}, {{"axis", row_}});
  }

  /// Row k divided by its pivot; every other row loses its multiple of it.
  void eliminate(int64_t k) {
    const Tensor row = b_.slice(m_, row_, k, k + 1);
    pivots_.push_back(b_.slice(row, row_ + 1, k, k + 1));
    const Tensor scaled = b_.div(row, pivots_.back());
    const Tensor factors = b_.slice(m_, row_ + 1, k, k + 1);
    m_ = b_.where(isRow(k), scaled, b_.sub(m_, b_.mul(factors, scaled)));
  }

  Builder& b_;
  int64_t n_;
  int64_t row_;
  Tensor m_;
  Tensor positions_;
  Tensors pivots_;
};

int64_t systemSize(Call& c, const Tensor& a) {
  const auto n = a.rank() >= 2 ? a.dim(-1).asLiteral() : std::nullopt;
  if (!n || *n > kLargestSystem) c.refuse("only linear systems of a literal size up to 16 are written out in ONNX");
  return *n;
}

Tensor identity(Builder& b, DType dtype, int64_t n) {
  const Tensor rows = b.reshape(b.range(0, n), {Dim(n), Dim(1)});
  return b.cast(b.compare("Equal", rows, b.range(0, n)), dtype);
}

Tensor inverse(Call& c, const Tensor& a) {
  const int64_t n = systemSize(c, a);
  Dims dims = a.dims();
  return Elimination(c.b, a, c.b.expand(identity(c.b, a.dtype(), n), dims), n).solve();
}

// aten::inverse, linalg_inv
Lowering inverseOf(std::string_view name) {
  return [name](Call& c) -> Results { return {inverse(c, realOperand(c, name))}; };
}

// aten::linalg_inv_ex: the second result tells of singular matrices, whose inverse holds no particular numbers
Results inverseWithInfo(Call& c) {
  const Tensor a = realOperand(c, "A");
  const int64_t n = systemSize(c, a);
  Elimination elimination(c.b, a, c.b.expand(identity(c.b, a.dtype(), n), a.dims()), n);
  const Tensor result = elimination.solve();
  if (n == 0) return {result, c.b.full(DType::Int32, Dims(a.dims().begin(), a.dims().end() - 2), 0)};
  return {result, elimination.info()};
}

/// Rank 1, or of A's shape without its last axis.
bool isVector(const Tensor& right, const Tensor& a) {
  if (right.rank() == 1) return true;
  if (right.rank() != a.rank() - 1) return false;
  for (int64_t i = 0; i < right.rank(); ++i)
    if (ir::equal(right.dim(i), a.dim(i)) == false) return false;
  return true;
}

/// Both with the same axes before the last two.
void alignBatch(Builder& b, Tensor& x, Tensor& y) {
  const int64_t rank = std::max(x.rank(), y.rank());
  const auto raise = [&](Tensor& t) {
    std::vector<int64_t> axes(static_cast<size_t>(rank - t.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    if (!axes.empty()) t = b.unsqueeze(t, axes);
  };
  raise(x), raise(y);
  Dims xDims = x.dims(), yDims = y.dims();
  for (size_t i = 0; i + 2 < xDims.size(); ++i) {
    if (xDims[i] == Dim(1)) xDims[i] = yDims[i];
    if (yDims[i] == Dim(1)) yDims[i] = xDims[i];
  }
  x = b.expand(x, xDims), y = b.expand(y, yDims);
}

/// AX = B for real A and B, or for the two parts of complex ones: [Ar -Ai; Ai Ar] [Xr; Xi] = [Br; Bi].
Tensors solved(Builder& b, const Tensors& a, const Tensors& right, int64_t n) {
  if (a.size() == 1) return {Elimination(b, a[0], right[0], n).solve()};
  const int64_t rows = a[0].rank() - 2, columns = rows + 1;
  const Tensor upper = b.concat({a[0], b.unary("Neg", a[1])}, columns);
  const Tensor matrix = b.concat({upper, b.concat({a[1], a[0]}, columns)}, rows);
  const Tensor x = Elimination(b, matrix, b.concat(right, rows), 2 * n).solve();
  return {b.slice(x, rows, 0, n), b.slice(x, rows, n, 2 * n)};
}

Value joined(Builder& b, const Tensors& parts) {
  return Value(parts.size() == 1 ? parts[0] : complexTensor(b, parts[0], parts[1]));
}

// aten::linalg_solve: AX = B, or XA = B as A'X' = B'. B is a vector where its shape is A's without the last axis
Results solve(Call& c, Tensors a, Tensors right) {
  Builder& b = c.b;
  const bool fromRight = c.has("left") && !c.boolean("left");
  const int64_t n = systemSize(c, a[0]);
  const bool vector = isVector(right[0], a[0]);
  for (size_t i = 0; i < a.size(); ++i) {
    if (vector) right[i] = b.unsqueeze(right[i], {right[i].rank()});
    if (fromRight) a[i] = b.swapAxes(a[i], -2, -1), right[i] = b.swapAxes(right[i], -2, -1);
    alignBatch(b, a[i], right[i]);
  }
  Tensors x = solved(b, a, right, n);
  for (Tensor& part : x) {
    if (fromRight)
      part = b.swapAxes(part, -2, -1);
    else if (vector)
      part = b.squeeze(part, {part.rank() - 1});
  }
  return {joined(b, x)};
}

Results solveReal(Call& c) { return solve(c, {realOperand(c, "A")}, {realOperand(c, "B")}); }

// aten::linalg_solve_ex: with the number of the first missing pivot, which a solution that exists has none of
Results solveWithInfo(Call& c) {
  const Tensor a = realOperand(c, "A");
  Results results = solveReal(c);
  results.emplace_back(c.b.full(DType::Int32, Dims(a.dims().begin(), a.dims().end() - 2), 0));
  return results;
}

/// The triangle of A that counts; with `unit`, ones on its diagonal.
Tensor triangle(Builder& b, const Tensor& a, int64_t n, bool upper, bool unit) {
  const Tensor counts = bandMask(b, n, n, 0, upper ? "GreaterOrEqual" : "LessOrEqual");
  const Tensor part = b.where(counts, a, b.scalarLike(a, 0));
  return unit ? b.where(bandMask(b, n, n, 0, "Equal"), b.scalarLike(a, 1), part) : part;
}

/// AX = B, with the same axes before the last two.
Tensor solvedSystem(Builder& b, Tensor a, Tensor right, int64_t n) {
  alignBatch(b, a, right);
  return Elimination(b, a, right, n).solve();
}

// aten::linalg_solve_triangular(self, B, upper, left, unitriangular)
Results solveTriangular(Call& c) {
  Builder& b = c.b;
  const Tensor a = realOperand(c, "self"), right = realOperand(c, "B");
  const int64_t n = systemSize(c, a);
  const Tensor t = triangle(b, a, n, c.boolean("upper"), c.boolean("unitriangular"));
  if (c.boolean("left")) return {solvedSystem(b, t, right, n)};
  return {transposeLast(b, solvedSystem(b, transposeLast(b, t), transposeLast(b, right), n))};
}

// aten::triangular_solve(self, A, upper, transpose, unitriangular): the solution and A
Results triangularSolve(Call& c) {
  Builder& b = c.b;
  const Tensor a = realOperand(c, "A");
  const int64_t n = systemSize(c, a);
  Tensor t = triangle(b, a, n, c.boolean("upper"), c.boolean("unitriangular"));
  if (c.boolean("transpose")) t = transposeLast(b, t);
  return {solvedSystem(b, t, realOperand(c, "self"), n), a};
}

/// L L' (or U' U) of Cholesky factors.
Tensor productOfFactors(Call& c, const Tensor& factors, int64_t n) {
  const bool upper = c.boolean("upper");
  const Tensor t = triangle(c.b, factors, n, upper, false), other = transposeLast(c.b, t);
  return upper ? c.b.matmul(other, t) : c.b.matmul(t, other);
}

// aten::cholesky_solve(self, input2, upper): of the matrix whose factors are input2
Results choleskySolve(Call& c) {
  const Tensor factors = realOperand(c, "input2");
  const int64_t n = systemSize(c, factors);
  return {solvedSystem(c.b, productOfFactors(c, factors, n), realOperand(c, "self"), n)};
}

// aten::cholesky_inverse(self, upper)
Results choleskyInverse(Call& c) {
  const Tensor factors = realOperand(c, "self");
  return {inverse(c, productOfFactors(c, factors, systemSize(c, factors)))};
}

Tensors partsOf(const Call& c, std::string_view name) {
  const ComplexParts parts = exporter::partsOf(c.b, c.tensor(name));
  return {parts.real, parts.imaginary};
}

/// A = L·L', column by column; only the lower triangle of A is read. Where A is not positive definite, NaN.
class Cholesky {
 public:
  Cholesky(Builder& b, Tensor a, int64_t n) : b_(b) {
    const int64_t row = a.rank() - 2;
    const Tensor positions = b.reshape(b.range(0, n), {Dim(n), Dim(1)});
    for (int64_t k = 0; k < n; ++k) {
      const Tensor column = b.slice(a, row + 1, k, k + 1);
      pivots_.push_back(b.slice(column, row, k, k + 1));
      const Tensor isBelow = b.compare("GreaterOrEqual", positions, b.int64(k));
      const Tensor scaled = b.div(column, b.unary("Sqrt", pivots_.back()));
      columns_.push_back(b.where(isBelow, scaled, b.scalarLike(a, 0)));
      a = b.sub(a, b.matmul(columns_.back(), transposeLast(b, columns_.back())));
    }
  }

  Tensor lower() const { return b_.concat(columns_, columns_.front().rank() - 1); }

  /// By matrix: the order of the first leading minor that is not positive, 0 where there is none.
  Tensor info() const {
    const int64_t row = pivots_.front().rank() - 2;
    Tensor first = b_.scalar(DType::Int32, 0);
    for (size_t k = pivots_.size(); k > 0; --k) {
      const Tensor pivot = b_.squeeze(pivots_[k - 1], {row, row + 1});
      first = b_.where(b_.compare("Greater", pivot, b_.scalarLike(pivot, 0)), first,
                       b_.scalar(DType::Int32, static_cast<double>(k)));
    }
    return first;
  }

 private:
  Builder& b_;
  Tensors columns_, pivots_;
};

// aten::cholesky, linalg_cholesky, linalg_cholesky_ex (with `info`)
template <bool WithInfo>
Results cholesky(Call& c) {
  const Tensor a = realOperand(c, "self");
  const int64_t n = systemSize(c, a);
  if (n == 0) c.refuse("the factors of a matrix without elements");
  // libtorch reads the triangle that it writes.
  const bool upper = c.boolean("upper");
  const Cholesky factors(c.b, upper ? transposeLast(c.b, a) : a, n);
  const Tensor lower = factors.lower();
  Results results{upper ? transposeLast(c.b, lower) : lower};
  if (WithInfo) results.emplace_back(factors.info());
  return results;
}

// aten::matrix_power: of a static exponent, by squaring
Results matrixPower(Call& c) {
  int64_t n = c.integer("n");
  Tensor base = realOperand(c, "self");
  if (n < 0) {
    base = inverse(c, base);
    n = -n;
  }
  if (n == 0) {
    const auto size = base.dim(-1).asLiteral();
    if (!size) c.refuse("matrix_power of 0 with a dynamic size");
    return {c.b.expand(identity(c.b, base.dtype(), *size), base.dims())};
  }
  Tensor result;
  for (; n > 0; n /= 2) {
    if (n % 2 == 1) result = result ? c.b.matmul(result, base) : base;
    if (n > 1) base = c.b.matmul(base, base);
  }
  return {result};
}

}  // namespace

Results complexSolve(Call& c) { return solve(c, partsOf(c, "A"), partsOf(c, "B")); }

Results complexInverse(Call& c) {
  const Tensors a = partsOf(c, c.has("A") ? "A" : "self");
  const int64_t n = systemSize(c, a[0]);
  const Tensor unit = c.b.expand(identity(c.b, a[0].dtype(), n), a[0].dims());
  return {joined(c.b, solved(c.b, a, {unit, c.b.fullLike(unit, 0)}, n))};
}

std::vector<Row> linear_algebra() {
  std::vector<Row> rows = {
      {"aten::det(self)", det("self")},
      {"aten::linalg_det(A)", det("A")},
      {"aten::inverse(self)", inverseOf("self"), kSystemLimit},
      {"aten::linalg_inv(A)", inverseOf("A"), kSystemLimit},
      {"aten::linalg_inv_ex(A)", inverseWithInfo, kSystemLimit},
      {"aten::linalg_solve(A, B, left)", solveReal, kSystemLimit},
      {"aten::linalg_solve_ex(A, B, left)", solveWithInfo, kSystemLimit},
      {"aten::linalg_solve_triangular(self, B, upper, left, unitriangular)", solveTriangular, kSystemLimit},
      {"aten::triangular_solve(self, A, upper, transpose, unitriangular)", triangularSolve, kSystemLimit},
      {"aten::cholesky_solve(self, input2, upper)", choleskySolve, kSystemLimit},
      {"aten::cholesky_inverse(self, upper)", choleskyInverse, kSystemLimit},
      {"aten::cholesky(self, upper)", cholesky<false>, kSystemLimit},
      {"aten::linalg_cholesky(self, upper)", cholesky<false>, kSystemLimit},
      {"aten::linalg_cholesky_ex(self, upper)", cholesky<true>, kSystemLimit},
      {"aten::logdet(self)", logdet},
      {"aten::slogdet(self)", slogdet("self")},
      {"aten::linalg_slogdet(A)", slogdet("A")},
  };
  for (const char* signature : {"aten::matrix_power(self, n)", "aten::linalg_matrix_power(self, n)"})
    rows.emplace_back(signature, matrixPower, "negative powers of matrices larger than 16");
  addRefusing(
      rows,
      {"aten::linalg_eig(self)", "aten::linalg_eigvals(self)", "aten::linalg_lu(A)", "aten::linalg_lu_factor(A)",
       "aten::linalg_lu_factor_ex(A)", "aten::linalg_lu_solve(LU)", "aten::lu_solve(self)", "aten::lu_unpack(LU_data)",
       "aten::_lu_with_info(self)", "aten::linalg_ldl_factor(self)", "aten::linalg_ldl_factor_ex(self)",
       "aten::linalg_ldl_solve(LD)", "aten::linalg_householder_product(input)", "aten::geqrf(self)",
       "aten::orgqr(self)", "aten::ormqr(self)", "aten::linalg_tensorinv(self)", "aten::linalg_tensorsolve(self)"},
      "ONNX has no operator for matrix factorisations");
  return rows;
}

}  // namespace deploytool::exporter::ops
