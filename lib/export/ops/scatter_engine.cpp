// Scattering with repeated indices. ONNX reduces them from opset 16 (sum, product) and 18 (minimum, maximum); before,
// the updates are applied in rounds within which no row occurs twice.
#include <algorithm>
#include <map>
#include <memory>

#include "export/ops/scan.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

const char* reductionName(Reduction reduction) {
  switch (reduction) {
    case Reduction::Add: return "add";
    case Reduction::Multiply: return "mul";
    case Reduction::Min: return "min";
    case Reduction::Max: return "max";
    default: return "none";
  }
}

Tensor combine(Builder& b, const Tensor& old, const Tensor& update, Reduction reduction) {
  switch (reduction) {
    case Reduction::Add: return b.add(old, update);
    case Reduction::Multiply: return b.mul(old, update);
    case Reduction::Min: return b.binary("Min", old, update);
    case Reduction::Max: return b.binary("Max", old, update);
    default: return update;
  }
}

/// One round: the rows differ.
Tensor scatterDistinct(Builder& b, const Tensor& x, const Tensor& rows, const Tensor& updates, Reduction reduction) {
  const Tensor content = reduction == Reduction::None ? updates : combine(b, b.gather(x, rows, 0), updates, reduction);
  return knownDims(b.op("ScatterND", {x, b.unsqueeze(rows, {1}), content}), x.dims());
}

/// Positions of constant indices by round: round r holds the r-th occurrence of every row. Nothing where there are more
/// than `limit` rounds, or the size that negative indices count from is not known.
std::optional<std::vector<std::vector<int64_t>>> constantRounds(const Tensor& indices, const Dim& size, size_t limit) {
  if (!indices.isConstant()) return {};
  std::map<int64_t, size_t> seen;
  std::vector<std::vector<int64_t>> rounds;
  const std::vector<int64_t> rows = indices.constant()->toInt64s();
  const auto literal = size.asLiteral();
  const bool mixed = std::any_of(rows.begin(), rows.end(), [](int64_t r) { return r < 0; });
  if (mixed && !literal) return {};
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t round = seen[rows[i] < 0 ? rows[i] + *literal : rows[i]]++;
    if (round >= limit) return {};
    if (round == rounds.size()) rounds.emplace_back();
    rounds[round].push_back(static_cast<int64_t>(i));
  }
  return rounds;
}

Tensor inConstantRounds(Builder& b, Tensor x, const Tensor& indices, const Tensor& updates, Reduction reduction,
                        const std::vector<std::vector<int64_t>>& rounds) {
  if (rounds.size() == 1) return scatterDistinct(b, x, indices, updates, reduction);
  const std::vector<int64_t> rows = indices.constant()->toInt64s();
  for (const auto& round : rounds) {
    std::vector<int64_t> chosen;
    for (int64_t i : round) chosen.push_back(rows[static_cast<size_t>(i)]);
    x = scatterDistinct(b, x, b.int64s(chosen), b.gather(updates, b.int64s(round), 0), reduction);
  }
  return x;
}

/// Updates sorted by row, and how often the row of each occurred before.
struct Ranked {
  Tensor rows, updates, ranks, rounds;
};

Ranked ranked(Builder& b, const Tensor& x, const Tensor& indices, const Tensor& updates) {
  Tensor positive = indices;
  if (!x.dim(0).isLiteral() || !indices.isConstant()) {
    const Tensor isNegative = b.compare("Less", indices, b.int64(0));
    positive = b.where(isNegative, b.add(indices, b.dim(x.dim(0))), indices);
  }
  const auto [rows, order] = topK(b, positive, indices.dim(0), 0, false);
  const Tensors unique = b.ops("Unique", {rows}, 4, {{"axis", 0}, {"sorted", 1}});
  const Tensor counts = unique[3];
  const Tensor starts = b.op("CumSum", {counts, b.int64(0)}, {{"exclusive", 1}});
  const Tensor firsts = b.gather(starts, unique[2], 0);
  Ranked result;
  result.rows = rows;
  result.updates = b.gather(updates, order, 0);
  result.ranks = b.sub(progression(b, indices.dim(0), 0, 1), firsts);
  result.rounds = b.reduce("ReduceMax", b.concat({counts, b.int64s({0})}, 0), {0}, false);
  return result;
}

Tensor inLoop(Builder& b, const Tensor& x, const Ranked& work, Reduction reduction) {
  return repeated(b, work.rounds, {x},
                  [&](const Tensor& round, const Tensors& content) {
                    const Tensor chosen = b.compare("Equal", work.ranks, round);
                    const Tensor rows = b.op("Compress", {work.rows, chosen}, {{"axis", 0}});
                    Tensor updates = b.op("Compress", {work.updates, chosen}, {{"axis", 0}});
                    updates = knownDims(updates, withDim(updates.dims(), 0, rows.dim(0)));
                    return Tensors{scatterDistinct(b, content[0], rows, updates, reduction)};
                  })
      .front();
}

/// An element type that ONNX Runtime's Min, Max, Add and Mul have kernels for.
DType kernelType(DType dtype) {
  switch (dtype) {
    case DType::Bool: case DType::UInt8: case DType::Int8: case DType::Int16: return DType::Int32;
    case DType::Float16: case DType::BFloat16: return DType::Float32;
    default: return dtype;
  }
}

}  // namespace

Tensor scatterRows(Call& c, const Tensor& x, const Tensor& indices, const Tensor& updates, Reduction reduction) {
  Builder& b = c.b;
  if (indices.dim(0) == Dim(0)) return x;
  if (reduction == Reduction::None) return scatterDistinct(b, x, indices, updates, reduction);
  if (const DType work = kernelType(x.dtype()); work != x.dtype()) {
    return b.cast(scatterRows(c, b.cast(x, work), indices, b.cast(updates, work), reduction), x.dtype());
  }
  const bool isNative = b.opset() >= (reduction == Reduction::Add || reduction == Reduction::Multiply ? 16 : 18);
  if (auto rounds = constantRounds(indices, x.dim(0), isNative ? 1 : 8))
    return inConstantRounds(b, x, indices, updates, reduction, *rounds);
  if (isNative) {
    const Tensor result =
        b.op("ScatterND", {x, b.unsqueeze(indices, {1}), updates}, {{"reduction", reductionName(reduction)}});
    return knownDims(result, x.dims());
  }
  return inLoop(b, x, ranked(b, x, indices, updates), reduction);
}

Tensor scatterElements(Call& c, const Tensor& x, const Tensor& index, const Tensor& updates, int64_t axis,
                       Reduction reduction) {
  Builder& b = c.b;
  if (reduction == Reduction::None)
    return knownDims(b.op("ScatterElements", {x, index, updates}, {{"axis", axis}}), x.dims());
  // Every element becomes a row of its own: its number counts all axes.
  Tensor number;
  Dim stride = 1;
  for (int64_t i = x.rank(); i-- > 0; stride = stride * x.dim(i)) {
    Tensor along = index;
    if (i == axis) {
      const Tensor isNegative = b.compare("Less", index, b.int64(0));
      along = b.where(isNegative, b.add(index, b.dim(x.dim(i))), index);
    } else {
      Dims alone(static_cast<size_t>(x.rank()), 1);
      alone[static_cast<size_t>(i)] = index.dim(i);
      along = b.reshape(progression(b, index.dim(i), 0, 1), alone);
    }
    if (stride != Dim(1)) along = b.mul(along, b.dim(stride));
    number = number ? b.add(number, along) : along;
  }
  number = b.flattenAll(knownDims(number, index.dims()));
  const Tensor result = scatterRows(c, b.flattenAll(x), number, b.flattenAll(updates), reduction);
  return b.reshape(result, x.dims());
}

}  // namespace deploytool::exporter::ops
