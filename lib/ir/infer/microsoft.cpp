// Operators of com.microsoft that quantized and optimized models hold.
#include "ir/infer/families.h"
#include "ir/infer/linear.h"
#include "ir/infer/recurrent.h"
#include "ir/infer/support.h"
#include "ir/infer/window.h"

namespace deploytool::ir::inference {
namespace {

/// R is [directions, hidden, gates × hidden].
void dynamicQuantizeLstm(InferContext& ctx) {
  const Dims* weights = ctx.dims(2);
  inferRecurrent(ctx, weights && weights->size() == 3 ? std::optional((*weights)[1]) : std::nullopt);
}

/// A, B, b_scale, b_zero_point, bias
void dynamicQuantizeMatMul(InferContext& ctx) { ctx.set(0, DType::Float32, matMulDims(ctx, ctx.dims(0), ctx.dims(1))); }

/// A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias
void matMulIntegerToFloat(InferContext& ctx) { ctx.set(0, ctx.dtype(2), matMulDims(ctx, ctx.dims(0), ctx.dims(1))); }

std::optional<Dims> transposed(const Dims* dims, bool swap) {
  std::optional<Dims> result = copyOf(dims);
  if (result && swap && result->size() > 1) std::swap(result->back(), (*result)[result->size() - 2]);
  return result;
}

void fusedMatMul(InferContext& ctx) {
  if (ctx.node.intAttribute("transBatchA", 0) || ctx.node.intAttribute("transBatchB", 0))
    return ctx.set(0, ctx.dtype());
  const auto a = transposed(ctx.dims(0), ctx.node.intAttribute("transA", 0) != 0);
  const auto b = transposed(ctx.dims(1), ctx.node.intAttribute("transB", 0) != 0);
  ctx.set(0, ctx.dtype(), matMulDims(ctx, a ? &*a : nullptr, b ? &*b : nullptr));
}

/// [batch, length, input] × [input, 3 × hidden]; hidden of V is the last third.
void attention(InferContext& ctx) {
  const Dims* x = ctx.dims(0);
  const Dims* weight = ctx.dims(1);
  if (!x || x->size() != 3) return ctx.set(0, ctx.dtype());
  Dims result = *x;
  const auto sizes = ctx.node.intsAttribute("qkv_hidden_sizes");
  if (sizes && sizes->size() == 3)
    result[2] = (*sizes)[2];
  else
    result[2] = weight && weight->size() == 2 ? floorDiv(weight->back(), 3) : ctx.fresh();
  ctx.set(0, ctx.dtype(), std::move(result));
}

void skipLayerNormalization(InferContext& ctx) {
  sameAsInput(ctx);
  ctx.set(3, ctx.dtype(), copyOf(ctx.dims()));
}

void fusedConv(InferContext& ctx) { ctx.set(0, ctx.dtype(), convolvedDims(ctx, ctx.dims(0), ctx.dims(1))); }

/// A, A_scale, A_zero_point, B, B_scale, B_zero_point, ...
void qLinearBinary(InferContext& ctx) {
  const Dims* a = ctx.dims(0);
  const Dims* b = ctx.dims(3);
  a&& b ? ctx.set(0, ctx.dtype(), broadcast(ctx, *a, *b)) : ctx.set(0, ctx.dtype());
}

void qLinearGlobalAveragePool(InferContext& ctx) {
  const Dims* input = ctx.dims();
  if (!input || input->size() < 2) return ctx.set(0, ctx.dtype());
  const bool channelsLast = ctx.node.intAttribute("channels_last", 0) != 0;
  Dims result(input->size(), Dim(1));
  result[0] = (*input)[0];
  const size_t channel = channelsLast ? input->size() - 1 : 1;
  result[channel] = (*input)[channel];
  ctx.set(0, ctx.dtype(), std::move(result));
}

constexpr const char* kMicrosoft = "com.microsoft";

const InferRow kRows[] = {
    {"DynamicQuantizeLSTM", dynamicQuantizeLstm, kMicrosoft},
    {"DynamicQuantizeMatMul", dynamicQuantizeMatMul, kMicrosoft},
    {"MatMulIntegerToFloat", matMulIntegerToFloat, kMicrosoft},
    {"FusedMatMul", fusedMatMul, kMicrosoft},
    {"Attention", attention, kMicrosoft},
    {"SkipLayerNormalization", skipLayerNormalization, kMicrosoft},
    {"FusedConv", fusedConv, kMicrosoft},
    {"QLinearAdd", qLinearBinary, kMicrosoft},
    {"QLinearMul", qLinearBinary, kMicrosoft},
    {"QLinearSigmoid", sameAsInput, kMicrosoft},
    {"QLinearSoftmax", sameAsInput, kMicrosoft},
    {"QLinearLeakyRelu", sameAsInput, kMicrosoft},
    {"QLinearGlobalAveragePool", qLinearGlobalAveragePool, kMicrosoft},
    {"Gelu", sameAsInput, kMicrosoft},
    {"BiasGelu", sameAsInput, kMicrosoft},
    {"FastGelu", sameAsInput, kMicrosoft},
    {"QuickGelu", sameAsInput, kMicrosoft},
    {"Inverse", sameAsInput, kMicrosoft},
    {"Trilu", sameAsInput, kMicrosoft},
};

}  // namespace

std::span<const InferRow> microsoftRows() { return kRows; }

}  // namespace deploytool::ir::inference
