// Kernels: matrix products. Each follows the ONNX operator of its name.
#include "torchscript/kernels/kernel.h"

namespace deploytool::ts {

namespace {

using at::Tensor;

void checkProduct(const KernelCall& call, const Tensor& a, const Tensor& b) {
  double bytes = static_cast<double>(a.itemsize());
  if (a.dim() >= 2) bytes *= static_cast<double>(a.numel() / std::max<int64_t>(a.size(-1), 1));
  if (b.dim() >= 2) bytes *= static_cast<double>(b.size(-1));
  if (b.dim() > 2 && b.numel() > 0) {
    const int64_t batch = b.numel() / (b.size(-1) * b.size(-2));
    const int64_t own = a.dim() > 2 && a.size(-2) > 0 ? a.numel() / std::max<int64_t>(a.size(-1) * a.size(-2), 1) : 1;
    if (batch > own) bytes *= static_cast<double>(batch) / static_cast<double>(std::max<int64_t>(own, 1));
  }
  call.willMake(bytes);
}

KernelOutputs matMul(const KernelCall& call) {
  checkProduct(call, call.in(0), call.in(1));
  return {at::matmul(call.in(0), call.in(1))};
}

KernelOutputs gemm(const KernelCall& call) {
  const auto a = call.i("transA", 0) ? call.in(0).t() : call.in(0);
  const auto b = call.i("transB", 0) ? call.in(1).t() : call.in(1);
  checkProduct(call, a, b);
  const double alpha = call.f("alpha", 1.0f);
  const double beta = call.f("beta", 1.0f);
  Tensor result = at::mm(a, b);
  if (alpha != 1) result = result * alpha;
  if (call.has(2)) result = result + (beta == 1 ? call.in(2) : call.in(2) * beta);
  return {result.to(call.in(0).scalar_type())};
}

KernelOutputs einsum(const KernelCall& call) {
  double bytes = 8;
  for (const auto& input : call.inputs()) bytes *= static_cast<double>(std::max<int64_t>(input.numel(), 1));
  const std::string equation = call.s("equation");
  const auto arrow = equation.find("->");
  if (arrow == std::string::npos || equation.find("...") != std::string::npos) {
    call.willMake(bytes);
  } else {
    std::array<int64_t, 128> sizes;
    sizes.fill(1);
    size_t input = 0;
    int64_t axis = 0;
    for (char c : equation.substr(0, arrow)) {
      if (c == ',') {
        ++input;
        axis = 0;
      } else if (std::isalpha(static_cast<unsigned char>(c))) {
        sizes[static_cast<size_t>(c)] = call.in(input).size(axis++);
      }
    }
    bytes = 8;
    for (char c : equation.substr(arrow + 2)) {
      if (std::isalpha(static_cast<unsigned char>(c))) bytes *= static_cast<double>(sizes[static_cast<size_t>(c)]);
    }
    call.willMake(bytes);
  }
  return {at::einsum(equation, call.inputs())};
}

const KernelRow kRows[] = {
    {"MatMul", matMul},
    {"Gemm", gemm},
    {"Einsum", einsum},
};

}  // namespace

std::span<const KernelRow> linearKernels() { return kRows; }

}  // namespace deploytool::ts
