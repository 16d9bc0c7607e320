// The arithmetic on one group of weights, contiguous in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "quantize/integers.h"

namespace deploytool::quantize {

struct Range {
  float low = 0, high = 0;  ///< of finite elements, zero included
  int64_t notFinite = 0;
};
void widen(Range& range, const float* values, size_t count);

struct Scale {
  float scale = 1;
  int32_t zeroPoint = 0;
};
/// The scale under which `range` takes all integers of the format. A range of nothing gives scale 1.
Scale scaleOf(const Range& range, const IntegerFormat& format);
/// Range that `percentile` percent of |values| stay in.
Range clippedRange(const float* values, size_t count, const Range& range, double percentile);

/// Σ (w − scale·(q − zeroPoint))² under rounding to nearest.
double squaredError(const float* values, size_t count, Scale scale, const IntegerFormat& format);
double squaredSum(const float* values, size_t count);
/// The same where the elements are no more than some hundred times `unit`: saves looking for the largest.
double squaredSum(const float* values, size_t count, float unit);
/// The scale, of some that clip the range more and more, with the smallest squared error.
Scale searchScale(const float* values, size_t count, const Range& range, const IntegerFormat& format);

/// Rounds to nearest; `out` receives the integers' bytes.
void roundAll(const float* values, size_t count, Scale scale, const IntegerFormat& format, uint8_t* out);
/// Moves the roundings that were nearest to a tie so that the errors add up to less than one step.
void balance(const float* values, size_t count, Scale scale, const IntegerFormat& format, uint8_t* out);
/// Σ (w − ŵ)² of given integers.
double squaredErrorOf(const float* values, size_t count, Scale scale, const IntegerFormat& format, const uint8_t* integers);

}  // namespace deploytool::quantize
