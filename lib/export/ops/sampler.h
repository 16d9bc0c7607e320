// Samples at computed positions, decomposed into gathers: for grid_sampler below opset 16 and deformable convolution.
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

enum Interpolation : int64_t { kBilinear = 0, kNearest = 1, kBicubic = 2 };
enum Padding : int64_t { kZeros = 0, kBorder = 1, kReflection = 2 };

/// One call: the input as [batch, channels, positions] and one coordinate tensor [batch, points] per spatial axis.
struct Sampler {
  Call& c;
  Tensor flat;
  Dims sizes;                ///< of the spatial axes
  int64_t padding;
  bool alignCorners;
  DType dtype;

  Tensor number(const Dim& value) const { return c.b.cast(c.b.dim(value), dtype); }
  Tensor k(double value) const { return c.b.scalar(dtype, value); }

  Tensor clipped(const Tensor& x, const Dim& size) const {
    return c.b.binary("Min", c.b.binary("Max", x, k(0)), number(size - 1));
  }

  /// From [-1, 1] to positions.
  Tensor unnormalised(const Tensor& g, const Dim& size) const {
    const Tensor shifted = c.b.add(g, k(1));
    if (alignCorners) return c.b.mul(shifted, c.b.mul(number(size - 1), k(0.5)));
    return c.b.mul(c.b.sub(c.b.mul(shifted, number(size)), k(1)), k(0.5));
  }

  Tensor reflected(const Tensor& x, const Dim& size) const {
    const Tensor low = k(alignCorners ? 0 : -0.5);
    const Tensor span = number(alignCorners ? size - 1 : size);
    const Tensor safe = c.b.binary("Max", span, k(1e-6));  // one position: everything reflects to it
    const Tensor distance = c.b.unary("Abs", c.b.sub(x, low));
    const Tensor flips = c.b.unary("Floor", c.b.div(distance, safe));
    const Tensor extra = c.b.sub(distance, c.b.mul(flips, safe));
    const Tensor odd = c.b.sub(flips, c.b.mul(c.b.unary("Floor", c.b.mul(flips, k(0.5))), k(2)));
    const Tensor inside = c.b.where(c.b.compare("Greater", odd, k(0.5)), c.b.sub(safe, extra), extra);
    return clipped(c.b.add(inside, low), size);
  }

  Tensor padded(const Tensor& x, const Dim& size) const {
    if (padding == kBorder) return clipped(x, size);
    return padding == kReflection ? reflected(x, size) : x;
  }

  /// [batch, channels, points] at whole positions; zero outside where the padding says so.
  Tensor at(const Tensors& positions) const {
    Tensor index, inside;
    for (size_t d = 0; d < positions.size(); ++d) {
      const Tensor whole = c.b.cast(clipped(positions[d], sizes[d]), DType::Int64);
      index = index ? c.b.add(c.b.mul(index, c.b.dim(sizes[d])), whole) : whole;
      if (padding != kZeros) continue;
      const Tensor low = c.b.compare("GreaterOrEqual", positions[d], k(0));
      const Tensor high = c.b.compare("LessOrEqual", positions[d], number(sizes[d] - 1));
      const Tensor both = c.b.op("And", {low, high});
      inside = inside ? c.b.op("And", {inside, both}) : both;
    }
    const Dims dims{flat.dim(0), flat.dim(1), index.dim(1)};
    const Tensor values = c.b.op("GatherElements", {flat, c.b.expand(c.b.unsqueeze(index, {1}), dims)}, {{"axis", 2}});
    return inside ? c.b.mul(values, c.b.cast(c.b.unsqueeze(inside, {1}), flat.dtype())) : values;
  }

  Tensor weighted(const Tensor& values, const Tensor& weight) const {
    return c.b.mul(values, c.b.cast(c.b.unsqueeze(weight, {1}), values.dtype()));
  }

  Tensor nearest(const Tensors& x) const {
    Tensors whole;
    for (const Tensor& t : x) whole.push_back(c.b.unary("Round", t));
    return at(whole);
  }

  /// The sum over the corners around each point.
  Tensor linear(const Tensors& x) const {
    Tensors low, fraction;
    for (const Tensor& t : x) {
      low.push_back(c.b.unary("Floor", t));
      fraction.push_back(c.b.sub(t, low.back()));
    }
    Tensor sum;
    for (unsigned corner = 0; corner < 1u << x.size(); ++corner) {
      Tensors positions;
      Tensor weight;
      for (size_t d = 0; d < x.size(); ++d) {
        const bool high = corner >> d & 1;
        positions.push_back(high ? c.b.add(low[d], k(1)) : low[d]);
        const Tensor w = high ? fraction[d] : c.b.sub(k(1), fraction[d]);
        weight = weight ? c.b.mul(weight, w) : w;
      }
      const Tensor term = weighted(at(positions), weight);
      sum = sum ? c.b.add(sum, term) : term;
    }
    return sum;
  }

  /// Keys' kernel with a = -0.75 for taps -1, 0, 1, 2 at fraction t.
  Tensors cubicWeights(const Tensor& t) const {
    const auto near = [&](const Tensor& d) {  // (1.25 d - 2.25) d² + 1
      return c.b.add(c.b.mul(c.b.mul(c.b.sub(c.b.mul(d, k(1.25)), k(2.25)), d), d), k(1));
    };
    const auto far = [&](const Tensor& d) {  // -0.75 d³ + 3.75 d² - 6 d + 3
      const Tensor inner = c.b.add(c.b.mul(c.b.add(c.b.mul(d, k(-0.75)), k(3.75)), d), k(-6));
      return c.b.add(c.b.mul(inner, d), k(3));
    };
    const Tensor rest = c.b.sub(k(1), t);
    return {far(c.b.add(t, k(1))), near(t), near(rest), far(c.b.add(rest, k(1)))};
  }

  Tensor cubic(const Tensors& x) const {
    const Tensor row = c.b.unary("Floor", x[0]), column = c.b.unary("Floor", x[1]);
    const Tensors down = cubicWeights(c.b.sub(x[0], row)), across = cubicWeights(c.b.sub(x[1], column));
    Tensor sum;
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        const Tensors tap{padded(c.b.add(row, k(i - 1)), sizes[0]), padded(c.b.add(column, k(j - 1)), sizes[1])};
        const Tensor term = weighted(at(tap), c.b.mul(down[static_cast<size_t>(i)], across[static_cast<size_t>(j)]));
        sum = sum ? c.b.add(sum, term) : term;
      }
    return sum;
  }
};

}  // namespace deploytool::exporter::ops
