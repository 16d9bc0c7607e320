// Builder: shape operators.
#include <algorithm>
#include <numeric>

#include "export/builder.h"

namespace deploytool::exporter {

namespace {

int64_t normalised(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }

Tensor withDims(Tensor x, const Dims& dims) {
  x.value()->type.dims = dims;
  return x;
}

}  // namespace

Tensor Builder::reshape(const Tensor& x, const Dims& dims) {
  if (dims == x.dims()) return x;
  // Reshape copies an axis for 0 and computes one axis for -1: most shapes are constants so.
  std::vector<int64_t> pattern;
  int unknown = 0;
  bool zero = false;
  bool copies = false;  // a size that a run decides may be 0, and -1 cannot stand beside that
  for (size_t i = 0; i < dims.size(); ++i) {
    if (auto literal = dims[i].asLiteral()) {
      pattern.push_back(*literal);
      zero = zero || *literal == 0;
    } else if (i < x.dims().size() && dims[i] == x.dims()[i]) {
      pattern.push_back(0);
      copies = true;
    } else {
      pattern.push_back(-1);
      ++unknown;
    }
  }
  // A literal 0 cannot stand beside -1, and would be read as "copy".
  const bool plain = !zero && unknown <= (copies ? 0 : 1);
  Tensor target = plain ? int64s(pattern) : shape(dims);
  // ONNX Runtime makes -1 of a computed size again, unless it cannot see where the target comes from or allowzero is set.
  if (copies && unknown == 1 && !zero && opset_ < 14) target = unary("Abs", target);
  ir::Attributes attributes;
  // Computed sizes may be 0 at run time, which means 0 too.
  if ((zero || !plain) && opset_ >= 14) attributes.emplace_back("allowzero", 1);
  if (zero && opset_ < 14) return full(x.dtype(), dims, 0);  // no elements: the data does not matter
  return withDims(op("Reshape", {x, target}, std::move(attributes)), dims);
}

Tensor Builder::flattenAll(const Tensor& x) { return reshape(x, {ir::product(x.dims())}); }

Tensor Builder::unsqueeze(const Tensor& x, std::vector<int64_t> axes) {
  if (axes.empty()) return x;
  const int64_t rank = x.rank() + static_cast<int64_t>(axes.size());
  for (int64_t& axis : axes) axis = normalised(axis, rank);
  std::sort(axes.begin(), axes.end());
  return op("Unsqueeze", {x, int64s(axes)});
}

Tensor Builder::squeeze(const Tensor& x, std::vector<int64_t> axes) {
  if (axes.empty()) return x;
  for (int64_t& axis : axes) axis = normalised(axis, x.rank());
  std::sort(axes.begin(), axes.end());
  return op("Squeeze", {x, int64s(axes)});
}

Tensor Builder::transpose(const Tensor& x, std::vector<int64_t> permutation) {
  for (int64_t& axis : permutation) axis = normalised(axis, x.rank());
  if (std::is_sorted(permutation.begin(), permutation.end())) return x;
  return op("Transpose", {x}, {{"perm", permutation}});
}

Tensor Builder::swapAxes(const Tensor& x, int64_t a, int64_t b) {
  if (x.rank() == 0) return x;
  std::vector<int64_t> permutation(static_cast<size_t>(x.rank()));
  std::iota(permutation.begin(), permutation.end(), 0);
  std::swap(permutation.at(static_cast<size_t>(normalised(a, x.rank()))),
            permutation.at(static_cast<size_t>(normalised(b, x.rank()))));
  return transpose(x, permutation);
}

Tensor Builder::expand(const Tensor& x, const Dims& dims) {
  if (x.dims() == dims) return x;
  Tensor result = op("Expand", {x, shape(dims)});
  const size_t lead = dims.size() - std::min(dims.size(), x.dims().size());
  bool known = true;  // two different symbols may differ at run time, and either may be 1
  for (size_t i = lead; i < dims.size(); ++i) {
    const Dim& from = x.dims()[i - lead];
    known = known && (from == dims[i] || from == Dim(1));
  }
  return known ? withDims(result, dims) : result;
}

Tensor Builder::slice(const Tensor& x, int64_t axis, const Dim& start, const Dim& end, int64_t step) {
  axis = normalised(axis, x.rank());
  const Dim& size = x.dim(axis);
  if (step == 1 && start == Dim(0) && (end == size || (end.isLiteral() && end.literal() == INT64_MAX))) return x;
  return op("Slice", {x, shape({start}), shape({end}), int64s({axis}), int64s({step})});
}

Tensor Builder::select(const Tensor& x, int64_t axis, const Dim& index) {
  return op("Gather", {x, dim(index)}, {{"axis", normalised(axis, x.rank())}});
}

Tensor Builder::gather(const Tensor& x, const Tensor& indices, int64_t axis) {
  return op("Gather", {x, indices}, {{"axis", normalised(axis, x.rank())}});
}

Tensor Builder::concat(const Tensors& xs, int64_t axis) {
  if (xs.size() == 1) return xs[0];
  return op("Concat", xs, {{"axis", normalised(axis, xs.at(0).rank())}});
}

Tensor Builder::stack(const Tensors& xs, int64_t axis) {
  Tensors parts;
  for (const Tensor& x : xs) parts.push_back(unsqueeze(x, {normalised(axis, x.rank() + 1)}));
  return concat(parts, normalised(axis, xs.at(0).rank() + 1));
}

Tensors Builder::split(const Tensor& x, int64_t axis, const Dims& sizes) {
  if (sizes.size() == 1) return {x};
  axis = normalised(axis, x.rank());
  Tensors parts = ops("Split", {x, shape(sizes)}, sizes.size(), {{"axis", axis}});
  for (size_t i = 0; i < parts.size(); ++i) {
    Dims dims = x.dims();
    dims[static_cast<size_t>(axis)] = sizes[i];
    parts[i].value()->type.dims = dims;
  }
  return parts;
}

Tensor Builder::range(const Dim& start, const Dim& end, int64_t step) {
  const auto from = start.asLiteral();
  const auto to = end.asLiteral();
  if (from && to && std::abs(*to - *from) / std::abs(step) <= 512) {
    std::vector<int64_t> values;
    for (int64_t i = *from; step > 0 ? i < *to : i > *to; i += step) values.push_back(i);
    return int64s(values);
  }
  Tensor result = op("Range", {dim(start), dim(end), int64(step)});
  // Python's length of a range; max(0, …) where the order of the ends is not known.
  const Dim length = step > 0 ? ir::ceilDiv(end - start, step) : ir::ceilDiv(start - end, -step);
  return withDims(result, {length.isNonNegative() ? length : ir::max(length, 0)});
}

Tensor Builder::pad(const Tensor& x, const std::vector<std::pair<Dim, Dim>>& pads, double value, std::string mode) {
  Dims amounts;
  for (const auto& pair : pads) amounts.push_back(pair.first);
  for (const auto& pair : pads) amounts.push_back(pair.second);
  if (std::all_of(amounts.begin(), amounts.end(), [](const Dim& d) { return d == Dim(0); })) return x;
  Tensors inputs{x, shape(amounts)};
  if (mode == "constant") inputs.push_back(scalarLike(x, value));
  Dims dims = x.dims();
  for (size_t i = 0; i < pads.size(); ++i) dims[i] = dims[i] + pads[i].first + pads[i].second;
  return withDims(op("Pad", inputs, {{"mode", mode}}), dims);
}

}  // namespace deploytool::exporter
