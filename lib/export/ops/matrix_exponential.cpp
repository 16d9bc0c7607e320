// The exponential of a matrix, by scaling and squaring: exp(A) = exp(A / 2^s)^(2^s), with Taylor's series for the small one.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/scan.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr int kBlocks = 4;  // of three terms each: 1 + x + … + x¹² / 12!, enough for norms up to 1/2

/// Paterson and Stockmeyer: three terms to a block, blocks by Horner's rule in x³.
Tensor taylor(Builder& b, const Tensor& x, const Tensor& unit) {
  const Tensor square = b.matmul(x, x), cube = b.matmul(square, x);
  const auto weight = [](int term) { return 1 / std::tgamma(term + 1.0); };
  Tensor sum = b.mulScalar(unit, weight(3 * kBlocks));
  for (int block = kBlocks - 1; block >= 0; --block) {
    const Tensor terms = b.add(b.mulScalar(unit, weight(3 * block)), b.add(b.mulScalar(x, weight(3 * block + 1)),
                                                                          b.mulScalar(square, weight(3 * block + 2))));
    sum = b.add(b.matmul(cube, sum), terms);
  }
  return sum;
}

/// x multiplied by itself, `times` over.
Tensor squared(Builder& b, const Tensor& x, const Tensor& times) {
  return repeated(b, times, {x},
                  [&](const Tensor&, const Tensors& power) { return Tensors{b.matmul(power[0], power[0])}; })
      .front();
}

// aten::matrix_exp, linalg_matrix_exp
Results matrixExponential(Call& c) {
  Builder& b = c.b;
  const Tensor self = floatOperand(c, "self");
  if (self.rank() < 2) c.refuse("a matrix needs two axes");
  const Expr x(b, b.cast(self, DType::Float64));
  const Dim& n = self.dim(-1);
  const Tensor unit = b.cast(bandMask(b, n, n, 0, "Equal"), DType::Float64);
  // The largest sum of a row bounds the norm; 2^-1074 keeps the logarithm of 0 away.
  const Tensor sums = b.reduce("ReduceSum", abs(x), {self.rank() - 1}, false);
  const Expr norm(b, b.reduce("ReduceMax", b.concat({b.flattenAll(sums), b.full(DType::Float64, {1}, 0x1p-1022)}, 0), {}, false));
  const Expr halvings = max((log(norm) / M_LN2).unary("Ceil") + 1.0, 0.0);
  const Expr small = x * exp(halvings * -M_LN2);
  return {b.cast(squared(b, taylor(b, small, unit), b.cast(halvings, DType::Int64)), self.dtype())};
}

}  // namespace

std::vector<Row> matrix_exponential() {
  std::vector<Row> rows;
  addRows(rows, {"aten::matrix_exp(self)", "aten::linalg_matrix_exp(self)"}, matrixExponential);
  return rows;
}

}  // namespace deploytool::exporter::ops
