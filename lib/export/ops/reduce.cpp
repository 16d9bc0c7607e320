// What the reducing families share (reduce.h).
#include "export/ops/reduce.h"

#include <numeric>

#include "export/ops/expression.h"

namespace deploytool::exporter::ops {

Axes axesOf(const Call& c, int64_t rank, std::string_view name) {
  Axes axes;
  axes.all = !c.has(name) || c.integers(name).empty();
  if (axes.all) {
    axes.list.resize(static_cast<size_t>(rank));
    std::iota(axes.list.begin(), axes.list.end(), 0);
  } else {
    axes.list = c.axes(name, rank);
  }
  axes.keep = c.boolean("keepdim");
  return axes;
}

Tensor accumulated(const Call& c) {
  const Tensor x = realOperand(c, "self");
  if (const auto dtype = c.dtype("dtype")) return c.b.cast(x, *dtype);
  return ir::isFloating(x.dtype()) ? x : c.b.cast(x, DType::Int64);
}

Dim countOf(const Tensor& x, const Axes& axes) {
  Dim count = 1;
  for (int64_t axis : axes.list) count = count * x.dim(axis);
  return count;
}

Tensor dimAs(Builder& b, const Dim& value, DType dtype) {
  if (auto literal = value.asLiteral()) return b.scalar(dtype, static_cast<double>(*literal));
  return b.cast(b.dim(value), dtype);
}

Tensor reduce(Builder& b, const char* opType, const Tensor& x, const Axes& axes) {
  return b.reduce(opType, x, axes.list, axes.keep);
}

Tensor mean(Builder& b, const Tensor& x, const Axes& axes) {
  const Dim count = countOf(x, axes);
  if (count.isPositive()) return reduce(b, "ReduceMean", x, axes);
  const bool isShort = ir::itemSize(x.dtype()) < 4;  // a sum may not fit where the mean does
  const Tensor wide = isShort ? b.cast(x, DType::Float32) : x;
  const Tensor result = b.div(reduce(b, "ReduceSum", wide, axes), dimAs(b, count, wide.dtype()));
  return b.cast(result, x.dtype());
}

Tensor meanOfAll(Builder& b, const Tensor& x) {
  Axes axes;
  axes.all = true;
  axes.list.resize(static_cast<size_t>(x.rank()));
  std::iota(axes.list.begin(), axes.list.end(), 0);
  return mean(b, x, axes);
}

Tensor reduceExtreme(Builder& b, const char* opType, const Tensor& x, const Axes& axes) {
  if (x.dtype() != DType::Bool) return reduce(b, opType, x, axes);
  return b.cast(reduce(b, opType, b.cast(x, DType::Int32), axes), DType::Bool);
}

Tensor extremeOfSizes(Builder& b, const char* opType, const Tensor& sizes, const Axes& axes) {
  const Expr sum(b, reduce(b, "ReduceSum", sizes, axes));  // of infinities too it is a number
  return where(isNan(sum), sum, Expr(b, reduce(b, opType, sizes, axes)));
}

Tensor anyTrue(Builder& b, const Tensor& condition, const Axes& axes) {
  return b.cast(reduce(b, "ReduceSum", b.cast(condition, DType::Int32), axes), DType::Bool);
}

Tensor allTrue(Builder& b, const Tensor& condition, const Axes& axes) {
  return b.logicalNot(anyTrue(b, b.logicalNot(condition), axes));
}

Tensor dropAxis(Builder& b, const Tensor& x, int64_t axis, bool keep) { return keep ? x : b.squeeze(x, {axis}); }

}  // namespace deploytool::exporter::ops
