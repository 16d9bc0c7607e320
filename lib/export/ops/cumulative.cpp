// Running sums, products and extremes. ONNX has CumSum only: the others compare every element with all before it, which
// takes memory quadratic in the axis.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

namespace {

/// The input in `dtype` where one is asked for; else integers and bools as int64.
Tensor accumulated(Call& c) {
  const Tensor x = realOperand(c, "self");
  if (const auto dtype = c.dtype("dtype")) return c.b.cast(x, *dtype);
  return ir::isFloating(x.dtype()) ? x : c.b.cast(x, DType::Int64);
}

// aten::cumsum
Results cumsum(Call& c) {
  const Tensor x = accumulated(c);
  if (x.rank() == 0) return {x};
  return {widened(c.b, x, [&](const Tensor& wide) {
    return c.b.op("CumSum", {wide, c.b.int64(c.axis("dim", x.rank()))});
  })};
}

/// `x` with the axis last, and a new axis before it: element [.., i, j] is x[.., j], `before` tells whether j ≤ i.
struct Pairs {
  Tensor x;
  Tensor before;
};

Pairs pairsAlong(Builder& b, Tensor x, int64_t axis) {
  Pairs pairs;
  const int64_t last = x.rank() - 1;
  const Dim n = x.dim(axis);
  if (axis != last) x = b.swapAxes(x, axis, last);
  pairs.x = b.unsqueeze(x, {last});
  const Tensor positions = b.range(0, n);
  pairs.before = b.compare("LessOrEqual", b.unsqueeze(positions, {0}), b.unsqueeze(positions, {1}));
  return pairs;
}

/// Reduces over all elements up to each one.
Tensor running(Builder& b, const char* opType, const Tensor& x, int64_t axis, double neutral) {
  const Pairs pairs = pairsAlong(b, x, axis);
  const Tensor masked = b.where(pairs.before, pairs.x, b.scalar(x.dtype(), neutral));
  const Tensor result = b.reduce(opType, masked, {x.rank()}, false);
  return axis == x.rank() - 1 ? result : b.swapAxes(result, axis, x.rank() - 1);
}

// aten::cumprod
Results cumprod(Call& c) {
  const Tensor x = accumulated(c);
  if (x.rank() == 0) return {x};
  return {widened(c.b, x, [&](const Tensor& wide) {
    return running(c.b, "ReduceProd", wide, c.axis("dim", x.rank()), 1);
  })};
}

// aten::logcumsumexp
Results logcumsumexp(Call& c) {
  const Tensor x = floatOperand(c, "self");
  if (x.rank() == 0) return {x};
  return {widened(c.b, x, [&](const Tensor& wide) {
    return running(c.b, "ReduceLogSumExp", wide, c.axis("dim", x.rank()), -INFINITY);
  })};
}

// aten::cummax, cummin: values, and the index of the last element that has them
Lowering runningExtreme(bool largest) {
  return [largest](Call& c) -> Results {
    Builder& b = c.b;
    const Tensor input = realOperand(c, "self");
    if (input.rank() == 0) return {input, b.int64(0)};
    const int64_t axis = c.axis("dim", input.rank()), last = input.rank() - 1;
    const Tensor x = input.dtype() == DType::Bool ? b.cast(input, DType::Int32) : input;
    const Pairs pairs = pairsAlong(b, x, axis);
    const double neutral = largest ? lowest(x.dtype()) : highest(x.dtype());
    const Tensor masked = b.where(pairs.before, pairs.x, b.scalar(x.dtype(), neutral));
    Tensor values = b.reduce(largest ? "ReduceMax" : "ReduceMin", masked, {last + 1}, true);
    const Tensor same = b.op("And", {pairs.before, b.compare("Equal", pairs.x, values)});
    const Tensor positions = b.range(0, input.dim(axis));
    Tensor indices = b.reduce("ReduceMax", b.where(same, positions, b.int64(-1)), {last + 1}, false);
    values = b.cast(b.squeeze(values, {last + 1}), input.dtype());
    if (axis == last) return {values, indices};
    return {b.swapAxes(values, axis, last), b.swapAxes(indices, axis, last)};
  };
}

// aten::diff: differences of neighbours, n times
Results diff(Call& c) {
  Builder& b = c.b;
  Tensor x = realOperand(c, "self");
  const int64_t axis = c.axis("dim", x.rank());
  Tensors parts;
  if (const auto before = c.optTensor("prepend")) parts.push_back(*before);
  parts.push_back(x);
  if (const auto after = c.optTensor("append")) parts.push_back(*after);
  if (parts.size() > 1) x = b.concat(parts, axis);
  for (int64_t i = 0; i < c.integer("n"); ++i) {
    const Dim n = x.dim(axis);
    const Tensor later = b.slice(x, axis, 1, n), earlier = b.slice(x, axis, 0, n - 1);
    x = x.dtype() == DType::Bool ? b.op("Xor", {later, earlier}) : b.sub(later, earlier);
  }
  return {x};
}

}  // namespace

std::vector<Row> cumulative() {
  return {
      {"aten::cumsum(self, dim, dtype)", cumsum},
      {"aten::cumprod(self, dim, dtype)", cumprod},
      {"aten::cummax(self, dim)", runningExtreme(true)},
      {"aten::cummin(self, dim)", runningExtreme(false)},
      {"aten::diff(self, n, dim, prepend, append)", diff},
      {"aten::logcumsumexp(self, dim)", logcumsumexp},
  };
}

}  // namespace deploytool::exporter::ops
