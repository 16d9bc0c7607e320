// Convolutions: Conv, ConvTranspose, ConvInteger, DeformConv; the window formula.
#include "ir/infer/families.h"
#include "ir/infer/support.h"
#include "ir/infer/window.h"

namespace deploytool::ir::inference {
namespace {

std::vector<int64_t> listOr(const InferContext& ctx, const char* name, size_t size, int64_t otherwise) {
  auto values = ctx.node.intsAttribute(name);
  return values ? std::move(*values) : std::vector<int64_t>(size, otherwise);
}

bool allPositive(const std::vector<int64_t>& values) {
  for (int64_t value : values)
    if (value <= 0) return false;
  return true;
}

}  // namespace

Window readWindow(const InferContext& ctx, size_t rank, const Dims* kernel) {
  Window window;
  const std::string padding = ctx.node.stringAttribute("auto_pad", "NOTSET");
  if (padding == "VALID") window.padding = Window::Padding::Valid;
  if (padding == "SAME_UPPER" || padding == "SAME_LOWER") window.padding = Window::Padding::Same;
  window.ceil = ctx.node.intAttribute("ceil_mode", 0) != 0;
  if (auto shape = ctx.node.intsAttribute("kernel_shape"))
    window.kernel = toDims(*shape);
  else if (kernel)
    window.kernel = *kernel;
  window.strides = listOr(ctx, "strides", rank, 1);
  window.dilations = listOr(ctx, "dilations", rank, 1);
  auto pads = listOr(ctx, "pads", 2 * rank, 0);
  if (window.kernel.size() != rank || window.strides.size() != rank || window.dilations.size() != rank ||
      pads.size() != 2 * rank || !allPositive(window.strides))
    return window;
  if (window.padding == Window::Padding::Explicit) {
    window.before.assign(pads.begin(), pads.begin() + static_cast<ptrdiff_t>(rank));
    window.after.assign(pads.begin() + static_cast<ptrdiff_t>(rank), pads.end());
  } else {
    window.before.assign(rank, 0);
    window.after.assign(rank, 0);
  }
  window.valid = true;
  return window;
}

std::optional<Dim> windowedDim(const Window& window, size_t axis, const Dim& dim) {
  const Dim stride = window.strides[axis];
  if (window.padding == Window::Padding::Same) return ceilDiv(dim, stride);
  const Dim reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
  const Dim room = dim + window.before[axis] + window.after[axis] - reach;
  if (!window.ceil) return clampAtZero(floorDiv(room, stride) + 1);
  const Dim count = ceilDiv(room, stride) + 1;
  // Until opset 19 nothing said that the last window must start inside the image or the padding before it.
  const Dim starts = ceilDiv(dim + window.before[axis], stride);
  if (less(reach, stride + window.after[axis]) == false || less(starts, count) == false) return count;
  return {};
}

std::optional<Dims> convolvedDims(InferContext& ctx, const Dims* input, const Dims* weight) {
  if (!input || input->size() < 2) {
    if (!weight || weight->size() < 2) return {};
    Dims unknown = ctx.fresh(weight->size());
    unknown[1] = (*weight)[0];
    return unknown;
  }
  const size_t rank = input->size() - 2;
  Dims result = ctx.fresh(input->size());
  result[0] = (*input)[0];
  if (!weight || weight->size() != input->size()) return result;
  result[1] = (*weight)[0];
  const Dims kernel(weight->begin() + 2, weight->end());
  const Window window = readWindow(ctx, rank, &kernel);
  if (!window.valid) return result;
  for (size_t i = 0; i < rank; ++i) result[i + 2] = *windowedDim(window, i, (*input)[i + 2]);
  return result;
}

namespace {

void conv(InferContext& ctx) { ctx.set(0, ctx.dtype(), convolvedDims(ctx, ctx.dims(0), ctx.dims(1))); }

void convInteger(InferContext& ctx) { ctx.set(0, DType::Int32, convolvedDims(ctx, ctx.dims(0), ctx.dims(1))); }

Dim transposedDim(const Window& window, size_t axis, const Dim& dim, int64_t outputPadding) {
  if (window.padding == Window::Padding::Same) return dim * window.strides[axis];
  const Dim reach = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
  return (dim - 1) * window.strides[axis] + outputPadding + reach - window.before[axis] - window.after[axis];
}

void convTranspose(InferContext& ctx) {
  const Dims* input = ctx.dims(0);
  const Dims* weight = ctx.dims(1);
  if (!input || input->size() < 2) return ctx.set(0, ctx.dtype());
  const size_t rank = input->size() - 2;
  Dims result = ctx.fresh(input->size());
  result[0] = (*input)[0];
  const bool fits = weight && weight->size() == input->size();
  if (fits) result[1] = (*weight)[1] * ctx.node.intAttribute("group", 1);
  if (auto shape = ctx.node.intsAttribute("output_shape"); shape && shape->size() >= rank) {
    for (size_t i = 0; i < rank; ++i) result[i + 2] = (*shape)[shape->size() - rank + i];
    return ctx.set(0, ctx.dtype(), std::move(result));
  }
  const Dims kernel = fits ? Dims(weight->begin() + 2, weight->end()) : Dims();
  const Window window = readWindow(ctx, rank, &kernel);
  const auto outputPadding = listOr(ctx, "output_padding", rank, 0);
  if (window.valid && outputPadding.size() == rank)
    for (size_t i = 0; i < rank; ++i) result[i + 2] = transposedDim(window, i, (*input)[i + 2], outputPadding[i]);
  ctx.set(0, ctx.dtype(), std::move(result));
}

const InferRow kRows[] = {
    {"Conv", conv},
    {"ConvInteger", convInteger},
    {"ConvTranspose", convTranspose},
    {"DeformConv", conv},
};

}  // namespace

std::span<const InferRow> convolutionRows() { return kRows; }

}  // namespace deploytool::ir::inference
