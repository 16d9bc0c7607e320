// A constant tensor: shared read-only bytes, dims, strides. Weights are never copied on their way through.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/dtype.h"

namespace deploytool::ir {

class Tensor {
 public:
  Tensor() = default;

  /// Shares `bytes`; `owner` keeps them alive. Strides are in elements; `offset` in bytes from `bytes.data()`.
  /// The caller guarantees that every element lies inside `bytes`.
  static Tensor share(DType dtype, std::vector<int64_t> dims, std::vector<int64_t> strides,
                      std::span<const std::byte> bytes, int64_t offset, std::shared_ptr<const void> owner);
  /// Owns a copy of `bytes` (contiguous, numel × itemSize).
  static Tensor copy(DType dtype, std::vector<int64_t> dims, std::span<const std::byte> bytes);
  static Tensor strings(std::vector<int64_t> dims, std::vector<std::string> values);

  template <class T>
  static Tensor of(DType dtype, std::vector<int64_t> dims, const std::vector<T>& values) {
    return copy(dtype, std::move(dims), std::as_bytes(std::span<const T>(values)));
  }
  static Tensor int64s(const std::vector<int64_t>& values) {
    return of(DType::Int64, {static_cast<int64_t>(values.size())}, values);
  }
  static Tensor int64(int64_t value) { return of(DType::Int64, {}, std::vector<int64_t>{value}); }
  static Tensor float32(float value) { return of(DType::Float32, {}, std::vector<float>{value}); }
  /// A rank-0 tensor of any numeric dtype (float16 and bfloat16 included), rounded as a cast does.
  static Tensor scalar(DType dtype, double value);
  /// Every element `value`, as a stride-0 view of one element.
  static Tensor full(DType dtype, std::vector<int64_t> dims, double value);

  DType dtype() const { return dtype_; }
  const std::vector<int64_t>& dims() const { return dims_; }
  const std::vector<int64_t>& strides() const { return strides_; }
  int64_t rank() const { return static_cast<int64_t>(dims_.size()); }
  int64_t numel() const;
  /// numel × itemSize (what it takes when written), not the size of the shared bytes.
  int64_t byteSize() const;
  bool isContiguous() const;

  /// First element. Only meaningful together with strides().
  const std::byte* data() const { return bytes_.data() + offset_; }
  std::span<const std::byte> storage() const { return bytes_; }
  int64_t offset() const { return offset_; }
  const std::shared_ptr<const void>& owner() const { return owner_; }
  const std::vector<std::string>& stringValues() const { return strings_; }

  /// The same tensor with contiguous strides; shares the bytes where it can.
  Tensor contiguous() const;
  /// Same bytes under other dims (numel equal); contiguous first where the strides need it.
  Tensor reshaped(std::vector<int64_t> dims) const;
  /// Copies all elements in row-major order to `out` (byteSize() bytes), gathering strided data.
  void gather(std::byte* out) const;
  /// Row-major elements in pieces of at most `chunk` bytes, for streaming writers.
  template <class Sink>
  void stream(Sink&& sink, size_t chunk = size_t{1} << 20) const;

  /// Elements as numbers, converted from whatever numeric dtype it has (bool as 0/1).
  std::vector<int64_t> toInt64s() const;
  std::vector<double> toDoubles() const;

  /// The parameter it came from (`encoder.layers.0.weight`) or a name derived from it; empty when it has none.
  std::string name;

 private:
  void gatherRange(int64_t first, int64_t count, std::byte* out) const;

  DType dtype_ = DType::Undefined;
  std::vector<int64_t> dims_;
  std::vector<int64_t> strides_;
  std::span<const std::byte> bytes_;
  int64_t offset_ = 0;
  std::shared_ptr<const void> owner_;
  std::vector<std::string> strings_;
};

/// Same dtype, dims and bytes (a NaN equals itself).
bool identical(const Tensor& a, const Tensor& b);
std::vector<int64_t> contiguousStrides(const std::vector<int64_t>& dims);

float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);  ///< round to nearest even
float bfloat16ToFloat(uint16_t bits);
uint16_t floatToBFloat16(float value);

template <class Sink>
void Tensor::stream(Sink&& sink, size_t chunk) const {
  const auto item = static_cast<int64_t>(itemSize(dtype_));
  if (numel() == 0 || item == 0) return;
  if (isContiguous()) {
    const auto total = static_cast<size_t>(byteSize());
    for (size_t at = 0; at < total; at += chunk) sink(std::span(data() + at, std::min(chunk, total - at)));
    return;
  }
  const int64_t step = std::max<int64_t>(1, static_cast<int64_t>(chunk) / item);
  std::vector<std::byte> buffer(static_cast<size_t>(step * item));
  for (int64_t first = 0; first < numel(); first += step) {
    const int64_t count = std::min(step, numel() - first);
    gatherRange(first, count, buffer.data());
    sink(std::span<const std::byte>(buffer.data(), static_cast<size_t>(count * item)));
  }
}

}  // namespace deploytool::ir
