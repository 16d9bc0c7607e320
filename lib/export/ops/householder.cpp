// QR factors by Householder reflections, written out column by column. Signs are LAPACK's: the diagonal of R has the sign
// opposite to the column's.
#include <algorithm>

#include "export/ops/eigen.h"
#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/matrix.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr int64_t kMostColumns = 32;
constexpr const char* kLimit = "matrices of dynamic size, or with more than 32 rows and columns";

struct Factors {
  Tensor q, r;  ///< [.., m, m] and [.., m, n]
};

int64_t literal(Call& c, const Dim& dim) {
  const auto size = dim.asLiteral();
  if (!size) c.refuse("QR factors of matrices of a size that a run decides");
  return *size;
}

/// One reflection: column k of `f.r` gets zeros below its diagonal.
void reflect(Builder& b, Factors& f, int64_t k, const Tensor& positions) {
  const int64_t row = f.r.rank() - 2, last = row + 1;
  const Expr column(b, b.slice(f.r, last, k, k + 1)), zero = column.number(0);
  const auto isAt = [&](const char* compare) { return Expr(b, b.compare(compare, positions, b.int64(k))); };
  const Expr below = where(isAt("Greater"), column, zero), pivot(b, b.slice(column, row, k, k + 1));
  const auto sum = [&](const Expr& e) { return Expr(b, b.reduce("ReduceSum", e, {row}, true)); };
  const Expr rest = sum(below * below), isDone = rest == 0.0;
  const Expr length = sqrt(pivot * pivot + rest);
  const Expr v = below + where(isAt("Equal"), pivot + where(pivot < 0.0, -length, length), zero);
  const Expr factor = where(isDone, 0.0, 2.0 / where(isDone, 1.0, sum(v * v)));
  const Tensor across = transposeLast(b, v);
  f.r = b.sub(f.r, b.mul(b.mul(factor, v), b.matmul(across, f.r)));
  f.q = b.sub(f.q, b.matmul(b.matmul(f.q, v), b.mul(across, factor)));
}

Factors factorsOf(Call& c, const Tensor& x) {
  Builder& b = c.b;
  const int64_t m = literal(c, x.dim(-2)), n = literal(c, x.dim(-1)), steps = std::min(m - 1, n);
  if (steps > kMostColumns) c.refuse("QR factors of matrices with more than 32 rows and columns are not written out");
  const Tensor positions = b.unsqueeze(b.range(0, m), {1});
  Dims square = x.dims();
  square.back() = m;
  const Tensor unit = b.cast(bandMask(b, m, m, 0, "Equal"), x.dtype());
  Factors f{b.expand(unit, square), x};
  for (int64_t k = 0; k < steps; ++k) reflect(b, f, k, positions);
  const Tensor isUpper = bandMask(b, m, n, 0, "GreaterOrEqual");
  f.r = b.where(isUpper, f.r, b.scalarLike(f.r, 0));
  return f;
}

Results factors(Call& c, std::string_view name, bool reduced, bool withQ) {
  Builder& b = c.b;
  const Tensor x = floatOperand(c, name);
  if (x.rank() < 2) c.refuse("a matrix needs two axes");
  const Factors f = factorsOf(c, b.cast(x, DType::Float64));
  const int64_t m = x.dim(-2).literal(), k = std::min(m, x.dim(-1).literal()), last = x.rank() - 1;
  const auto cut = [&](const Tensor& t, int64_t axis) {
    return b.cast(reduced && k < m ? b.slice(t, axis, 0, k) : t, x.dtype());
  };
  return {withQ ? cut(f.q, last) : b.full(x.dtype(), {0}, 0), cut(f.r, last - 1)};
}

// aten::linalg_qr(A, mode): `r` gives no Q
Results linalgQr(Call& c) {
  const std::string mode = c.has("mode") ? c.text("mode") : "reduced";
  return factors(c, "A", mode != "complete", mode != "r");
}

// aten::qr(self, some)
Results qr(Call& c) { return factors(c, "self", c.boolean("some"), true); }

}  // namespace

std::vector<Row> householder() {
  return {
      {"aten::linalg_qr(A, mode)", linalgQr, kLimit},
      {"aten::qr(self, some)", qr, kLimit},
  };
}

}  // namespace deploytool::exporter::ops
