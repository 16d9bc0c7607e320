// Deformable convolution: taps at moved positions, gathered, then a matrix product per group.
#include "export/ops/families.h"
#include "export/ops/sampler.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

struct Geometry {
  Dim batch, rows, columns;  ///< of the output
  int64_t kernelH, kernelW, groups, offsetGroups;
  int64_t taps() const { return kernelH * kernelW; }
};

/// Where the taps lie along one axis before they are moved: [taps, rows, 1] or [taps, 1, columns].
Tensor tapPositions(Call& c, const Geometry& g, bool vertical, DType dtype) {
  Builder& b = c.b;
  const int64_t stride = c.integer(vertical ? "stride_h" : "stride_w"), pad = c.integer(vertical ? "pad_h" : "pad_w");
  const int64_t dilation = c.integer(vertical ? "dilation_h" : "dilation_w");
  std::vector<int64_t> taps;
  for (int64_t t = 0; t < g.taps(); ++t) taps.push_back((vertical ? t / g.kernelW : t % g.kernelW) * dilation - pad);
  const Tensor outputs = progression(b, vertical ? g.rows : g.columns, 0, stride);
  const Tensor positions = b.add(b.unsqueeze(b.int64s(taps), {1, 2}), b.unsqueeze(outputs, {0, vertical ? 2 : 1}));
  return b.cast(positions, dtype);
}

/// [batch · offset groups, channels of one, taps · rows · columns]
Tensor gathered(Call& c, const Geometry& g, const Tensor& x) {
  Builder& b = c.b;
  const Dim sets = g.batch * g.offsetGroups, points = Dim(g.taps()) * g.rows * g.columns;
  const Tensor moves = b.reshape(c.tensor("offset"), {sets, g.taps(), 2, g.rows, g.columns});
  Tensors positions;
  for (int64_t axis : {0, 1}) {
    const Tensor moved = b.add(b.select(moves, 2, axis), tapPositions(c, g, axis == 0, moves.dtype()));
    positions.push_back(b.reshape(moved, {sets, points}));
  }
  const Dims sizes{x.dim(2), x.dim(3)};
  const Tensor flat = b.reshape(x, {sets, ir::floorDiv(x.dim(1), g.offsetGroups), sizes[0] * sizes[1]});
  const Tensor taken = Sampler{c, flat, sizes, kZeros, false, moves.dtype()}.linear(positions);
  if (!c.boolean("use_mask")) return taken;
  return b.mul(taken, b.reshape(c.tensor("mask"), {sets, 1, points}));
}

// torchvision::deform_conv2d
Results deformConv(Call& c) {
  Builder& b = c.b;
  const Tensor x = c.tensor("input"), weight = c.tensor("weight"), offset = c.tensor("offset");
  const auto kernel = [&](int64_t axis) { return c.structural(weight.dim(axis), "the size of a deformable kernel"); };
  const Geometry g{x.dim(0), offset.dim(2), offset.dim(3), kernel(2), kernel(3), c.integer("groups"),
                   c.integer("offset_groups")};
  const Dim outputs = weight.dim(0), inner = weight.dim(1) * g.taps(), points = g.rows * g.columns;
  const Tensor columns = b.reshape(gathered(c, g, x), {g.batch, g.groups, inner, points});
  const Tensor matrices = b.reshape(weight, {1, g.groups, ir::floorDiv(outputs, g.groups), inner});
  const Tensor y = b.reshape(b.matmul(matrices, columns), {g.batch, outputs, g.rows, g.columns});
  return {b.add(y, b.reshape(c.tensor("bias"), {1, outputs, 1, 1}))};
}

}  // namespace

std::vector<Row> deformable() {
  return {
      {"torchvision::deform_conv2d(input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dilation_h, "
       "dilation_w, groups, offset_groups, use_mask)", deformConv},
  };
}

}  // namespace deploytool::exporter::ops
