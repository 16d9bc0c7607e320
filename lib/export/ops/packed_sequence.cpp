#include "export/ops/packed_sequence.h"

#include <numeric>

namespace deploytool::exporter::ops {

namespace {

/// bool[time, batch]: whether the step belongs to the sequence.
Tensor validSteps(Call& c, const Tensor& lengths, const Dim& time) {
  const Tensor step = c.b.unsqueeze(c.b.range(0, time), {1});
  return c.b.compare("Less", step, c.b.unsqueeze(lengths, {0}));
}

Tensor alongSteps(Call& c, const Tensor& valid, const Tensor& x) {
  std::vector<int64_t> axes(static_cast<size_t>(x.rank() - 2));
  std::iota(axes.begin(), axes.end(), 2);
  return c.b.unsqueeze(valid, axes);
}

}  // namespace

PaddedSequence paddedFrom(Call& c, const Tensor& x, const Tensor& lengths) {
  const Tensor wide = c.b.cast(lengths, DType::Int64);
  const Dim longest = c.b.toDim(c.b.reduce("ReduceMax", wide, {0}, false));
  const Tensor cut = c.b.slice(x, 0, 0, longest);
  if (cut.value()) cut.value()->type.dims->at(0) = longest;
  const Tensor valid = validSteps(c, wide, longest);
  return {cut, wide, c.b.reduce("ReduceSum", c.b.cast(valid, DType::Int64), {1}, false)};
}

Tensor pack(Call& c, const PaddedSequence& padded) {
  const Tensor& x = padded.x;
  const Tensor valid = validSteps(c, padded.lengths, x.dim(0));
  Dims steps{x.dim(0) * x.dim(1)};
  for (int64_t i = 2; i < x.rank(); ++i) steps.push_back(x.dim(i));
  const Tensor data = c.b.op("Compress", {c.b.reshape(x, steps), c.b.flattenAll(valid)}, {{"axis", 0}});
  if (auto total = data.dim(0).asSymbol()) c.host().packedOrigins()[*total] = {data, padded.x, padded.lengths, padded.batchSizes};
  return data;
}

PaddedSequence unpack(Call& c, const Tensor& data, const Tensor& batchSizes) {
  if (auto total = data.dim(0).asSymbol()) {
    const auto& origins = c.host().packedOrigins();
    auto known = origins.find(*total);
    if (known != origins.end() && known->second.data == data)
      return {known->second.padded, known->second.lengths, known->second.batchSizes};
  }
  Builder& b = c.b;
  const Dim time = batchSizes.dim(0);
  const Dim batch = b.toDim(b.reduce("ReduceMax", batchSizes, {0}, false));
  const Tensor column = b.unsqueeze(b.range(0, batch), {0});
  const Tensor valid = b.compare("Less", column, b.unsqueeze(batchSizes, {1}));  // [time, batch]
  const Tensor positions = b.swapAxes(b.op("NonZero", {valid}), 0, 1);
  Dims dims{time, batch};
  for (int64_t i = 1; i < data.rank(); ++i) dims.push_back(data.dim(i));
  const Tensor x = b.op("ScatterND", {b.full(data.dtype(), dims, 0), positions, data});
  return {x, b.reduce("ReduceSum", b.cast(valid, DType::Int64), {0}, false), batchSizes};
}

Tensor fillPadding(Call& c, const PaddedSequence& padded, double value) {
  const Tensor valid = alongSteps(c, validSteps(c, padded.lengths, padded.x.dim(0)), padded.x);
  return c.b.where(valid, padded.x, c.b.scalarLike(padded.x, value));
}

}  // namespace deploytool::exporter::ops
