// Losses of classification: the target names classes.
#include <cmath>

#include "export/ops/loss.h"

namespace deploytool::exporter::ops {

namespace {

/// What a target of class indices picks out of `x` (classes on `axis`).
struct Picked {
  Expr value;    ///< x at the target's class
  Expr weight;   ///< of that class; 0 where the target is ignored
  Expr counted;  ///< bool: not ignored
};

Picked pick(Call& c, const Tensor& x, const Tensor& target, int64_t axis) {
  Builder& b = c.b;
  const Tensor classes = b.cast(target, DType::Int64);
  const Tensor counted = b.logicalNot(b.compare("Equal", classes, b.dim(c.dim("ignore_index"))));
  const Tensor safe = b.where(counted, classes, b.int64(0));
  const Tensor value = b.squeeze(b.op("GatherElements", {x, b.unsqueeze(safe, {axis})}, {{"axis", axis}}), {axis});
  Tensor weight = b.cast(counted, x.dtype());
  if (const auto weights = c.optTensor("weight")) weight = b.mul(b.gather(b.cast(*weights, x.dtype()), safe, 0), weight);
  return {{b, value}, {b, weight}, {b, counted}};
}

/// The loss by argument `reduction`; the mean is by weight.
Tensor weightedReduction(Call& c, const Expr& loss, const Expr& weight) {
  Builder& b = c.b;
  const auto sum = [&](const Expr& e) { return b.reduce("ReduceSum", e, {}, false); };
  switch (reductionOf(c)) {
    case LossReduction::Mean: return b.div(sum(loss), sum(weight));
    case LossReduction::Sum: return sum(loss);
    default: return loss;
  }
}

int64_t classAxis(const Tensor& x) { return x.rank() == 1 ? 0 : 1; }

Expr negativeLogLikelihood(const Picked& picked) { return where(picked.counted, -picked.value * picked.weight, 0); }

// aten::nll_loss, nll_loss2d, nll_loss_nd
Results nll(Call& c) {
  const Tensor x = realOperand(c, "self");
  const Picked picked = pick(c, x, c.tensor("target"), classAxis(x));
  return {weightedReduction(c, negativeLogLikelihood(picked), picked.weight)};
}

// aten::nll_loss_forward: the total weight too
Results nllForward(Call& c) {
  const Tensor x = realOperand(c, "self");
  const Picked picked = pick(c, x, c.tensor("target"), classAxis(x));
  const Tensor total = reductionOf(c) == LossReduction::None ? c.b.scalar(x.dtype(), 0)
                                                         : c.b.reduce("ReduceSum", picked.weight, {}, false);
  return {weightedReduction(c, negativeLogLikelihood(picked), picked.weight), total};
}

/// The class weights along the class axis of `x`.
Tensor weightsAlong(Call& c, const Tensor& x, int64_t axis) {
  const Tensor weights = c.b.cast(*c.optTensor("weight"), x.dtype());
  Dims dims(static_cast<size_t>(x.rank() - axis), Dim(1));
  dims[0] = weights.dim(0);
  return c.b.reshape(weights, dims);
}

/// The target as a probability of each class.
Tensor probabilityLoss(Call& c, const Tensor& logProbabilities, int64_t axis) {
  Builder& b = c.b;
  const Expr logs(b, logProbabilities);
  const double smoothing = c.number("label_smoothing");
  const Dim classes = logProbabilities.dim(axis);
  Expr target(b, b.cast(c.tensor("target"), logs.dtype()));
  if (smoothing > 0) target = target * (1 - smoothing) + smoothing / Expr(b, dimAs(b, classes, logs.dtype()));
  Expr terms = logs * target;
  if (c.has("weight")) terms = terms * Expr(b, weightsAlong(c, logProbabilities, axis));
  const Expr loss = -Expr(b, b.reduce("ReduceSum", terms, {axis}, false));
  if (reductionOf(c) != LossReduction::Mean) return reduced(c, loss);
  Dim count = 1;
  for (int64_t i = 0; i < logProbabilities.rank(); ++i)
    if (i != axis) count = count * logProbabilities.dim(i);
  return b.div(b.reduce("ReduceSum", loss, {}, false), dimAs(b, count, logs.dtype()));
}

/// (1 - s) · nll + s / classes · (-Σ log probabilities)
Tensor smoothedLoss(Call& c, const Tensor& logProbabilities, int64_t axis, double smoothing) {
  Builder& b = c.b;
  const Picked picked = pick(c, logProbabilities, c.tensor("target"), axis);
  const Tensor nll = weightedReduction(c, negativeLogLikelihood(picked), picked.weight);
  Expr logs(b, logProbabilities);
  if (c.has("weight")) logs = logs * Expr(b, weightsAlong(c, logProbabilities, axis));
  const Expr sums = -Expr(b, b.reduce("ReduceSum", logs, {axis}, false));
  const Expr counted = where(picked.counted, sums, 0);
  const Expr smooth(b, weightedReduction(c, counted, picked.weight));
  const Expr share = smoothing / Expr(b, dimAs(b, logProbabilities.dim(axis), logs.dtype()));
  return Expr(b, nll) * (1 - smoothing) + smooth * share;
}

// aten::cross_entropy_loss: softmax and negative log likelihood
Results crossEntropy(Call& c) {
  const Tensor x = floatOperand(c, "self");
  const int64_t axis = classAxis(x);
  const Tensor logs = c.b.op("LogSoftmax", {x}, {{"axis", axis}});
  if (ir::isFloating(c.tensor("target").dtype())) return {probabilityLoss(c, logs, axis)};
  const double smoothing = c.number("label_smoothing");
  if (smoothing > 0) return {smoothedLoss(c, logs, axis, smoothing)};
  const Picked picked = pick(c, logs, c.tensor("target"), axis);
  return {weightedReduction(c, negativeLogLikelihood(picked), picked.weight)};
}

/// `x` with a batch axis.
Tensor batched(Builder& b, const Tensor& x, int64_t rank) {
  if (x.rank() == 0) return b.reshape(x, Dims(static_cast<size_t>(rank), 1));  // one class, one example
  return x.rank() < rank ? b.unsqueeze(x, {0}) : x;
}

// aten::multi_margin_loss: Σ over the other classes of max(0, margin - x[y] + x[j])^p, by the number of classes
Results multiMargin(Call& c) {
  Builder& b = c.b;
  const Tensor self = realOperand(c, "self");
  const Expr x(b, batched(b, self, 2));
  const Tensor target = batched(b, c.tensor("target"), 1);
  const double p = c.number("p");
  const Tensor column = b.unsqueeze(target, {1});
  const Expr own(b, b.op("GatherElements", {x, column}, {{"axis", 1}}));
  Expr loss = max(c.number("margin") - own + x, 0);
  if (p == 2) loss = loss * loss;
  if (const auto weight = c.optTensor("weight")) loss = loss * Expr(b, b.gather(*weight, column, 0));
  const Tensor classes = b.range(0, x.tensor().dim(1));
  const Expr others = where(Expr(b, b.compare("Equal", classes, column)), 0, loss);
  Tensor result = b.reduce("ReduceMean", others, {1}, false);
  if (self.rank() < 2 && reductionOf(c) == LossReduction::None) result = b.squeeze(result, {0});
  return {reduced(c, result)};
}

/// For targets that list classes and end at the first -1.
struct Listed {
  Tensor valid;     ///< [N, C]: the entry counts
  Tensor isTarget;  ///< [N, C]: the class is listed
};
Listed listed(Builder& b, const Tensor& target) {
  const Tensor negative = b.cast(b.compare("Less", target, b.int64(0)), DType::Int64);
  Listed result;
  result.valid = b.compare("Equal", b.op("CumSum", {negative, b.int64(1)}), b.int64(0));
  const Tensor same = b.compare("Equal", b.unsqueeze(target, {2}), b.range(0, target.dim(1)));  // [N, entry, class]
  result.isTarget = anyTrue(b, b.op("And", {same, b.unsqueeze(result.valid, {2})}), {{1}, false, false});
  return result;
}

// aten::multilabel_margin_loss: Σ over listed and unlisted classes of max(0, 1 - (x[listed] - x[other])), by the classes
Results multilabelMargin(Call& c) {
  Builder& b = c.b;
  const Tensor self = realOperand(c, "self");
  const Tensor x = batched(b, self, 2), target = batched(b, c.tensor("target"), 2);
  const Listed l = listed(b, target);
  const Tensor safe = b.where(l.valid, target, b.int64(0));
  const Expr own(b, b.unsqueeze(b.op("GatherElements", {x, safe}, {{"axis", 1}}), {2}));
  const Expr loss = max(1.0 - (own - Expr(b, b.unsqueeze(x, {1}))), 0);
  const Tensor counts = b.op("And", {b.unsqueeze(l.valid, {2}), b.unsqueeze(b.logicalNot(l.isTarget), {1})});
  const Tensor sums = b.reduce("ReduceSum", where(Expr(b, counts), loss, 0), {1, 2}, false);
  Tensor result = b.div(sums, dimAs(b, x.dim(1), x.dtype()));
  const bool single = self.rank() < 2;
  if (single && reductionOf(c) == LossReduction::None) result = b.squeeze(result, {0});
  const Tensor isTarget = b.cast(single ? b.reshape(l.isTarget, self.dims()) : l.isTarget, x.dtype());
  return {reduced(c, result), isTarget};
}

// aten::multilabel_margin_loss: without the scratch result
Results multilabelMarginOnly(Call& c) { return {multilabelMargin(c)[0]}; }

}  // namespace

std::vector<Row> class_loss() {
  std::vector<Row> rows = {
      {"aten::cross_entropy_loss(self, target, weight, reduction, ignore_index, label_smoothing)", crossEntropy},
      {"aten::multi_margin_loss(self, target, p, margin, weight, reduction)", multiMargin},
      {"aten::multilabel_margin_loss(self, target, reduction)", multilabelMarginOnly},
      {"aten::multilabel_margin_loss_forward(self, target, reduction)", multilabelMargin},
  };
  addRows(rows, {"aten::nll_loss(self, target, weight, reduction, ignore_index)",
                 "aten::nll_loss2d(self, target, weight, reduction, ignore_index)",
                 "aten::nll_loss_nd(self, target, weight, reduction, ignore_index)"}, nll);
  addRows(rows, {"aten::nll_loss_forward(self, target, weight, reduction, ignore_index)",
                 "aten::nll_loss2d_forward(self, target, weight, reduction, ignore_index)"}, nllForward);
  return rows;
}

}  // namespace deploytool::exporter::ops
