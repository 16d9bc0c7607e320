// Normalisations and the softmax family.
#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

/// Training outputs are one number per channel.
void batchNormalization(InferContext& ctx) {
  sameAsInput(ctx);
  const Dims* dims = ctx.dims();
  for (size_t i = 1; i < ctx.node.outputs().size(); ++i) {
    const Dims* scale = ctx.dims(ctx.opset >= 14 ? i + 2 : 1);
    std::optional<Dims> channels = copyOf(scale);
    if (!channels && dims && dims->size() > 1) channels = Dims{(*dims)[1]};
    ctx.set(i, ctx.dtype(ctx.opset >= 14 ? 3 : 0), std::move(channels));
  }
}

/// Mean and inverse deviation keep the axes before `axis`, the others become 1.
void layerNormalization(InferContext& ctx) {
  sameAsInput(ctx);
  const Dims* dims = ctx.dims();
  const DType stash = toDType(ctx.node.intAttribute("stash_type", 1));
  const auto axis = dims ? axisAttribute(ctx, dims->size(), -1) : std::nullopt;
  std::optional<Dims> statistics;
  if (axis) {
    statistics = *dims;
    for (size_t i = *axis; i < dims->size(); ++i) (*statistics)[i] = 1;
  }
  for (size_t i = 1; i < ctx.node.outputs().size(); ++i) ctx.set(i, stash, statistics);
}

const InferRow kRows[] = {
    {"BatchNormalization", batchNormalization},
    {"LayerNormalization", layerNormalization},
    {"GroupNormalization", sameAsInput},
    {"InstanceNormalization", sameAsInput},
    {"LpNormalization", sameAsInput},
    {"LRN", sameAsInput},
    {"MeanVarianceNormalization", sameAsInput},
    {"RMSNormalization", sameAsInput},
    {"RotaryEmbedding", sameAsInput},
    {"Softmax", sameAsInput},
    {"LogSoftmax", sameAsInput},
    {"Hardmax", sameAsInput},
};

}  // namespace

std::span<const InferRow> normalizationRows() { return kRows; }

}  // namespace deploytool::ir::inference
