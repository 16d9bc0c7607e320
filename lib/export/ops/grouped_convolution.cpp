// Convolutions whose number of groups is known at run time only, where ONNX's Conv wants a constant: the windows of the
// input are gathered, and each group is a matrix product.
#include "export/ops/convolution.h"
#include "export/ops/shape_common.h"
#include "export/ops/sliding.h"

namespace deploytool::exporter::ops {

namespace {

/// [batch, channels, size…] → [batch, channels, kernel…, windows…]
Tensor gatherWindows(Builder& b, Tensor x, const Tensor& weight, const Geometry& g, Dims& counts) {
  const auto spatial = static_cast<size_t>(weight.rank() - 2);
  std::vector<std::pair<Dim, Dim>> pads(2, {0, 0});
  for (int64_t p : g.padding) pads.emplace_back(p, p);
  x = b.pad(x, pads);
  std::vector<int64_t> order{0, 1};
  for (size_t i = 0; i < spatial; ++i) {
    const auto axis = static_cast<int64_t>(2 + 2 * i);  // those before have become two
    const Dim size = weight.dim(static_cast<int64_t>(2 + i));
    const Dim extent = Dim(g.dilation[i]) * (size - Dim(1)) + Dim(1);
    counts.push_back(ir::floorDiv(x.dim(axis) - extent, g.stride[i]) + Dim(1));
    x = b.gather(x, windowIndices(b, size, g.dilation[i], counts.back(), g.stride[i]), axis);
    order.push_back(axis);
  }
  for (size_t i = 0; i < spatial; ++i) order.push_back(static_cast<int64_t>(3 + 2 * i));
  return b.transpose(x, order);
}

Dim product(const Dims& dims, size_t first) {
  Dim result(1);
  for (size_t i = first; i < dims.size(); ++i) result = result * dims[i];
  return result;
}

/// stride - 1 zeros between neighbours along `axis`.
Tensor spread(Builder& b, const Tensor& x, int64_t axis, int64_t stride) {
  if (stride == 1) return x;
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank() + 1), {0, 0});
  pads[static_cast<size_t>(axis + 1)] = {0, stride - 1};
  const Tensor apart = b.pad(b.unsqueeze(x, {axis + 1}), pads);
  const Dim size = x.dim(axis) * Dim(stride);
  return b.slice(b.reshape(apart, withDim(x.dims(), axis, size)), axis, 0, size - Dim(stride - 1));
}

/// [groups × in, out, kernel…] → [groups × out, in, reversed kernel…]
Tensor turned(Builder& b, Tensor weight, const Dim& groups) {
  Dims dims = weight.dims();
  const Dim inputs = ir::floorDiv(dims[0], groups), outputs = dims[1];
  for (int64_t axis = 2; axis < weight.rank(); ++axis)
    weight = b.gather(weight, progression(b, weight.dim(axis), weight.dim(axis) - Dim(1), -1), axis);
  dims[0] = inputs;
  dims.insert(dims.begin(), groups);
  weight = b.swapAxes(b.reshape(weight, dims), 1, 2);
  dims.erase(dims.begin());
  dims[0] = groups * outputs;
  dims[1] = inputs;
  return b.reshape(weight, dims);
}

/// A transposed convolution is the convolution of the spread input with the turned kernel.
Tensor convolveTransposed(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g) {
  std::vector<std::pair<Dim, Dim>> pads(2, {0, 0});
  for (size_t i = 0; i < g.stride.size(); ++i) {
    const auto axis = static_cast<int64_t>(i + 2);
    x = spread(b, x, axis, g.stride[i]);
    const Dim before = Dim(g.dilation[i]) * (weight.dim(axis) - Dim(1)) - Dim(g.padding[i]);
    pads.emplace_back(before, before + Dim(g.outputPadding[i]));
  }
  x = b.pad(x, pads);
  g.transposed = false;
  g.stride.assign(g.stride.size(), 1);
  g.padding.assign(g.padding.size(), 0);
  return convolveByGroup(b, std::move(x), turned(b, weight, g.groups), bias, g);
}

}  // namespace

Tensor convolveByGroup(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias,
                       const Geometry& g) {
  if (g.transposed) return convolveTransposed(b, std::move(x), weight, bias, g);
  Dims dims{x.dim(0), weight.dim(0)}, counts;
  x = gatherWindows(b, std::move(x), weight, g, counts);
  const Dim taps = product(weight.dims(), 1);  // of one output channel: channels of its group × kernel
  const Dim outputs = ir::floorDiv(weight.dim(0), g.groups);
  x = b.reshape(x, {dims[0], g.groups, taps, product(counts, 0)});
  const Tensor y = b.matmul(b.reshape(weight, {Dim(1), g.groups, outputs, taps}), x);
  dims.insert(dims.end(), counts.begin(), counts.end());
  const Tensor result = b.reshape(y, dims);
  if (!bias) return result;
  Dims broadcast(dims.size(), Dim(1));
  broadcast[1] = weight.dim(0);
  return b.add(result, b.reshape(*bias, broadcast));
}

}  // namespace deploytool::exporter::ops
