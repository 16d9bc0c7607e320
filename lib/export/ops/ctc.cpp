// Connectionist temporal classification (Graves et al. 2006): the forward variables of all alignments, step by step.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/reduce.h"
#include "export/ops/scan.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// A list of numbers, or a tensor: int64[batch].
Tensor lengths(Call& c, std::string_view name) {
  if (!c.arg(name).isTensor()) return c.b.shape(c.dims(name));
  const Tensor x = c.b.cast(c.tensor(name), DType::Int64);
  return x.rank() == 0 ? c.b.unsqueeze(x, {0}) : x;
}

struct Ctc {
  Builder& b;
  Tensor probabilities;  ///< logarithms: [time, batch, classes]
  Tensor targets;        ///< [batch, labels], 0 beyond a target's end
  Tensor inputLengths, targetLengths;
  int64_t blank;

  /// The labels with blanks around each: [batch, 2 · labels + 1].
  Tensor states() const {
    const Dim batch = targets.dim(0), count = targets.dim(1);
    const Tensor blanks = b.op("Expand", {b.int64(blank), b.shape({batch, count})});
    const Tensor pairs = b.reshape(b.stack({knownDims(blanks, targets.dims()), targets}, 2), {batch, count * 2});
    return b.concat({pairs, knownDims(b.op("Expand", {b.int64(blank), b.shape({batch, 1})}), {batch, 1})}, 1);
  }
};

Tensor minusInfinity(Builder& b, const Tensor& like) { return b.scalarLike(like, -INFINITY); }

/// log Σ exp of three, -inf where all are (said so, because runtimes may give a little more than 0 for exp(-inf)).
Tensor logSum(Builder& b, const Tensors& xs) {
  const Tensor most = b.op("Max", xs);
  const Tensor none = b.compare("Equal", most, minusInfinity(b, most));
  const Tensor safe = b.where(none, b.scalarLike(most, 0), most);
  Tensor sum;
  for (const Tensor& x : xs) {
    const Tensor term = b.unary("Exp", b.sub(x, safe));
    sum = sum ? b.add(sum, term) : term;
  }
  return b.where(none, most, b.add(b.unary("Log", sum), safe));
}

/// Moved `by` states on, with -inf before.
Tensor shifted(Builder& b, const Tensor& x, int64_t by) {
  return knownDims(b.slice(b.pad(x, {{0, 0}, {by, 0}}, -INFINITY), 1, 0, x.dim(1)), x.dims());
}

/// The steps after the first: alpha(t) from alpha(t - 1).
Tensor walked(const Ctc& ctc, const Tensor& first, const Tensor& emitted, const Tensor& maySkip) {
  Builder& b = ctc.b;
  const Tensor rounds = b.dim(emitted.dim(0) - 1);
  return repeated(
             b, rounds, {first},
             [&](const Tensor& round, const Tensors& states) {
               const Tensor& alpha = states[0];
               const Tensor time = b.add(round, b.int64(1));
               const Tensor skipped = b.where(maySkip, shifted(b, alpha, 2), minusInfinity(b, alpha));
               const Tensor next = b.add(logSum(b, {alpha, shifted(b, alpha, 1), skipped}), b.gather(emitted, time, 0));
               const Tensor goesOn = b.compare("Less", time, b.unsqueeze(ctc.inputLengths, {1}));
               return Tensors{b.where(goesOn, next, alpha)};
             })
      .front();
}

/// Negative log likelihood of each target: [batch].
Tensor losses(const Ctc& ctc) {
  Builder& b = ctc.b;
  const Tensor states = ctc.states();
  const Dims grid{ctc.probabilities.dim(0), states.dim(0), states.dim(1)};
  const Tensor labels = knownDims(b.op("Expand", {b.unsqueeze(states, {0}), b.shape(grid)}), grid);
  const Tensor emitted = knownDims(b.op("GatherElements", {ctc.probabilities, labels}, {{"axis", 2}}), grid);
  const Tensor index = b.unsqueeze(b.range(0, states.dim(1)), {0});
  // Only the first blank and the first label can start; a label may be reached over the blank before it.
  const Tensor starts = b.compare("LessOrEqual", index, b.unsqueeze(b.binary("Min", ctc.targetLengths, b.int64(1)), {1}));
  const Tensor first = b.where(starts, b.select(emitted, 0, 0), minusInfinity(b, emitted));
  const Tensor before = b.slice(b.pad(states, {{0, 0}, {2, 0}}, static_cast<double>(ctc.blank)), 1, 0, states.dim(1));
  const Tensor isLabel = b.logicalNot(b.compare("Equal", states, b.int64(ctc.blank)));
  const Tensor maySkip = b.op("And", {isLabel, b.logicalNot(b.compare("Equal", states, before))});
  const Tensor alpha = walked(ctc, knownDims(first, states.dims()), emitted, maySkip);
  const Tensor last = b.unsqueeze(b.mul(ctc.targetLengths, b.int64(2)), {1});
  const auto at = [&](const Tensor& state) { return b.squeeze(b.op("GatherElements", {alpha, state}, {{"axis", 1}}), {1}); };
  const Tensor onLabel = at(b.binary("Max", b.sub(last, b.int64(1)), b.int64(0)));
  const Tensor isEmpty = b.compare("Equal", ctc.targetLengths, b.int64(0));
  const Tensor lowest = minusInfinity(b, alpha);
  return b.unary("Neg", logSum(b, {at(last), b.where(isEmpty, lowest, onLabel), lowest}));
}

/// One target after the other: brought under each other.
Tensor padded(Builder& b, const Tensor& targets, const Tensor& targetLengths) {
  const Tensor longest = b.reduce("ReduceMax", b.concat({targetLengths, b.int64s({0})}, 0), {0}, false);
  const Dim labels = b.toDim(longest);
  const Tensor starts = b.op("CumSum", {targetLengths, b.int64(0)}, {{"exclusive", 1}});
  const Tensor places = b.add(b.unsqueeze(starts, {1}), b.unsqueeze(b.range(0, labels), {0}));
  const Tensor inside = b.binary("Min", places, b.dim(targets.dim(0)));
  return knownDims(b.gather(b.concat({targets, b.int64s({0})}, 0), inside, 0), {targetLengths.dim(0), labels});
}

Ctc ctcOf(Call& c) {
  Builder& b = c.b;
  Ctc ctc{b, c.tensor("log_probs"), b.cast(c.tensor("targets"), DType::Int64), lengths(c, "input_lengths"),
          lengths(c, "target_lengths"), c.integer("blank")};
  if (ctc.probabilities.rank() == 2) {
    ctc.probabilities = b.unsqueeze(ctc.probabilities, {1});
    ctc.targets = b.unsqueeze(ctc.targets, {0});
  }
  if (ctc.targets.rank() == 1) ctc.targets = padded(b, ctc.targets, ctc.targetLengths);
  const Tensor index = b.unsqueeze(b.range(0, ctc.targets.dim(1)), {0});
  const Tensor isTarget = b.compare("Less", index, b.unsqueeze(ctc.targetLengths, {1}));
  ctc.targets = knownDims(b.where(isTarget, ctc.targets, b.int64(0)), ctc.targets.dims());
  return ctc;
}

Tensor finite(Call& c, const Tensor& loss) {
  if (!c.boolean("zero_infinity")) return loss;
  const Expr x(c.b, loss);
  return where(x == INFINITY, 0.0, x).tensor();
}

// aten::ctc_loss.IntList, .Tensor
Results ctcLoss(Call& c) {
  Builder& b = c.b;
  const Ctc ctc = ctcOf(c);
  const Tensor loss = finite(c, losses(ctc));
  switch (c.integer("reduction")) {
    case 0: return {c.tensor("log_probs").rank() == 2 ? b.squeeze(loss, {0}) : loss};
    case 2: return {b.reduce("ReduceSum", loss, {}, false)};
    default: break;
  }
  const Tensor labels = b.cast(b.binary("Max", ctc.targetLengths, b.int64(1)), loss.dtype());
  return {meanOfAll(b, b.div(loss, labels))};
}

// aten::_ctc_loss, .Tensor: zero_infinity is its gradient's
Results ctcLossAndAlpha(Call& c) {
  return {losses(ctcOf(c)),
          Poison{std::make_shared<std::string>("aten::_ctc_loss: the forward variables are only known to its backward pass")}};
}

}  // namespace

std::vector<Row> ctc() {
  return {
      {"aten::ctc_loss.IntList(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)", ctcLoss},
      {"aten::ctc_loss.Tensor(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)", ctcLoss},
      {"aten::_ctc_loss(log_probs, targets, input_lengths, target_lengths, blank)", ctcLossAndAlpha,
       "use of the forward variables"},
      {"aten::_ctc_loss.Tensor(log_probs, targets, input_lengths, target_lengths, blank)", ctcLossAndAlpha,
       "use of the forward variables"},
  };
}

}  // namespace deploytool::exporter::ops
