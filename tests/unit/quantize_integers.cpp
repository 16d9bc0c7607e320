// Scales and integers of weights: what they cost, and what must not happen to odd ones.
#include <cmath>
#include <limits>
#include <random>

#include "quantize/integers.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::quantize;
using ir::DType;
using ir::Tensor;

namespace {

std::vector<float> normal(size_t count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& v : values) {  // a sum of uniform numbers: the same on every platform
    v = -6;
    for (int i = 0; i < 12; ++i) v += static_cast<float>(random() >> 8) / 16777216.0F;
  }
  return values;
}

Tensor matrix(int64_t rows, int64_t columns, const std::vector<float>& values) {
  return Tensor::of(DType::Float32, {rows, columns}, values);
}

IntegerTensor integersOf(const Tensor& weight, const std::vector<int64_t>& axes, const IntegerFormat& format) {
  auto result = toIntegers(weight, axes, format);
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}

/// w − scale · (q − zero point), element by element, for groups along `axis` of a matrix.
std::vector<double> errors(const Tensor& weight, const IntegerTensor& q, int64_t axis) {
  const auto w = weight.toDoubles();
  const auto integers = q.integers->toInt64s();
  std::vector<double> out;
  for (size_t i = 0; i < w.size(); ++i) {
    const auto columns = static_cast<size_t>(weight.dims()[1]);
    const size_t g = q.scales.size() == 1 ? 0 : (axis == 0 ? i / columns : i % columns);
    out.push_back(w[i] - static_cast<double>(q.scales[g]) * static_cast<double>(integers[i] - q.zeroPoints[g]));
  }
  return out;
}

double sqnrOf(const Tensor& weight, const IntegerTensor& q, int64_t axis) {
  double signal = 0, noise = 0;
  for (const double v : weight.toDoubles()) signal += v * v;
  for (const double e : errors(weight, q, axis)) noise += e * e;
  return 10 * std::log10(signal / noise);
}

IntegerFormat plain() {
  IntegerFormat format;
  format.search = WeightScheme::Search::MinMax;
  format.keepSums = false;
  return format;
}

}  // namespace

TEST_CASE("integers: every format rounds within half a step and says its own SQNR", "[quantize]") {
  const Tensor weight = matrix(96, 40, normal(96 * 40));
  for (const bool isSigned : {true, false}) {
    for (const bool symmetric : {true, false}) {
      for (const int bits : {8, 7}) {
        IntegerFormat format = plain();
        format.isSigned = isSigned;
        format.symmetric = symmetric;
        format.bits = bits;
        for (const int64_t axis : {0, 1}) {
          const IntegerTensor q = integersOf(weight, {axis}, format);
          CHECK(q.scales.size() == static_cast<size_t>(weight.dims()[static_cast<size_t>(axis)]));
          CHECK(q.integers->dtype() == (isSigned ? DType::Int8 : DType::UInt8));
          for (const int64_t v : q.integers->toInt64s()) CHECK((v >= format.lowest() && v <= format.highest()));
          const auto e = errors(weight, q, axis);
          for (size_t i = 0; i < e.size(); ++i) {
            const size_t g = axis == 0 ? i / 40 : i % 40;
            CHECK(std::fabs(e[i]) <= 0.5005 * static_cast<double>(q.scales[g]));
          }
          CHECK(std::fabs((q.sqnr) - (sqnrOf(weight, q, axis))) < 1e-3);
          CHECK(q.sqnr > (bits == 8 ? 40 : 34));
        }
      }
    }
  }
}

TEST_CASE("integers: a search is never worse than the plain range, and better with outliers", "[quantize]") {
  auto values = normal(4 * 40'000);
  for (size_t row = 0; row < 4; ++row) values[row * 40'000] = 7.5F;  // one far out in each row
  const Tensor weight = matrix(4, 40'000, values);
  IntegerFormat mse = plain(), percentile = plain();
  mse.search = WeightScheme::Search::Mse;
  percentile.search = WeightScheme::Search::Percentile;
  percentile.percentile = 99;
  const double least = integersOf(weight, {0}, plain()).sqnr;
  CHECK(integersOf(weight, {0}, mse).sqnr > least + 0.5);
  const IntegerTensor clipped = integersOf(weight, {0}, percentile);
  CHECK(*std::max_element(clipped.scales.begin(), clipped.scales.end()) < 4.0F / 127);
}

TEST_CASE("integers: sums of a group are kept at next to no cost", "[quantize]") {
  const Tensor weight = matrix(32, 300, normal(32 * 300, 7));
  IntegerFormat balanced = plain();
  balanced.keepSums = true;
  const IntegerTensor q = integersOf(weight, {0}, balanced);
  const auto e = errors(weight, q, 0);
  for (size_t row = 0; row < 32; ++row) {
    double sum = 0;
    for (size_t i = 0; i < 300; ++i) sum += e[row * 300 + i];
    CHECK(std::fabs(sum) <= 0.51 * static_cast<double>(q.scales[row]));
  }
  CHECK(q.sqnr > integersOf(weight, {0}, plain()).sqnr - 0.1);
}

TEST_CASE("integers: zero points where ranges lie beside the middle, and only there", "[quantize]") {
  const Tensor bell = matrix(200, 600, normal(200 * 600, 5));
  std::vector<float> even(200 * 600);
  for (size_t i = 0; i < even.size(); ++i) even[i] = static_cast<float>(i % 101) / 50 - 1;
  CHECK(isLopsided(bell, {0}));
  CHECK_FALSE(isLopsided(matrix(200, 600, even), {0}));
  CHECK_FALSE(isLopsided(matrix(2, 600, std::vector<float>(2 * 600)), {0}));
  CHECK_FALSE(isLopsided(matrix(600, 200, normal(600 * 200, 5)), {0}));  // a byte for 200 is too much
  IntegerFormat open = plain();
  open.symmetric = false;
  CHECK(integersOf(bell, {0}, open).sqnr > integersOf(bell, {0}, plain()).sqnr + 0.25);
}

TEST_CASE("integers: views, large groups and other dtypes give the integers of their elements", "[quantize]") {
  const Tensor weight = matrix(300, 520, normal(300 * 520, 3));
  const Tensor turned = Tensor::share(DType::Float32, {520, 300}, {1, 520}, weight.storage(), 0, weight.owner());
  const IntegerTensor rows = integersOf(weight, {0}, plain()), columns = integersOf(turned, {1}, plain());
  CHECK(rows.scales == columns.scales);
  const auto a = rows.integers->toInt64s(), b = columns.integers->toInt64s();
  for (size_t i = 0; i < 300; ++i) {
    for (size_t j = 0; j < 520; ++j) REQUIRE(a[i * 520 + j] == b[j * 300 + i]);
  }
  // One scale for 156,000 elements: read in pieces.
  const IntegerTensor whole = integersOf(weight, {}, plain());
  REQUIRE(whole.scales.size() == 1);
  CHECK(std::fabs((whole.sqnr) - (sqnrOf(weight, whole, 0))) < 1e-3);
  const auto wide = Tensor::of(DType::Float64, {300, 520}, weight.toDoubles());
  CHECK(ir::identical(*integersOf(wide, {0}, plain()).integers, *rows.integers));
}

TEST_CASE("integers: rows of zeros, of tiny and of huge numbers", "[quantize]") {
  const Tensor weight = matrix(3, 4, {0, 0, 0, 0, 1e-42F, -1e-42F, 0, 0, 3e38F, -3e38F, 1e38F, 0});
  for (const bool symmetric : {true, false}) {
    IntegerFormat format = plain();
    format.symmetric = symmetric;
    const IntegerTensor q = integersOf(weight, {0}, format);
    CHECK(q.zeroGroups == 1);
    CHECK(q.scales[0] == 1);
    for (const float s : q.scales) CHECK((std::isfinite(s) && s > 0 && std::isfinite(1 / s)));
    const auto e = errors(weight, q, 0);
    for (size_t i = 0; i < 4; ++i) CHECK(e[i] == 0);
    for (size_t i = 8; i < 12; ++i) CHECK(std::fabs(e[i]) < 3e36);
  }
}

TEST_CASE("integers: elements that are not finite are counted", "[quantize]") {
  auto values = normal(40 * 40);
  values[17] = std::numeric_limits<float>::quiet_NaN();
  values[900] = -std::numeric_limits<float>::infinity();
  for (const std::vector<int64_t>& axes : {std::vector<int64_t>{0}, std::vector<int64_t>{1}, std::vector<int64_t>{}}) {
    const auto q = toIntegers(matrix(40, 40, values), axes, plain());
    REQUIRE_FALSE(q);
    CHECK(q.error().message == "2 NaN or infinite elements");
    CHECK(q.error().code == ExitCode::BadInput);
  }
}
