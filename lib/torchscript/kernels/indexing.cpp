// Kernels: gathering, scattering, slicing, sorting, selection. Each follows the ONNX operator of its name.
#include <algorithm>
#include <numeric>

#include "torchscript/kernels/kernel.h"

namespace deploytool::ts {

namespace {

using at::Tensor;
using Ints = std::vector<int64_t>;

/// Indices counted from the front; refuses what lies outside.
Tensor fromFront(const Tensor& indices, int64_t size) {
  const auto wide = indices.to(c10::kLong);
  const auto result = at::where(wide < 0, wide + size, wide);
  TORCH_CHECK(!((result < 0) | (result >= size)).any().item<bool>(), "an index is out of range of ", size);
  return result;
}

KernelOutputs gather(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 0), x.dim());
  const auto indices = fromFront(call.in(1), x.size(axis));
  Ints dims = x.sizes().vec();
  dims.erase(dims.begin() + axis);
  dims.insert(dims.begin() + axis, indices.sizes().begin(), indices.sizes().end());
  call.willMake(dims, x);
  return {x.index_select(axis, indices.reshape({-1})).reshape(dims)};
}

KernelOutputs gatherElements(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 0), x.dim());
  call.willMake(call.in(1).sizes(), x);
  return {at::gather(x, axis, fromFront(call.in(1), x.size(axis)))};
}

/// Rows of `indices` (its last axis) as places in the first axes of `dims`, counted in elements of those axes.
Tensor flatPlaces(const Tensor& indices, c10::IntArrayRef dims) {
  Tensor result = at::zeros(indices.sizes().slice(0, static_cast<size_t>(indices.dim() - 1)), at::kLong);
  for (int64_t k = 0; k < indices.size(-1); ++k) {
    const int64_t size = dims[static_cast<size_t>(k)];
    result = result * size + fromFront(indices.select(-1, k), size);
  }
  return result;
}

Ints tail(const Tensor& x, int64_t from) { return {x.sizes().begin() + from, x.sizes().end()}; }

KernelOutputs gatherNd(const KernelCall& call) {
  const auto& x = call.in(0);
  const auto& indices = call.in(1);
  const int64_t batch = call.i("batch_dims", 0);
  const int64_t depth = indices.size(-1);
  int64_t outer = 1;
  for (int64_t i = 0; i < batch; ++i) outer *= x.size(i);
  const auto rest = tail(x, batch + depth);
  Ints dims(indices.sizes().begin(), indices.sizes().end() - 1);
  dims.insert(dims.end(), rest.begin(), rest.end());
  call.willMake(dims, x);
  auto places = flatPlaces(indices, x.sizes().slice(static_cast<size_t>(batch))).reshape({outer, -1});
  int64_t span = 1;
  for (int64_t i = batch; i < batch + depth; ++i) span *= x.size(i);
  places = places + (at::arange(outer) * span).unsqueeze(1);
  Ints flat = {outer * span};
  flat.insert(flat.end(), rest.begin(), rest.end());
  return {x.reshape(flat).index_select(0, places.reshape({-1})).reshape(dims)};
}

/// `reduction` of ScatterND and ScatterElements as torch names it.
std::string torchReduction(const std::string& name) {
  if (name == "add") return "sum";
  if (name == "mul") return "prod";
  if (name == "max") return "amax";
  if (name == "min") return "amin";
  decline();
}

Tensor scatter(const Tensor& x, int64_t axis, const Tensor& indices, const Tensor& updates, const std::string& reduction) {
  if (reduction == "none") return at::scatter(x, axis, indices, updates);
  return at::scatter_reduce(x, axis, indices, updates, torchReduction(reduction));
}

KernelOutputs scatterElements(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 0), x.dim());
  return {scatter(x, axis, fromFront(call.in(1), x.size(axis)), call.in(2), call.s("reduction", "none"))};
}

KernelOutputs scatterNd(const KernelCall& call) {
  const auto& x = call.in(0);
  const auto& indices = call.in(1);
  const int64_t depth = indices.size(-1);
  int64_t span = 1;
  for (int64_t i = 0; i < depth; ++i) span *= x.size(i);
  const auto places = flatPlaces(indices, x.sizes()).reshape({-1, 1});
  const auto flat = x.reshape({span, -1});
  const auto updates = call.in(2).reshape({places.size(0), flat.size(1)});
  return {scatter(flat, 0, places.expand({-1, flat.size(1)}), updates, call.s("reduction", "none")).reshape(x.sizes())};
}

/// One axis of Slice: which indices are taken.
struct Taken {
  int64_t start = 0;
  int64_t count = 0;
  int64_t step = 1;
};

Taken taken(int64_t size, int64_t start, int64_t end, int64_t step) {
  TORCH_CHECK(step != 0, "Slice with step 0");
  auto place = [&](int64_t at) { return at < 0 ? at + size : at; };
  if (step > 0) {
    const int64_t from = std::clamp<int64_t>(place(start), 0, size);
    const int64_t to = std::clamp<int64_t>(end < -size ? 0 : place(end), 0, size);
    return {from, std::max<int64_t>(0, (to - from + step - 1) / step), step};
  }
  const int64_t from = std::clamp<int64_t>(place(start), -1, size - 1);
  const int64_t to = end < -size ? -1 : std::clamp<int64_t>(place(end), -1, size - 1);
  const int64_t back = step == std::numeric_limits<int64_t>::min() ? std::numeric_limits<int64_t>::max() : -step;
  return {from, from > to ? (from - to - 1) / back + 1 : 0, step};
}

KernelOutputs slice(const KernelCall& call) {
  auto result = call.in(0);
  const bool attributes = call.opset() < 10;
  const auto starts = (attributes ? call.ints("starts") : call.intsInput(1)).value_or(Ints{});
  const auto ends = (attributes ? call.ints("ends") : call.intsInput(2)).value_or(Ints{});
  Ints axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  if (auto given = attributes ? call.ints("axes") : call.intsInput(3)) axes = *given;
  const auto steps = (attributes ? std::nullopt : call.intsInput(4)).value_or(Ints(starts.size(), 1));
  TORCH_CHECK(ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
              "starts, ends, axes and steps differ in length");
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t axis = normalizedAxis(axes[i], result.dim());
    const auto part = taken(result.size(axis), starts[i], ends[i], steps[i]);
    if (part.step > 0) {
      const int64_t end = part.count == 0 ? part.start : part.start + (part.count - 1) * part.step + 1;
      result = result.slice(axis, part.start, end, std::min(part.step, std::max<int64_t>(result.size(axis), 1)));
    } else {
      result = result.index_select(axis, part.start + at::arange(part.count, at::kLong) * part.step);
    }
  }
  return {result};
}

KernelOutputs topK(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", -1), x.dim());
  const int64_t k = call.opset() < 10 ? call.i("k", 1) : call.intsInput(1).value_or(Ints{1}).at(0);
  TORCH_CHECK(k >= 0 && k <= x.size(axis), "k is ", k, " of ", x.size(axis));
  auto [values, indices] = at::sort(x, /*stable=*/true, axis, /*descending=*/call.i("largest", 1) != 0);
  return {values.slice(axis, 0, k), indices.slice(axis, 0, k)};
}

KernelOutputs nonZero(const KernelCall& call) {
  if (call.in(0).dim() == 0) decline();
  call.willMake(static_cast<double>(call.in(0).numel()) * 8 * static_cast<double>(call.in(0).dim()));
  return {at::nonzero(call.in(0)).t().contiguous()};
}

KernelOutputs oneHot(const KernelCall& call) {
  const auto depth = static_cast<int64_t>(call.number(1, 0));
  const auto& values = call.in(2);
  const auto raw = call.in(0).to(c10::kLong);
  call.willMake(static_cast<double>(raw.numel()) * static_cast<double>(depth) * static_cast<double>(values.itemsize()));
  const auto indices = at::where(raw < 0, raw + depth, raw);
  const int64_t axis = normalizedAxis(call.i("axis", -1), raw.dim() + 1);
  Ints dims(static_cast<size_t>(raw.dim() + 1), 1);
  dims[static_cast<size_t>(axis)] = depth;
  const auto hot = indices.unsqueeze(axis).eq(at::arange(depth).reshape(dims));  // outside of the range: all off
  return {at::where(hot, values.select(0, 1), values.select(0, 0))};
}

KernelOutputs compress(const KernelCall& call) {
  const auto& x = call.in(0);
  const auto places = at::nonzero(call.in(1)).reshape({-1});
  if (!call.attribute("axis")) return {x.reshape({-1}).index_select(0, places)};
  return {x.index_select(normalizedAxis(call.i("axis", 0), x.dim()), places)};
}

KernelOutputs trilu(const KernelCall& call) {
  const auto k = static_cast<int64_t>(call.number(1, 0));
  return {call.i("upper", 1) ? at::triu(call.in(0), k) : at::tril(call.in(0), k)};
}

KernelOutputs reverseSequence(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t time = call.i("time_axis", 0);
  const int64_t batch = call.i("batch_axis", 1);
  const auto lengths = call.in(1).to(c10::kLong).unsqueeze(1);
  const auto steps = at::arange(x.size(time)).unsqueeze(0);
  auto places = at::where(steps < lengths, lengths - 1 - steps, steps);  // [batch, time]
  if (time < batch) places = places.t();
  Ints dims(static_cast<size_t>(x.dim()), 1);
  dims[static_cast<size_t>(time)] = x.size(time);
  dims[static_cast<size_t>(batch)] = x.size(batch);
  return {at::gather(x, time, places.reshape(dims).expand(x.sizes()))};
}

const KernelRow kRows[] = {
    {"Gather", gather},
    {"GatherElements", gatherElements},
    {"GatherND", gatherNd},
    {"Scatter", scatterElements},
    {"ScatterElements", scatterElements},
    {"ScatterND", scatterNd},
    {"Slice", slice},
    {"TopK", topK},
    {"NonZero", nonZero},
    {"OneHot", oneHot},
    {"Compress", compress},
    {"Trilu", trilu},
    {"ReverseSequence", reverseSequence},
};

}  // namespace

std::span<const KernelRow> indexingKernels() { return kRows; }

}  // namespace deploytool::ts
