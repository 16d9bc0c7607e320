// Weights as 8-bit integers with their scales, in the packed objects that libtorch's quantized operators take.
#pragma once

#include "deploytool/quantize.h"
#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

/// How well the integers hold a weight.
struct WeightQuality {
  double sqnr = 0;  ///< dB
  double minScale = 0, maxScale = 0;
  uint64_t bytes = 0;  ///< integers, scales and zero points
};

/// Chooses the engine that packs: what it makes, every engine reads.
Status selectEngine();
/// Options that libtorch's operators have no kernels for.
Status checkOptions(const QuantizeOptions& options);
/// PyTorch's observers: MinMaxObserver (per tensor), PerChannelMinMaxObserver, of qint8.
at::Tensor quantizeWeight(const at::Tensor& weight, const WeightScheme& scheme);
/// The observer of embeddings: rows of quint8 with scale and zero point in floating point.
at::Tensor quantizeRows(const at::Tensor& weight);
WeightQuality compareWeight(const at::Tensor& weight, const at::Tensor& quantized);

/// Makes the object; `quality` gets one entry per weight.
c10::IValue pack(const PackPlan& plan, const WeightScheme& scheme, std::vector<WeightQuality>& quality);
c10::TypePtr packedType(PackPlan::Kind kind);

}  // namespace deploytool::ts
