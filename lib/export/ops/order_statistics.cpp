// Order statistics along an axis: median, k-th value, mode, quantiles.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

namespace {

/// For one axis: values and their int64 indices.
struct Indexed {
  Tensor values, indices;
};

Indexed ascending(Builder& b, const Tensor& x, const Dim& k, int64_t axis) {
  const auto [values, indices] = topK(b, x, k, axis, false);
  return {values, indices};
}

/// The k-th smallest (from 0) along an axis, with its index.
Indexed kthSmallest(Builder& b, const Tensor& x, const Dim& k, int64_t axis, bool keep) {
  const Indexed sorted = ascending(b, x, k + 1, axis);
  const auto last = [&](const Tensor& t) { return dropAxis(b, b.slice(t, axis, k, k + 1), axis, keep); };
  return {last(sorted.values), last(sorted.indices)};
}

/// NaN where the axis holds one.
Tensor nanWins(Builder& b, const Tensor& x, const Tensor& result, int64_t axis, bool keep) {
  if (!ir::isFloating(x.dtype())) return result;
  const Tensor found = anyTrue(b, isNan(Expr(b, x)), {{axis}, keep, false});
  return where(Expr(b, found), NAN, Expr(b, result)).tensor();
}

/// The lower of the two middle elements.
Indexed medianAlong(Builder& b, const Tensor& x, int64_t axis, bool keep) {
  Indexed result = kthSmallest(b, x, ir::floorDiv(x.dim(axis) - 1, Dim(2)), axis, keep);
  result.values = nanWins(b, x, result.values, axis, keep);
  return result;
}

/// The median of what is not NaN: NaN sorts last, and the middle is looked up per slice.
Indexed nanMedianAlong(Builder& b, const Tensor& x, int64_t axis, bool keep) {
  if (!ir::isFloating(x.dtype())) return medianAlong(b, x, axis, keep);
  const Expr nan = isNan(Expr(b, x));
  const Indexed sorted = ascending(b, where(nan, INFINITY, Expr(b, x)), x.dim(axis), axis);
  const Tensor count = b.reduce("ReduceSum", b.cast(b.logicalNot(nan), DType::Int64), {axis}, true);
  const Tensor middle = b.div(b.binary("Max", b.sub(count, b.int64(1)), b.int64(0)), b.int64(2));
  const auto at = [&](const Tensor& t) { return b.op("GatherElements", {t, middle}, {{"axis", axis}}); };
  const Tensor none = b.compare("Equal", count, b.int64(0));
  const Tensor values = where(Expr(b, none), NAN, Expr(b, at(sorted.values)));
  return {dropAxis(b, values, axis, keep), dropAxis(b, at(sorted.indices), axis, keep)};
}

using Median = Indexed (*)(Builder&, const Tensor&, int64_t, bool);

// aten::median, nanmedian: of everything
Lowering overAll(Median median) {
  return [median](Call& c) -> Results { return {median(c.b, c.b.flattenAll(realOperand(c, "self")), 0, false).values}; };
}

// aten::median.dim, nanmedian.dim
Lowering overAxis(Median median) {
  return [median](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    if (x.rank() == 0) return {x, c.b.int64(0)};
    const Indexed result = median(c.b, x, c.axis("dim", x.rank()), c.boolean("keepdim"));
    return {result.values, result.indices};
  };
}

// aten::mode: the smallest of the most frequent values, and the index of its last occurrence
Results mode(Call& c) {
  Builder& b = c.b;
  const Tensor input = realOperand(c, "self");
  if (input.rank() == 0) return {input, b.int64(0)};
  const int64_t axis = c.axis("dim", input.rank()), last = input.rank() - 1;
  const bool keep = c.boolean("keepdim");
  Tensor x = input.dtype() == DType::Bool ? b.cast(input, DType::Int32) : input;
  if (axis != last) x = b.swapAxes(x, axis, last);
  const Tensor same = b.compare("Equal", b.unsqueeze(x, {last}), b.unsqueeze(x, {last + 1}));
  const Tensor counts = b.reduce("ReduceSum", b.cast(same, DType::Int64), {last + 1}, false);
  const Tensor most = b.compare("Equal", counts, b.reduce("ReduceMax", counts, {last}, true));
  const Tensor candidates = b.where(most, x, b.scalar(x.dtype(), highest(x.dtype())));
  const Tensor value = b.reduce("ReduceMin", candidates, {last}, true);
  const Tensor positions = b.where(b.compare("Equal", x, value), b.range(0, x.dim(last)), b.int64(-1));
  const Tensor index = b.reduce("ReduceMax", positions, {last}, true);
  const auto finish = [&](Tensor t) {
    if (axis != last) t = b.swapAxes(t, axis, last);
    return dropAxis(b, t, axis, keep);
  };
  return {b.cast(finish(value), input.dtype()), finish(index)};
}

// ---- quantiles

enum class Between { Linear, Lower, Higher, Nearest, Midpoint };

Between interpolation(Call& c) {
  static constexpr std::pair<const char*, Between> kNames[] = {{"linear", Between::Linear}, {"lower", Between::Lower},
      {"higher", Between::Higher}, {"nearest", Between::Nearest}, {"midpoint", Between::Midpoint}};
  const std::string name = c.text("interpolation");
  for (const auto& [text, value] : kNames)
    if (name == text) return value;
  c.refuse("interpolation '" + name + "' is unknown");
}

/// The elements of `sorted` (last axis) at fractional `ranks` (same leading dims, or one element).
Tensor interpolated(Builder& b, const Tensor& sorted, const Tensor& ranks, Between between) {
  const int64_t last = sorted.rank() - 1;
  Dims wanted = sorted.dims();
  wanted.back() = ranks.dims().back();
  const auto at = [&](const Tensor& positions) {
    return b.op("GatherElements", {sorted, b.expand(b.cast(positions, DType::Int64), wanted)}, {{"axis", last}});
  };
  const Expr rank(b, ranks);
  if (between == Between::Lower) return at(floor(rank));
  if (between == Between::Higher) return at(rank.unary("Ceil"));
  if (between == Between::Nearest) return at(rank.unary("Round"));
  const Expr low(b, at(floor(rank))), high(b, at(rank.unary("Ceil")));
  const Expr weight = between == Between::Midpoint ? rank.number(0.5) : rank - floor(rank), gap = high - low;
  // From the nearer end, as torch does: infinities and rounding come out alike.
  return where(weight < 0.5, low + weight * gap, high - gap * (1.0 - weight));
}

/// Shape of the result: the quantiles' axis (when `q` has one) comes first.
Tensor arranged(Builder& b, Tensor values, int64_t axis, bool flattened, int64_t inputRank, bool keep, bool manyQuantiles) {
  const int64_t last = values.rank() - 1;
  if (flattened) {
    if (keep) values = b.unsqueeze(values, [&] {
      std::vector<int64_t> ones;
      for (int64_t i = 0; i < inputRank; ++i) ones.push_back(i + 1);
      return ones;
    }());
    return manyQuantiles ? values : b.squeeze(values, {0});
  }
  std::vector<int64_t> order{last};
  for (int64_t i = 0; i < last; ++i) order.push_back(i);
  values = b.transpose(values, order);  // [q, dims without the axis]
  if (keep) values = b.unsqueeze(values, {axis + 1});
  return manyQuantiles ? values : b.squeeze(values, {0});
}

// aten::quantile, nanquantile: ranks are q · (n - 1)
Lowering quantile(bool ignoreNan) {
  return [ignoreNan](Call& c) -> Results {
    Builder& b = c.b;
    const Tensor input = realOperand(c, "self");
    const Tensor q = operand(c, "q", input.dtype());
    const bool flattened = !c.has("dim") || input.rank() == 0;
    const int64_t axis = flattened ? 0 : c.axis("dim", input.rank());
    Tensor x = flattened ? b.flattenAll(input) : input;
    const int64_t last = x.rank() - 1;
    if (axis != last) {  // the axis moves to the end, the others keep their order
      std::vector<int64_t> order;
      for (int64_t i = 0; i <= last; ++i)
        if (i != axis) order.push_back(i);
      order.push_back(axis);
      x = b.transpose(x, order);
    }
    const Expr nan = isNan(Expr(b, x));
    const Indexed sorted = ascending(b, where(nan, INFINITY, Expr(b, x)), x.dim(last), last);
    const Tensor numbers = b.reduce("ReduceSum", b.cast(b.logicalNot(nan), x.dtype()), {last}, true);
    const Tensor highest = ignoreNan ? max(Expr(b, numbers) - 1.0, 0).tensor()
                                     : b.sub(dimAs(b, x.dim(last), x.dtype()), b.scalar(x.dtype(), 1));
    const Tensor flatQ = atLeast1d(b, q);
    Tensor ranks = b.mul(flatQ, highest);
    if (ranks.rank() < x.rank()) {
      Dims dims(static_cast<size_t>(x.rank()), Dim(1));
      dims.back() = flatQ.dim(0);
      ranks = b.reshape(ranks, dims);
    }
    const Expr value(b, interpolated(b, sorted.values, ranks, interpolation(c)));
    const Expr total(b, dimAs(b, x.dim(last), x.dtype()));
    const Expr count(b, numbers);
    const Expr lost = ignoreNan ? count == 0.0 : count < total;
    const Tensor result = where(lost, NAN, value);
    return {arranged(b, result, axis, flattened, input.rank(), c.boolean("keepdim"), q.rank() == 1)};
  };
}

}  // namespace

std::vector<Row> order_statistics() {
  return {
      {"aten::median(self)", overAll(medianAlong)},
      {"aten::median.dim(self, dim, keepdim)", overAxis(medianAlong)},
      {"aten::mode(self, dim, keepdim)", mode},
      {"aten::nanmedian(self)", overAll(nanMedianAlong)},
      {"aten::nanmedian.dim(self, dim, keepdim)", overAxis(nanMedianAlong)},
      {"aten::nanquantile(self, q, dim, keepdim, interpolation)", quantile(true)},
      {"aten::nanquantile.scalar(self, q, dim, keepdim, interpolation)", quantile(true)},
      {"aten::quantile(self, q, dim, keepdim, interpolation)", quantile(false)},
      {"aten::quantile.scalar(self, q, dim, keepdim, interpolation)", quantile(false)},
  };
}

}  // namespace deploytool::exporter::ops
