// Kernels: quantization to 8 bits and integer products. Each follows the ONNX operator of its name.
#include <numeric>

#include "torchscript/kernels/kernel.h"

namespace deploytool::ts {

namespace {

using at::Tensor;
using Ints = std::vector<int64_t>;

/// Scale or zero point along `axis` of `x`; a rank-0 (or one-element) one for all of it. Blocked ones are declined.
Tensor along(const Tensor& parameter, const Tensor& x, int64_t axis) {
  if (parameter.dim() == 0 || (parameter.numel() == 1 && parameter.dim() <= 1)) return parameter.reshape({});
  if (parameter.dim() != 1) decline();
  Ints dims(static_cast<size_t>(x.dim()), 1);
  dims.at(static_cast<size_t>(normalizedAxis(axis, x.dim()))) = -1;
  return parameter.reshape(dims);
}

std::pair<double, double> limits(c10::ScalarType type) {
  if (type == at::kByte) return {0, 255};
  if (type == at::kChar) return {-128, 127};
  decline();
}

KernelOutputs quantize(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = call.i("axis", 1);
  if (call.i("output_dtype", 0) != 0 || call.i("block_size", 0) != 0 || !x.is_floating_point()) decline();
  const auto type = call.has(2) ? call.in(2).scalar_type() : at::kByte;
  const auto [low, high] = limits(type);
  auto result = at::round(x / along(call.in(1), x, axis));
  if (call.has(2)) result = result + along(call.in(2).to(x.scalar_type()), x, axis);
  return {at::clamp(result, low, high).to(type)};
}

KernelOutputs dequantize(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = call.i("axis", 1);
  if (call.i("block_size", 0) != 0) decline();
  const auto& scale = call.in(1);
  call.willMake(static_cast<double>(x.numel()) * static_cast<double>(scale.itemsize()));
  auto integers = x.to(at::kInt);
  if (call.has(2)) integers = integers - along(call.in(2).to(at::kInt), x, axis);
  return {integers.to(scale.scalar_type()) * along(scale, x, axis)};
}

KernelOutputs quantizeDynamically(const KernelCall& call) {
  const auto& x = call.in(0);
  if (x.numel() == 0) decline();
  const auto high = at::clamp_min(x.max(), 0);
  const auto low = at::clamp_max(x.min(), 0);
  const auto scale = (high - low) / 255;
  if (scale.item<double>() == 0) decline();
  const auto zero = at::clamp(at::round(-low / scale), 0, 255);
  return {at::clamp(at::round(x / scale) + zero, 0, 255).to(at::kByte), scale, zero.to(at::kByte)};
}

Tensor shifted(const KernelCall& call, size_t input, size_t zero, int64_t axis) {
  const auto& x = call.in(input);
  const auto wide = x.to(at::kInt);
  if (!call.has(zero)) return wide;
  return wide - along(call.in(zero).to(at::kInt), x, axis);
}

KernelOutputs matMulInteger(const KernelCall& call) {
  const auto a = shifted(call, 0, 2, -2);
  const auto b = shifted(call, 1, 3, -1);
  call.willMake(4.0 * static_cast<double>(a.numel() / std::max<int64_t>(a.size(-1), 1)) *
                static_cast<double>(b.dim() > 1 ? b.numel() / std::max<int64_t>(b.size(-2), 1) : 1));
  return {at::matmul(a, b)};
}

const KernelRow kRows[] = {
    {"QuantizeLinear", quantize},
    {"DequantizeLinear", dequantize},
    {"DynamicQuantizeLinear", quantizeDynamically},
    {"MatMulInteger", matMulInteger},
};

}  // namespace

std::span<const KernelRow> quantizationKernels() { return kRows; }

}  // namespace deploytool::ts
