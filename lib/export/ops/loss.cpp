// Losses that compare two tensors element by element.
#include "export/ops/loss.h"

#include <cmath>

namespace deploytool::exporter::ops {

LossReduction reductionOf(const Call& c) { return static_cast<LossReduction>(c.integer("reduction")); }

Tensor reduced(const Call& c, const Tensor& loss) {
  switch (reductionOf(c)) {
    case LossReduction::Mean: return meanOfAll(c.b, loss);
    case LossReduction::Sum: return c.b.reduce("ReduceSum", loss, {}, false);
    default: return loss;
  }
}

namespace {

struct Operands {
  Expr input, target;
};
Operands compared(Call& c) {
  const Tensors x = floatOperands(c, {"self", "target"});
  return {{c.b, x[0]}, {c.b, x[1]}};
}

// aten::l1_loss
Results l1(Call& c) {
  const auto [x, t] = compared(c);
  return {reduced(c, abs(x - t))};
}

// aten::mse_loss
Results mse(Call& c) {
  const auto [x, t] = compared(c);
  const Expr difference = x - t;
  return {reduced(c, difference * difference)};
}

// aten::smooth_l1_loss: quadratic below beta
Results smoothL1(Call& c) {
  const auto [x, t] = compared(c);
  const double beta = c.number("beta");
  const Expr size = abs(x - t);
  if (beta == 0) return {reduced(c, size)};
  return {reduced(c, where(size < beta, size * size * (0.5 / beta), size - 0.5 * beta))};
}

// aten::huber_loss: quadratic up to delta
Results huber(Call& c) {
  const auto [x, t] = compared(c);
  const double delta = c.number("delta");
  const Expr size = abs(x - t);
  return {reduced(c, where(size < delta, size * size * 0.5, (size - 0.5 * delta) * delta))};
}

// aten::kl_div: target · (log target - input), 0 where the target is 0
Results klDiv(Call& c) {
  const auto [x, t] = compared(c);
  if (c.boolean("log_target")) return {reduced(c, exp(t) * (t - x))};
  const Expr logarithm = log(where(t > 0.0, t, 1));
  return {reduced(c, t * logarithm - t * x)};
}

/// Times the optional argument `weight`.
Expr weighted(Call& c, const Expr& loss) {
  const auto weight = c.optTensor("weight");
  return weight ? loss * Expr(c.b, c.b.cast(*weight, loss.dtype())) : loss;
}

// aten::binary_cross_entropy: logarithms not below -100
Results binaryCrossEntropy(Call& c) {
  const auto [x, t] = compared(c);
  const Expr loss = (t - 1.0) * max(log(1.0 - x), -100) - t * max(log(x), -100);
  return {reduced(c, weighted(c, loss))};
}

// aten::binary_cross_entropy_with_logits: (1 - t) x + (1 + (p - 1) t) softplus(-x)
Results binaryCrossEntropyWithLogits(Call& c) {
  const auto [x, t] = compared(c);
  Expr logistic = softplus(-x);
  if (const auto positive = c.optTensor("pos_weight"))
    logistic = ((Expr(c.b, c.b.cast(*positive, x.dtype())) - 1.0) * t + 1.0) * logistic;
  return {reduced(c, weighted(c, (1.0 - t) * x + logistic))};
}

// aten::poisson_nll_loss
Results poissonNll(Call& c) {
  const Tensors operandsOf = floatOperands(c, {"input", "target"});
  const Expr x(c.b, operandsOf[0]), t(c.b, operandsOf[1]);
  Expr loss = c.boolean("log_input") ? exp(x) - t * x : x - t * log(x + c.number("eps"));
  if (c.boolean("full")) {
    const Expr safe = where(t > 1.0, t, 1);
    const Expr stirling = t * log(safe) - t + log(safe * (2 * M_PI)) * 0.5;
    loss = loss + where(t > 1.0, stirling, 0);
  }
  return {reduced(c, loss)};
}

// aten::soft_margin_loss: log(1 + exp(-t x)), which overflows and vanishes as in torch
Results softMargin(Call& c) {
  const auto [x, t] = compared(c);
  return {reduced(c, log(exp(-(t * x)) + 1.0))};
}

// aten::hinge_embedding_loss: targets are 1 and -1
Results hingeEmbedding(Call& c) {
  const auto [x, t] = compared(c);
  const Expr far = max(c.number("margin") - x, 0);
  return {reduced(c, where(t == 1.0, 0, far) + where(t == -1.0, 0, x))};
}

// aten::margin_ranking_loss
Results marginRanking(Call& c) {
  const Tensors x = floatOperands(c, {"input1", "input2", "target"});
  const Expr first(c.b, x[0]), second(c.b, x[1]), t(c.b, x[2]);
  return {reduced(c, max(-t * (first - second) + c.number("margin"), 0))};
}

}  // namespace

std::vector<Row> loss() {
  return {
      {"aten::binary_cross_entropy(self, target, weight, reduction)", binaryCrossEntropy},
      {"aten::binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction)",
       binaryCrossEntropyWithLogits},
      {"aten::hinge_embedding_loss(self, target, margin, reduction)", hingeEmbedding},
      {"aten::huber_loss(self, target, reduction, delta)", huber},
      {"aten::kl_div(self, target, reduction, log_target)", klDiv},
      {"aten::l1_loss(self, target, reduction)", l1},
      {"aten::margin_ranking_loss(input1, input2, target, margin, reduction)", marginRanking},
      {"aten::mse_loss(self, target, reduction)", mse},
      {"aten::poisson_nll_loss(input, target, log_input, full, eps, reduction)", poissonNll},
      {"aten::smooth_l1_loss(self, target, reduction, beta)", smoothL1},
      {"aten::soft_margin_loss(self, target, reduction)", softMargin},
  };
}

}  // namespace deploytool::exporter::ops
