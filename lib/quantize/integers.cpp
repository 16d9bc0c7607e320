// Groups of a strided tensor are gathered a few at a time, quantized, and put in their places of the result.
#include "quantize/integers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "quantize/group_kernels.h"
#include "quantize/tiles.h"
#include "support/parallel.h"

namespace deploytool::quantize {
namespace {

using ir::DType;
using ir::Tensor;

/// Some axes of a tensor as one index: from its number to the offset of the element.
class Index {
 public:
  void add(int64_t size, int64_t stride) {
    sizes_.push_back(size);
    strides_.push_back(stride);
    count_ *= size;
  }
  int64_t count() const { return count_; }
  /// Offsets of the numbers first … first + n − 1.
  void offsets(int64_t first, int64_t n, int64_t* out) const {
    for (int64_t i = 0; i < n; ++i) out[i] = offset(first + i);
  }
  int64_t offset(int64_t number) const {
    int64_t at = 0;
    for (size_t i = sizes_.size(); i-- > 0; number /= sizes_[i]) at += number % sizes_[i] * strides_[i];
    return at;
  }

 private:
  std::vector<int64_t> sizes_, strides_;
  int64_t count_ = 1;
};

bool areSideBySide(const Index& index, int64_t first, int64_t last) {
  for (int64_t i = first + 1; i < last; ++i) {
    if (index.offset(i) - index.offset(i - 1) != 1) return false;
  }
  return true;
}

/// Groups and the elements in them, of the weight or of the integers.
struct Layout {
  Index groups, elements;
  Layout(const std::vector<int64_t>& dims, const std::vector<int64_t>& strides, const std::vector<int64_t>& groupAxes) {
    for (size_t i = 0; i < dims.size(); ++i) {
      const bool isGroup = std::find(groupAxes.begin(), groupAxes.end(), static_cast<int64_t>(i)) != groupAxes.end();
      (isGroup ? groups : elements).add(dims[i], strides[i]);
    }
  }
};

template <class T, class Convert>
void gatherAs(const std::byte* data, const int64_t* offsets, size_t count, Convert&& convert, float* out) {
  const T* from = reinterpret_cast<const T*>(data);
  for (size_t i = 0; i < count; ++i) out[i] = convert(from[offsets[i]]);
}

void gatherFloats(const Tensor& weight, int64_t base, const int64_t* offsets, size_t count, float* out) {
  const std::byte* data = weight.data() + base * static_cast<int64_t>(ir::itemSize(weight.dtype()));
  switch (weight.dtype()) {
    case DType::Float32: return gatherAs<float>(data, offsets, count, [](float v) { return v; }, out);
    case DType::Float64:
      return gatherAs<double>(data, offsets, count, [](double v) { return static_cast<float>(v); }, out);
    case DType::Float16: return gatherAs<uint16_t>(data, offsets, count, ir::halfToFloat, out);
    default: return gatherAs<uint16_t>(data, offsets, count, ir::bfloat16ToFloat, out);
  }
}

constexpr int64_t kPiece = 1 << 16;  // elements of a group at a time
constexpr int64_t kBlock = 32;       // groups at a time: two cache lines of columns

/// Where the next group of a block lies: not a power of two away, or all of them would fall on the same places of the cache.
size_t padded(size_t n) { return (n + 63) / 64 * 64 + 64; }

/// Quantizes groups, each piece by piece when it is large.
class Work {
 public:
  Work(const Tensor& weight, const std::vector<int64_t>& groupAxes, const IntegerFormat& format)
      : weight_(weight),
        format_(format),
        from_(weight.dims(), weight.strides(), groupAxes),
        to_(weight.dims(), ir::contiguousStrides(weight.dims()), groupAxes),
        bytes_(std::make_shared<std::vector<std::byte>>(static_cast<size_t>(weight.numel()))),
        results_(static_cast<size_t>(from_.groups.count())) {}

  struct GroupResult {
    Scale scale;
    Range range;
    double signal = 0, noise = 0;
  };

  void run() {
    const int64_t groups = from_.groups.count();
    const int64_t blocks = (groups + kBlock - 1) / kBlock;
    const auto runNumbered = [&](size_t number) {
      const auto block = static_cast<int64_t>(number);
      runBlock(block * kBlock, std::min(groups, (block + 1) * kBlock));
    };
    constexpr int64_t kWorthThreads = 1 << 18;
    if (weight_.numel() >= kWorthThreads) return inParallel(static_cast<size_t>(blocks), runNumbered);
    for (int64_t block = 0; block < blocks; ++block) runNumbered(static_cast<size_t>(block));
  }

  const std::vector<GroupResult>& results() const { return results_; }
  std::shared_ptr<std::vector<std::byte>> bytes() const { return bytes_; }

 private:
  void runBlock(int64_t first, int64_t last) {
    const int64_t size = from_.elements.count();
    if (size > kPiece) {
      for (int64_t g = first; g < last; ++g) runLarge(g);
      return;
    }
    const auto n = static_cast<size_t>(size);
    std::vector<int64_t> offsets(n);
    from_.elements.offsets(0, size, offsets.data());
    const size_t pitch = padded(n);
    std::vector<float> values(pitch * static_cast<size_t>(last - first));
    gatherBlock(first, last, offsets, values);
    std::vector<uint8_t> integers(values.size());
    for (int64_t g = first; g < last; ++g) {
      const size_t at = static_cast<size_t>(g - first) * pitch;
      runSmall(results_[static_cast<size_t>(g)], values.data() + at, n, integers.data() + at);
    }
    scatterBlock(first, last, integers, n);
  }

  // Elements outside, groups inside: neighbouring columns lie side by side.
  void gatherBlock(int64_t first, int64_t last, const std::vector<int64_t>& offsets, std::vector<float>& values) const {
    const size_t n = offsets.size(), pitch = padded(n);
    if (weight_.dtype() == DType::Float32 && last - first > 1 && areSideBySide(from_.groups, first, last)) {
      const float* data = reinterpret_cast<const float*>(weight_.data()) + from_.groups.offset(first);
      const auto columns = static_cast<size_t>(last - first);
      constexpr size_t kSide = kTile<float>;
      const size_t tiledRows = n / kSide * kSide, tiledColumns = columns / kSide * kSide;
      for (size_t i = 0; i < tiledRows; i += kSide) {
        for (size_t c = 0; c < tiledColumns; c += kSide) {
          transposeTile<float>([&](size_t row) { return data + offsets[i + row] + c; },
                               [&](size_t column) { return values.data() + (c + column) * pitch + i; });
        }
      }
      for (size_t i = 0; i < n; ++i) {
        for (size_t c = i < tiledRows ? tiledColumns : 0; c < columns; ++c)
          values[c * pitch + i] = data[offsets[i] + static_cast<int64_t>(c)];
      }
      return;
    }
    for (int64_t g = first; g < last; ++g) {
      gatherFloats(weight_, from_.groups.offset(g), offsets.data(), n, values.data() + static_cast<size_t>(g - first) * pitch);
    }
  }

  void scatterBlock(int64_t first, int64_t last, const std::vector<uint8_t>& integers, size_t n) {
    const size_t pitch = padded(n);
    const auto columns = static_cast<size_t>(last - first);
    std::vector<int64_t> offsets(n);
    to_.elements.offsets(0, static_cast<int64_t>(n), offsets.data());
    if (areSideBySide(to_.groups, first, last)) {
      std::byte* out = bytes_->data() + to_.groups.offset(first);
      constexpr size_t kSide = kTile<uint8_t>;
      const size_t tiledRows = n / kSide * kSide, tiledColumns = columns / kSide * kSide;
      for (size_t i = 0; i < tiledRows; i += kSide) {
        for (size_t c = 0; c < tiledColumns; c += kSide) {
          transposeTile<uint8_t>([&](size_t column) { return integers.data() + (c + column) * pitch + i; },
                                 [&](size_t row) { return out + offsets[i + row] + c; });
        }
      }
      for (size_t i = 0; i < n; ++i) {
        for (size_t c = i < tiledRows ? tiledColumns : 0; c < columns; ++c)
          out[offsets[i] + static_cast<int64_t>(c)] = static_cast<std::byte>(integers[c * pitch + i]);
      }
      return;
    }
    for (size_t c = 0; c < columns; ++c) {
      const int64_t group = to_.groups.offset(first + static_cast<int64_t>(c));
      for (size_t i = 0; i < n; ++i)
        (*bytes_)[static_cast<size_t>(group + offsets[i])] = static_cast<std::byte>(integers[c * pitch + i]);
    }
  }

  void runSmall(GroupResult& result, const float* values, size_t n, uint8_t* out) const {
    widen(result.range, values, n);
    if (result.range.notFinite) return;
    result.scale = choose(result.range, values, n);
    roundAll(values, n, result.scale, format_, out);
    if (format_.keepSums) balance(values, n, result.scale, format_, out);
    result.signal = squaredSum(values, n);
    result.noise = squaredErrorOf(values, n, result.scale, format_, out);
  }

  Scale choose(const Range& range, const float* values, size_t n) const {
    switch (format_.search) {
      case WeightScheme::Search::MinMax: break;
      case WeightScheme::Search::Mse: return searchScale(values, n, range, format_);
      case WeightScheme::Search::Percentile:
        return scaleOf(clippedRange(values, n, range, format_.percentile), format_);
    }
    return scaleOf(range, format_);
  }

  // A group that is read several times, piece by piece: for its range, for a sample to search on, and to be rounded.
  void runLarge(int64_t group) {
    GroupResult& result = results_[static_cast<size_t>(group)];
    const int64_t size = from_.elements.count();
    eachPiece(group, [&](const std::vector<float>& values, int64_t) { widen(result.range, values.data(), values.size()); });
    if (result.range.notFinite) return;
    constexpr int64_t kSample = 1 << 20;
    std::vector<float> sample;
    const int64_t step = std::max<int64_t>(1, size / kSample);
    if (format_.search != WeightScheme::Search::MinMax) {
      eachPiece(group, [&](const std::vector<float>& values, int64_t first) {
        for (int64_t i = (step - first % step) % step; i < static_cast<int64_t>(values.size()); i += step)
          sample.push_back(values[static_cast<size_t>(i)]);
      });
    }
    result.scale = choose(result.range, sample.data(), sample.size());
    const int64_t base = to_.groups.offset(group);
    std::vector<uint8_t> integers;
    std::vector<int64_t> places;
    eachPiece(group, [&](const std::vector<float>& values, int64_t first) {
      integers.resize(values.size());
      places.resize(values.size());
      roundAll(values.data(), values.size(), result.scale, format_, integers.data());
      result.signal += squaredSum(values.data(), values.size());
      result.noise += squaredErrorOf(values.data(), values.size(), result.scale, format_, integers.data());
      to_.elements.offsets(first, static_cast<int64_t>(values.size()), places.data());
      for (size_t i = 0; i < integers.size(); ++i)
        (*bytes_)[static_cast<size_t>(base + places[i])] = static_cast<std::byte>(integers[i]);
    });
  }

  template <class Visit>
  void eachPiece(int64_t group, Visit&& visit) const {
    std::vector<int64_t> offsets;
    std::vector<float> values;
    for (int64_t first = 0; first < from_.elements.count(); first += kPiece) {
      const auto n = static_cast<size_t>(std::min(kPiece, from_.elements.count() - first));
      offsets.resize(n);
      values.resize(n);
      from_.elements.offsets(first, static_cast<int64_t>(n), offsets.data());
      gatherFloats(weight_, from_.groups.offset(group), offsets.data(), n, values.data());
      visit(values, first);
    }
  }

  const Tensor& weight_;
  IntegerFormat format_;
  Layout from_, to_;
  std::shared_ptr<std::vector<std::byte>> bytes_;
  std::vector<GroupResult> results_;
};

}  // namespace

bool isLopsided(const Tensor& weight, const std::vector<int64_t>& groupAxes) {
  const Layout layout(weight.dims(), weight.strides(), groupAxes);
  constexpr int64_t kGroups = 64, kElements = 1 << 14, kLeast = 512;
  if (layout.elements.count() < kLeast) return false;
  const int64_t size = std::min(layout.elements.count(), kElements), step = std::max<int64_t>(1, layout.groups.count() / kGroups);
  std::vector<int64_t> offsets(static_cast<size_t>(size));
  layout.elements.offsets(0, size, offsets.data());
  std::vector<float> values(offsets.size());
  double centred = 0, covered = 0;  // squares of what the steps are proportional to
  for (int64_t group = 0; group < layout.groups.count(); group += step) {
    gatherFloats(weight, layout.groups.offset(group), offsets.data(), values.size(), values.data());
    Range range;
    widen(range, values.data(), values.size());
    const double low = range.low, high = range.high, largest = std::max(high, -low);
    if (range.notFinite || largest == 0) continue;
    centred += 1;
    covered += (high - low) * (high - low) / (4 * largest * largest);
  }
  constexpr double kWorthwhile = 0.97 * 0.97;
  return covered < kWorthwhile * centred;
}

Result<IntegerTensor> toIntegers(const Tensor& weight, const std::vector<int64_t>& groupAxes, const IntegerFormat& format) {
  Work work(weight, groupAxes, format);
  work.run();
  IntegerTensor result;
  result.symmetric = format.symmetric;
  double signal = 0, noise = 0;
  int64_t notFinite = 0;
  for (const auto& group : work.results()) {
    notFinite += group.range.notFinite;
    result.zeroGroups += group.range.low == 0 && group.range.high == 0;
    result.scales.push_back(group.scale.scale);
    result.zeroPoints.push_back(group.scale.zeroPoint);
    signal += group.signal;
    noise += group.noise;
  }
  if (notFinite) return makeError(ExitCode::BadInput, fmt::format("{} NaN or infinite elements", notFinite));
  result.sqnr = noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
  const auto bytes = work.bytes();
  result.integers = std::make_shared<const Tensor>(
      Tensor::share(format.dtype(), weight.dims(), ir::contiguousStrides(weight.dims()), *bytes, 0, bytes));
  return result;
}

}  // namespace deploytool::quantize
