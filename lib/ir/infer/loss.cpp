// Losses: the target's dims where nothing is reduced, else one number.
#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

void loss(InferContext& ctx) {
  const bool reduced = ctx.node.stringAttribute("reduction", "mean") != "none";
  ctx.set(0, ctx.dtype(), reduced ? Dims() : copyOf(ctx.dims(1)));
}

void softmaxCrossEntropyLoss(InferContext& ctx) {
  loss(ctx);
  ctx.set(1, ctx.dtype(), copyOf(ctx.dims(0)));
}

const InferRow kRows[] = {
    {"NegativeLogLikelihoodLoss", loss},
    {"SoftmaxCrossEntropyLoss", softmaxCrossEntropyLoss},
};

}  // namespace

std::span<const InferRow> lossRows() { return kRows; }

}  // namespace deploytool::ir::inference
