// Recurrent layers.
#include "ir/infer/recurrent.h"

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {

void inferRecurrent(InferContext& ctx, const std::optional<Dim>& hidden) {
  const Dims* x = ctx.dims(0);
  const bool known = x && x->size() == 3;
  const bool batchFirst = ctx.node.intAttribute("layout", 0) != 0;
  const Dim length = known ? (*x)[batchFirst ? 1 : 0] : ctx.fresh();
  const Dim batch = known ? (*x)[batchFirst ? 0 : 1] : ctx.fresh();
  const Dim directions = ctx.node.stringAttribute("direction", "forward") == "bidirectional" ? 2 : 1;
  const int64_t declared = ctx.node.intAttribute("hidden_size", 0);
  const Dim size = declared > 0 ? Dim(declared) : hidden ? *hidden : ctx.fresh();
  ctx.set(0, ctx.dtype(), batchFirst ? Dims{batch, length, directions, size} : Dims{length, directions, batch, size});
  for (size_t i = 1; i < 3; ++i)
    ctx.set(i, ctx.dtype(), batchFirst ? Dims{batch, directions, size} : Dims{directions, batch, size});
}

namespace {

/// R is [directions, gates × hidden, hidden].
void recurrent(InferContext& ctx) {
  const Dims* weights = ctx.dims(2);
  inferRecurrent(ctx, weights && weights->size() == 3 ? std::optional(weights->back()) : std::nullopt);
}

const InferRow kRows[] = {{"LSTM", recurrent}, {"GRU", recurrent}, {"RNN", recurrent}};

}  // namespace

std::span<const InferRow> recurrentRows() { return kRows; }

}  // namespace deploytool::ir::inference
