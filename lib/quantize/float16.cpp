// Weights stored as float16: twice the size of integers, without their noise.
#include <algorithm>
#include <cmath>
#include <limits>

#include "onnx/mapped_file.h"
#include "quantize/rewriter.h"

namespace deploytool::quantize {

using ir::DType;
using ir::Tensor;
using ir::Value;

namespace {

struct Halves {
  std::vector<uint16_t> values;
  double signal = 0, noise = 0;
  bool fits = true;  ///< no NaN, nothing beyond the largest float16
};

template <class T>
void append(std::span<const std::byte> bytes, Halves& out) {
  const auto* values = reinterpret_cast<const T*>(bytes.data());
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
    const uint16_t half = ir::floatToHalf(static_cast<float>(values[i]));
    const double value = values[i], error = value - ir::halfToFloat(half);
    out.fits &= std::isfinite(error);
    out.signal += value * value;
    out.noise += error * error;
    out.values.push_back(half);
  }
}

Halves toHalves(const Tensor& tensor) {
  Halves out;
  out.values.reserve(static_cast<size_t>(tensor.numel()));
  const bool isDouble = tensor.dtype() == DType::Float64;
  tensor.stream(
      [&](std::span<const std::byte> bytes) { isDouble ? append<double>(bytes, out) : append<float>(bytes, out); });
  return out;
}

}  // namespace

Rewriter::Stored* Rewriter::storeFloat16(Value* value) {
  const Tensor& view = *value->constant;
  for (const auto& one : halves_) {
    if (sameElements(one->view, view)) return one.get();
  }
  const Halves halves = toHalves(view);
  WeightReport& report = plan_.weights[plan_.byValue.at(value)].report;
  if (!halves.fits) {
    report.quantized = false;
    report.reason = "holds NaN or values beyond float16's 65504";
    return nullptr;
  }
  report.bytesAfter = halves.values.size() * sizeof(uint16_t);
  report.sqnr =
      halves.noise > 0 ? 10 * std::log10(halves.signal / halves.noise) : std::numeric_limits<double>::infinity();
  auto made = std::make_unique<Stored>();
  made->view = view;
  const std::string name = (value->name.empty() ? view.name : value->name) + "_float16";
  made->value = constant(Tensor::of(DType::Float16, view.dims(), halves.values), name);
  onnx_io::dropPages(view.storage());
  halves_.push_back(std::move(made));
  return halves_.back().get();
}

Value* Rewriter::throughFloat16(Value* value) {
  const auto key = std::pair<const ir::Graph*, const Value*>{&at_->graph(), value};
  if (const auto known = widened_.find(key); known != widened_.end()) return known->second;
  const Stored* stored = storeFloat16(value);
  if (!stored) return value;
  const Tensor& view = *value->constant;
  return widened_[key] = emit("Cast", {transposedTo(*stored, view)}, {{"to", static_cast<int64_t>(view.dtype())}});
}

}  // namespace deploytool::quantize
