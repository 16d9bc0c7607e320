// Passes over weights; see weight_kernels.h. The arithmetic is that of lib/quantize, which is compiled to vector code:
// libtorch's own kernels go element by element where it is built without fbgemm.
#include "torchscript/quantize/weight_kernels.h"

#include <algorithm>
#include <vector>

#include "support/parallel.h"

namespace deploytool::ts {

namespace {

constexpr int64_t kPiece = 1 << 18;  // elements that one thread takes at a time

size_t pieces(int64_t elements) { return static_cast<size_t>((elements + kPiece - 1) / kPiece); }

/// Calls `work(piece, first, count)` for all pieces.
template <class Work>
void forPieces(int64_t elements, const Work& work) {
  inParallel(pieces(elements), [&](size_t piece) {
    const int64_t first = static_cast<int64_t>(piece) * kPiece;
    work(piece, first, static_cast<size_t>(std::min(kPiece, elements - first)));
  });
}

quantize::IntegerFormat qint8() { return {.isSigned = true, .symmetric = true}; }

}  // namespace

quantize::Range rangeOf(const at::Tensor& weight) {
  const auto dense = weight.is_non_overlapping_and_dense() ? weight : weight.contiguous();
  const auto* values = dense.data_ptr<float>();
  std::vector<quantize::Range> ranges(pieces(dense.numel()));
  forPieces(dense.numel(), [&](size_t piece, int64_t first, size_t count) {
    quantize::widen(ranges[piece], values + first, count);
  });
  quantize::Range all;
  for (const auto& range : ranges) {
    all.low = std::min(all.low, range.low);
    all.high = std::max(all.high, range.high);
    all.notFinite += range.notFinite;
  }
  return all;
}

at::Tensor roundToScale(const at::Tensor& weight, float scale) {
  auto result = at::_empty_affine_quantized(weight.sizes(), at::TensorOptions(c10::kQInt8), scale, 0);
  const auto* values = weight.data_ptr<float>();
  auto* integers = static_cast<uint8_t*>(result.data_ptr());
  forPieces(weight.numel(), [&](size_t, int64_t first, size_t count) {
    quantize::roundAll(values + first, count, {scale, 0}, qint8(), integers + first);
  });
  return result;
}

Energy compareIntegers(const at::Tensor& weight, const at::Tensor& quantized) {
  const quantize::Scale scale{static_cast<float>(quantized.q_scale()),
                              static_cast<int32_t>(quantized.q_zero_point())};
  const auto* values = weight.data_ptr<float>();
  const auto* integers = static_cast<const uint8_t*>(quantized.data_ptr());
  std::vector<Energy> energies(pieces(weight.numel()));
  forPieces(weight.numel(), [&](size_t piece, int64_t first, size_t count) {
    energies[piece] = {quantize::squaredSum(values + first, count, scale.scale),
                       quantize::squaredErrorOf(values + first, count, scale, qint8(), integers + first)};
  });
  Energy all;
  for (const auto& energy : energies) all.signal += energy.signal, all.noise += energy.noise;
  return all;
}

}  // namespace deploytool::ts
