// Products over named axes (contraction.h) as Mul, MatMul and ReduceSum: ONNX Runtime's Einsum crashes on tensors of no
// elements, other runtimes lack it, and weights of a MatMul can be quantized.
#include "export/ops/contraction.h"

#include <algorithm>

namespace deploytool::exporter::ops {

namespace {

using Axes = std::vector<int>;

bool has(const Axes& axes, int axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); }

int64_t placeOf(const Axes& axes, int axis) { return std::find(axes.begin(), axes.end(), axis) - axes.begin(); }

const Dim& sizeOf(const NamedAxes& x, int axis) { return x.tensor.dim(placeOf(x.axes, axis)); }

Axes operator+(Axes a, const Axes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Dims sizesOf(const NamedAxes& x, const Axes& axes) {
  Dims sizes;
  for (int axis : axes) sizes.push_back(sizeOf(x, axis));
  return sizes;
}

/// How the axes of two operands take part.
struct Roles {
  Axes batch, summed, left, right;
};

Roles rolesOf(const NamedAxes& x, const NamedAxes& y, const std::set<int>& needed) {
  Roles roles;
  for (int axis : x.axes) {
    if (!has(y.axes, axis)) roles.left.push_back(axis);
    else (needed.count(axis) ? roles.batch : roles.summed).push_back(axis);
  }
  for (int axis : y.axes)
    if (!has(x.axes, axis)) roles.right.push_back(axis);
  return roles;
}

/// Axes in groups; a group of several, or of none, becomes one axis.
Tensor grouped(Builder& b, const NamedAxes& x, const Axes& apart, const std::vector<Axes>& groups) {
  Axes order = apart;
  Dims dims = sizesOf(x, apart);
  for (const Axes& group : groups) {
    order = order + group;
    dims.push_back(ir::product(sizesOf(x, group)));
  }
  return b.reshape(arranged(b, x, order), dims);
}

/// Outer and elementwise products.
NamedAxes multiplied(Builder& b, const NamedAxes& x, const NamedAxes& y, const Roles& roles) {
  const Axes order = roles.batch + roles.summed + roles.left + roles.right;
  return {b.mul(arranged(b, x, order), arranged(b, y, order)), order};
}

/// Without batch axes, those on the left need not be joined: MatMul takes them as they are.
NamedAxes matrixProduct(Builder& b, const NamedAxes& x, const NamedAxes& y, const Roles& roles) {
  const bool apart = roles.batch.empty() && !roles.left.empty();
  const Tensor left =
      apart ? grouped(b, x, roles.left, {roles.summed}) : grouped(b, x, roles.batch, {roles.left, roles.summed});
  const Tensor right = grouped(b, y, roles.batch, {roles.summed, roles.right});
  const Tensor product = b.matmul(left, right);
  Dims dims = apart ? Dims{} : Dims(product.dims().begin(), product.dims().begin() + static_cast<long>(roles.batch.size()));
  for (const Dim& dim : sizesOf(x, roles.left)) dims.push_back(dim);
  for (const Dim& dim : sizesOf(y, roles.right)) dims.push_back(dim);
  return {b.reshape(product, dims), roles.batch + roles.left + roles.right};
}

}  // namespace

NamedAxes summed(Builder& b, NamedAxes x, const std::set<int>& needed) {
  std::vector<int64_t> places;
  Axes left;
  for (size_t i = 0; i < x.axes.size(); ++i) {
    if (needed.count(x.axes[i])) left.push_back(x.axes[i]);
    else places.push_back(static_cast<int64_t>(i));
  }
  if (places.empty()) return x;
  return {b.reduce("ReduceSum", x.tensor, places, false), left};
}

Tensor arranged(Builder& b, const NamedAxes& x, const std::vector<int>& axes) {
  std::vector<int64_t> permutation, missing;
  for (size_t i = 0; i < axes.size(); ++i) {
    if (has(x.axes, axes[i])) permutation.push_back(placeOf(x.axes, axes[i]));
    else missing.push_back(static_cast<int64_t>(i));
  }
  return b.unsqueeze(b.transpose(x.tensor, permutation), missing);
}

std::optional<NamedAxes> contracted(Builder& b, NamedAxes x, NamedAxes y, const std::set<int>& needed) {
  // A common axis of size 1 broadcasts: the other operand's is summed by itself.
  std::vector<int> neededX(needed.begin(), needed.end()), neededY = neededX;
  for (int axis : x.axes) {
    if (!has(y.axes, axis) || needed.count(axis)) continue;
    const Dim &inX = sizeOf(x, axis), &inY = sizeOf(y, axis);
    if (inX == Dim(1) || inY == Dim(1)) continue;
    if (inX != inY) return std::nullopt;
    neededX.push_back(axis);
    neededY.push_back(axis);
  }
  x = summed(b, std::move(x), {neededX.begin(), neededX.end()});
  y = summed(b, std::move(y), {neededY.begin(), neededY.end()});
  const Roles roles = rolesOf(x, y, needed);
  if (!roles.summed.empty() && !(roles.left.empty() && roles.right.empty())) return matrixProduct(b, x, y, roles);
  return summed(b, multiplied(b, x, y, roles), needed);
}

}  // namespace deploytool::exporter::ops
