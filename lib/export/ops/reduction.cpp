// Sums, means, products, moments and truth over axes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "export/ops/expression.h"
#include "export/ops/reduce.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

// aten::sum, sum.dim_IntList
Results sum(Call& c) {
  const Tensor x = accumulated(c);
  return {reduce(c.b, "ReduceSum", x, axesOf(c, x.rank()))};
}

// aten::sum_to_size(self, size): undoes a broadcast
Results sumToSize(Call& c) {
  Tensor x = c.tensor("self");
  const Dims size = c.dims("size");
  const int64_t lead = x.rank() - static_cast<int64_t>(size.size());
  if (lead < 0) c.refuse("more sizes than the tensor has axes");
  std::vector<int64_t> axes, added;
  for (int64_t i = 0; i < x.rank(); ++i) {
    if (i < lead) added.push_back(i);
    if (i < lead || (size[static_cast<size_t>(i - lead)] == Dim(1) && x.dim(i) != Dim(1))) axes.push_back(i);
  }
  if (axes.empty()) return {x};
  if (!ir::isFloating(x.dtype())) x = c.b.cast(x, DType::Int64);
  return {c.b.squeeze(c.b.reduce("ReduceSum", x, axes, true), added)};
}

// aten::prod, prod.dim_int
Results prod(Call& c) {
  const Tensor x = accumulated(c);
  return {reduce(c.b, "ReduceProd", x, axesOf(c, x.rank()))};
}

// aten::mean, mean.dim
Results meanRow(Call& c) {
  const Tensor x = c.b.cast(realOperand(c, "self"), c.dtype("dtype").value_or(floatType(c.tensor("self").dtype())));
  return {mean(c.b, x, axesOf(c, x.rank()))};
}

Tensor withoutNan(Builder& b, const Tensor& x) {
  return ir::isFloating(x.dtype()) ? where(isNan(Expr(b, x)), 0, Expr(b, x)).tensor() : x;
}

// aten::nansum
Results nansum(Call& c) {
  const Tensor x = withoutNan(c.b, accumulated(c));
  return {reduce(c.b, "ReduceSum", x, axesOf(c, x.rank()))};
}

// aten::nanmean: the sum of the numbers by their count
Results nanmean(Call& c) {
  const Tensor input = realOperand(c, "self");
  const Tensor x = c.b.cast(input, c.dtype("dtype").value_or(floatType(input.dtype())));
  const Axes axes = axesOf(c, x.rank());
  const Tensor count = reduce(c.b, "ReduceSum", c.b.cast(c.b.logicalNot(isNan(Expr(c.b, x))), x.dtype()), axes);
  return {c.b.div(reduce(c.b, "ReduceSum", withoutNan(c.b, x), axes), count)};
}

// aten::any and all: uint8 gives uint8, everything else bool
Lowering truthOver(Tensor (*over)(Builder&, const Tensor&, const Axes&)) {
  return [over](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    const Tensor result = over(c.b, c.b.cast(x, DType::Bool), axesOf(c, x.rank()));
    return {x.dtype() == DType::UInt8 ? c.b.cast(result, DType::UInt8) : result};
  };
}

// aten::count_nonzero
Results countNonzero(Call& c) {
  const Tensor x = realOperand(c, "self");
  const Tensor ones = c.b.cast(c.b.cast(x, DType::Bool), DType::Int64);
  return {reduce(c.b, "ReduceSum", ones, axesOf(c, x.rank()))};
}

// aten::logsumexp: integers become float32
Results logsumexp(Call& c) {
  const Tensor x = floatOperand(c, "self");
  const Axes axes = axesOf(c, x.rank());
  const Tensor sum = reduce(c.b, "ReduceLogSumExp", x, axes);
  // ONNX Runtime subtracts the largest first: NaN where it is infinite.
  const Tensor most = reduce(c.b, "ReduceMax", x, axes);
  return {where(abs(Expr(c.b, most)) == INFINITY, Expr(c.b, most), Expr(c.b, sum)).tensor()};
}

// ---- moments

/// What is taken off the number of elements: `correction`, or 1 where `unbiased`.
double correctionOf(Call& c) {
  if (c.has("correction")) return c.number("correction");
  return c.has("unbiased") && !c.boolean("unbiased") ? 0 : 1;
}

struct Moments {
  Tensor variance, mean;
};

Moments momentsOf(Call& c, const Tensor& x) {
  Builder& b = c.b;
  const Axes axes = axesOf(c, x.rank());
  const double correction = correctionOf(c);
  Axes kept = axes;
  kept.keep = true;
  const Tensor centre = mean(b, x, kept);
  const Tensor deviation = b.sub(x, centre);
  const Tensor square = b.mul(deviation, deviation);
  Moments result;
  result.mean = axes.keep || axes.list.empty() ? centre : b.squeeze(centre, axes.list);
  if (correction == 0) {
    result.variance = mean(b, square, axes);
    return result;
  }
  const Expr count(b, dimAs(b, countOf(x, axes), x.dtype()));
  const Tensor divisor = max(count - correction, 0);
  result.variance = b.div(reduce(b, "ReduceSum", square, axes), divisor);
  return result;
}

/// aten::var, std, var_mean, std_mean; in float32 for the 16-bit types.
Lowering moments(bool root, bool withMean) {
  return [root, withMean](Call& c) -> Results {
    const Tensor input = floatOperand(c, "self");
    const DType dtype = input.dtype();
    const Moments m = momentsOf(c, isHalf(dtype) ? c.b.cast(input, DType::Float32) : input);
    const Tensor spread = c.b.cast(root ? c.b.unary("Sqrt", m.variance) : m.variance, dtype);
    if (!withMean) return {spread};
    return {spread, c.b.cast(m.mean, dtype)};
  };
}

void addMoments(std::vector<Row>& rows, const std::string& name, bool root, bool withMean) {
  const Lowering lowering = moments(root, withMean);
  for (const char* overload : {"(self, unbiased)", ".dim(self, dim, unbiased, keepdim)",
                               ".correction(self, dim, correction, keepdim)"})
    rows.emplace_back((name + overload).c_str(), lowering);
}

/// Sums of neighbours along the axis.
Tensor neighbourSums(Builder& b, const Tensor& y, int64_t axis) {
  const Dim n = y.dim(axis);
  return b.add(b.slice(y, axis, 0, n - 1), b.slice(y, axis, 1, n));
}

/// Added up, integers as int64, and made floating only then.
Tensor floatingSum(Builder& b, const Tensor& x, int64_t axis) {
  const Tensor wide = ir::isFloating(x.dtype()) ? x : b.cast(x, DType::Int64);
  return b.cast(b.reduce("ReduceSum", wide, {axis}, false), floatType(x.dtype()));
}

/// Of no points: zeros, of integers too.
Tensor noArea(Builder& b, const Tensor& y, int64_t axis) {
  Dims dims = y.dims();
  dims.erase(dims.begin() + axis);
  return b.full(y.dtype(), dims, 0);
}

// aten::trapezoid.dx: the area under y at equal steps
Results trapezoidStep(Call& c) {
  Builder& b = c.b;
  const Tensor y = realOperand(c, "y");
  const int64_t axis = c.axis("dim", y.rank());
  if (y.dim(axis) == Dim(0)) return {noArea(b, y, axis)};
  // All but half of the ends, which are added in their own type.
  const Tensor total = floatingSum(b, y, axis);
  const Tensor ends = b.cast(b.add(b.select(y, axis, 0), b.select(y, axis, -1)), total.dtype());
  return {b.mul(b.sub(total, b.mulScalar(ends, 0.5)), operand(c, "dx", total.dtype()))};
}

/// Distances of neighbouring points `x`, to be multiplied with neighbours of `y` along the axis.
Tensor stepsOf(Call& c, const Tensor& y, int64_t axis) {
  Builder& b = c.b;
  Tensor x = realOperand(c, "x");
  if (x.rank() != 1 && x.rank() < y.rank()) {
    std::vector<int64_t> axes(static_cast<size_t>(y.rank() - x.rank()));
    std::iota(axes.begin(), axes.end(), 0);
    x = b.unsqueeze(x, axes);
  }
  const int64_t pointsAxis = x.rank() == 1 ? 0 : axis;
  const Dim m = x.dim(pointsAxis);
  Tensor step = b.sub(b.slice(x, pointsAxis, 1, m), b.slice(x, pointsAxis, 0, m - 1));
  if (x.rank() == 1 && y.rank() > 1) {
    Dims dims(static_cast<size_t>(y.rank()), Dim(1));
    dims[static_cast<size_t>(axis)] = m - 1;
    step = b.reshape(step, dims);
  }
  return step;
}

// aten::cumulative_trapezoid.dx, .x
template <bool Points>
Results cumulativeTrapezoid(Call& c) {
  Builder& b = c.b;
  const Tensor y = floatOperand(c, "y");
  const int64_t axis = c.axis("dim", y.rank());
  const Tensor step = Points ? stepsOf(c, y, axis) : operand(c, "dx", y.dtype());
  const Tensors factors = promoteAll({neighbourSums(b, y, axis), step}, b);
  const Tensor areas = b.mulScalar(b.mul(factors[0], factors[1]), 0.5);
  return {b.op("CumSum", {areas, b.int64(axis)})};
}

// aten::trapezoid.x: at the points x
Results trapezoidPoints(Call& c) {
  Builder& b = c.b;
  const Tensor y = realOperand(c, "y");
  const int64_t axis = c.axis("dim", y.rank());
  if (y.dim(axis) == Dim(0)) return {noArea(b, y, axis)};
  const Tensors factors = promoteAll({neighbourSums(b, y, axis), stepsOf(c, y, axis)}, b);
  return {b.mulScalar(floatingSum(b, b.mul(factors[0], factors[1]), axis), 0.5)};
}

}  // namespace

std::vector<Row> reduction() {
  std::vector<Row> rows = {
      {"aten::count_nonzero(self, dim)", countNonzero},
      {"aten::count_nonzero.dim_IntList(self, dim)", countNonzero},
      {"aten::mean(self, dtype)", meanRow},
      {"aten::mean.dim(self, dim, keepdim, dtype)", meanRow},
      {"aten::nanmean(self, dim, keepdim, dtype)", nanmean},
      {"aten::nansum(self, dim, keepdim, dtype)", nansum},
      {"aten::prod(self, dtype)", prod},
      {"aten::prod.dim_int(self, dim, keepdim, dtype)", prod},
      {"aten::sum(self, dtype)", sum},
      {"aten::sum.dim_IntList(self, dim, keepdim, dtype)", sum},
      {"aten::sum_to_size(self, size)", sumToSize},
  };
  addRows(rows, {"aten::any(self)", "aten::any.dim(self, dim, keepdim)", "aten::any.dims(self, dim, keepdim)"},
          truthOver(anyTrue));
  addRows(rows, {"aten::all(self)", "aten::all.dim(self, dim, keepdim)", "aten::all.dims(self, dim, keepdim)"},
          truthOver(allTrue));
  addRows(rows, {"aten::logsumexp(self, dim, keepdim)", "aten::special_logsumexp(self, dim, keepdim)"}, logsumexp);
  addRows(rows, {"aten::trapezoid.dx(y, dx, dim)", "aten::trapz.dx(y, dx, dim)"}, trapezoidStep);
  rows.emplace_back("aten::cumulative_trapezoid.dx(y, dx, dim)", cumulativeTrapezoid<false>);
  rows.emplace_back("aten::cumulative_trapezoid.x(y, x, dim)", cumulativeTrapezoid<true>);
  addRows(rows, {"aten::trapezoid.x(y, x, dim)", "aten::trapz.x(y, x, dim)"}, trapezoidPoints);
  addMoments(rows, "aten::var", false, false);
  addMoments(rows, "aten::std", true, false);
  addMoments(rows, "aten::var_mean", false, true);
  addMoments(rows, "aten::std_mean", true, true);
  return rows;
}

}  // namespace deploytool::exporter::ops
