// Plain loops that compilers turn into vector code; this file is compiled with optimization in every build.
#include "quantize/group_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace deploytool::quantize {
namespace {

// Several partial sums: without them the order of additions forbids vector code.
constexpr size_t kLanes = 16;

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define DEPLOYTOOL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define DEPLOYTOOL_CLONES
#endif

/// Rounds to nearest, ties to even, where |x| < 2^22: adding 1.5·2^23 leaves no bits for a fraction.
inline float rounded(float x) {
  constexpr float kMagic = 12582912.0F;
  return (x + kMagic) - kMagic;
}

inline float clamped(float x, float low, float high) { return x < low ? low : (x > high ? high : x); }

struct Steps {
  explicit Steps(Scale s, const IntegerFormat& format)
      : scale(s.scale),
        inverse(1.0F / s.scale),
        low(static_cast<float>(format.lowest() - s.zeroPoint)),
        high(static_cast<float>(format.highest() - s.zeroPoint)) {}
  float scale, inverse, low, high;
};

template <class Term>
inline double laneSum(size_t count, Term&& term) {
  std::array<float, kLanes> lanes{};
  double total = 0;
  size_t i = 0;
  constexpr size_t kPiece = 4096;  // floats add up without loss for so long
  while (i + kLanes <= count) {
    const size_t end = std::min(count - count % kLanes, i + kPiece);
    lanes.fill(0);
    for (; i + kLanes <= end; i += kLanes) {
      for (size_t l = 0; l < kLanes; ++l) lanes[l] += term(i + l);
    }
    for (const float lane : lanes) total += lane;
  }
  for (; i < count; ++i) total += term(i);
  return total;
}

}  // namespace

DEPLOYTOOL_CLONES
void widen(Range& range, const float* values, size_t count) {
  // Vectors by name: of minima and maxima of lanes in an array compilers make no vector code, for NaN's sake.
  using Lanes = float __attribute__((vector_size(32)));
  constexpr size_t kWidth = sizeof(Lanes) / sizeof(float);
  std::array<Lanes, 2> low{}, high{}, bad{};
  size_t i = 0;
  for (; i + 2 * kWidth <= count; i += 2 * kWidth) {
    for (size_t l = 0; l < 2; ++l) {
      Lanes v;
      std::memcpy(&v, values + i + l * kWidth, sizeof(v));
      low[l] = v < low[l] ? v : low[l];
      high[l] = v > high[l] ? v : high[l];
      bad[l] += v - v;  // 0, or NaN for a NaN or an infinity
    }
  }
  bool clean = true;
  for (size_t l = 0; l < 2 * kWidth; ++l) {
    range.low = std::min(range.low, low[l / kWidth][l % kWidth]);
    range.high = std::max(range.high, high[l / kWidth][l % kWidth]);
    clean = clean && bad[l / kWidth][l % kWidth] == 0;
  }
  for (; i < count; ++i) {
    range.low = std::min(range.low, values[i]);
    range.high = std::max(range.high, values[i]);
    clean = clean && std::isfinite(values[i]);
  }
  if (!clean) range.notFinite += std::count_if(values, values + count, [](float v) { return !std::isfinite(v); });
}

Scale scaleOf(const Range& range, const IntegerFormat& format) {
  const int lowest = format.lowest(), highest = format.highest();
  Scale result;
  const double low = range.low, high = range.high;
  if (format.symmetric) {
    result.zeroPoint = format.isSigned ? 0 : 1 << (format.bits - 1);
    result.scale = static_cast<float>(std::max(high / (highest - result.zeroPoint), low / (lowest - result.zeroPoint)));
  } else {
    result.scale = static_cast<float>((high - low) / (highest - lowest));
  }
  // What is smaller has no inverse.
  constexpr float kSmallest = std::numeric_limits<float>::min() * 4;
  if (high == 0 && low == 0) result.scale = 1;
  result.scale = std::max(result.scale, kSmallest);
  if (!format.symmetric) {
    const double zero = lowest - low / static_cast<double>(result.scale);
    result.zeroPoint = static_cast<int32_t>(std::clamp<double>(std::nearbyint(zero), lowest, highest));
  }
  return result;
}

Range clippedRange(const float* values, size_t count, const Range& range, double percentile) {
  std::vector<float> magnitudes(values, values + count);
  for (float& m : magnitudes) m = std::fabs(m);
  const auto rank = static_cast<size_t>(std::ceil(percentile / 100.0 * static_cast<double>(count)));
  const size_t at = rank == 0 ? 0 : std::min(rank, count) - 1;
  std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<ptrdiff_t>(at), magnitudes.end());
  Range clipped = range;
  clipped.low = std::max(range.low, -magnitudes[at]);
  clipped.high = std::min(range.high, magnitudes[at]);
  return clipped;
}

DEPLOYTOOL_CLONES
double squaredError(const float* values, size_t count, Scale scale, const IntegerFormat& format) {
  const Steps s(scale, format);
  // In steps of the scale, so that small weights do not underflow.
  const double steps = laneSum(count, [&](size_t i) {
    const float x = values[i] * s.inverse;
    const float error = clamped(rounded(clamped(x, s.low - 1, s.high + 1)), s.low, s.high) - x;
    return error * error;
  });
  return steps * static_cast<double>(s.scale) * static_cast<double>(s.scale);
}

double squaredSum(const float* values, size_t count) {
  Range range;
  widen(range, values, count);
  const float top = std::max(range.high, -range.low);
  return top > 0 ? squaredSum(values, count, std::max(top, std::numeric_limits<float>::min() * 4)) : 0;
}

DEPLOYTOOL_CLONES
double squaredSum(const float* values, size_t count, float unit) {
  const float inverse = 1.0F / unit;
  const double sum = laneSum(count, [&](size_t i) {
    const float x = values[i] * inverse;
    return x * x;
  });
  return sum * static_cast<double>(unit) * static_cast<double>(unit);
}

Scale searchScale(const float* values, size_t count, const Range& range, const IntegerFormat& format) {
  // Clipping pays where few weights are far out; near 1 different scales just round differently.
  constexpr std::array kFactors = {0.99F, 0.98F, 0.97F, 0.96F, 0.95F, 0.94F, 0.92F, 0.90F, 0.87F, 0.84F, 0.80F};
  Scale best = scaleOf(range, format);
  double least = squaredError(values, count, best, format);
  double previous = least;
  int rising = 0;
  for (const float factor : kFactors) {
    const Scale scale = scaleOf({range.low * factor, range.high * factor, 0}, format);
    const double error = squaredError(values, count, scale, format);
    if (error < least) {
      least = error;
      best = scale;
    }
    rising = error > previous ? rising + 1 : 0;
    if (rising >= 3 && error > 1.3 * least) break;  // it only gets worse from here
    previous = error;
  }
  return best;
}

DEPLOYTOOL_CLONES
void roundAll(const float* values, size_t count, Scale scale, const IntegerFormat& format, uint8_t* out) {
  const Steps s(scale, format);
  const auto zero = static_cast<float>(scale.zeroPoint);
  for (size_t i = 0; i < count; ++i) {
    const float x = clamped(values[i] * s.inverse, s.low - 1, s.high + 1);
    out[i] = static_cast<uint8_t>(static_cast<int32_t>(clamped(rounded(x), s.low, s.high) + zero));
  }
}

namespace {

/// The integer behind a byte.
inline int32_t integerOf(uint8_t byte, const IntegerFormat& format) {
  return format.isSigned ? static_cast<int8_t>(byte) : byte;
}

}  // namespace

namespace {

template <class Integer>
void roundingErrors(const float* values, size_t count, Scale scale, const uint8_t* integers, float* errors) {
  const float inverse = 1.0F / scale.scale;
  const auto zero = static_cast<float>(scale.zeroPoint);
  for (size_t i = 0; i < count; ++i) {
    const float error = static_cast<float>(static_cast<Integer>(integers[i])) - zero - values[i] * inverse;
    // What was clipped is no rounding error: it must not be made up for by moving the others.
    errors[i] = error <= 0.5F && error >= -0.5F ? error : 0.0F;
  }
}

/// Elements whose error, times the sign, is at least `least`.
std::vector<uint32_t> further(const std::vector<float>& errors, float sign, float least) {
  // Every index is written, and the place moves on where it is one of them: no branch to guess.
  std::vector<uint32_t> found(errors.size() + 1);
  size_t count = 0;
  for (size_t i = 0; i < errors.size(); ++i) {
    found[count] = static_cast<uint32_t>(i);
    count += errors[i] * sign >= least ? 1 : 0;
  }
  found.resize(count);
  return found;
}

}  // namespace

DEPLOYTOOL_CLONES
void balance(const float* values, size_t count, Scale scale, const IntegerFormat& format, uint8_t* out) {
  std::vector<float> errors(count);
  if (format.isSigned) roundingErrors<int8_t>(values, count, scale, out, errors.data());
  else roundingErrors<uint8_t>(values, count, scale, out, errors.data());
  const double sum = laneSum(count, [&](size_t i) { return errors[i]; });
  auto moves = static_cast<size_t>(std::min<double>(std::floor(std::fabs(sum) + 0.5), static_cast<double>(count)));
  if (moves == 0) return;
  const float sign = sum > 0 ? 1.0F : -1.0F;
  // Only near ties: further away a move costs more than it mends. The first threshold mostly leaves enough.
  constexpr float kFurthest = 0.5F, kLeast = 0.25F;
  const float near = kFurthest - 4.0F * static_cast<float>(moves) / static_cast<float>(count);
  std::vector<uint32_t> order = further(errors, sign, std::max(near, kLeast));
  if (order.size() < moves) order = further(errors, sign, kLeast);
  moves = std::min(moves, order.size());
  const auto before = [&](uint32_t a, uint32_t b) {
    const float x = errors[a] * sign, y = errors[b] * sign;
    return x != y ? x > y : a < b;
  };
  if (moves < order.size())
    std::nth_element(order.begin(), order.begin() + static_cast<ptrdiff_t>(moves), order.end(), before);
  for (size_t m = 0; m < moves; ++m) {
    const int32_t moved = integerOf(out[order[m]], format) - static_cast<int32_t>(sign);
    if (moved >= format.lowest() && moved <= format.highest()) out[order[m]] = static_cast<uint8_t>(moved);
  }
}

DEPLOYTOOL_CLONES
double squaredErrorOf(const float* values, size_t count, Scale scale, const IntegerFormat& format, const uint8_t* integers) {
  const float inverse = 1.0F / scale.scale;
  const auto zero = static_cast<float>(scale.zeroPoint);
  const auto error = [&](float q, size_t i) {
    const float e = q - zero - values[i] * inverse;
    return e * e;
  };
  const double steps =
      format.isSigned
          ? laneSum(count, [&](size_t i) { return error(static_cast<float>(static_cast<int8_t>(integers[i])), i); })
          : laneSum(count, [&](size_t i) { return error(static_cast<float>(integers[i]), i); });
  return steps * static_cast<double>(scale.scale) * static_cast<double>(scale.scale);
}

}  // namespace deploytool::quantize
