// Resampling and rearranging images: Resize, GridSample, DepthToSpace, Col2Im, CenterCropPad.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

// ---- Resize, Upsample

/// floor(dim × scale). A symbolic dim needs a scale that is a fraction of two small integers exactly.
Dim scaledDim(InferContext& ctx, const Dim& dim, double scale) {
  constexpr double kDenominator = 256;
  if (!(scale > 0) || scale > 1e6) return ctx.fresh();
  if (auto literal = dim.asLiteral()) {
    const auto scaled = static_cast<float>(*literal) * static_cast<float>(scale);  // runtimes compute in float32
    return scaled < 9e15F ? Dim(static_cast<int64_t>(std::floor(scaled))) : ctx.fresh();
  }
  if (scale == 1) return dim;
  const double numerator = scale * kDenominator;
  if (numerator != std::floor(numerator)) return ctx.fresh();
  const auto top = static_cast<int64_t>(numerator);
  const auto common = std::gcd(top, static_cast<int64_t>(kDenominator));
  return floorDiv(dim * (top / common), static_cast<int64_t>(kDenominator) / common);
}

std::vector<size_t> resizedAxes(const InferContext& ctx, size_t rank) {
  if (auto given = ctx.node.intsAttribute("axes"))
    if (auto axes = normalizeAxes(*given, rank)) return *axes;
  std::vector<size_t> all(rank);
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

/// keep_aspect_ratio_policy: one scale for all axes, the smallest or largest of those asked for.
void keepAspectRatio(InferContext& ctx, const std::string& policy, const std::vector<size_t>& axes, const Dims& input,
                     Dims& result) {
  std::optional<double> scale;
  for (size_t axis : axes) {
    if (!input[axis].isLiteral() || !result[axis].isLiteral() || input[axis].literal() <= 0) {
      for (size_t other : axes) result[other] = ctx.fresh();
      return;
    }
    const double ratio = static_cast<double>(result[axis].literal()) / static_cast<double>(input[axis].literal());
    if (!scale)
      scale = ratio;
    else
      scale = policy == "not_larger" ? std::min(*scale, ratio) : std::max(*scale, ratio);
  }
  for (size_t axis : axes) {
    const double exact = *scale * static_cast<double>(input[axis].literal());
    result[axis] = exact < 9e15 ? Dim(static_cast<int64_t>(std::floor(exact + 0.5))) : ctx.fresh();
  }
}

void resizeWith(InferContext& ctx, size_t scales, size_t sizes) {
  const Dims* input = ctx.dims();
  if (!input) {
    const auto rank = ctx.node.attribute("axes") ? std::nullopt
                      : ctx.has(sizes)           ? ctx.length(sizes)
                                                 : ctx.length(scales);
    return rank && *rank > 0 && *rank <= 64 ? ctx.set(0, ctx.dtype(), ctx.fresh(static_cast<size_t>(*rank)))
                                            : ctx.set(0, ctx.dtype());
  }
  const auto axes = resizedAxes(ctx, input->size());
  Dims result = *input;
  const auto wanted = ctx.has(sizes) ? ctx.elements(sizes) : std::nullopt;
  auto factors = ctx.numbers(scales);
  if (!factors || factors->empty())
    if (const Attribute* attribute = ctx.node.attribute("scales"))  // Upsample before opset 9
      if (auto* floats = std::get_if<std::vector<float>>(&attribute->value))
        factors = std::vector<double>(floats->begin(), floats->end());
  if (wanted && wanted->size() == axes.size()) {
    for (size_t i = 0; i < axes.size(); ++i) result[axes[i]] = dimFrom(ctx, (*wanted)[i]);
    const std::string policy = ctx.node.stringAttribute("keep_aspect_ratio_policy", "stretch");
    if (policy != "stretch") keepAspectRatio(ctx, policy, axes, *input, result);
  } else if (factors && factors->size() == axes.size()) {
    for (size_t i = 0; i < axes.size(); ++i) result[axes[i]] = scaledDim(ctx, (*input)[axes[i]], (*factors)[i]);
  } else {
    for (size_t axis : axes) result[axis] = ctx.fresh();
  }
  ctx.set(0, ctx.dtype(), std::move(result));
}

constexpr size_t kNoInput = std::numeric_limits<size_t>::max();

void resize(InferContext& ctx) { ctx.opset < 11 ? resizeWith(ctx, 1, kNoInput) : resizeWith(ctx, 2, 3); }
void upsample(InferContext& ctx) { resizeWith(ctx, 1, kNoInput); }

// ---- sampling

void gridSample(InferContext& ctx) {
  const Dims* input = ctx.dims(0);
  const Dims* grid = ctx.dims(1);
  const size_t rank = input ? input->size() : grid ? grid->size() : 0;
  if (rank < 3 || (grid && grid->size() != rank)) return ctx.set(0, ctx.dtype());
  Dims result = ctx.fresh(rank);
  if (input) {
    result[0] = (*input)[0];
    result[1] = (*input)[1];
  }
  if (grid)
    for (size_t i = 2; i < rank; ++i) result[i] = (*grid)[i - 1];
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// theta [N, 2, 3] or [N, 3, 4]; size [N, C, (D,) H, W] → [N, (D,) H, W, 2 or 3]
void affineGrid(InferContext& ctx) {
  const Dims* theta = ctx.dims(0);
  const auto length = ctx.length(1);
  if (!length || (*length != 4 && *length != 5)) return ctx.set(0, ctx.dtype());
  const auto size = ctx.elements(1);
  Dims result{theta && !theta->empty() ? (*theta)[0] : ctx.fresh()};
  for (size_t i = 2; i < static_cast<size_t>(*length); ++i)
    result.push_back(size ? dimFrom(ctx, (*size)[i]) : ctx.fresh());
  result.push_back(*length - 2);
  ctx.set(0, ctx.dtype(), std::move(result));
}

// ---- rearranging

void depthToSpace(InferContext& ctx) {
  const Dims* input = ctx.dims();
  const int64_t block = ctx.node.intAttribute("blocksize", 0);
  if (!input || input->size() != 4 || block <= 0) return ctx.set(0, ctx.dtype(), ctx.fresh(4));
  const Dims& d = *input;
  ctx.set(0, ctx.dtype(), Dims{d[0], floorDiv(d[1], Dim(block) * block), d[2] * block, d[3] * block});
}

void spaceToDepth(InferContext& ctx) {
  const Dims* input = ctx.dims();
  const int64_t block = ctx.node.intAttribute("blocksize", 0);
  if (!input || input->size() != 4 || block <= 0) return ctx.set(0, ctx.dtype(), ctx.fresh(4));
  const Dims& d = *input;
  ctx.set(0, ctx.dtype(), Dims{d[0], d[1] * block * block, floorDiv(d[2], block), floorDiv(d[3], block)});
}

/// [N, C × block, L] → [N, C, image...]
void col2Im(InferContext& ctx) {
  const Dims* input = ctx.dims();
  const auto image = ctx.elements(1);
  const auto block = ctx.elements(2);
  const auto rank = image ? std::optional<int64_t>(image->size()) : ctx.length(1);
  if (!rank || *rank < 1 || *rank > 62) return ctx.set(0, ctx.dtype());
  Dims result = ctx.fresh(static_cast<size_t>(*rank) + 2);
  if (input && input->size() == 3) {
    result[0] = (*input)[0];
    if (block && product(*block) != Dim(0)) result[1] = dimFrom(ctx, floorDiv((*input)[1], product(*block)));
  }
  if (image)
    for (size_t i = 0; i < image->size(); ++i) result[i + 2] = dimFrom(ctx, (*image)[i]);
  ctx.set(0, ctx.dtype(), std::move(result));
}

void centerCropPad(InferContext& ctx) {
  const Dims* input = ctx.dims();
  if (!input) return ctx.set(0, ctx.dtype());
  const auto shape = ctx.elements(1);
  const auto axes = resizedAxes(ctx, input->size());
  Dims result = *input;
  for (size_t i = 0; i < axes.size(); ++i)
    result[axes[i]] = shape && shape->size() == axes.size() ? dimFrom(ctx, (*shape)[i]) : ctx.fresh();
  ctx.set(0, ctx.dtype(), std::move(result));
}

void imageDecoder(InferContext& ctx) {
  Dims result = ctx.fresh(3);
  result[2] = ctx.node.stringAttribute("pixel_format", "RGB") == "Grayscale" ? 1 : 3;
  ctx.set(0, DType::UInt8, std::move(result));
}

const InferRow kRows[] = {
    {"Resize", resize},         {"Upsample", upsample},           {"GridSample", gridSample},
    {"AffineGrid", affineGrid}, {"DepthToSpace", depthToSpace},   {"SpaceToDepth", spaceToDepth},
    {"Col2Im", col2Im},         {"CenterCropPad", centerCropPad}, {"ImageDecoder", imageDecoder},
};

}  // namespace

std::span<const InferRow> imageRows() { return kRows; }

}  // namespace deploytool::ir::inference
