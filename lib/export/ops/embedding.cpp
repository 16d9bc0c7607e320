// Embedding look-ups and bags.
#include "export/ops/embedding.h"

#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

// aten::embedding: padding_idx matters to gradients only
Results lookUp(Call& c) { return {c.b.gather(c.tensor("weight"), c.tensor("indices"), 0)}; }

Tensor maximumOfBags(Call& c, const Tensor& rows, const Tensor& members) {
  Builder& b = c.b;
  const Tensor mask = b.unsqueeze(members, {2});
  const Tensor lowest = b.scalarLike(rows, rows.dtype() == DType::Float16 ? -65504.0 : -3.4028234663852886e38);
  const Tensor best = b.reduce("ReduceMax", b.where(mask, b.unsqueeze(rows, {0}), lowest), {1}, false);
  const Tensor any = b.reduce("ReduceMax", b.cast(members, DType::Int32), {1}, true);
  return b.where(b.cast(any, DType::Bool), best, b.scalarLike(rows, 0));
}

// aten::embedding_bag, aten::embedding_bag.padding_idx, aten::_embedding_bag, aten::_embedding_bag_forward_only
Results embeddingBag(Call& c) {
  enum Mode : int64_t { kSum = 0, kMean = 1, kMax = 2 };
  Builder& b = c.b;
  const Tensor weight = c.tensor("weight");
  const Tensor indices = b.cast(c.tensor("indices"), DType::Int64);
  Tensor members = bagMembers(c, indices, c.tensor("offsets"), c.boolean("include_last_offset"));
  // -1 is the last row, but no row at all for _embedding_bag.
  const bool isInner = c.schema().name.starts_with("aten::_embedding_bag");
  if (c.has("padding_idx") && !(isInner && c.integer("padding_idx") < 0)) {
    const int64_t row = c.integer("padding_idx");
    const Dim padding = row < 0 ? weight.dim(0) + row : Dim(row);
    const Tensor real = b.logicalNot(b.compare("Equal", indices, b.dim(padding)));
    members = b.op("And", {members, b.unsqueeze(real, {0})});
  }
  Tensor rows = b.gather(weight, indices, 0);
  if (auto scale = c.optTensor("per_sample_weights")) rows = b.mul(rows, b.unsqueeze(*scale, {1}));
  const Tensor counts = b.reduce("ReduceSum", b.cast(members, DType::Int64), {1}, false);
  Tensor y;
  if (c.integer("mode") == kMax) {
    y = maximumOfBags(c, rows, members);
  } else {
    y = b.matmul(b.cast(members, rows.dtype()), rows);
    if (c.integer("mode") == kMean) {
      const Tensor divisor = b.binary("Max", b.unsqueeze(counts, {1}), b.int64(1));
      y = b.div(y, b.cast(divisor, y.dtype()));
    }
  }
  const Poison unsupported{std::make_shared<std::string>("only the first and third result of embedding_bag are supported")};
  return {y, unsupported, counts, unsupported};
}

// aten::embedding_renorm: rows that `indices` name are scaled down to the norm
Results embeddingRenorm(Call& c) {
  Builder& b = c.b;
  const Tensor weight = c.tensor("self");
  const double p = c.number("norm_type"), limit = c.number("max_norm");
  if (p != 1 && p != 2) c.refuse("embedding_renorm with a norm other than 1 or 2");
  const Tensor norm = b.reduce(p == 1 ? "ReduceL1" : "ReduceL2", weight, {1}, true);
  const Tensor scale = b.div(b.scalarLike(norm, limit), b.addScalar(norm, 1e-7));
  const Tensor scaled = b.where(b.compare("Greater", norm, b.scalarLike(norm, limit)), b.mul(weight, scale), weight);
  const Tensor indices = b.flattenAll(b.cast(c.tensor("indices"), DType::Int64));
  return {b.op("ScatterND", {weight, b.unsqueeze(indices, {1}), b.gather(scaled, indices, 0)})};
}

}  // namespace

Tensor bagMembers(Call& c, const Tensor& indices, const Tensor& offsets, bool withEnd) {
  Builder& b = c.b;
  const Tensor wide = b.cast(offsets, DType::Int64);
  const Dim bags = withEnd ? offsets.dim(0) - 1 : offsets.dim(0);
  const Tensor start = withEnd ? b.slice(wide, 0, 0, -1) : wide;
  const Tensor tail = b.slice(wide, 0, 1, INT64_MAX);
  const Tensor end = withEnd ? tail : b.concat({tail, b.shape({indices.dim(0)})}, 0);
  const Tensor j = b.unsqueeze(b.range(0, indices.dim(0)), {0});
  Tensor inside = b.op("And", {b.logicalNot(b.compare("Less", j, b.unsqueeze(start, {1}))),
                               b.compare("Less", j, b.unsqueeze(end, {1}))});
  inside.value()->type.dims = Dims{bags, indices.dim(0)};
  return inside;
}

std::vector<Row> embedding() {
  constexpr const char* kLimits = "results offset2bag and max_indices";
  return {
      {"aten::embedding(weight, indices)", lookUp},
      {"aten::embedding_bag(weight, indices, offsets, mode, per_sample_weights, include_last_offset)", embeddingBag, kLimits},
      {"aten::embedding_bag.padding_idx(weight, indices, offsets, mode, per_sample_weights, include_last_offset, padding_idx)",
       embeddingBag, kLimits},
      {"aten::_embedding_bag(weight, indices, offsets, mode, per_sample_weights, include_last_offset, padding_idx)",
       embeddingBag, kLimits},
      {"aten::_embedding_bag_forward_only(weight, indices, offsets, mode, per_sample_weights, include_last_offset, padding_idx)",
       embeddingBag, kLimits},
      {"aten::embedding_renorm(self, indices, max_norm, norm_type)", embeddingRenorm},
  };
}

}  // namespace deploytool::exporter::ops
