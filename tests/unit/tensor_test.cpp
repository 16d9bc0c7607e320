// Constant tensors: strided views, gathering, conversions.
#include <cmath>
#include <limits>
#include <numeric>

#include "ir/tensor.h"
#include "tests/catch.h"

namespace deploytool::ir {
namespace {

// 2 x 3 x 4 of 0..23 with axes permuted by reordering dims and strides.
Tensor permuted(std::vector<size_t> order) {
  std::vector<int64_t> values(24);
  std::iota(values.begin(), values.end(), 0);
  const Tensor base = Tensor::of(DType::Int64, {2, 3, 4}, values);
  std::vector<int64_t> dims, strides;
  for (size_t axis : order) {
    dims.push_back(base.dims()[axis]);
    strides.push_back(base.strides()[axis]);
  }
  return Tensor::share(DType::Int64, dims, strides, base.storage(), 0, base.owner());
}

TEST_CASE("tensors: strided data is gathered in row-major order") {
  CHECK(permuted({0, 1, 2}).isContiguous());
  for (const auto& order : std::vector<std::vector<size_t>>{{2, 1, 0}, {0, 2, 1}, {1, 0, 2}, {2, 0, 1}, {1, 2, 0}}) {
    const Tensor t = permuted(order);
    CHECK_FALSE(t.isContiguous());
    std::vector<int64_t> expected;
    for (int64_t x = 0; x < t.dims()[0]; ++x) {
      for (int64_t y = 0; y < t.dims()[1]; ++y) {
        for (int64_t z = 0; z < t.dims()[2]; ++z) {
          expected.push_back(x * t.strides()[0] + y * t.strides()[1] + z * t.strides()[2]);
        }
      }
    }
    CHECK(t.toInt64s() == expected);
    std::vector<std::byte> streamed;
    t.stream([&](std::span<const std::byte> piece) { streamed.insert(streamed.end(), piece.begin(), piece.end()); },
             40);
    CHECK(std::memcmp(streamed.data(), expected.data(), streamed.size()) == 0);
    CHECK(streamed.size() == 192);
    CHECK(identical(t, t.contiguous()));
    CHECK(t.reshaped({4, 6}).toInt64s() == expected);
  }
}

TEST_CASE("tensors: repeated elements") {
  const Tensor t = Tensor::full(DType::Float32, {2, 3}, 1.5);
  CHECK(t.storage().size() == 4);
  CHECK(t.byteSize() == 24);
  CHECK(t.toDoubles() == std::vector<double>(6, 1.5));
  CHECK(t.reshaped({3, 2, 1}).storage().size() == 4);
  CHECK(identical(t, Tensor::of<float>(DType::Float32, {2, 3}, std::vector<float>(6, 1.5f))));
  CHECK_FALSE(identical(t, t.reshaped({3, 2})));
  CHECK(Tensor::full(DType::Int8, {0, 4}, 1).toInt64s().empty());
}

TEST_CASE("tensors: numbers of every dtype") {
  for (DType dtype : {DType::Float32, DType::Float64, DType::Float16, DType::BFloat16, DType::Int8, DType::UInt8,
                      DType::Int16, DType::UInt16, DType::Int32, DType::UInt32, DType::Int64, DType::UInt64}) {
    CHECK(Tensor::scalar(dtype, 5).toInt64s() == std::vector<int64_t>{5});
    CHECK(Tensor::scalar(dtype, 5).toDoubles() == std::vector<double>{5});
    CHECK(Tensor::scalar(dtype, 5).byteSize() == static_cast<int64_t>(itemSize(dtype)));
  }
  CHECK(Tensor::scalar(DType::Bool, 5).toInt64s() == std::vector<int64_t>{1});
  CHECK(Tensor::float32(std::numeric_limits<float>::infinity()).toInt64s()[0] == std::numeric_limits<int64_t>::min());
}

TEST_CASE("tensors: a NaN is identical to itself") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(identical(Tensor::float32(nan), Tensor::float32(nan)));
  CHECK_FALSE(identical(Tensor::float32(0.0f), Tensor::float32(-0.0f)));
}

TEST_CASE("half: every value survives the round trip and rounding is to even") {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = halfToFloat(half);
    if (std::isnan(value)) {
      REQUIRE(std::isnan(halfToFloat(floatToHalf(value))));
    } else {
      REQUIRE(floatToHalf(value) == half);
    }
    const float wide = bfloat16ToFloat(half);
    if (!std::isnan(wide)) REQUIRE(floatToBFloat16(wide) == half);
  }
  CHECK(floatToHalf(65519.0f) == 0x7bff);
  CHECK(floatToHalf(65520.0f) == 0x7c00);
  CHECK(floatToHalf(1.0f + 0x1p-11f) == 0x3c00);
  CHECK(floatToHalf(1.0f + 3 * 0x1p-11f) == 0x3c02);
  CHECK(floatToHalf(0x1p-25f) == 0);
  CHECK(floatToHalf(0x1.8p-25f) == 1);
  CHECK(floatToBFloat16(1.0f + 0x1p-8f) == 0x3f80);
}

}  // namespace
}  // namespace deploytool::ir
