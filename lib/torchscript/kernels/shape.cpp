// Kernels: shapes, views, joining and splitting, creation. Each follows the ONNX operator of its name.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "torchscript/kernels/kernel.h"
#include "torchscript/values.h"

namespace deploytool::ts {

namespace {

using at::Tensor;
using Ints = std::vector<int64_t>;

Tensor fromInts(const Ints& values) {
  return at::tensor(values, at::TensorOptions(c10::kLong));
}

/// start and end of Shape since opset 15: clamped, negative from the back.
KernelOutputs shape(const KernelCall& call) {
  const auto dims = call.in(0).sizes().vec();
  const auto rank = static_cast<int64_t>(dims.size());
  auto clamped = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = clamped(call.i("start", 0));
  const int64_t end = clamped(call.i("end", rank));
  if (start >= end) return {fromInts({})};
  return {fromInts(Ints(dims.begin() + start, dims.begin() + end))};
}

KernelOutputs reshape(const KernelCall& call) {
  auto dims = call.intsAttributeOrInput("shape", 1).value_or(Ints{});
  const auto& x = call.in(0);
  if (!call.i("allowzero", 0)) {
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] == 0) dims[i] = x.size(static_cast<int64_t>(i));
    }
  }
  return {x.reshape(dims)};
}

KernelOutputs transpose(const KernelCall& call) {
  const auto& x = call.in(0);
  Ints order(static_cast<size_t>(x.dim()));
  std::iota(order.rbegin(), order.rend(), 0);
  return {x.permute(call.ints("perm").value_or(order))};
}

KernelOutputs unsqueeze(const KernelCall& call) {
  auto axes = call.intsAttributeOrInput("axes", 1).value_or(Ints{});
  auto result = call.in(0);
  const int64_t rank = result.dim() + static_cast<int64_t>(axes.size());
  for (auto& axis : axes) axis = normalizedAxis(axis, rank);
  std::sort(axes.begin(), axes.end());
  for (int64_t axis : axes) result = result.unsqueeze(axis);
  return {result};
}

KernelOutputs squeeze(const KernelCall& call) {
  auto result = call.in(0);
  const auto given = call.intsAttributeOrInput("axes", 1);
  if (!given) return {result.squeeze()};
  auto axes = *given;
  for (auto& axis : axes) axis = normalizedAxis(axis, result.dim());
  std::sort(axes.rbegin(), axes.rend());
  for (int64_t axis : axes) {
    TORCH_CHECK(result.size(axis) == 1, "axis ", axis, " has ", result.size(axis), " elements");
    result = result.squeeze(axis);
  }
  return {result};
}

KernelOutputs flatten(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = call.i("axis", 1) < 0 ? call.i("axis", 1) + x.dim() : call.i("axis", 1);
  TORCH_CHECK(axis >= 0 && axis <= x.dim(), "axis ", axis, " of a tensor of rank ", x.dim());
  int64_t rows = 1;
  int64_t columns = 1;
  for (int64_t i = 0; i < x.dim(); ++i) (i < axis ? rows : columns) *= x.size(i);
  return {x.reshape({rows, columns})};
}

KernelOutputs concat(const KernelCall& call) {
  TORCH_CHECK(call.attribute("axis") || call.opset() < 4, "Concat has no axis");
  const auto& first = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 1), first.dim());
  for (const auto& input : call.inputs()) {
    TORCH_CHECK(input.defined() && input.dim() == first.dim(), "inputs differ in rank");  // torch lets [0] pass
  }
  return {at::cat(call.inputs(), axis)};
}

KernelOutputs split(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t axis = normalizedAxis(call.i("axis", 0), x.dim());
  if (auto sizes = call.intsAttributeOrInput("split", 1)) return x.split_with_sizes(*sizes, axis);
  const auto parts = static_cast<int64_t>(call.outputCount());
  const int64_t each = (x.size(axis) + parts - 1) / parts;  // the last one is shorter where it does not divide
  Ints sizes;
  for (int64_t i = 0, left = x.size(axis); i < parts; ++i, left -= sizes.back()) sizes.push_back(std::min(each, left));
  return x.split_with_sizes(sizes, axis);
}

KernelOutputs expand(const KernelCall& call) {
  const auto dims = at::infer_size(call.in(0).sizes(), call.intsInput(1).value_or(Ints{}));
  call.willMake(dims, call.in(0));
  return {call.in(0).expand(dims)};
}

KernelOutputs tile(const KernelCall& call) {
  const auto repeats = call.intsInput(1).value_or(Ints{});
  TORCH_CHECK(static_cast<int64_t>(repeats.size()) == call.in(0).dim(), "repeats and rank differ");
  Ints dims = call.in(0).sizes().vec();
  for (size_t i = 0; i < dims.size(); ++i) dims[i] *= repeats[i];
  call.willMake(dims, call.in(0));
  return {call.in(0).repeat(repeats)};
}

KernelOutputs range(const KernelCall& call) {
  const auto type = call.in(0).scalar_type();
  const double delta = call.number(2, 1);
  TORCH_CHECK(delta != 0, "Range with step 0");
  const double count = std::max(0.0, std::ceil((call.number(1, 0) - call.number(0, 0)) / delta));
  call.willMake(count * 8);
  const auto steps = at::arange(static_cast<int64_t>(count), at::TensorOptions(c10::kLong));
  if (c10::isIntegralType(type, false)) {
    return {(call.in(0).to(c10::kLong).reshape({}) + steps * call.in(2).to(c10::kLong).reshape({})).to(type)};
  }
  return {(call.number(0, 0) + steps.to(c10::kDouble) * delta).to(type)};
}

Tensor attributeTensor(const ir::Attribute& attribute) {
  const auto* tensor = std::get_if<ir::TensorPtr>(&attribute.value);
  if (!tensor || !toScalarType((*tensor)->dtype())) decline();
  return toTorchTensor(**tensor);
}

KernelOutputs constantOfShape(const KernelCall& call) {
  const auto dims = call.intsInput(0).value_or(Ints{});
  const auto* value = call.attribute("value");
  const auto fill = value ? attributeTensor(*value) : at::zeros({1}, at::TensorOptions(c10::kFloat));
  call.willMake(dims, fill);
  return {fill.reshape({}).expand(dims)};
}

KernelOutputs constant(const KernelCall& call) {
  if (const auto* value = call.attribute("value")) return {attributeTensor(*value)};
  if (call.attribute("value_int")) return {at::scalar_tensor(call.i("value_int", 0), at::TensorOptions(c10::kLong))};
  if (call.attribute("value_float")) return {at::scalar_tensor(call.f("value_float", 0), at::TensorOptions(c10::kFloat))};
  if (auto ints = call.ints("value_ints")) return {fromInts(*ints)};
  if (const auto* floats = call.attribute("value_floats")) {
    const auto& values = std::get<std::vector<float>>(floats->value);
    return {at::tensor(values, at::TensorOptions(c10::kFloat))};
  }
  decline();
}

KernelOutputs eyeLike(const KernelCall& call) {
  const auto& x = call.in(0);
  TORCH_CHECK(x.dim() == 2, "EyeLike of a tensor of rank ", x.dim());
  const auto type = call.attribute("dtype") ? toScalarType(static_cast<ir::DType>(call.i("dtype", 1)))
                                            : std::optional(x.scalar_type());
  if (!type) decline();
  const auto rows = at::arange(x.size(0)).unsqueeze(1);
  const auto columns = at::arange(x.size(1)).unsqueeze(0);
  return {(columns - rows).eq(call.i("k", 0)).to(*type)};
}

/// Indices along one axis that padding takes its elements from.
Ints padIndices(int64_t size, int64_t before, int64_t after, const std::string& mode) {
  Ints result;
  for (int64_t i = -before; i < size + after; ++i) {
    int64_t at = i;
    if (mode == "edge") {
      at = std::clamp<int64_t>(i, 0, size - 1);
    } else if (mode == "wrap") {
      at = ((i % size) + size) % size;
    } else {
      const int64_t period = size > 1 ? 2 * (size - 1) : 1;
      at = ((i % period) + period) % period;
      if (at >= size) at = period - at;
    }
    result.push_back(at);
  }
  return result;
}

/// Before and after for each axis, from attribute or input, for all axes or some.
std::vector<std::pair<int64_t, int64_t>> padsOf(const KernelCall& call) {
  const int64_t rank = call.in(0).dim();
  const auto pads = call.intsAttributeOrInput("pads", 1).value_or(Ints{});
  Ints axes(pads.size() / 2);
  std::iota(axes.begin(), axes.end(), 0);
  if (auto given = call.intsInput(3)) axes = *given;
  TORCH_CHECK(pads.size() == 2 * axes.size(), "pads and axes differ");
  std::vector<std::pair<int64_t, int64_t>> result(static_cast<size_t>(rank));
  for (size_t i = 0; i < axes.size(); ++i) {
    result.at(static_cast<size_t>(normalizedAxis(axes[i], rank))) = {pads[i], pads[i + axes.size()]};
  }
  return result;
}

KernelOutputs pad(const KernelCall& call) {
  auto result = call.in(0);
  const auto pads = padsOf(call);
  Ints dims = result.sizes().vec();
  for (size_t i = 0; i < dims.size(); ++i) dims[i] += pads[i].first + pads[i].second;
  call.willMake(dims, result);
  const std::string mode = call.s("mode", "constant");
  if (mode == "constant") {
    Ints reversed;  // torch: the last axis first
    for (auto it = pads.rbegin(); it != pads.rend(); ++it) reversed.insert(reversed.end(), {it->first, it->second});
    const double value = call.opset() < 11 ? call.f("value", 0) : call.number(2, 0);
    return {at::constant_pad_nd(result, reversed, value)};
  }
  for (size_t i = 0; i < pads.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    TORCH_CHECK(result.size(axis) > 0, "padding of an empty axis");
    result = result.index_select(axis, fromInts(padIndices(result.size(axis), pads[i].first, pads[i].second, mode)));
  }
  return {result};
}

/// Blocks of `size` × `size` between channels and space.
KernelOutputs depthToSpace(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t b = call.i("blocksize", 1);
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  if (call.s("mode", "DCR") == "CRD") {
    return {x.reshape({n, c / (b * b), b, b, h, w}).permute({0, 1, 4, 2, 5, 3}).reshape({n, c / (b * b), h * b, w * b})};
  }
  return {x.reshape({n, b, b, c / (b * b), h, w}).permute({0, 3, 4, 1, 5, 2}).reshape({n, c / (b * b), h * b, w * b})};
}

KernelOutputs spaceToDepth(const KernelCall& call) {
  const auto& x = call.in(0);
  const int64_t b = call.i("blocksize", 1);
  const int64_t n = x.size(0), c = x.size(1), h = x.size(2), w = x.size(3);
  return {x.reshape({n, c, h / b, b, w / b, b}).permute({0, 3, 5, 1, 2, 4}).reshape({n, c * b * b, h / b, w / b})};
}

const KernelRow kRows[] = {
    {"Shape", shape},
    {"Size", [](const KernelCall& call) -> KernelOutputs { return {at::scalar_tensor(call.in(0).numel(), at::kLong)}; }},
    {"Reshape", reshape},
    {"Transpose", transpose},
    {"Unsqueeze", unsqueeze},
    {"Squeeze", squeeze},
    {"Flatten", flatten},
    {"Concat", concat},
    {"Split", split},
    {"Expand", expand},
    {"Tile", tile},
    {"Range", range},
    {"ConstantOfShape", constantOfShape},
    {"Constant", constant},
    {"EyeLike", eyeLike},
    {"Pad", pad},
    {"DepthToSpace", depthToSpace},
    {"SpaceToDepth", spaceToDepth},
};

}  // namespace

std::span<const KernelRow> shapeKernels() { return kRows; }

}  // namespace deploytool::ts
