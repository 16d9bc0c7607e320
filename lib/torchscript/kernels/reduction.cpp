// Kernels: reductions and cumulative sums. Each follows the ONNX operator of its name.
#include <algorithm>
#include <limits>
#include <numeric>

#include "torchscript/kernels/kernel.h"

namespace deploytool::ts {

namespace {

using at::Tensor;
using Ints = std::vector<int64_t>;
using Reduce = Tensor (*)(const Tensor&, c10::IntArrayRef axes);

/// Axes from the attribute or, in later opsets, the second input; all where none are given.
KernelOutputs reduce(const KernelCall& call, Reduce f) {
  const auto& x = call.in(0);
  auto axes = call.intsAttributeOrInput("axes", 1).value_or(Ints{});
  if (axes.empty() && call.i("noop_with_empty_axes", 0)) return {x};
  if (axes.empty()) {
    axes.resize(static_cast<size_t>(x.dim()));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (auto& axis : axes) axis = normalizedAxis(axis, x.dim());
  Tensor result = x.dim() == 0 ? f(x.reshape({1}), {0}).reshape({1}) : f(x, axes);  // keeps the axes
  if (x.dim() == 0) return {result.reshape({}).to(x.scalar_type())};
  if (!call.i("keepdims", 1)) {
    std::sort(axes.rbegin(), axes.rend());
    for (int64_t axis : axes) result = result.squeeze(axis);
  }
  return {result.to(x.scalar_type())};
}

Tensor sumOver(const Tensor& x, c10::IntArrayRef axes) { return at::sum(x, axes, true, x.scalar_type()); }

Tensor meanOver(const Tensor& x, c10::IntArrayRef axes) {
  if (x.is_floating_point()) return at::mean(x, axes, true);
  int64_t count = 1;
  for (int64_t axis : axes) count *= x.size(axis);
  if (count == 0) decline();
  return at::div(sumOver(x, axes), count, "trunc");
}

Tensor product(const Tensor& x, c10::IntArrayRef axes) {
  Tensor result = x;
  for (int64_t axis : axes) result = at::prod(result, axis, true, x.scalar_type());
  return result;
}

Tensor squares(const Tensor& x, c10::IntArrayRef axes) { return sumOver(x * x, axes); }

#define REDUCE(EXPRESSION) \
  [](const KernelCall& call) { \
    return reduce(call, [](const Tensor& x, c10::IntArrayRef axes) -> Tensor { return EXPRESSION; }); \
  }

template <bool kLargest>
KernelOutputs argument(const KernelCall& call) {
  auto x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 0), x.dim());
  const bool keep = call.i("keepdims", 1) != 0;
  const bool last = call.i("select_last_index", 0) != 0;
  if (last) x = x.flip(axis);
  auto result = kLargest ? at::argmax(x, axis, keep) : at::argmin(x, axis, keep);
  return {last ? call.in(0).size(axis) - 1 - result : result};
}

KernelOutputs cumulativeSum(const KernelCall& call) {
  auto x = call.in(0);
  const int64_t axis = normalizedAxis(static_cast<int64_t>(call.number(1, 0)), x.dim());
  if (call.i("reverse", 0)) x = x.flip(axis);
  auto result = at::cumsum(x, axis, x.scalar_type());
  if (call.i("exclusive", 0)) result = result - x;
  return {call.i("reverse", 0) ? result.flip(axis) : result};
}

const KernelRow kRows[] = {
    {"ReduceSum", REDUCE(sumOver(x, axes))},
    {"ReduceMean", REDUCE(meanOver(x, axes))},
    {"ReduceMax", REDUCE(at::amax(x, axes, true))},
    {"ReduceMin", REDUCE(at::amin(x, axes, true))},
    {"ReduceProd", REDUCE(product(x, axes))},
    {"ReduceL1", REDUCE(sumOver(at::abs(x), axes))},
    {"ReduceL2", REDUCE(at::sqrt(squares(x, axes).to(x.is_floating_point() ? x.scalar_type() : at::kDouble)))},
    {"ReduceSumSquare", REDUCE(squares(x, axes))},
    {"ReduceLogSum", REDUCE(at::log(sumOver(x, axes)))},
    {"ReduceLogSumExp", REDUCE(at::logsumexp(x, axes, true))},
    {"ArgMax", argument<true>},
    {"ArgMin", argument<false>},
    {"CumSum", cumulativeSum},
};

#undef REDUCE

}  // namespace

std::span<const KernelRow> reductionKernels() { return kRows; }

}  // namespace deploytool::ts
