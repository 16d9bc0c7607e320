// Spectral operators (opset 17): DFT, STFT, windows, MelWeightMatrix.
#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

Dim oneSided(const Dim& length) { return floorDiv(length, 2) + 1; }

/// Opset 17 gives the axis as attribute, opset 20 as input; the last axis holds real and imaginary parts.
std::optional<size_t> dftAxis(const InferContext& ctx, size_t rank) {
  if (ctx.opset < 20) return axisAttribute(ctx, rank, 1);
  if (!ctx.has(2)) return normalizeAxis(-2, rank);
  const auto axis = ctx.integers(2);
  return axis && axis->size() == 1 ? normalizeAxis(axis->front(), rank) : std::nullopt;
}

void dft(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims || dims->size() < 2) return ctx.set(0, ctx.dtype());
  const auto axis = dftAxis(ctx, dims->size());
  if (!axis) return ctx.set(0, ctx.dtype(), ctx.fresh(dims->size()));
  const bool half = ctx.node.intAttribute("onesided", 0) != 0;
  const bool inverse = ctx.node.intAttribute("inverse", 0) != 0;
  Dims result = *dims;
  if (ctx.has(1)) {
    const auto length = ctx.element(1);
    result[*axis] = length ? dimFrom(ctx, *length) : ctx.fresh();
  } else if (inverse && half) {
    result[*axis] = (result[*axis] - 1) * 2;
  }
  if (half && !inverse) result[*axis] = oneSided(result[*axis]);
  result.back() = half && inverse && ctx.opset >= 20 ? 1 : 2;
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// signal [batch, length, 1 or 2] → [batch, frames, bins, 2]
void stft(InferContext& ctx) {
  const Dims* signal = ctx.dims(0);
  const Dims* window = ctx.dims(2);
  const auto step = ctx.element(1);
  Dims result = ctx.fresh(4);
  if (signal && !signal->empty()) result[0] = (*signal)[0];
  std::optional<Dim> length = ctx.element(3);
  if (!length && !ctx.has(3) && window && window->size() == 1) length = window->front();
  if (length) {
    const bool half = ctx.node.intAttribute("onesided", 1) != 0;
    result[2] = dimFrom(ctx, half ? oneSided(*length) : *length);
    if (signal && signal->size() >= 2 && step && step->isPositive())
      result[1] = dimFrom(ctx, floorDiv((*signal)[1] - *length, *step) + 1);
  }
  result[3] = 2;
  ctx.set(0, ctx.dtype(), std::move(result));
}

void window(InferContext& ctx) {
  const auto size = ctx.element(0);
  ctx.set(0, dtypeAttribute(ctx, "output_datatype", DType::Float32), Dims{size ? dimFrom(ctx, *size) : ctx.fresh()});
}

/// [dft_length / 2 + 1, num_mel_bins]
void melWeightMatrix(InferContext& ctx) {
  const auto bins = ctx.element(0);
  const auto length = ctx.element(1);
  ctx.set(0, dtypeAttribute(ctx, "output_datatype", DType::Float32),
          Dims{length ? dimFrom(ctx, oneSided(*length)) : ctx.fresh(), bins ? dimFrom(ctx, *bins) : ctx.fresh()});
}

const InferRow kRows[] = {
    {"DFT", dft},
    {"STFT", stft},
    {"BlackmanWindow", window},
    {"HammingWindow", window},
    {"HannWindow", window},
    {"MelWeightMatrix", melWeightMatrix},
};

}  // namespace

std::span<const InferRow> signalRows() { return kRows; }

}  // namespace deploytool::ir::inference
