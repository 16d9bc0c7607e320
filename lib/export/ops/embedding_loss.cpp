// Losses on vectors: cosine embedding and triplets. Connectionist temporal classification is refused.
#include "export/ops/loss.h"

namespace deploytool::exporter::ops {

namespace {

// aten::cosine_embedding_loss: targets are 1 and -1
Results cosineEmbedding(Call& c) {
  Builder& b = c.b;
  const Tensors x = floatOperands(c, {"input1", "input2"});
  const Expr u(b, x[0]), v(b, x[1]);
  const Expr t(b, b.cast(c.tensor("target"), u.dtype()));
  const int64_t axis = u.tensor().rank() - 1;
  const auto sum = [&](const Expr& e) { return Expr(b, b.reduce("ReduceSum", e, {axis}, false)); };
  const Expr cosine = sum(u * v) / sqrt((sum(u * u) + 1e-12) * (sum(v * v) + 1e-12));
  const Expr alike = where(t == 1.0, 1.0 - cosine, 0);
  const Expr unlike = where(t == -1.0, max(cosine - c.number("margin"), 0), 0);
  return {reduced(c, alike + unlike)};
}

/// (Σ |u - v + eps|^p)^(1/p) over the last axis.
Expr pairDistance(const Expr& u, const Expr& v, double p, double eps) {
  Builder& b = u.builder();
  const Expr size = abs(u - v + eps);
  const int64_t axis = size.tensor().rank() - 1;
  if (p == 2) return sqrt(Expr(b, b.reduce("ReduceSum", size * size, {axis}, false)));
  if (p == 1) return {b, b.reduce("ReduceSum", size, {axis}, false)};
  const Expr sum(b, b.reduce("ReduceSum", pow(size, size.number(p)), {axis}, false));
  return pow(sum, sum.number(1 / p));
}

// aten::triplet_margin_loss
Results tripletMargin(Call& c) {
  const Tensors x = floatOperands(c, {"anchor", "positive", "negative"});
  const Expr anchor(c.b, x[0]), positive(c.b, x[1]), negative(c.b, x[2]);
  const double p = c.number("p"), eps = c.number("eps");
  const Expr near = pairDistance(anchor, positive, p, eps);
  Expr far = pairDistance(anchor, negative, p, eps);
  if (c.boolean("swap")) far = min(far, pairDistance(positive, negative, p, eps));
  return {reduced(c, max(near - far + c.number("margin"), 0))};
}

}  // namespace

std::vector<Row> embedding_loss() {
  std::vector<Row> rows = {
      {"aten::cosine_embedding_loss(input1, input2, target, margin, reduction)", cosineEmbedding},
      {"aten::triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)", tripletMargin},
  };
  return rows;
}

}  // namespace deploytool::exporter::ops
