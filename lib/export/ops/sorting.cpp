// Sorting, searching in sorted data, counting values.
#include <algorithm>
#include <numeric>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"
#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }
Results two(const std::pair<Tensor, Tensor>& results) { return {results.first, results.second}; }

Dim extent(const Tensor& x, int64_t axis) { return x.rank() == 0 ? Dim(1) : x.dim(axis); }

// aten::topk(self, k, dim, largest, sorted)
Results topk(Call& c) {
  const Tensor x = c.tensor("self");
  return two(topK(c.b, x, c.dim("k"), c.axis("dim", x.rank()), c.boolean("largest")));
}

std::pair<Tensor, Tensor> sorted(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  return topK(c.b, x, extent(x, axis), axis, c.boolean("descending"));
}

// aten::sort(self, dim, descending), aten::sort.stable: ONNX Runtime's TopK keeps the order of equal elements
Results sort(Call& c) { return two(sorted(c)); }

// aten::argsort(self, dim, descending)
Results argsort(Call& c) { return one(sorted(c).second); }

// aten::msort(self)
Results msort(Call& c) {
  const Tensor x = c.tensor("self");
  return one(topK(c.b, x, extent(x, 0), 0, false).first);
}

// aten::kthvalue(self, k, dim, keepdim)
Results kthValue(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dim k = c.dim("k");
  const auto [values, indices] = topK(c.b, x, k, axis, false);
  if (x.rank() == 0) return {values, indices};
  const auto last = [&](const Tensor& sorted) {
    const Tensor chosen = c.b.select(sorted, axis, k - Dim(1));
    return c.boolean("keepdim") ? c.b.unsqueeze(chosen, {axis}) : chosen;
  };
  return {last(values), last(indices)};
}

// ---- unique -------------------------------------------------------------------------------------------------------

struct Unique {
  Tensor values, inverse, counts;
};

Unique uniqueOf(Builder& b, const Tensor& x, std::optional<int64_t> axis) {
  ir::Attributes attributes;
  attributes.emplace_back("sorted", 1);
  if (axis) attributes.emplace_back("axis", *axis);
  const Tensors results = b.ops("Unique", {x}, 4, std::move(attributes));
  return {results[0], results[2], results[3]};
}

Results uniqueResults(Call& c, const Unique& unique, const Tensor& like, bool withInverse, bool withCounts) {
  const Tensor none = c.b.full(DType::Int64, {0}, 0);
  return {unique.values, withInverse ? c.b.reshape(unique.inverse, like.dims()) : none,
          withCounts ? unique.counts : none};
}

/// libtorch leaves the order of a hash table.
constexpr const char* kUnsorted = "the order of sorted=False (values come sorted)";

// aten::_unique2(self, sorted, return_inverse, return_counts)
Results unique2(Call& c) {
  const Tensor x = c.tensor("self");
  const Unique unique = uniqueOf(c.b, c.b.flattenAll(x), {});
  return uniqueResults(c, unique, x, c.boolean("return_inverse"), c.boolean("return_counts"));
}

// aten::_unique(self, sorted, return_inverse)
Results uniquePair(Call& c) {
  const Tensor x = c.tensor("self");
  Results results = uniqueResults(c, uniqueOf(c.b, c.b.flattenAll(x), {}), x, c.boolean("return_inverse"), false);
  results.pop_back();
  return results;
}

// aten::unique_dim(self, dim, sorted, return_inverse, return_counts)
Results uniqueDim(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  return uniqueResults(c, uniqueOf(c.b, x, axis), c.b.full(DType::Int64, {x.dim(axis)}, 0), c.boolean("return_inverse"),
                       c.boolean("return_counts"));
}

/// Whether a slice along the axis differs from the one before; the first does: bool[n].
Tensor begins(Builder& b, const Tensor& x, int64_t axis) {
  const Dim& size = x.dim(axis);
  const Tensor equal = b.compare("Equal", b.slice(x, axis, 1, size), b.slice(x, axis, 0, -1));
  Tensor differs = b.cast(b.logicalNot(equal), DType::Int64);
  std::vector<int64_t> others;
  for (int64_t i = 0; i < x.rank(); ++i)
    if (i != axis) others.push_back(i);
  if (!others.empty()) differs = b.reduce("ReduceMax", differs, others, false);
  const Tensor all = b.concat({b.int64s({1}), differs}, 0);
  return b.cast(size.isPositive() ? all : b.slice(all, 0, 0, size), DType::Bool);  // nothing has no first
}

Unique uniqueRuns(Builder& b, const Tensor& x, int64_t axis) {
  const Tensor isFirst = begins(b, x, axis);
  Unique result;
  result.values = b.op("Compress", {x, isFirst}, {{"axis", axis}});
  const Tensor number = b.op("CumSum", {b.cast(isFirst, DType::Int64), b.int64(0)});
  result.inverse = knownDims(b.sub(number, b.int64(1)), {x.dim(axis)});
  const Tensor starts = b.op("Compress", {progression(b, x.dim(axis), 0, 1), isFirst}, {{"axis", 0}});
  const Tensor ends = b.concat({b.slice(starts, 0, 1, starts.dim(0)), b.shape({x.dim(axis)})}, 0);
  result.counts = b.sub(x.dim(axis).isPositive() ? ends : b.slice(ends, 0, 0, starts.dim(0)), starts);
  return result;
}

// aten::unique_consecutive(self, return_inverse, return_counts, dim)
Results uniqueConsecutive(Call& c) {
  const Tensor x = c.tensor("self");
  const bool withInverse = c.boolean("return_inverse"), withCounts = c.boolean("return_counts");
  if (!c.has("dim")) return uniqueResults(c, uniqueRuns(c.b, c.b.flattenAll(x), 0), x, withInverse, withCounts);
  const int64_t axis = c.axis("dim", x.rank());
  const Tensor like = c.b.full(DType::Int64, {x.dim(axis)}, 0);
  return uniqueResults(c, uniqueRuns(c.b, x, axis), like, withInverse, withCounts);
}

// ---- searching ----------------------------------------------------------------------------------------------------

/// How many elements of the last axis of `sorted` lie before each value: sorted [*, n], values [*, m] → [*, m].
Tensor countBefore(Builder& b, const Tensor& sorted, const Tensor& values, bool right, DType dtype) {
  const Tensors both = promoteAll({sorted, values}, b);
  const Tensor edges = both[0].rank() == 1 ? both[0] : b.unsqueeze(both[0], {both[0].rank() - 1});
  const Tensor wide = b.unsqueeze(both[1], {both[1].rank()});
  // As what is not behind, so that NaN is behind all.
  const Tensor before = b.logicalNot(b.compare(right ? "Greater" : "GreaterOrEqual", edges, wide));
  return knownDims(b.reduce("ReduceSum", b.cast(before, dtype), {before.rank() - 1}, false), values.dims());
}

Results places(Call& c, const Tensor& sorted, const Tensor& values, bool right) {
  return one(countBefore(c.b, sorted, values, right, c.boolean("out_int32") ? DType::Int32 : DType::Int64));
}

// aten::bucketize.Tensor, .Scalar (self, boundaries, out_int32, right)
Results bucketize(Call& c) { return places(c, c.tensor("boundaries"), c.tensor("self"), c.boolean("right")); }

// aten::searchsorted.Tensor, .Scalar (sorted_sequence, self, out_int32, right, side, sorter)
Results searchSorted(Call& c) {
  Tensor sorted = c.tensor("sorted_sequence");
  if (c.has("sorter")) sorted = c.b.op("GatherElements", {sorted, c.tensor("sorter")}, {{"axis", -1}});
  const bool right = c.boolean("right") || (c.has("side") && c.text("side") == "right");
  return places(c, sorted, c.tensor("self"), right);
}

// aten::isin: elements, test_elements, with numbers
Lowering isIn(const char* elements, const char* tests) {
  return [=](Call& c) {
    const Tensors both = c.promotedTensors({elements, tests});
    const Tensor x = both[0];
    const Tensor equal = c.b.compare("Equal", c.b.unsqueeze(x, {x.rank()}), c.b.flattenAll(both[1]));
    const Tensor hits = c.b.reduce("ReduceSum", c.b.cast(equal, DType::Int32), {x.rank()}, false);
    const Tensor found = c.b.compare(c.boolean("invert") ? "Equal" : "Greater", hits, c.b.scalarLike(hits, 0));
    return one(knownDims(found, x.dims()));
  };
}

// ---- counting -----------------------------------------------------------------------------------------------------

/// Sum of `weights` (1 where there are none) by place: places int64[m] in [0, size).
Tensor countedAt(Builder& b, const Tensor& places, const Dim& size, const Tensor& weights) {
  const Tensor equal = b.compare("Equal", b.unsqueeze(places, {1}), b.unsqueeze(progression(b, size, 0, 1), {0}));
  const Tensor content =
      weights ? b.where(equal, b.unsqueeze(weights, {1}), b.scalarLike(weights, 0)) : b.cast(equal, DType::Int64);
  return knownDims(b.reduce("ReduceSum", content, {0}, false), {size});
}

// aten::bincount(self, weights, minlength)
Results bincount(Call& c) {
  const Tensor x = c.b.cast(c.tensor("self"), DType::Int64);
  const Tensor padded = c.b.concat({x, c.b.int64s({-1})}, 0);  // of nothing, the largest is -1
  const Dim largest = c.b.toDim(c.b.reduce("ReduceMax", padded, {0}, false));
  const Dim size = ir::max(largest + Dim(1), c.dim("minlength"));
  if (!c.has("weights")) return one(countedAt(c.b, x, size, {}));
  const Tensor weights = c.tensor("weights");
  return one(countedAt(c.b, x, size, weights.dtype() == DType::Float32 ? weights : c.b.cast(weights, DType::Float64)));
}

/// The ends of a histogram: those given, or those of the data; a single point gets `margin` on both sides.
std::pair<Tensor, Tensor> limits(Builder& b, const Tensor& x, double low, double high, bool ofData, double margin) {
  Tensor from = b.scalarLike(x, low), to = b.scalarLike(x, high);
  if (ofData) from = b.reduce("ReduceMin", x, {0}, false), to = b.reduce("ReduceMax", x, {0}, false);
  if (!ofData && low != high) return {from, to};
  const Tensor isPoint = b.compare("Equal", from, to);
  return {b.where(isPoint, b.addScalar(from, -margin), from), b.where(isPoint, b.addScalar(to, margin), to)};
}

/// Counts, or sums of weights, between neighbours of `edges` (rank 1); as a density, divided by the total and the widths.
Tensor histogramOf(Call& c, const Tensor& x, const Tensor& edges) {
  Builder& b = c.b;
  const Dim bins = edges.dim(0) - 1;
  const Tensor after = countBefore(b, edges, x, true, DType::Int64);  // edges that are not greater
  const Tensor last = b.select(edges, 0, bins);
  Tensor bin = b.where(b.compare("Equal", x, last), b.dim(bins - 1), b.add(after, b.int64(-1)));
  bin = b.where(b.compare("Greater", x, last), b.int64(-1), bin);
  const Tensor weights = c.has("weight") ? b.flattenAll(c.tensor("weight")) : Tensor();
  const Tensor counts = b.cast(countedAt(b, bin, bins, weights), x.dtype());
  if (!c.boolean("density")) return counts;
  const Tensor width = b.sub(b.slice(edges, 0, 1, bins + 1), b.slice(edges, 0, 0, bins));
  return b.div(b.div(counts, b.reduce("ReduceSum", counts, {0}, false)), width);
}

// aten::histogram.bins_tensor(self, bins, weight, density)
Results histogramAt(Call& c) {
  const Tensor edges = c.tensor("bins");
  return {histogramOf(c, c.b.flattenAll(c.tensor("self")), edges), edges};
}

// aten::histogram.bin_ct(self, bins, range, weight, density): bins of one width
Results histogram(Call& c) {
  Builder& b = c.b;
  const Tensor x = b.flattenAll(c.tensor("self"));
  const int64_t bins = c.integer("bins");
  const std::vector<double> range = c.has("range") ? c.numbers("range") : std::vector<double>{0, 0};
  const auto [from, to] = limits(b, x, range[0], range[1], !c.has("range"), 0.5);
  const Tensor steps = b.cast(b.range(0, bins + 1), x.dtype());
  const Tensor width = b.mulScalar(b.sub(to, from), 1.0 / static_cast<double>(bins));
  const Tensor edges = b.where(b.compare("Equal", steps, b.scalarLike(x, static_cast<double>(bins))), to,
                               b.add(from, b.mul(steps, width)));
  return {histogramOf(c, x, edges), edges};
}

// aten::histc(self, bins, min, max): without limits, those of the data
Results histc(Call& c) {
  const Tensor x = c.b.flattenAll(c.tensor("self"));
  const int64_t bins = c.integer("bins");
  const double low = c.number("min"), high = c.number("max");
  const auto [from, to] = limits(c.b, x, low, high, low == 0 && high == 0, 1);
  const Tensor position = c.b.div(c.b.mulScalar(c.b.sub(x, from), static_cast<double>(bins)), c.b.sub(to, from));
  Tensor bin = c.b.cast(c.b.unary("Floor", position), DType::Int64);
  bin = c.b.where(c.b.compare("Equal", x, to), c.b.int64(bins - 1), bin);  // the last bin has both its edges
  const Tensor isInside =
      c.b.binary("And", c.b.compare("GreaterOrEqual", x, from), c.b.compare("LessOrEqual", x, to));
  bin = c.b.where(isInside, bin, c.b.int64(-1));
  return one(c.b.cast(countedAt(c.b, bin, bins, {}), x.dtype()));
}

}  // namespace

std::vector<Row> sorting() {
  return {
      {"aten::topk(self, k, dim, largest)", topk},
      {"aten::sort(self, dim, descending)", sort},
      {"aten::sort.stable(self, dim, descending)", sort},
      {"aten::argsort(self, dim, descending)", argsort},
      {"aten::argsort.stable(self, dim, descending)", argsort},
      {"aten::msort(self)", msort},
      {"aten::kthvalue(self, k, dim, keepdim)", kthValue},
      {"aten::_unique(self, return_inverse)", uniquePair, kUnsorted},
      {"aten::_unique2(self, return_inverse, return_counts)", unique2, kUnsorted},
      {"aten::unique_dim(self, dim, return_inverse, return_counts)", uniqueDim},
      {"aten::unique_consecutive(self, return_inverse, return_counts, dim)", uniqueConsecutive},
      {"aten::unique_dim_consecutive(self, dim, return_inverse, return_counts)", uniqueConsecutive},
      {"aten::bucketize.Tensor(self, boundaries, out_int32, right)", bucketize},
      {"aten::bucketize.Scalar(self, boundaries, out_int32, right)", bucketize},
      {"aten::searchsorted.Tensor(sorted_sequence, self, out_int32, right, side, sorter)", searchSorted},
      {"aten::searchsorted.Scalar(sorted_sequence, self, out_int32, right, side, sorter)", searchSorted},
      {"aten::isin.Tensor_Tensor(elements, test_elements, invert)", isIn("elements", "test_elements")},
      {"aten::isin.Tensor_Scalar(elements, test_element, invert)", isIn("elements", "test_element")},
      {"aten::isin.Scalar_Tensor(element, test_elements, invert)", isIn("element", "test_elements")},
      {"aten::bincount(self, weights, minlength)", bincount},
      {"aten::histc(self, bins, min, max)", histc},
      {"aten::histogram.bin_ct(self, bins, range, weight, density)", histogram},
      {"aten::histogram.bins_tensor(self, bins, weight, density)", histogramAt},
  };
}

}  // namespace deploytool::exporter::ops
