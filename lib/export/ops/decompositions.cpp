// What follows from eigenvalues and singular values (eigen.h): factors, pseudo-inverses, ranks, norms, least squares.
#include <cmath>
#include <limits>

#include "export/ops/eigen.h"
#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/matrix.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr const char* kSigns =
    "the signs of singular vectors and eigenvectors are not determined: those of libtorch may be others";
constexpr const char* kVectorLimit = "matrices whose smaller size is above 64 or dynamic; signs of vectors may be others";

/// The argument in float64, and the dtype that results are to have.
struct Matrices {
  Tensor wide;
  DType dtype;

  Value narrow(Builder& b, const Tensor& x) const { return b.cast(x, dtype); }
  /// What rounding leaves of a singular value of 0, as a share of the largest.
  double share() const {
    const Dim larger = ir::max(wide.dim(-2), wide.dim(-1));
    const double unit = dtype == DType::Float64 ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
    return unit * static_cast<double>(larger.asLiteral().value_or(kLargestSpectrum));
  }
};

Matrices matrices(Call& c, std::string_view name) {
  const Tensor x = floatOperand(c, name);
  if (x.rank() < 2) c.refuse("a matrix needs two axes");
  return {c.b.cast(x, DType::Float64), x.dtype()};
}

std::string_view matrixName(const Call& c) { return c.has("A") ? "A" : c.has("input") ? "input" : "self"; }

// ---- symmetric matrices -------------------------------------------------------------------------------------------

Results eigenResults(Call& c, bool upper, bool withVectors) {
  Builder& b = c.b;
  const Matrices x = matrices(c, matrixName(c));
  const Tensor isGiven = bandMask(b, x.wide.dim(-2), x.wide.dim(-1), 0, upper ? "GreaterOrEqual" : "LessOrEqual");
  const Eigen eigen = eigenOf(c, b.where(isGiven, x.wide, transposeLast(b, x.wide)));
  if (!withVectors) return {x.narrow(b, eigen.values), b.full(x.dtype, {0}, 0)};
  c.note(kSigns);
  return {x.narrow(b, eigen.values), x.narrow(b, eigen.vectors)};
}

bool isUpper(const Call& c) { return c.text("UPLO") == "U" || c.text("UPLO") == "u"; }

// aten::linalg_eigh(self, UPLO), _linalg_eigh(A, UPLO, compute_v)
Results eigh(Call& c) { return eigenResults(c, isUpper(c), !c.has("compute_v") || c.boolean("compute_v")); }
// aten::linalg_eigvalsh(self, UPLO)
Results eigvalsh(Call& c) { return {eigenResults(c, isUpper(c), false).front()}; }
// aten::symeig(self, eigenvectors, upper)
Results symeig(Call& c) { return eigenResults(c, c.boolean("upper"), c.boolean("eigenvectors")); }

// ---- singular values ----------------------------------------------------------------------------------------------

Results singularResults(Call& c, bool full, bool transposed) {
  const Matrices x = matrices(c, matrixName(c));
  const Singular s = singularOf(c, x.wide, full);
  c.note(kSigns);
  return {x.narrow(c.b, s.u), x.narrow(c.b, s.values), x.narrow(c.b, transposed ? transposeLast(c.b, s.v) : s.v)};
}

/// Without vectors: what stands in their places, and the values between.
Results valuesBetween(Call& c, const Dims& left, const Dims& right) {
  const Matrices x = matrices(c, matrixName(c));
  return {c.b.full(x.dtype, left, 0), x.narrow(c.b, singularOf(c, x.wide).values), c.b.full(x.dtype, right, 0)};
}

// aten::svd(self, some, compute_uv): V, not its transpose; without vectors, zeros
Results svd(Call& c) {
  if (c.boolean("compute_uv")) return singularResults(c, !c.boolean("some"), false);
  const Dims dims = c.tensor("self").dims();
  const auto square = [&](const Dim& size) {
    Dims result(dims.begin(), dims.end() - 2);
    result.insert(result.end(), 2, size);
    return result;
  };
  return valuesBetween(c, square(dims.at(dims.size() - 2)), square(dims.back()));
}

// aten::linalg_svd(A, full_matrices, driver), _linalg_svd (with compute_uv)
Results linalgSvd(Call& c) {
  if (c.has("compute_uv") && !c.boolean("compute_uv")) return valuesBetween(c, {0}, {0});
  return singularResults(c, c.boolean("full_matrices"), true);
}

// aten::linalg_svdvals(A, driver)
Results svdvals(Call& c) {
  const Matrices x = matrices(c, "A");
  return {x.narrow(c.b, singularOf(c, x.wide).values)};
}

/// A bound as [.., 1] for the values of each matrix; a number, or a tensor by matrix.
Expr bound(Call& c, std::string_view name) {
  if (const auto* number = c.arg(name).as<double>()) return {c.b, c.b.scalar(DType::Float64, *number)};
  const Tensor given = c.b.cast(c.tensor(name), DType::Float64);
  return {c.b, given.rank() == 0 ? given : c.b.unsqueeze(given, {given.rank()})};
}

/// Singular values above this count: the larger of an absolute bound and a share of the largest value.
Expr thresholdOf(Call& c, const Matrices& x, const Tensor& values) {
  const Expr most(c.b, c.b.slice(values, values.rank() - 1, 0, 1));
  if (c.has("rcond")) return most * bound(c, "rcond");
  if (c.has("tol")) return bound(c, "tol");
  const Expr usual = most * x.share();
  if (!c.has("atol") && !c.has("rtol")) return usual;
  if (!c.has("atol")) return most * bound(c, "rtol");
  const Expr atol = bound(c, "atol");
  return max(atol, c.has("rtol") ? most * bound(c, "rtol") : where(atol > 0.0, atol.number(0), usual));
}

/// V · diag(1 / s) · U', small values left out.
Tensor pseudoInverse(Call& c, const Matrices& x) {
  Builder& b = c.b;
  const Singular s = singularOf(c, x.wide);
  const Expr values(b, s.values), isLarge = values > thresholdOf(c, x, s.values);
  const Expr inverse = where(isLarge, 1.0 / where(isLarge, values, 1.0), 0.0);
  return b.matmul(b.mul(s.v, b.unsqueeze(inverse, {s.values.rank() - 1})), transposeLast(b, s.u));
}

// aten::pinverse(self, rcond), linalg_pinv.*
Results pinv(Call& c) {
  const Matrices x = matrices(c, "self");
  return {x.narrow(c.b, pseudoInverse(c, x))};
}

Tensor rankOf(Call& c, const Matrices& x, const Tensor& values) {
  const Tensor isLarge = c.b.compare("Greater", values, thresholdOf(c, x, values));
  return c.b.reduce("ReduceSum", c.b.cast(isLarge, DType::Int64), {values.rank() - 1}, false);
}

// aten::linalg_matrix_rank.*
Results matrixRank(Call& c) {
  const Matrices x = matrices(c, matrixName(c));
  return {rankOf(c, x, singularOf(c, x.wide).values)};
}

// aten::linalg_cond(self, p), .p_str
Results cond(Call& c) {
  Builder& b = c.b;
  const Matrices x = matrices(c, "self");
  const Tensor values = singularOf(c, x.wide).values;
  const int64_t last = values.rank() - 1, count = values.dim(-1).literal();
  const auto at = [&](int64_t i) { return Expr(b, b.select(values, last, i)); };
  const auto sum = [&](const Expr& e) { return Expr(b, b.reduce("ReduceSum", e, {last}, false)); };
  const Expr all(b, values), inverse = all.unary("Reciprocal");
  if (const auto* name = c.arg("p").as<std::string>()) {
    if (*name == "nuc") return {x.narrow(b, sum(all) * sum(inverse))};
    if (*name == "fro") return {x.narrow(b, sqrt(sum(all * all)) * sqrt(sum(inverse * inverse)))};
    c.refuse("this order of a condition number");
  }
  const double order = numberOr(c, "p", 2);
  if (std::abs(order) != 2) c.refuse("condition numbers of other orders than 2, -2, 'fro' and 'nuc'");
  return {x.narrow(b, order > 0 ? at(0) / at(count - 1) : at(count - 1) / at(0))};
}

// aten::linalg_lstsq(self, b, rcond, driver): solution, residuals, rank, singular values
Results lstsq(Call& c) {
  Builder& b = c.b;
  const Matrices x = matrices(c, "self");
  Tensor right = b.cast(c.tensor("b"), DType::Float64);
  const bool isVector = right.rank() == x.wide.rank() - 1;
  if (isVector) right = b.unsqueeze(right, {right.rank()});
  const Tensor inverse = pseudoInverse(c, x), values = singularOf(c, x.wide).values;
  Tensor solution = b.matmul(inverse, right);
  const Expr error(b, b.sub(b.matmul(x.wide, solution), right));
  const auto rows = x.wide.dim(-2).asLiteral(), columns = x.wide.dim(-1).asLiteral();
  const Tensor residuals = b.reduce("ReduceSum", error * error, {error.tensor().rank() - 2}, false);
  if (isVector) solution = b.squeeze(solution, {solution.rank() - 1});
  const std::string driver = c.has("driver") ? c.text("driver") : "gelsy";
  const bool hasValues = driver == "gelsd" || driver == "gelss";
  const bool hasResiduals = driver != "gelsy" && rows && columns && *rows > *columns;
  return {x.narrow(b, solution), hasResiduals ? x.narrow(b, residuals) : Value(b.full(x.dtype, {0}, 0)),
          driver == "gels" ? b.full(DType::Int64, {0}, 0) : rankOf(c, x, values),
          hasValues ? x.narrow(b, values) : Value(b.full(x.dtype, {0}, 0))};
}

// aten::nuclear_norm: the sum of singular values
Results nuclearNorm(Call& c) {
  const Tensor x = floatOperand(c, "self");
  const std::vector<int64_t> axes = c.has("dim") ? c.axes("dim", x.rank()) : std::vector<int64_t>{x.rank() - 2, x.rank() - 1};
  return {spectralNorm(c, x, {axes.at(0), axes.at(1)}, SpectralNorm::Nuclear, c.boolean("keepdim"))};
}

}  // namespace

Tensor spectralNorm(Call& c, const Tensor& x, std::pair<int64_t, int64_t> axes, SpectralNorm norm, bool keepDims) {
  Builder& b = c.b;
  const int64_t rank = x.rank();
  const Tensor moved = moveAxes(b, b.cast(x, DType::Float64), {axes.first, axes.second}, {rank - 2, rank - 1});
  const Tensor values = singularOf(c, moved).values;
  const int64_t last = rank - 2, count = values.dim(-1).literal();
  const Tensor wide = norm == SpectralNorm::Nuclear ? b.reduce("ReduceSum", values, {last}, false)
                                                    : b.select(values, last, norm == SpectralNorm::Largest ? 0 : count - 1);
  const Tensor result = b.cast(wide, x.dtype());
  return keepDims ? b.unsqueeze(result, {std::min(axes.first, axes.second), std::max(axes.first, axes.second)}) : result;
}

std::vector<Row> decompositions() {
  std::vector<Row> rows = {
      {"aten::linalg_eigvalsh(self, UPLO)", eigvalsh, kSpectrumLimit},
      {"aten::symeig(self, eigenvectors, upper)", symeig, kVectorLimit},
      {"aten::svd(self, some, compute_uv)", svd, kVectorLimit},
      {"aten::linalg_svdvals(A)", svdvals, kSpectrumLimit},
      {"aten::linalg_cond(self, p)", cond, "orders other than 2, -2, fro and nuc"},
      {"aten::linalg_cond.p_str(self, p)", cond, kSpectrumLimit},
      {"aten::linalg_lstsq(self, b, rcond, driver)", lstsq, kSpectrumLimit},
      {"aten::nuclear_norm(self, keepdim)", nuclearNorm, kSpectrumLimit},
      {"aten::nuclear_norm.dim(self, dim, keepdim)", nuclearNorm, kSpectrumLimit},
  };
  addRows(rows, {"aten::linalg_eigh(self, UPLO)", "aten::_linalg_eigh(A, UPLO, compute_v)"}, eigh, kVectorLimit);
  addRows(rows, {"aten::linalg_svd(A, full_matrices)", "aten::_linalg_svd(A, full_matrices, compute_uv)"}, linalgSvd, kVectorLimit);
  addRows(rows, {"aten::pinverse(self, rcond)", "aten::linalg_pinv(self, rcond)", "aten::linalg_pinv.atol_rtol_float(self, atol, rtol)",
                 "aten::linalg_pinv.atol_rtol_tensor(self, atol, rtol)", "aten::linalg_pinv.rcond_tensor(self, rcond)"},
          pinv, kSpectrumLimit);
  addRows(rows, {"aten::linalg_matrix_rank(self, tol)", "aten::linalg_matrix_rank.tol_tensor(input, tol)",
                 "aten::linalg_matrix_rank.atol_rtol_tensor(input, atol, rtol)",
                 "aten::linalg_matrix_rank.atol_rtol_float(self, atol, rtol)"},
          matrixRank, kSpectrumLimit);
  return rows;
}

}  // namespace deploytool::exporter::ops
