// Element-wise comparison with the measures that users of quantized and converted models ask for.
#include "runtime/compare.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace deploytool::runtime {
namespace {

using Load = double (*)(const std::byte* data, int64_t index);

template <class T>
T at(const std::byte* data, int64_t index) {
  T value;
  std::memcpy(&value, data + static_cast<size_t>(index) * sizeof(T), sizeof(T));
  return value;
}

template <class T>
double load(const std::byte* data, int64_t index) {
  return static_cast<double>(at<T>(data, index));
}
double loadHalf(const std::byte* data, int64_t index) { return ir::halfToFloat(at<uint16_t>(data, index)); }
double loadBFloat16(const std::byte* data, int64_t index) { return ir::bfloat16ToFloat(at<uint16_t>(data, index)); }

// How to read one number of a contiguous tensor.
Load loader(ir::DType dtype) {
  switch (dtype) {
    case ir::DType::Float32:
    case ir::DType::Complex64: return load<float>;
    case ir::DType::Float64:
    case ir::DType::Complex128: return load<double>;
    case ir::DType::Float16: return loadHalf;
    case ir::DType::BFloat16: return loadBFloat16;
    case ir::DType::Bool:
    case ir::DType::UInt8: return load<uint8_t>;
    case ir::DType::Int8: return load<int8_t>;
    case ir::DType::UInt16: return load<uint16_t>;
    case ir::DType::Int16: return load<int16_t>;
    case ir::DType::UInt32: return load<uint32_t>;
    case ir::DType::Int32: return load<int32_t>;
    case ir::DType::UInt64: return load<uint64_t>;
    case ir::DType::Int64: return load<int64_t>;
    default: return nullptr;
  }
}

// The numbers of a tensor in row-major order; a complex element is two.
struct Numbers {
  ir::Tensor tensor;
  Load read;
  int64_t count;

  explicit Numbers(const ir::Tensor& source)
      : tensor(source.contiguous()), read(loader(source.dtype())),
        count(source.numel() * (ir::isComplex(source.dtype()) ? 2 : 1)) {}
  double operator[](int64_t i) const { return read(tensor.data(), i); }
};

bool isExact(ir::DType dtype) { return !ir::isFloating(dtype) && !ir::isComplex(dtype); }

bool sameBytes(const Numbers& a, const Numbers& b, int64_t index) {
  const auto size = ir::itemSize(a.tensor.dtype());
  const auto offset = static_cast<size_t>(index) * size;
  return std::memcmp(a.tensor.data() + offset, b.tensor.data() + offset, size) == 0;
}

double largestMagnitude(const Numbers& numbers) {
  double largest = 0;
  for (int64_t i = 0; i < numbers.count; ++i) {
    const double magnitude = std::fabs(numbers[i]);
    if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
  }
  return largest;
}

// Sums for cosine and signal-to-noise ratio.
struct Sums {
  double actual = 0, expected = 0, product = 0, noise = 0, magnitude = 0, difference = 0;

  void add(double a, double e) {
    actual += a * a;
    expected += e * e;
    product += a * e;
    noise += (a - e) * (a - e);
    magnitude += std::fabs(e);
    difference += std::fabs(a - e);
  }
  double cosine() const {
    if (actual == 0 && expected == 0) return 1;
    if (actual == 0 || expected == 0) return 0;
    return product / (std::sqrt(actual) * std::sqrt(expected));
  }
  double sqnr() const {
    if (noise == 0) return std::numeric_limits<double>::infinity();
    return expected == 0 ? -std::numeric_limits<double>::infinity() : 10 * std::log10(expected / noise);
  }
};

class Comparer {
 public:
  Comparer(TensorComparison& result, const Tolerance& tolerance, double allowed)
      : result_(result), tolerance_(tolerance), allowed_(allowed) {}

  void run(const Numbers& actual, const Numbers& expected) {
    exact_ = isExact(result_.expectedDtype);
    result_.maxMagnitude = largestMagnitude(expected);
    floor_ = tolerance_.atol * result_.maxMagnitude;
    for (int64_t i = 0; i < expected.count; ++i) {
      const double a = actual[i];
      const double e = expected[i];
      if (std::isfinite(a) && std::isfinite(e)) {
        finite(i, a, e, exact_ && !sameBytes(actual, expected, i));
      } else if (!(std::isnan(a) && std::isnan(e)) && a != e) {
        mismatch(i, a, e, std::numeric_limits<double>::infinity());
      }
    }
    result_.cosine = sums_.cosine();
    result_.sqnr = sums_.sqnr();
    result_.sums = {sums_.expected, sums_.noise, sums_.magnitude, sums_.difference};
  }

 private:
  void finite(int64_t index, double a, double e, bool differsExactly) {
    const double difference = std::fabs(a - e);
    result_.maxAbsolute = std::max(result_.maxAbsolute, difference);
    if (std::fabs(e) > floor_) result_.maxRelative = std::max(result_.maxRelative, difference / std::fabs(e));
    sums_.add(a, e);
    const double excess = difference - std::max(allowed_, tolerance_.rtol * std::fabs(e) + floor_);
    if (exact_ ? differsExactly : excess > 0) mismatch(index, a, e, exact_ ? difference : excess);
  }

  void mismatch(int64_t index, double a, double e, double excess) {
    ++result_.mismatches;
    if (result_.worst && excess <= worstExcess_) return;
    worstExcess_ = excess;
    result_.worst = index;
    result_.worstActual = a;
    result_.worstExpected = e;
  }

  TensorComparison& result_;
  Tolerance tolerance_;
  double allowed_;
  double floor_ = 0;
  double worstExcess_ = 0;
  bool exact_ = false;
  Sums sums_;
};

void compareStrings(const ir::Tensor& actual, const ir::Tensor& expected, TensorComparison& result) {
  for (size_t i = 0; i < expected.stringValues().size(); ++i) {
    if (actual.stringValues()[i] == expected.stringValues()[i]) continue;
    ++result.mismatches;
    if (!result.worst) result.worst = static_cast<int64_t>(i);
  }
}

// `[0,12,1]` of a row-major index; a complex element has two numbers.
std::string place(const TensorComparison& c) {
  int64_t rest = c.worst.value_or(0) / (ir::isComplex(c.expectedDtype) ? 2 : 1);
  std::vector<int64_t> at(c.expectedDims.size());
  for (size_t i = at.size(); i-- > 0; rest /= c.expectedDims[i]) at[i] = rest % c.expectedDims[i];
  return fmt::format("[{}]", fmt::join(at, ","));
}

std::string dimsText(const std::vector<int64_t>& dims) { return fmt::format("[{}]", fmt::join(dims, ",")); }

}  // namespace

Tolerance defaultTolerance(ir::DType dtype) {
  if (dtype == ir::DType::Float16 || dtype == ir::DType::BFloat16) return {1e-2, 1e-2};
  return {};
}

TensorComparison compare(const ir::Tensor& actual, const ir::Tensor& expected, const CompareOptions& options) {
  TensorComparison result;
  result.actualDtype = actual.dtype();
  result.expectedDtype = expected.dtype();
  result.actualDims = actual.dims();
  result.expectedDims = expected.dims();
  if (!result.dtypeEqual() || !result.dimsEqual()) return result;
  result.elements = expected.numel();
  if (expected.dtype() == ir::DType::String) {
    compareStrings(actual, expected, result);
  } else if (loader(expected.dtype())) {
    auto tolerance = defaultTolerance(expected.dtype());
    tolerance.rtol = options.rtol.value_or(tolerance.rtol);
    tolerance.atol = options.atol.value_or(tolerance.atol);
    Comparer(result, tolerance, options.allowedDifference).run(Numbers(actual), Numbers(expected));
  } else {
    return result;  // a dtype that nothing can be said about is never equal
  }
  result.equal = result.mismatches == 0;
  return result;
}

std::string describe(const TensorComparison& c) {
  if (!c.dtypeEqual()) {
    return fmt::format("dtype {} instead of {}", ir::dtypeName(c.actualDtype), ir::dtypeName(c.expectedDtype));
  }
  if (!c.dimsEqual()) {
    return fmt::format("shape {} instead of {}", dimsText(c.actualDims), dimsText(c.expectedDims));
  }
  if (c.equal) return "equal";
  if (c.expectedDtype == ir::DType::String) {
    return fmt::format("{} of {} strings differ", c.mismatches, c.elements);
  }
  return fmt::format("{} of {} elements differ, worst at {}: {:.6g} instead of {:.6g} (largest output {:.3g})",
                     c.mismatches, c.elements, place(c), c.worstActual, c.worstExpected, c.maxMagnitude);
}

std::optional<double> largestDifference(const ir::Tensor& a, const ir::Tensor& b) {
  if (a.dims() != b.dims() || ir::isComplex(a.dtype()) != ir::isComplex(b.dtype())) return {};
  if (!loader(a.dtype()) || !loader(b.dtype())) return {};
  const Numbers x(a);
  const Numbers y(b);
  double largest = 0;
  for (int64_t i = 0; i < x.count; ++i) {
    const double difference = std::fabs(x[i] - y[i]);
    if (std::isfinite(difference)) largest = std::max(largest, difference);
  }
  return largest;
}

}  // namespace deploytool::runtime
