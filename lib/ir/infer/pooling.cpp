// Pooling over windows, regions and whole images.
#include "ir/infer/families.h"
#include "ir/infer/support.h"
#include "ir/infer/window.h"

namespace deploytool::ir::inference {
namespace {

std::optional<Dims> pooledDims(InferContext& ctx) {
  const Dims* input = ctx.dims();
  if (!input || input->size() < 2) return {};
  const size_t rank = input->size() - 2;
  const Window window = readWindow(ctx, rank);
  Dims result = *input;
  for (size_t i = 0; i < rank; ++i) {
    const auto dim = window.valid ? windowedDim(window, i, (*input)[i + 2]) : std::nullopt;
    result[i + 2] = dim ? *dim : ctx.fresh();
  }
  return result;
}

void pool(InferContext& ctx) { ctx.set(0, ctx.dtype(), pooledDims(ctx)); }

void maxPool(InferContext& ctx) {
  auto dims = pooledDims(ctx);
  ctx.set(0, ctx.dtype(), dims);
  ctx.set(1, DType::Int64, std::move(dims));
}

void globalPool(InferContext& ctx) {
  const Dims* input = ctx.dims();
  if (!input) return ctx.set(0, ctx.dtype());
  Dims result(input->size(), Dim(1));
  for (size_t i = 0; i < input->size() && i < 2; ++i) result[i] = (*input)[i];
  ctx.set(0, ctx.dtype(), std::move(result));
}

void maxUnpool(InferContext& ctx) {
  const Dims* input = ctx.dims();
  if (!input || input->size() < 2) return ctx.set(0, ctx.dtype());
  Dims result = *input;
  const size_t rank = input->size() - 2;
  const Window window = readWindow(ctx, rank);
  const auto shape = ctx.elements(2);
  for (size_t i = 0; i < rank; ++i) {
    const Dim& dim = (*input)[i + 2];
    if (ctx.has(2))
      result[i + 2] = shape && shape->size() == input->size() ? dimFrom(ctx, (*shape)[i + 2]) : ctx.fresh();
    else
      result[i + 2] = window.valid
                          ? (dim - 1) * window.strides[i] + window.kernel[i] - window.before[i] - window.after[i]
                          : ctx.fresh();
  }
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// [regions, channels, height, width]
void regions(InferContext& ctx, const Dim& height, const Dim& width) {
  const Dims* input = ctx.dims(0);
  const Dims* boxes = ctx.dims(1);
  Dims result{boxes && boxes->size() == 2 ? (*boxes)[0] : ctx.fresh(),
              input && input->size() == 4 ? (*input)[1] : ctx.fresh(), height, width};
  ctx.set(0, ctx.dtype(), std::move(result));
}

void maxRoiPool(InferContext& ctx) {
  const auto shape = ctx.node.intsAttribute("pooled_shape");
  const bool known = shape && shape->size() == 2;
  regions(ctx, known ? Dim((*shape)[0]) : ctx.fresh(), known ? Dim((*shape)[1]) : ctx.fresh());
}

void roiAlign(InferContext& ctx) {
  regions(ctx, ctx.node.intAttribute("output_height", 1), ctx.node.intAttribute("output_width", 1));
}

const InferRow kRows[] = {
    {"AveragePool", pool},        {"LpPool", pool},
    {"MaxPool", maxPool},         {"GlobalAveragePool", globalPool},
    {"GlobalLpPool", globalPool}, {"GlobalMaxPool", globalPool},
    {"MaxUnpool", maxUnpool},     {"MaxRoiPool", maxRoiPool},
    {"RoiAlign", roiAlign},
};

}  // namespace

std::span<const InferRow> poolingRows() { return kRows; }

}  // namespace deploytool::ir::inference
