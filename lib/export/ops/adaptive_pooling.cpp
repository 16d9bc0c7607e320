// Adaptive pooling: output sizes instead of kernels.
#include <algorithm>

#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

/// How one axis is pooled to `size` windows.
struct Axis {
  int64_t axis;
  Dim size;
};

std::vector<Axis> axesOf(Call& c, const Tensor& x, size_t spatial) {
  std::vector<Axis> axes;
  const Value& sizes = c.arg("output_size");
  const auto* list = sizes.as<std::shared_ptr<ListValue>>();
  for (size_t i = 0; i < spatial; ++i) {
    const auto axis = x.rank() - static_cast<int64_t>(spatial - i);
    // An entry that is None keeps the input's size.
    const Value* entry = list && !(*list)->items.empty() ? &(*list)->items[std::min(i, (*list)->items.size() - 1)] : &sizes;
    const auto* dim = entry->as<Dim>();
    axes.push_back({axis, dim ? *dim : x.dim(axis)});
  }
  return axes;
}

bool isGlobal(const std::vector<Axis>& axes) {
  return std::all_of(axes.begin(), axes.end(), [](const Axis& a) { return a.size == Dim(1); });
}

/// Kernel sizes when every axis divides evenly, whatever the symbols are.
std::optional<std::vector<int64_t>> evenKernel(const Tensor& x, const std::vector<Axis>& axes) {
  std::vector<int64_t> kernel;
  for (const Axis& a : axes) {
    const auto quotient = ir::exactDiv(x.dim(a.axis), a.size);
    if (!quotient || !quotient->isLiteral()) return {};
    kernel.push_back(quotient->literal());
  }
  return kernel;
}

/// Window o of an axis of size n pooled to m covers [floor(o*n/m), ceil((o+1)*n/m)).
struct Windows {
  Tensor start, end;  ///< int64[m]
};

Windows windowsOf(Call& c, const Dim& n, const Dim& m) {
  const Tensor o = c.b.range(0, m);
  const Tensor size = c.b.dim(n), count = c.b.dim(m);
  const Tensor start = c.b.div(c.b.mul(o, size), count);
  const Tensor next = c.b.mul(c.b.add(o, c.b.int64(1)), size);
  const Tensor end = c.b.div(c.b.add(next, c.b.sub(count, c.b.int64(1))), count);
  return {start, end};
}

/// Positions in the windows, which are as wide as the widest one: int64[m, width]. What a window lacks repeats its end.
Tensor windowIndices(Call& c, const Windows& w, const Dim& n, const Dim& m) {
  // A window is at most floor(n/m) + 2 wide, and never wider than ceil(n/m) + 1.
  const Dim width = ir::floorDiv(n + m - 1, m) + 1;
  const Tensor offset = c.b.unsqueeze(c.b.range(0, width), {0});
  const Tensor index = c.b.add(c.b.unsqueeze(w.start, {1}), offset);
  return c.b.op("Min", {index, c.b.unsqueeze(c.b.sub(w.end, c.b.int64(1)), {1})});
}

/// Average along one axis. Windows are gathered, not multiplied by a matrix of weights: an infinity stays in its own.
Tensor averageAxis(Call& c, const Tensor& x, const Axis& a) {
  const Windows w = windowsOf(c, x.dim(a.axis), a.size);
  const Tensor index = windowIndices(c, w, x.dim(a.axis), a.size);
  const Tensor counts = c.b.unsqueeze(c.b.sub(w.end, w.start), {1});
  const Tensor offset = c.b.unsqueeze(c.b.range(0, index.dim(1)), {0});
  const Tensor inside = c.b.compare("Less", offset, counts);
  const Tensor windows = c.b.gather(c.b.swapAxes(x, a.axis, -1), index, -1);  // [.., m, width]
  const Tensor kept = c.b.where(inside, windows, c.b.scalar(x.dtype(), 0));
  const Tensor sums = c.b.reduce("ReduceSum", kept, {-1}, false);
  return c.b.swapAxes(c.b.div(sums, c.b.cast(c.b.squeeze(counts, {1}), x.dtype())), a.axis, -1);
}

template <size_t Spatial>
Results adaptiveAverage(Call& c) {
  Tensor x = c.tensor("self");
  const auto axes = axesOf(c, x, Spatial);
  if (isGlobal(axes)) {
    std::vector<int64_t> reduced;
    for (const Axis& a : axes) reduced.push_back(a.axis);
    if (x.rank() == static_cast<int64_t>(Spatial) + 2) return {c.b.op("GlobalAveragePool", {x})};
    return {c.b.reduce("ReduceMean", x, reduced, true)};
  }
  if (auto kernel = evenKernel(x, axes)) {
    const bool unbatched = x.rank() == static_cast<int64_t>(Spatial) + 1;
    if (unbatched) x = c.b.unsqueeze(x, {0});
    const Tensor y = c.b.op("AveragePool", {x}, {{"kernel_shape", *kernel}, {"strides", *kernel}});
    return {unbatched ? c.b.squeeze(y, {0}) : y};
  }
  for (const Axis& a : axes)
    if (a.size != x.dim(a.axis)) x = averageAxis(c, x, a);
  return {x};
}

template <size_t Spatial>
Results adaptiveMax(Call& c) {
  Tensor x = c.tensor("self");
  const auto axes = axesOf(c, x, Spatial);
  // All windows of all axes at once: [.., m1, w1, m2, w2, ..] -> [.., m1, m2, .., w1*w2*..].
  Tensor windows = x;
  Dim plane = 1;
  for (const Axis& a : axes) plane = plane * x.dim(a.axis);
  const int64_t lead = x.rank() - static_cast<int64_t>(Spatial);
  Dims spatial;
  for (const Axis& a : axes) spatial.push_back(x.dim(a.axis));
  Tensor positions = c.b.reshape(c.b.range(0, plane), spatial);
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto shift = static_cast<int64_t>(i);
    const Dim n = x.dim(axes[i].axis), m = axes[i].size;
    const Tensor index = windowIndices(c, windowsOf(c, n, m), n, m);
    windows = c.b.gather(windows, index, axes[i].axis + shift);
    positions = c.b.gather(positions, index, 2 * shift);
  }
  std::vector<int64_t> order, positionOrder;
  for (int64_t i = 0; i < lead; ++i) order.push_back(i);
  for (int64_t part : {0, 1})
    for (int64_t i = 0; i < static_cast<int64_t>(Spatial); ++i) {
      order.push_back(lead + 2 * i + part);
      positionOrder.push_back(2 * i + part);
    }
  Dims flat, outDims;
  Dim volume = 1;
  for (int64_t i = 0; i < lead; ++i) flat.push_back(x.dim(i));
  for (const Axis& a : axes) outDims.push_back(a.size);
  flat.insert(flat.end(), outDims.begin(), outDims.end());
  for (const Axis& a : axes) volume = volume * (ir::floorDiv(x.dim(a.axis) + a.size - 1, a.size) + 1);
  flat.push_back(volume);
  windows = c.b.reshape(c.b.transpose(windows, order), flat);
  Dims flatPositions = outDims;
  flatPositions.push_back(volume);
  positions = c.b.reshape(c.b.transpose(positions, positionOrder), flatPositions);
  const Tensor best = c.b.op("ArgMax", {windows}, {{"axis", -1}, {"keepdims", 1}});
  const Tensor values = c.b.squeeze(c.b.op("GatherElements", {windows, best}, {{"axis", -1}}), {-1});
  flat.back() = volume;
  const Tensor spread = c.b.expand(positions, flat);
  return {values, c.b.squeeze(c.b.op("GatherElements", {spread, best}, {{"axis", -1}}), {-1})};
}

/// Even windows and the global maximum have operators of their own.
template <size_t Spatial>
Results adaptiveMaxRow(Call& c) {
  const Tensor x = c.tensor("self");
  const auto axes = axesOf(c, x, Spatial);
  const auto kernel = evenKernel(x, axes);
  if (!kernel || x.rank() != static_cast<int64_t>(Spatial) + 2) return adaptiveMax<Spatial>(c);
  const Tensors y = c.b.ops("MaxPool", {x}, 2, {{"kernel_shape", *kernel}, {"strides", *kernel}});
  Dim plane = 1;
  for (const Axis& a : axes) plane = plane * x.dim(a.axis);
  return {y[0], c.b.binary("Mod", y[1], c.b.dim(plane))};
}

}  // namespace

std::vector<Row> adaptive_pooling() {
  return {
      {"aten::adaptive_avg_pool1d(self, output_size)", adaptiveAverage<1>},
      {"aten::adaptive_avg_pool2d(self, output_size)", adaptiveAverage<2>},
      {"aten::_adaptive_avg_pool2d(self, output_size)", adaptiveAverage<2>},
      {"aten::adaptive_avg_pool3d(self, output_size)", adaptiveAverage<3>},
      {"aten::adaptive_max_pool1d(self, output_size)", adaptiveMaxRow<1>},
      {"aten::adaptive_max_pool2d(self, output_size)", adaptiveMaxRow<2>},
      {"aten::adaptive_max_pool3d(self, output_size)", adaptiveMaxRow<3>},
  };
}

}  // namespace deploytool::exporter::ops
