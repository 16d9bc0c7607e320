// Running sums, products and extremes. ONNX has CumSum only. Along a short axis the others compare every element with all
// before it at once; along a long one, or one whose length a run decides, they go step by step.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/reduce.h"
#include "export/ops/scan.h"

namespace deploytool::exporter::ops {

namespace {

/// Up to this length the quadratic number of comparisons costs less than the steps of a scan.
constexpr int64_t kShort = 32;

bool isShort(const Dim& length) { return length.isLiteral() && length.literal() <= kShort; }

Dims withoutAxis(const Tensor& x, int64_t axis) {
  Dims dims = x.dims();
  dims.erase(dims.begin() + axis);
  return dims;
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

using Combine = Tensor (*)(Builder&, const Tensor& sofar, const Tensor& next);

/// Reduces over all elements up to each one: by `opType` at once, or by `combine` step by step.
Tensor running(Builder& b, const char* opType, Combine combine, const Tensor& x, int64_t axis, double neutral) {
  if (!isShort(x.dim(axis))) {
    const auto step = [&](const Tensors& states, const Tensors& elements) -> ScanStep {
      const Tensor next = combine(b, states[0], elements[0]);
      return {{next}, {next}};
    };
    return scanAlong(b, {b.full(x.dtype(), withoutAxis(x, axis), neutral)}, {x}, axis, false, step).results[0];
  }
  const Pairs pairs = pairsAlong(b, x, axis);
  const Tensor masked = b.where(pairs.before, pairs.x, b.scalar(x.dtype(), neutral));
  const Tensor result = b.reduce(opType, masked, {x.rank()}, false);
  return axis == x.rank() - 1 ? result : b.swapAxes(result, axis, x.rank() - 1);
}

Tensor product(Builder& b, const Tensor& sofar, const Tensor& next) { return b.mul(sofar, next); }

/// log(exp(x) + exp(y)); the larger one is taken out, unless it is infinite.
Tensor logAddExp(Builder& b, const Tensor& x, const Tensor& y) {
  const Expr larger = max(Expr(b, x), Expr(b, y));
  const Expr shift = where(abs(larger) == INFINITY, 0.0, larger);
  return log(exp(Expr(b, x) - shift) + exp(Expr(b, y) - shift)) + shift;
}

// aten::cumprod
Results cumprod(Call& c) {
  const Tensor x = accumulated(c);
  if (x.rank() == 0) return {x};
  return {widened(c.b, x, [&](const Tensor& wide) {
    return running(c.b, "ReduceProd", product, wide, c.axis("dim", x.rank()), 1);
  })};
}

// aten::logcumsumexp
Results logcumsumexp(Call& c) {
  const Tensor x = floatOperand(c, "self");
  if (x.rank() == 0) return {x};
  return {widened(c.b, x, [&](const Tensor& wide) {
    return running(c.b, "ReduceLogSumExp", logAddExp, wide, c.axis("dim", x.rank()), -INFINITY);
  })};
}

struct Extreme {
  Tensor values, indices;
};

Extreme extremeByPairs(Builder& b, const Tensor& x, int64_t axis, bool largest) {
  const int64_t last = x.rank() - 1;
  const Pairs pairs = pairsAlong(b, x, axis);
  const double neutral = largest ? lowest(x.dtype()) : highest(x.dtype());
  const Tensor masked = b.where(pairs.before, pairs.x, b.scalar(x.dtype(), neutral));
  const Tensor values = b.reduce(largest ? "ReduceMax" : "ReduceMin", masked, {last + 1}, true);
  const Tensor same = b.op("And", {pairs.before, b.compare("Equal", pairs.x, values)});
  const Tensor positions = b.range(0, x.dim(axis));
  const Tensor indices = b.reduce("ReduceMax", b.where(same, positions, b.int64(-1)), {last + 1}, false);
  const Tensor found = b.squeeze(values, {last + 1});
  return axis == last ? Extreme{found, indices} : Extreme{b.swapAxes(found, axis, last), b.swapAxes(indices, axis, last)};
}

Extreme extremeBySteps(Builder& b, const Tensor& x, int64_t axis, bool largest) {
  const Dims dims = withoutAxis(x, axis);
  const Tensors start{b.full(x.dtype(), dims, largest ? lowest(x.dtype()) : highest(x.dtype())),
                      b.full(DType::Int64, dims, 0), b.int64(0)};
  const auto step = [&](const Tensors& states, const Tensors& elements) -> ScanStep {
    const Tensor taken = b.compare(largest ? "GreaterOrEqual" : "LessOrEqual", elements[0], states[0]);
    const Tensor value = b.where(taken, elements[0], states[0]), index = b.where(taken, states[2], states[1]);
    return {{value, index, b.add(states[2], b.int64(1))}, {value, index}};
  };
  const ScanStep end = scanAlong(b, start, {x}, axis, false, step);
  return {end.results[0], end.results[1]};
}

// aten::cummax, cummin: values, and the index of the last element that has them
Lowering runningExtreme(bool largest) {
  return [largest](Call& c) -> Results {
    const Tensor input = realOperand(c, "self");
    if (input.rank() == 0) return {input, c.b.int64(0)};
    const int64_t axis = c.axis("dim", input.rank());
    const Tensor x = input.dtype() == DType::Bool ? c.b.cast(input, DType::Int32) : input;
    const Extreme found = isShort(x.dim(axis)) ? extremeByPairs(c.b, x, axis, largest) : extremeBySteps(c.b, x, axis, largest);
    return {c.b.cast(found.values, input.dtype()), found.indices};
  };
}

// aten::diff: differences of neighbours, n times
Results diff(Call& c) {
  Builder& b = c.b;
  Tensor x = realOperand(c, "self");
  const int64_t axis = c.axis("dim", x.rank());
  if (c.integer("n") == 0) return {x};  // without what is prepended and appended
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
      {"aten::_logcumsumexp(self, dim)", logcumsumexp},
  };
}

}  // namespace deploytool::exporter::ops
