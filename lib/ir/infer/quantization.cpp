// Quantization operators of ai.onnx.
#include "ir/infer/families.h"
#include "ir/infer/linear.h"
#include "ir/infer/support.h"
#include "ir/infer/window.h"

namespace deploytool::ir::inference {
namespace {

DType zeroPointOr(const InferContext& ctx, size_t input, DType otherwise) {
  const DType dtype = ctx.dtype(input);
  return dtype == DType::Undefined ? otherwise : dtype;
}

void quantizeLinear(InferContext& ctx) {
  const DType declared = dtypeAttribute(ctx, "output_dtype", DType::UInt8);
  ctx.set(0, zeroPointOr(ctx, 2, declared == DType::Undefined ? DType::UInt8 : declared), copyOf(ctx.dims()));
}

void dequantizeLinear(InferContext& ctx) { ctx.set(0, zeroPointOr(ctx, 1, DType::Float32), copyOf(ctx.dims())); }

void dynamicQuantizeLinear(InferContext& ctx) {
  ctx.set(0, DType::UInt8, copyOf(ctx.dims()));
  ctx.set(1, DType::Float32, Dims{});
  ctx.set(2, DType::UInt8, Dims{});
}

/// x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B
void qLinearConv(InferContext& ctx) { ctx.set(0, ctx.dtype(7), convolvedDims(ctx, ctx.dims(0), ctx.dims(3))); }

void qLinearMatMul(InferContext& ctx) { ctx.set(0, ctx.dtype(7), matMulDims(ctx, ctx.dims(0), ctx.dims(3))); }

const InferRow kRows[] = {
    {"QuantizeLinear", quantizeLinear},
    {"DequantizeLinear", dequantizeLinear},
    {"DynamicQuantizeLinear", dynamicQuantizeLinear},
    {"QLinearConv", qLinearConv},
    {"QLinearMatMul", qLinearMatMul},
    {"QuantizeLinear", quantizeLinear, "com.microsoft"},
    {"DequantizeLinear", dequantizeLinear, "com.microsoft"},
};

}  // namespace

std::span<const InferRow> quantizationRows() { return kRows; }

}  // namespace deploytool::ir::inference
