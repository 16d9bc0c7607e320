// Comparison of tensors: the criterion, the measures, and what never counts as equal.
#include <cmath>
#include <limits>

#include "runtime/compare.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using ir::DType;
using ir::Tensor;

namespace {

Tensor floats(const std::vector<float>& values) {
  return Tensor::of(DType::Float32, {static_cast<int64_t>(values.size())}, values);
}

const float kNan = std::numeric_limits<float>::quiet_NaN();
const float kInf = std::numeric_limits<float>::infinity();

}  // namespace

TEST_CASE("the tolerance is rtol of the element plus atol of the largest element", "[compare]") {
  const auto expected = floats({1000, 1, 0});
  CHECK(compare(floats({1001.9f, 1, 0}), expected).equal);        // 1 + 1 allowed
  CHECK_FALSE(compare(floats({1002.1f, 1, 0}), expected).equal);
  CHECK(compare(floats({1000, 1, 0.99f}), expected).equal);       // the floor is 1e-3 × 1000
  CHECK_FALSE(compare(floats({1000, 1, 1.01f}), expected).equal);
  CHECK_FALSE(compare(floats({1001, 1, 0}), expected, {0, 1e-4, 0}).equal);
}

TEST_CASE("the measures of a comparison", "[compare]") {
  const auto result = compare(floats({3, 4, 0.5f}), floats({3, 5, 0.5f}));
  CHECK_FALSE(result.equal);
  CHECK(result.mismatches == 1);
  CHECK(result.elements == 3);
  CHECK(result.maxAbsolute == Approx(1));
  CHECK(result.maxRelative == Approx(0.2));
  CHECK(result.maxMagnitude == Approx(5));
  CHECK(result.worst == 1);
  CHECK(result.worstActual == 4);
  CHECK(result.worstExpected == 5);
  CHECK(result.sqnr == Approx(10 * std::log10(9 + 25 + 0.25)));
  CHECK(result.cosine == Approx((9 + 20 + 0.25) / std::sqrt((9 + 16 + 0.25) * (9 + 25 + 0.25))));
  CHECK_THAT(describe(result), ContainsSubstring("1 of 3 elements differ, worst at [1]: 4 instead of 5"));
}

TEST_CASE("not-a-number equals itself and an infinity of the same sign", "[compare]") {
  CHECK(compare(floats({kNan, kInf, -kInf, 1}), floats({kNan, kInf, -kInf, 1})).equal);
  CHECK_FALSE(compare(floats({kNan}), floats({1})).equal);
  CHECK_FALSE(compare(floats({1}), floats({kNan})).equal);
  CHECK_FALSE(compare(floats({kInf}), floats({-kInf})).equal);
  CHECK_FALSE(compare(floats({1e30f, 5}), floats({kInf, 5})).equal);
  // An infinity does not widen the tolerance of the finite elements.
  CHECK_FALSE(compare(floats({kInf, 1.1f}), floats({kInf, 1})).equal);
}

TEST_CASE("dtype and shape must agree", "[compare]") {
  const auto other = compare(Tensor::of(DType::Float64, {1}, std::vector<double>{1}), floats({1}));
  CHECK_FALSE(other.equal);
  CHECK(describe(other) == "dtype float64 instead of float32");
  const auto shape = compare(Tensor::of(DType::Float32, {1, 2}, std::vector<float>{1, 2}), floats({1, 2}));
  CHECK_FALSE(shape.equal);
  CHECK(describe(shape) == "shape [1,2] instead of [2]");
}

TEST_CASE("integers and bools are exact, beyond what a double holds too", "[compare]") {
  const int64_t big = int64_t{1} << 60;
  CHECK(compare(Tensor::int64(big), Tensor::int64(big)).equal);
  CHECK_FALSE(compare(Tensor::int64(big + 1), Tensor::int64(big)).equal);
  const auto bools = [](std::vector<uint8_t> values) { return Tensor::of(DType::Bool, {2}, values); };
  CHECK(compare(bools({1, 0}), bools({1, 0})).equal);
  CHECK(compare(bools({1, 1}), bools({1, 0})).mismatches == 1);
}

TEST_CASE("half precision has a wider tolerance, empty and rank-0 tensors compare", "[compare]") {
  CHECK(compare(Tensor::scalar(DType::Float16, 1.01), Tensor::scalar(DType::Float16, 1)).equal);
  CHECK_FALSE(compare(Tensor::scalar(DType::Float16, 1.05), Tensor::scalar(DType::Float16, 1)).equal);
  CHECK(compare(Tensor::scalar(DType::BFloat16, 2), Tensor::scalar(DType::BFloat16, 2)).equal);
  CHECK(compare(floats({}), floats({})).equal);
  CHECK(compare(Tensor::float32(2), Tensor::float32(2)).equal);
  CHECK(compare(Tensor::strings({2}, {"a", "b"}), Tensor::strings({2}, {"a", "c"})).mismatches == 1);
  CHECK(compare(Tensor::strings({1}, {"a"}), Tensor::strings({1}, {"a"})).equal);
}

TEST_CASE("a difference within the allowed spread is no mismatch", "[compare]") {
  const auto expected = floats({1, 2});
  CHECK_FALSE(compare(floats({1, 2.5f}), expected).equal);
  CHECK(compare(floats({1, 2.5f}), expected, {{}, {}, 0.6}).equal);
  CHECK_FALSE(compare(floats({1, 2.7f}), expected, {{}, {}, 0.6}).equal);
  CHECK(largestDifference(floats({1, 2.5f}), Tensor::of(DType::Float64, {2}, std::vector<double>{1, 2})) ==
        Approx(0.5));
  CHECK_FALSE(largestDifference(floats({1}), floats({1, 2})));
}

TEST_CASE("strided tensors compare by their elements", "[compare]") {
  const auto rows = Tensor::of(DType::Float32, {2, 2}, std::vector<float>{1, 2, 3, 4});
  const auto columns = Tensor::share(DType::Float32, {2, 2}, {1, 2}, rows.storage(), rows.offset(), rows.owner());
  CHECK(compare(columns, Tensor::of(DType::Float32, {2, 2}, std::vector<float>{1, 3, 2, 4})).equal);
  CHECK_FALSE(compare(columns, rows).equal);
}
