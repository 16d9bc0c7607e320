// Max and average pooling.
#include "export/ops/pooling.h"

#include <algorithm>

#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

struct Window {
  std::vector<int64_t> kernel, stride, padding, dilation;
  bool ceilMode = false;
};

/// A list with an element for each spatial axis; one element counts for all.
Dims perAxis(Call& c, std::string_view name, size_t spatial) {
  Dims dims = c.dims(name);
  if (dims.size() == 1) dims.resize(spatial, dims[0]);
  return dims;
}

/// Axes whose window has a size that a run decides. It must be the whole axis, as in `max_pool1d(x, x.size(2))`.
std::vector<int64_t> wholeAxes(Call& c, const Tensor& x, size_t spatial, const Window& w) {
  const Dims kernel = perAxis(c, "kernel_size", spatial);
  std::vector<int64_t> axes;
  for (size_t i = 0; i < spatial; ++i) {
    if (kernel[i].isLiteral()) continue;
    const int64_t axis = x.rank() - static_cast<int64_t>(spatial - i);
    if (kernel[i] != x.dim(axis)) c.refuse("a window of a size that a run decides, other than the whole axis");
    if (w.padding[i] != 0 || w.dilation[i] != 1) c.refuse("padding or dilation with a window of a size that a run decides");
    axes.push_back(axis);
  }
  return axes;
}

/// Axes with a window of a size that a run decides count as pooled before, with a window of 1.
Window windowOf(Call& c, size_t spatial, bool dilated) {
  Window w;
  const Dims kernel = perAxis(c, "kernel_size", spatial), stride = perAxis(c, "stride", spatial);
  for (size_t i = 0; i < spatial; ++i) {
    const bool isKnown = kernel[i].isLiteral();
    const Dim step = !isKnown ? Dim(1) : stride.empty() ? kernel[i] : stride[i];
    if (!step.isLiteral()) c.refuse("a stride that a run decides");
    w.kernel.push_back(isKnown ? kernel[i].literal() : 1);
    w.stride.push_back(step.literal());
  }
  w.padding = c.integers("padding", spatial);
  if (w.padding.empty()) w.padding.assign(spatial, 0);
  w.dilation = dilated ? c.integers("dilation", spatial) : std::vector<int64_t>(spatial, 1);
  w.ceilMode = c.boolean("ceil_mode");
  return w;
}

/// The output size as torch computes it: in ceil mode the last window starts inside the input or its left padding.
Dim outputSize(const Dim& size, const Window& w, size_t i) {
  const Dim span = size + 2 * w.padding[i] - w.dilation[i] * (w.kernel[i] - 1) - 1;
  if (!w.ceilMode) return ir::floorDiv(span, w.stride[i]) + 1;
  const Dim windows = ir::floorDiv(span + w.stride[i] - 1, w.stride[i]) + 1;
  const auto fixed = windows.asLiteral();
  if (fixed && size.isLiteral())
    return (*fixed - 1) * w.stride[i] >= size.literal() + w.padding[i] ? *fixed - 1 : *fixed;
  // min over both rules: one window fewer where the last would start beyond the input.
  return ir::min(windows, ir::floorDiv(size + w.padding[i] - 1, w.stride[i]) + 1);
}

Dims outputDims(const Tensor& x, const Window& w) {
  Dims dims = x.dims();
  const size_t first = dims.size() - w.kernel.size();
  for (size_t i = 0; i < w.kernel.size(); ++i) dims[first + i] = outputSize(dims[first + i], w, i);
  return dims;
}

std::vector<int64_t> doubled(const std::vector<int64_t>& v) {
  std::vector<int64_t> result = v;
  result.insert(result.end(), v.begin(), v.end());
  return result;
}

ir::Attributes attributes(const Window& w) {
  return {{"kernel_shape", w.kernel}, {"strides", w.stride}, {"pads", doubled(w.padding)}, {"ceil_mode", w.ceilMode}};
}

/// Runs `pool` with a batch axis, which torch allows to be missing.
template <class Pool>
Tensors batched(Call& c, Tensor x, size_t spatial, Pool&& pool) {
  if (x.rank() != static_cast<int64_t>(spatial) + 1) return pool(x);
  Tensors results = pool(c.b.unsqueeze(x, {0}));
  for (Tensor& y : results) y = c.b.squeeze(y, {0});
  return results;
}

/// ONNX Runtime's ceil mode keeps a window that starts in the right padding; torch drops it.
Tensor cropped(Call& c, Tensor y, const Dims& dims, const Window& w) {
  if (!w.ceilMode) return y;
  const size_t first = dims.size() - w.kernel.size();
  for (size_t i = first; i < dims.size(); ++i)
    if (y.dims()[i] != dims[i]) {
      const Dim length = dims[i];
      y = c.b.slice(y, static_cast<int64_t>(i), 0, length);
      y.value()->type.dims->at(i) = length;
    }
  return y;
}

/// Positions that ONNX gives are in the whole tensor; torch's are in one channel's plane.
Tensor planeIndices(Call& c, const Tensor& x, const Tensor& indices, size_t spatial) {
  Dim plane = 1;
  for (size_t i = 0; i < spatial; ++i) plane = plane * x.dims()[x.dims().size() - 1 - i];
  return c.b.binary("Mod", indices, c.b.dim(plane));
}

/// With known sizes, ceil mode is a matter of padding at the end; that leaves no room for two readings of it.
Window withoutCeilMode(const Tensor& x, Window w, std::vector<int64_t>& endPadding) {
  endPadding = w.padding;
  const size_t first = x.dims().size() - w.kernel.size();
  for (size_t i = 0; i < w.kernel.size(); ++i)
    if (!w.ceilMode || !x.dims()[first + i].isLiteral()) return w;
  const Dims dims = outputDims(x, w);
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const int64_t extent = w.dilation[i] * (w.kernel[i] - 1) + 1;
    const int64_t needed = (dims[first + i].literal() - 1) * w.stride[i] + extent;
    endPadding[i] = std::max<int64_t>(0, needed - x.dims()[first + i].literal() - w.padding[i]);
  }
  w.ceilMode = false;
  return w;
}

/// ONNX Runtime joins a Pad with zeros to the MaxPool after it, whose own padding then counts as -inf, unless that gives
/// indices as well.
bool isPadded(const Tensor& x) { return x.value()->producer() && x.value()->producer()->opType == "Pad"; }

/// The maxima, and where they are in their channel's plane if `withIndices`.
Tensors maxima(Call& c, Tensor input, size_t spatial, bool withIndices) {
  const Window w = windowOf(c, spatial, true);
  if (const auto whole = wholeAxes(c, input, spatial, w); !whole.empty()) {
    if (withIndices) c.refuse("indices with a window of a size that a run decides");
    input = c.b.reduce("ReduceMax", input, whole, true);
  }
  return batched(c, input, spatial, [&](const Tensor& x) -> Tensors {
    const Dims dims = outputDims(x, w);
    std::vector<int64_t> pads = w.padding, endPadding;
    const Window plain = withoutCeilMode(x, w, endPadding);
    pads.insert(pads.end(), endPadding.begin(), endPadding.end());
    ir::Attributes attrs{{"kernel_shape", w.kernel}, {"strides", w.stride}, {"pads", pads}, {"dilations", w.dilation},
                         {"ceil_mode", plain.ceilMode}};
    Tensors pooled = c.b.ops("MaxPool", {x}, withIndices || isPadded(x) ? 2 : 1, std::move(attrs));
    if (!withIndices && pooled.size() > 1) {
      pooled[1].value()->name = "unused_indices";  // without a name it would be left out
      pooled.pop_back();
    }
    for (Tensor& t : pooled) t = cropped(c, t, dims, plain);
    if (withIndices) pooled[1] = planeIndices(c, x, pooled[1], spatial);
    return pooled;
  });
}

// aten::max_pool1d, 2d, 3d and with_indices
template <size_t Spatial, bool WithIndices>
Results maxPool(Call& c) {
  Results results;
  for (const Tensor& t : maxima(c, c.tensor("self"), Spatial, WithIndices)) results.emplace_back(t);
  return results;
}

double windowVolume(const Window& w) {
  double elements = 1;
  for (int64_t k : w.kernel) elements *= static_cast<double>(k);
  return elements;
}

/// The average where windows that ceil mode lets hang over the end need torch's own count: sums over a zero-padded input
/// divided by the number of elements that count, or by the divisor given.
Tensor averageByCounts(Call& c, const Tensor& x, const Window& w, bool countPadding, std::optional<double> divisor) {
  const auto n = static_cast<size_t>(x.rank());
  const size_t first = n - w.kernel.size();
  const Dims dims = outputDims(x, w);
  std::vector<std::pair<Dim, Dim>> inner(n, {0, 0}), outer(n, {0, 0});
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const Dim& size = x.dims()[first + i];
    inner[first + i] = {w.padding[i], w.padding[i]};
    const Dim needed = (dims[first + i] - 1) * w.stride[i] + w.kernel[i];
    outer[first + i] = {0, ir::max(needed - (size + 2 * w.padding[i]), 0)};
  }
  Window plain = w;
  plain.ceilMode = false;
  plain.padding.assign(w.kernel.size(), 0);
  const auto sums = [&](const Tensor& t) {
    return c.b.op("AveragePool", {t}, attributes(plain));
  };
  Tensor y = sums(c.b.pad(c.b.pad(x, inner), outer));
  if (divisor) y = c.b.mulScalar(y, windowVolume(w) / *divisor);
  else y = c.b.div(y, sums(c.b.pad(c.b.pad(c.b.fullLike(x, 1), inner, countPadding), outer)));
  y.value()->type.dims = dims;
  return y;
}

/// Integers are divided like integers. Means are multiples of 1/divisor but for rounding, which must not lose a whole one.
Tensor towardsZero(Builder& b, const Tensor& mean, double divisor, DType dtype) {
  return b.cast(b.add(mean, b.mulScalar(b.unary("Sign", mean), 0.5 / divisor)), dtype);
}

// aten::avg_pool1d, 2d, 3d
template <size_t Spatial>
Results averagePool(Call& c) {
  const Window w = windowOf(c, Spatial, false);
  const bool countPadding = !c.has("count_include_pad") || c.boolean("count_include_pad");
  const auto divisor = c.has("divisor_override") ? std::optional(c.number("divisor_override")) : std::nullopt;
  const bool padded = std::any_of(w.padding.begin(), w.padding.end(), [](int64_t p) { return p != 0; });
  Tensor input = c.tensor("self");
  const DType dtype = input.dtype();
  if (const auto whole = wholeAxes(c, input, Spatial, w); !whole.empty()) {
    if (divisor || !ir::isFloating(dtype)) c.refuse("a divisor, or integers, with a window of a size that a run decides");
    input = c.b.reduce("ReduceMean", input, whole, true);
  }
  const auto average = [&](const Tensor& x) -> Tensors {
    if (w.ceilMode) return {averageByCounts(c, x, w, countPadding, divisor)};
    ir::Attributes attrs = attributes(w);
    attrs.emplace_back("count_include_pad", padded && (countPadding || divisor));
    Tensor pooled = c.b.op("AveragePool", {x}, std::move(attrs));
    if (!divisor) return {pooled};
    return {c.b.mulScalar(pooled, windowVolume(w) / *divisor)};
  };
  if (ir::isFloating(dtype)) return {batched(c, input, Spatial, average)[0]};
  const Tensor mean = batched(c, c.b.cast(input, DType::Float64), Spatial, average)[0];
  return {towardsZero(c.b, mean, std::abs(divisor.value_or(windowVolume(w))), dtype)};
}

}  // namespace

Tensor maxPooled(Call& c, const Tensor& x, size_t spatial) { return maxima(c, x, spatial, false)[0]; }

std::vector<Row> pooling() {
  return {
      {"aten::max_pool1d(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<1, false>},
      {"aten::max_pool2d(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<2, false>},
      {"aten::max_pool3d(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<3, false>},
      {"aten::max_pool1d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<1, true>},
      {"aten::max_pool2d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<2, true>},
      {"aten::max_pool3d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<3, true>},
      {"aten::avg_pool1d(self, kernel_size, stride, padding, ceil_mode, count_include_pad)", averagePool<1>},
      {"aten::avg_pool2d(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)", averagePool<2>},
      {"aten::avg_pool3d(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)", averagePool<3>},
  };
}

}  // namespace deploytool::exporter::ops
