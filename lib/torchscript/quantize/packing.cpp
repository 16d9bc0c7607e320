// Quantizing and packing weights; see packing.h. Scales are computed in float32, step for step as PyTorch's observers
// do (torch/ao/quantization/observer.py), so that the integers are the same.
#include "torchscript/quantize/packing.h"

#include <torch/custom_class.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "torchscript/quantize/weight_kernels.h"

namespace deploytool::ts {

namespace {

constexpr const char* kLinearClass = "__torch__.torch.classes.quantized.LinearPackedParamsBase";
constexpr const char* kCellClass = "__torch__.torch.classes.rnn.CellParamsBase";
constexpr const char* kEmbeddingClass = "__torch__.torch.classes.quantized.EmbeddingPackedParamsBase";
constexpr float kSmallestScale = std::numeric_limits<float>::epsilon();
constexpr int64_t kLowest = -128, kHighest = 127;  // qint8; PyTorch's dynamic qconfig does not reduce weights

struct ScaleAndZero {
  at::Tensor scale, zero;  ///< float32, int64
};

/// Observer arithmetic on minima and maxima, of any shape.
ScaleAndZero scalesFor(const at::Tensor& lowest, const at::Tensor& highest, bool symmetric) {
  const auto low = at::minimum(lowest, at::zeros_like(lowest));
  const auto high = at::maximum(highest, at::zeros_like(highest));
  const auto steps = static_cast<float>(kHighest - kLowest);
  if (symmetric) {
    const auto scale = (at::maximum(-low, high) / (steps / 2)).clamp_min(kSmallestScale);
    return {scale, at::zeros_like(scale, at::TensorOptions(c10::kLong))};
  }
  const auto scale = ((high - low) / steps).clamp_min(kSmallestScale);
  const auto zero = (kLowest - at::round(low / scale).to(c10::kInt)).clamp(kLowest, kHighest);
  return {scale, zero.to(c10::kLong)};
}

c10::IValue call(const char* op, std::vector<c10::IValue> arguments) {
  torch::jit::Stack stack = std::move(arguments);
  c10::Dispatcher::singleton().findSchemaOrThrow(op, "").callBoxed(&stack);
  return stack.at(0);
}

at::Tensor orZeros(const at::Tensor& bias, const at::Tensor& weight) {
  return bias.defined() ? bias.detach().contiguous() : at::zeros({weight.size(0)});
}

c10::IValue optional(const at::Tensor& bias) {
  return bias.defined() ? c10::IValue(bias.detach().contiguous()) : c10::IValue();
}

/// Sums of squares where each row has a scale. Quantized tensors with zero points in floating point cannot be sliced.
Energy compareRows(const at::Tensor& weight, const at::Tensor& quantized) {
  const auto integers = quantized.int_repr();
  const auto scales = quantized.q_per_channel_scales().to(c10::kDouble).unsqueeze(1);
  const auto zeros = quantized.q_per_channel_zero_points().to(c10::kDouble).unsqueeze(1);
  constexpr int64_t kElements = 1 << 20;  // at a time: no second copy of a large weight in float
  const int64_t rows = std::max<int64_t>(1, kElements / std::max<int64_t>(1, weight.size(1)));
  Energy energy;
  for (int64_t from = 0; from < weight.size(0); from += rows) {
    const int64_t to = std::min(from + rows, weight.size(0));
    const auto exact = weight.slice(0, from, to).to(c10::kDouble);
    const auto real = (integers.slice(0, from, to).to(c10::kDouble) - zeros.slice(0, from, to)) * scales.slice(0, from, to);
    energy.signal += exact.square().sum().item<double>();
    energy.noise += (real - exact).square().sum().item<double>();
  }
  return energy;
}

}  // namespace

Status selectEngine() {
  // qnnpack keeps the integers as they are; the others hold a second, reordered copy.
  for (const auto wanted : {at::QEngine::QNNPACK, at::QEngine::FBGEMM, at::QEngine::ONEDNN, at::QEngine::X86}) {
    for (const auto engine : at::globalContext().supportedQEngines()) {
      if (engine != wanted) continue;
      at::globalContext().setQEngine(engine);
      return {};
    }
  }
  return makeError(ExitCode::Unsupported, "this libtorch has no engine for quantized operators");
}

Status checkOptions(const QuantizeOptions& options) {
  const WeightScheme& scheme = options.scheme;
  if (options.format != QuantizeOptions::Format::Dynamic) {
    return makeError(ExitCode::Unsupported, "libtorch's quantized operators for weights are dynamic ones",
                     "export to ONNX first for the formats qdq and weight-only");
  }
  if (options.perTokenActivations.value_or(false)) {
    return makeError(ExitCode::Unsupported, "libtorch's dynamic operators have one scale for all activations",
                     "export to ONNX first for a scale per token");
  }
  if (scheme.type.value_or(WeightScheme::Type::QInt8) != WeightScheme::Type::QInt8) {
    return makeError(ExitCode::Unsupported, "quint8 weights: libtorch's quantized operators take qint8 weights only",
                     "leave the dtype at qint8");
  }
  if (scheme.search.value_or(WeightScheme::Search::MinMax) != WeightScheme::Search::MinMax) {
    return makeError(ExitCode::Unsupported, "scale search for TorchScript archives", "leave the search at minmax");
  }
  return {};
}

at::Tensor quantizeWeight(const at::Tensor& given, const WeightScheme& scheme) {
  const auto weight = given.detach().contiguous();
  const bool symmetric = scheme.symmetric.value_or(true);
  if (!scheme.perChannel.value_or(false)) {
    const auto range = rangeOf(weight);
    const auto s = scalesFor(at::scalar_tensor(range.low), at::scalar_tensor(range.high), symmetric);
    if (symmetric) return roundToScale(weight, s.scale.item<float>());
    return at::quantize_per_tensor(weight, s.scale.item<float>(), s.zero.item<int64_t>(), c10::kQInt8);
  }
  const auto [low, high] = at::aminmax(weight, 1);
  const auto s = scalesFor(low, high, symmetric);
  return at::quantize_per_channel(weight, s.scale, s.zero, 0, c10::kQInt8);
}

at::Tensor quantizeRows(const at::Tensor& given) {
  const auto weight = given.detach().contiguous();
  const auto [low, high] = at::aminmax(weight, 1);
  const auto scale = (high - low) / 255.0;
  const auto usable = at::where(scale > kSmallestScale, scale, at::ones_like(scale));
  return at::quantize_per_channel(weight, usable, -1 * low / usable, 0, c10::kQUInt8);
}

WeightQuality compareWeight(const at::Tensor& given, const at::Tensor& quantized) {
  WeightQuality result;
  const auto weight = given.detach().contiguous();
  const bool perTensor = quantized.qscheme() == c10::kPerTensorAffine;
  const auto energy = perTensor ? compareIntegers(weight, quantized) : compareRows(weight, quantized);
  result.sqnr =
      energy.noise > 0 ? 10 * std::log10(energy.signal / energy.noise) : std::numeric_limits<double>::infinity();
  result.bytes = static_cast<uint64_t>(quantized.numel());
  if (perTensor) {
    result.minScale = result.maxScale = quantized.q_scale();
    result.bytes += sizeof(double) + sizeof(int64_t);
    return result;
  }
  const auto scales = quantized.q_per_channel_scales();
  result.minScale = scales.min().item<double>();
  result.maxScale = scales.max().item<double>();
  result.bytes += static_cast<uint64_t>(scales.nbytes() + quantized.q_per_channel_zero_points().nbytes());
  return result;
}

c10::IValue pack(const PackPlan& plan, const WeightScheme& scheme, std::vector<WeightQuality>& quality) {
  std::vector<c10::IValue> parts;
  for (size_t i = 0; i < plan.weights.size(); ++i) {
    const auto& weight = plan.weights[i].tensor;
    const bool rows = plan.kind == PackPlan::Kind::Embedding;
    const auto quantized = rows ? quantizeRows(weight) : quantizeWeight(weight, scheme);
    quality.push_back(compareWeight(weight, quantized));
    if (rows) return call("quantized::embedding_bag_prepack", {quantized});
    const auto& bias = plan.biases[i];
    const bool cell = plan.kind == PackPlan::Kind::Cell;
    parts.push_back(
        call("quantized::linear_prepack", {quantized, cell ? c10::IValue(orZeros(bias, weight)) : optional(bias)}));
  }
  if (plan.kind == PackPlan::Kind::Linear) return parts.at(0);
  for (size_t i = 0; i < 2; ++i) parts.emplace_back(orZeros(plan.biases[i], plan.weights[i].tensor));
  parts.emplace_back(scheme.reduceRange.value_or(true));
  return call("quantized::make_quantized_cell_params_dynamic", std::move(parts));
}

c10::TypePtr packedType(PackPlan::Kind kind) {
  switch (kind) {
    case PackPlan::Kind::Linear: return torch::getCustomClass(kLinearClass);
    case PackPlan::Kind::Cell: return torch::getCustomClass(kCellClass);
    case PackPlan::Kind::Embedding: return torch::getCustomClass(kEmbeddingClass);
  }
  return nullptr;
}

}  // namespace deploytool::ts
