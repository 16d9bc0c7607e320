// Kernels: normalisation, softmax, convolution, pooling. Each follows the ONNX operator of its name.
#include <algorithm>
#include <numeric>

#include "torchscript/kernels/kernel.h"

namespace deploytool::ts {

namespace {

using at::Tensor;
using Ints = std::vector<int64_t>;

Tensor optionalInput(const KernelCall& call, size_t i) { return call.has(i) ? call.in(i) : Tensor(); }

/// Before opset 13 softmax works on the input flattened to a matrix at `axis`.
KernelOutputs softmaxLike(const KernelCall& call, Tensor (*f)(const Tensor&, int64_t)) {
  const auto& x = call.in(0);
  if (call.opset() >= 13) return {f(x, normalizedAxis(call.i("axis", -1), x.dim()))};
  const int64_t axis = normalizedAxis(call.i("axis", 1), x.dim());
  int64_t rows = 1;
  for (int64_t i = 0; i < axis; ++i) rows *= x.size(i);
  return {f(x.reshape({rows, rows == 0 ? 0 : x.numel() / rows}), 1).reshape(x.sizes())};
}

Tensor hardmax(const Tensor& x, int64_t axis) {
  return at::zeros_like(x).scatter(axis, at::argmax(x, axis, true), 1);
}

/// A vector over the channels (axis 1) of `x`.
Tensor perChannel(const Tensor& vector, const Tensor& x) {
  Ints dims(static_cast<size_t>(x.dim()), 1);
  dims.at(1) = -1;
  return vector.reshape(dims);
}

KernelOutputs batchNormalization(const KernelCall& call) {
  if (call.i("training_mode", 0) || call.outputCount() > 1) decline();
  const auto& x = call.in(0);
  const auto deviation = at::sqrt(call.in(4) + call.f("epsilon", 1e-5f));
  const auto scale = call.in(1) / deviation;
  return {(x - perChannel(call.in(3), x)) * perChannel(scale, x) + perChannel(call.in(2), x)};
}

KernelOutputs instanceNormalization(const KernelCall& call) {
  const auto& x = call.in(0);
  Ints axes(static_cast<size_t>(x.dim() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  const auto mean = at::mean(x, axes, true);
  const auto centred = x - mean;
  const auto variance = at::mean(centred * centred, axes, true);
  return {centred / at::sqrt(variance + call.f("epsilon", 1e-5f)) * perChannel(call.in(1), x) +
          perChannel(call.in(2), x)};
}

KernelOutputs layerNormalization(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", -1), x.dim());
  Ints axes;
  for (int64_t i = axis; i < x.dim(); ++i) axes.push_back(i);
  const auto wide = x.scalar_type() == at::kHalf || x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
  const auto mean = at::mean(wide, axes, true);
  const auto centred = wide - mean;
  const auto inverse = at::rsqrt(at::mean(centred * centred, axes, true) + call.f("epsilon", 1e-5f));
  auto result = (centred * inverse).to(x.scalar_type()) * call.in(1);
  if (call.has(2)) result = result + call.in(2);
  return {result, call.wants(1) ? mean : Tensor(), call.wants(2) ? inverse : Tensor()};
}

/// Strides, dilations and padding of a convolution or pooling over the axes after the first two.
struct Window {
  Ints kernel, strides, dilations, before, after;
};

Window window(const KernelCall& call, Ints kernel) {
  const auto& x = call.in(0);
  const size_t n = static_cast<size_t>(x.dim() - 2);
  Window result{std::move(kernel), call.ints("strides").value_or(Ints(n, 1)), call.ints("dilations").value_or(Ints(n, 1)),
                Ints(n, 0), Ints(n, 0)};
  const std::string automatic = call.s("auto_pad", "NOTSET");
  const auto pads = call.ints("pads");
  TORCH_CHECK(!pads || pads->size() == 2 * n, "pads of another rank");
  for (size_t i = 0; i < n; ++i) {
    if (automatic == "NOTSET" || automatic.empty()) {
      if (pads) {
        result.before[i] = (*pads)[i];
        result.after[i] = (*pads)[i + n];
      }
    } else if (automatic != "VALID") {
      const int64_t size = x.size(static_cast<int64_t>(i) + 2);
      const int64_t outputs = (size + result.strides[i] - 1) / result.strides[i];
      const int64_t span = (result.kernel.at(i) - 1) * result.dilations[i] + 1;
      const int64_t total = std::max<int64_t>(0, (outputs - 1) * result.strides[i] + span - size);
      result.before[i] = automatic == "SAME_LOWER" ? (total + 1) / 2 : total / 2;
      result.after[i] = total - result.before[i];
    }
  }
  return result;
}

Tensor padded(const Tensor& x, const Window& window, double value) {
  Ints pads;
  for (size_t i = window.before.size(); i-- > 0;) pads.insert(pads.end(), {window.before[i], window.after[i]});
  return at::constant_pad_nd(x, pads, value);
}

KernelOutputs convolution(const KernelCall& call) {
  const auto& x = call.in(0);
  const auto& weight = call.in(1);
  Ints kernel(weight.sizes().begin() + 2, weight.sizes().end());
  const auto w = window(call, kernel);
  const Ints none(kernel.size(), 0);
  return {at::convolution(padded(x, w, 0), weight, optionalInput(call, 2), w.strides, none, w.dilations,
                          /*transposed=*/false, none, call.i("group", 1))};
}

KernelOutputs globalPool(const KernelCall& call, bool largest) {
  const auto& x = call.in(0);
  Ints axes(static_cast<size_t>(x.dim() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return {largest ? at::amax(x, axes, true) : at::mean(x, axes, true)};
}

/// All windows as a last axis: one strided view an axis. `ceil_mode` and counts at the border are left to the runtime.
Tensor windows(const Tensor& x, const Window& w) {
  Tensor result = x;
  for (size_t i = 0; i < w.kernel.size(); ++i) {
    const int64_t span = (w.kernel[i] - 1) * w.dilations[i] + 1;
    const auto axis = static_cast<int64_t>(i) + 2;
    TORCH_CHECK(result.size(axis) >= span, "a window larger than the input");
    result = result.unfold(axis, span, w.strides[i]).slice(-1, 0, span, w.dilations[i]);
  }
  return result.flatten(x.dim());
}

KernelOutputs maxPool(const KernelCall& call) {
  if (call.i("ceil_mode", 0) || call.wants(1)) decline();
  const auto w = window(call, call.ints("kernel_shape").value_or(Ints{}));
  if (!call.in(0).is_floating_point()) decline();
  return {at::amax(windows(padded(call.in(0), w, -std::numeric_limits<double>::infinity()), w), {-1})};
}

KernelOutputs averagePool(const KernelCall& call) {
  if (call.i("ceil_mode", 0)) decline();
  const auto& x = call.in(0);
  const auto w = window(call, call.ints("kernel_shape").value_or(Ints{}));
  const auto sums = at::sum(windows(padded(x, w, 0), w), -1);
  const auto ones = call.i("count_include_pad", 0) ? padded(at::ones_like(x), w, 1) : padded(at::ones_like(x), w, 0);
  return {sums / at::sum(windows(ones, w), -1)};
}

const KernelRow kRows[] = {
    {"Softmax",
     [](const KernelCall& call) {
       return softmaxLike(call, [](const Tensor& x, int64_t axis) { return at::softmax(x, axis); });
     }},
    {"LogSoftmax",
     [](const KernelCall& call) {
       return softmaxLike(call, [](const Tensor& x, int64_t axis) { return at::log_softmax(x, axis); });
     }},
    {"Hardmax", [](const KernelCall& call) { return softmaxLike(call, hardmax); }},
    {"BatchNormalization", batchNormalization},
    {"InstanceNormalization", instanceNormalization},
    {"LayerNormalization", layerNormalization},
    {"Conv", convolution},
    {"GlobalAveragePool", [](const KernelCall& call) { return globalPool(call, false); }},
    {"GlobalMaxPool", [](const KernelCall& call) { return globalPool(call, true); }},
    {"MaxPool", maxPool},
    {"AveragePool", averagePool},
};

}  // namespace

std::span<const KernelRow> neuralKernels() { return kRows; }

}  // namespace deploytool::ts
