// Convolutions and transposed convolutions.
#include <algorithm>
#include <utility>

#include "export/contradiction.h"
#include "export/ops/convolution.h"
#include "export/ops/families.h"
#include "export/ops/scan.h"

namespace deploytool::exporter::ops {

namespace {

/// Spatial axes: 1 to 3. A missing batch axis is added and removed again.
int64_t spatialRank(const Tensor& weight) { return weight.rank() - 2; }

/// output_padding of a stride or more is right in ONNX Runtime only as less padding at the end.
void shiftToEnds(const Geometry& g, std::vector<int64_t>& ends, std::vector<int64_t>& extra) {
  for (size_t i = 0; i < extra.size(); ++i) {
    if (extra[i] < g.stride[i]) continue;
    const int64_t shift = std::min(ends[i], extra[i]);
    ends[i] -= shift;
    extra[i] -= shift;
    if (extra[i] >= g.stride[i]) throw Refusal{"output_padding of a stride or more beyond the padding"};
  }
}

ir::Attributes attributes(const Geometry& g) {
  std::vector<int64_t> pads = g.padding, ends = g.padding, outputPadding = g.outputPadding;
  if (g.transposed) shiftToEnds(g, ends, outputPadding);
  pads.insert(pads.end(), ends.begin(), ends.end());
  ir::Attributes result{{"dilations", g.dilation}, {"group", g.groups.literal()}, {"pads", pads}, {"strides", g.stride}};
  const bool extra = std::any_of(outputPadding.begin(), outputPadding.end(), [](int64_t p) { return p != 0; });
  if (g.transposed && extra) result.emplace_back("output_padding", outputPadding);
  return result;
}

Tensor kernelShaped(Builder& b, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias,
                    const Geometry& g) {
  Tensors inputs{x, weight};
  if (bias) inputs.push_back(*bias);
  ir::Attributes attrs = attributes(g);
  // The kernel's extent is written only where it is known: a weight may be computed at run time.
  std::vector<int64_t> kernel;
  for (int64_t i = 2; i < weight.rank(); ++i)
    if (auto size = weight.dim(i).asLiteral()) kernel.push_back(*size);
  if (static_cast<int64_t>(kernel.size()) == spatialRank(weight)) attrs.emplace_back("kernel_shape", kernel);
  return b.op(g.transposed ? "ConvTranspose" : "Conv", inputs, std::move(attrs));
}

/// Groups first, then the axes of one group's share: `axis` is cut into `groups` parts.
Tensor groupsFirst(Builder& b, const Tensor& x, int64_t axis, const Dim& groups) {
  const auto at = x.dims().begin() + axis;
  Dims dims(x.dims().begin(), at);
  dims.insert(dims.end(), {groups, ir::floorDiv(*at, groups)});
  dims.insert(dims.end(), at + 1, x.dims().end());
  std::vector<int64_t> order{axis};
  for (int64_t i = 0; i <= x.rank(); ++i)
    if (i != axis) order.push_back(i);
  return b.transpose(b.reshape(x, dims), order);
}

/// Networks that make weights for each image convolve each image in a group of its own: a loop over the groups.
Tensor convolveInLoop(Builder& b, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g) {
  const Dim groups = std::exchange(g.groups, 1);
  Tensors shares{groupsFirst(b, x, 1, groups), groupsFirst(b, weight, 0, groups)};
  if (bias) shares.push_back(groupsFirst(b, *bias, 0, groups));
  const Tensor y = scanAlong(b, {}, shares, 0, false, [&](const Tensors&, const Tensors& share) {
    const auto own = bias ? std::optional(share[2]) : std::nullopt;
    return ScanStep{{}, {kernelShaped(b, share[0], share[1], own, g)}};
  }).results[0];
  std::vector<int64_t> order{1, 0};
  for (int64_t i = 2; i < y.rank(); ++i) order.push_back(i);
  Dims dims{y.dim(1), y.dim(0) * y.dim(2)};
  dims.insert(dims.end(), y.dims().begin() + 3, y.dims().end());
  return b.reshape(b.transpose(y, order), dims);
}

/// Static padding goes into the geometry; what depends on a size is padded before.
Tensor paddedInput(Call& c, int64_t spatial, Geometry& g) {
  const Tensor x = c.tensor("input");
  const Dims padding = c.dims("padding");
  if (std::all_of(padding.begin(), padding.end(), [](const Dim& p) { return p.isLiteral(); })) {
    g.padding = c.integers("padding");
    return x;
  }
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  for (int64_t i = 0; i < spatial; ++i) {
    const Dim& p = padding.at(padding.size() == 1 ? 0 : static_cast<size_t>(i));
    pads.at(static_cast<size_t>(x.rank() - spatial + i)) = {p, p};
  }
  return c.b.pad(x, pads);
}

// aten::_convolution, aten::convolution
Results generalConvolution(Call& c) {
  const bool transposed = c.boolean("transposed");
  Geometry g{c.integers("stride"),         {},         c.integers("dilation"),
             c.integers("output_padding"), transposed, c.dim("groups")};
  if (transposed) g.padding = c.integers("padding");
  const Tensor weight = c.tensor("weight");
  const Tensor x = transposed ? c.tensor("input") : paddedInput(c, spatialRank(weight), g);
  return {convolve(c.b, x, weight, c.optTensor("bias"), g)};
}

/// padding='same' pads the remainder at the end; 'valid' not at all.
Tensor convolveNamed(Call& c, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g,
                     const std::string& mode) {
  const int64_t spatial = spatialRank(weight);
  if (mode == "same") {
    std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
    const auto first = static_cast<size_t>(x.rank() - spatial);
    for (int64_t i = 0; i < spatial; ++i) {
      const size_t d = g.dilation.size() == 1 ? 0 : static_cast<size_t>(i);
      const int64_t total = (g.dilation.empty() ? 1 : g.dilation[d]) * (c.structural(weight.dim(i + 2), "the kernel size") - 1);
      pads[first + static_cast<size_t>(i)] = {total / 2, total - total / 2};
      g.padding.push_back(total / 2);
    }
    const bool even = std::all_of(pads.begin(), pads.end(), [](const auto& p) { return p.first == p.second; });
    if (!even) {
      x = c.b.pad(x, pads);
      g.padding.clear();
    }
  }
  return convolve(c.b, x, weight, bias, g);
}

// aten::conv1d, conv2d, conv3d and their .padding overloads
Results conv(Call& c) {
  Geometry g{c.integers("stride"), {}, c.integers("dilation"), {}, false, c.dim("groups")};
  if (c.arg("padding").is<std::string>())
    return {convolveNamed(c, c.tensor("input"), c.tensor("weight"), c.optTensor("bias"), g, c.text("padding"))};
  const Tensor weight = c.tensor("weight");
  const Tensor x = paddedInput(c, spatialRank(weight), g);
  return {convolve(c.b, x, weight, c.optTensor("bias"), g)};
}

// aten::conv_transpose1d, conv_transpose2d.input, conv_transpose3d.input
Results convTranspose(Call& c) {
  Geometry g{c.integers("stride"), c.integers("padding"), c.integers("dilation"), c.integers("output_padding"), true,
             c.dim("groups")};
  return {convolve(c.b, c.tensor("input"), c.tensor("weight"), c.optTensor("bias"), g)};
}

// aten::conv_tbc: time, batch, channels; the weight is kernel, in, out
Results convTbc(Call& c) {
  const Tensor x = c.b.transpose(c.tensor("self"), {1, 2, 0});
  const Tensor weight = c.b.transpose(c.tensor("weight"), {2, 1, 0});
  Geometry g{{1}, {c.integer("pad")}, {1}, {}, false, 1};
  return {c.b.transpose(convolve(c.b, x, weight, c.tensor("bias"), g), {2, 0, 1})};
}

}  // namespace

Tensor convolve(Builder& b, Tensor x, const Tensor& weight, const std::optional<Tensor>& bias, Geometry g) {
  // Before the node, whose inputs are cast where ONNX Runtime lacks a kernel.
  if (x.dtype() != weight.dtype())
    throw Contradiction{fmt::format("the input is {}, the weight {}", ir::dtypeName(x.dtype()), ir::dtypeName(weight.dtype()))};
  const int64_t spatial = spatialRank(weight);
  const auto n = static_cast<size_t>(spatial);
  const auto fill = [n](std::vector<int64_t>& v, int64_t otherwise) {
    if (v.empty()) v.assign(n, otherwise);
    if (v.size() == 1) v.resize(n, v[0]);
  };
  fill(g.stride, 1), fill(g.padding, 0), fill(g.dilation, 1), fill(g.outputPadding, 0);
  const bool unbatched = x.rank() == spatial + 1;
  if (unbatched) x = b.unsqueeze(x, {0});
  const Tensor y = g.groups.isLiteral() ? kernelShaped(b, x, weight, bias, g) : convolveInLoop(b, x, weight, bias, g);
  return unbatched ? b.squeeze(y, {0}) : y;
}

std::vector<Row> convolution() {
  return {
      {"aten::_convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)", generalConvolution},
      {"aten::_convolution.deprecated(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)",
       generalConvolution},
      {"aten::convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)", generalConvolution},
      {"aten::_convolution_mode(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv1d(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv2d(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv3d(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv1d.padding(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv2d.padding(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv3d.padding(input, weight, bias, stride, padding, dilation, groups)", conv},
      {"aten::conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, dilation)", convTranspose},
      {"aten::conv_transpose2d.input(input, weight, bias, stride, padding, output_padding, groups, dilation)", convTranspose},
      {"aten::conv_transpose3d.input(input, weight, bias, stride, padding, output_padding, groups, dilation)", convTranspose},
      {"aten::conv_tbc(self, weight, bias, pad)", convTbc},
  };
}

}  // namespace deploytool::exporter::ops
