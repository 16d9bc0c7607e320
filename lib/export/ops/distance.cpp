// Distances and similarities of vectors, and the cross product.
#include <fmt/core.h>

#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

namespace {

/// (Σ |x|^p)^(1/p) over the last axis, and its limits.
Tensor lastAxisNorm(Builder& b, const Tensor& x, double p, bool keep) {
  const Axes axes{{x.rank() - 1}, keep, false};
  const Expr e(b, x);
  if (p == 0) return reduce(b, "ReduceSum", where(isNan(e), e, Expr(b, b.cast(b.cast(x, DType::Bool), x.dtype()))), axes);
  if (p == 1) return reduce(b, "ReduceSum", abs(e), axes);
  if (p == INFINITY) return extremeOfSizes(b, "ReduceMax", abs(e), axes);
  if (p == 2) return sqrt(Expr(b, reduce(b, "ReduceSum", e * e, axes)));
  const Expr sum(b, reduce(b, "ReduceSum", pow(abs(e), e.number(p)), axes));
  return pow(sum, sum.number(1 / p));
}

// aten::cdist: the p-norm of every difference of a row of x1 and a row of x2
Results cdist(Call& c) {
  const Tensors x = floatOperands(c, {"x1", "x2"});
  const int64_t r1 = x[0].rank(), r2 = x[1].rank();
  const Tensor difference = c.b.sub(c.b.unsqueeze(x[0], {r1 - 1}), c.b.unsqueeze(x[1], {r2 - 2}));
  const double p = numberOr(c, "p", 2);
  // Here libtorch too passes over NaN.
  if (p == INFINITY) return {c.b.reduce("ReduceMax", abs(Expr(c.b, difference)), {difference.rank() - 1}, false)};
  return {lastAxisNorm(c.b, difference, p, false)};
}

// aten::pairwise_distance: eps is added to the difference
Results pairwiseDistance(Call& c) {
  const Tensors x = floatOperands(c, {"x1", "x2"});
  const Tensor difference = c.b.addScalar(c.b.sub(x[0], x[1]), c.number("eps"));
  return {lastAxisNorm(c.b, difference, c.number("p"), c.boolean("keepdim"))};
}

// aten::cosine_similarity: each norm at least eps
Results cosineSimilarity(Call& c) {
  Builder& b = c.b;
  const Tensors x = floatOperands(c, {"x1", "x2"});
  const int64_t axis = c.axis("dim", std::max(x[0].rank(), x[1].rank()));
  const int64_t rank = std::max(x[0].rank(), x[1].rank());
  const auto length = [&](const Expr& e) {
    const int64_t own = axis - (rank - e.tensor().rank());
    if (own < 0) return max(abs(e), c.number("eps"));
    return max(sqrt(Expr(b, b.reduce("ReduceSum", e * e, {own}, true))), c.number("eps"));
  };
  const Expr u(b, x[0]), v(b, x[1]);
  return {b.reduce("ReduceSum", (u / length(u)) * (v / length(v)), {axis}, false)};
}

/// aten::cross without `dim` takes the first axis of size 3.
int64_t crossAxis(Call& c, const Tensor& x) {
  if (c.has("dim")) return c.axis("dim", x.rank());
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (c.structural(x.dim(axis), fmt::format("the size of axis {}, at which cross() looks,", axis)) == 3) return axis;
  c.refuse("no axis of size 3 for the cross product");
}

// aten::cross, linalg_cross: u × v along an axis of three
Results cross(Call& c) {
  Builder& b = c.b;
  const Tensors x = operands(c, {"self", "other"});
  const Tensor& longer = x[0].rank() >= x[1].rank() ? x[0] : x[1];
  const int64_t fromEnd = longer.rank() - crossAxis(c, longer);
  const auto rolled = [&](const Tensor& t, int64_t first, int64_t second, int64_t third) {
    return b.gather(t, b.int64s({first, second, third}), t.rank() - fromEnd);
  };
  const Tensor plus = b.mul(rolled(x[0], 1, 2, 0), rolled(x[1], 2, 0, 1));
  const Tensor minus = b.mul(rolled(x[0], 2, 0, 1), rolled(x[1], 1, 2, 0));
  return {b.sub(plus, minus)};
}

// aten::linalg_vecdot
Results vecdot(Call& c) {
  const Tensors x = operands(c, {"x", "y"});
  const Tensor products = c.b.mul(x[0], x[1]);
  return {c.b.reduce("ReduceSum", products, {c.axis("dim", products.rank())}, false)};
}

// aten::pdist: the upper triangle of cdist, row by row; the number of rows is part of the structure
Results pdist(Call& c) {
  Builder& b = c.b;
  const Tensor x = floatOperand(c, "self");
  const int64_t n = c.structural(x.dim(0), "rows of pdist");
  std::vector<int64_t> first, second;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = i + 1; j < n; ++j) {
      first.push_back(i);
      second.push_back(j);
    }
  const Tensor difference = b.sub(b.gather(x, b.int64s(first), 0), b.gather(x, b.int64s(second), 0));
  return {lastAxisNorm(b, difference, c.number("p"), false)};
}

}  // namespace

std::vector<Row> distance() {
  constexpr const char* kRows = "a number of rows that a run decides; a dynamic one is fixed at the example size";
  std::vector<Row> rows = {
      {"aten::cosine_similarity(x1, x2, dim, eps)", cosineSimilarity},
      {"aten::linalg_vecdot(x, y, dim)", vecdot},
      {"aten::pairwise_distance(x1, x2, p, eps, keepdim)", pairwiseDistance},
      {"aten::pdist(self, p)", pdist, kRows},
      {"aten::_pdist_forward(self, p)", pdist, kRows},
  };
  addRows(rows, {"aten::cdist(x1, x2, p)", "aten::_cdist_forward(x1, x2, p)", "aten::_euclidean_dist(x1, x2)"}, cdist);
  addRows(rows, {"aten::cross(self, other, dim)", "aten::linalg_cross(self, other, dim)"}, cross);
  return rows;
}

}  // namespace deploytool::exporter::ops
