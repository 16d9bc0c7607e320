// Covariance and correlation of variables (rows) over observations (columns).
#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/matrix.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Tensor sumOf(Builder& b, const Tensor& x) { return b.reduce("ReduceSum", x, {}, false); }

struct Weights {
  Tensor each;   ///< per observation; empty for none
  Tensor total;
  Tensor lost;   ///< what the correction takes away from the total
};

Weights weightsOf(Call& c, const Tensor& x) {
  Builder& b = c.b;
  const double correction = c.has("correction") ? c.number("correction") : 1;
  const auto frequencies = c.has("fweights") ? c.optTensor("fweights") : std::nullopt;
  const auto importances = c.has("aweights") ? c.optTensor("aweights") : std::nullopt;
  Weights w;
  if (frequencies) w.each = b.cast(*frequencies, x.dtype());
  if (importances) w.each = w.each ? b.mul(w.each, b.cast(*importances, x.dtype())) : b.cast(*importances, x.dtype());
  w.total = w.each ? sumOf(b, w.each) : b.cast(b.dim(x.dim(1)), x.dtype());
  w.lost = b.scalar(x.dtype(), correction);
  if (importances && correction != 0) {
    const Tensor weighted = sumOf(b, b.mul(w.each, b.cast(*importances, x.dtype())));
    w.lost = b.div(b.mulScalar(weighted, correction), w.total);
  }
  return w;
}

/// [variables, variables]
Tensor covariance(Call& c) {
  Builder& b = c.b;
  Tensor x = floatOperand(c, "self");
  if (x.rank() < 2) x = b.reshape(x, {1, ir::product(x.dims())});
  const Weights w = weightsOf(c, x);
  const auto weighted = [&](const Tensor& t) { return w.each ? b.mul(t, b.unsqueeze(w.each, {0})) : t; };
  const Tensor centred = b.sub(x, b.div(b.reduce("ReduceSum", weighted(x), {1}, true), w.total));
  const Tensor norm = b.binary("Max", b.sub(w.total, w.lost), b.scalar(x.dtype(), 0));
  return b.div(b.matmul(centred, transposeLast(b, weighted(centred))), norm);
}

/// One variable alone gives a number.
bool isSingle(Call& c, const Tensor& matrix) { return c.structural(matrix.dim(0), "the number of variables") == 1; }

// aten::cov
Results cov(Call& c) {
  const Tensor matrix = covariance(c);
  return {isSingle(c, matrix) ? c.b.reshape(matrix, {}) : matrix};
}

// aten::corrcoef: 1 for one variable that varies
Results corrcoef(Call& c) {
  Builder& b = c.b;
  const Tensor matrix = covariance(c);
  if (isSingle(c, matrix)) return {b.reshape(b.div(matrix, matrix), {})};
  const Tensor diagonal = b.cast(bandMask(b, matrix.dim(0), matrix.dim(0), 0, "Equal"), matrix.dtype());
  const Tensor spread = b.unary("Sqrt", b.reduce("ReduceSum", b.mul(matrix, diagonal), {1}, true));
  const Expr scaled(b, b.div(b.div(matrix, spread), b.transpose(spread, {1, 0})));
  return {clipped(scaled, -1, 1).tensor()};
}

}  // namespace

std::vector<Row> covariance_rows() {
  return {
      {"aten::cov(self, correction, fweights, aweights)", cov, "a number of variables that a run decides"},
      {"aten::corrcoef(self)", corrcoef, "a number of variables that a run decides"},
  };
}

}  // namespace deploytool::exporter::ops
