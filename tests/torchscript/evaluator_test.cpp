// Running single operators on static values.
#include <cmath>

#include "tests/catch.h"
#include "tests/torchscript/torch_module.h"

using namespace deploytool;
using namespace deploytool::test;

namespace {

ts::Evaluator& evaluator() {
  static auto instance = torchModule().evaluator();
  return *instance;
}

/// Runs an operator; arguments left out at the end take their defaults.
Result<std::optional<std::vector<ts::Value>>> run(const std::string& key, std::vector<ts::Value> arguments) {
  const auto schema = schemaOf(evaluator(), key);
  for (size_t i = arguments.size(); i < schema.arguments.size(); ++i) {
    REQUIRE(schema.arguments[i].defaultValue);
    arguments.push_back(*schema.arguments[i].defaultValue);
  }
  return evaluator().run(schema, arguments);
}

std::vector<ts::Value> results(const std::string& key, std::vector<ts::Value> arguments) {
  auto outcome = run(key, std::move(arguments));
  REQUIRE(outcome.ok());
  REQUIRE(outcome->has_value());
  return **outcome;
}

bool isLeft(const std::string& key, std::vector<ts::Value> arguments) {
  auto outcome = run(key, std::move(arguments));
  return outcome.ok() && !outcome->has_value();
}

}  // namespace

TEST_CASE("operators run on tensors and numbers") {
  CHECK(asTensor(results("aten::add.Tensor", {floats({2}, {1, 2}), floats({2}, {10, 20})})[0]).toDoubles() ==
        std::vector<double>{11, 22});
  CHECK(ts::text(results("aten::add.int", {integer(2), integer(3)})[0]) == "5");
  CHECK(ts::text(results("aten::size", {floats({2, 3}, std::vector<float>(6))})[0]) == "[2, 3]");
  CHECK(ts::text(results("aten::format", {{std::string("{} of {}")}, integer(1), integer(4)})[0]) == "\"1 of 4\"");
  CHECK(ts::text(results("prim::NumToTensor.Scalar", {integer(7)})[0]) == "int64[] {7}");
  CHECK(ts::text(results("prim::device", {floats({1}, {1})})[0]) == "device(cpu)");
}

TEST_CASE("an int serves a float argument, an unset tensor is None") {
  const auto x = floats({1, 2}, {3, 4});
  const auto result = results("aten::layer_norm", {x, intList({2}), none(), none(), integer(0)});
  CHECK(asTensor(result[0]).toDoubles() == std::vector<double>{-1, 1});
}

TEST_CASE("several results come back in order, lists as new lists") {
  const auto sorted = results("aten::topk", {floats({3}, {1, 3, 2}), integer(2)});
  REQUIRE(sorted.size() == 2);
  CHECK(asTensor(sorted[0]).toDoubles() == std::vector<double>{3, 2});
  CHECK(asTensor(sorted[1]).toInt64s() == std::vector<int64_t>{1, 2});
  const auto parts = results("aten::chunk", {floats({4}, {1, 2, 3, 4}), integer(2)});
  const auto& list = std::get<std::shared_ptr<ts::List>>(parts[0].data);
  REQUIRE(list->items.size() == 2);
  CHECK(asTensor(list->items[1]).toDoubles() == std::vector<double>{3, 4});
}

TEST_CASE("views share the bytes of their parameter and are named after it") {
  const auto weight = floats({2, 3}, {1, 2, 3, 4, 5, 6}, "fc.weight");
  const auto turned = results("aten::t", {weight});
  CHECK(asTensor(turned[0]).storage().data() == asTensor(weight).storage().data());
  CHECK(asTensor(turned[0]).strides() == std::vector<int64_t>{1, 3});
  CHECK(asTensor(turned[0]).owner() == asTensor(weight).owner());
  CHECK(asTensor(turned[0]).name == "fc.weight.t");
  const auto halved = results("aten::mul.Scalar", {weight, number(0.5)});
  CHECK(asTensor(halved[0]).name == "fc.weight.mul");
}

TEST_CASE("an operator that does nothing gives its argument back") {
  const auto weight = floats({2}, {1, 2}, "w");
  const auto same = results("aten::contiguous", {weight});
  CHECK(std::get<ir::TensorPtr>(same[0].data) == std::get<ir::TensorPtr>(weight.data));
}

TEST_CASE("arguments are never written to") {
  const auto weight = floats({2}, {1, 2}, "w");
  CHECK(asTensor(results("aten::add_.Tensor", {weight, floats({2}, {5, 5})})[0]).toDoubles() == std::vector<double>{6, 7});
  CHECK(asTensor(weight).toDoubles() == std::vector<double>{1, 2});
}

TEST_CASE("a write that would be lost is left to the caller") {
  CHECK(isLeft("aten::append.t", {intList({1}), integer(2)}));
  CHECK(isLeft("aten::insert.t", {intList({1}), integer(0), integer(5)}));
  CHECK(isLeft("aten::reverse.t", {intList({1, 2})}));
}

TEST_CASE("what is random, reads files, prints or keeps state is not run") {
  CHECK(isLeft("aten::rand", {intList({2})}));
  CHECK(isLeft("aten::bernoulli", {floats({2}, {0.5F, 0.5F})}));
  CHECK(isLeft("aten::dropout", {floats({2}, {1, 2}), number(0.5), boolean(true)}));
  CHECK(isLeft("aten::save", {floats({2}, {1, 2}), {std::string("/tmp/deploytool-must-not-exist")}}));
  CHECK(isLeft("aten::from_file", {{std::string("/etc/hostname")}, boolean(false), integer(4), none(), none(), none(), none()}));
  CHECK(isLeft("aten::warn", {{std::string("x")}}));
  CHECK(isLeft("aten::empty.memory_format", {intList({2})}));
  const auto ones = floats({1}, {1});
  const auto x = floats({2, 1}, {1, 2});
  CHECK(isLeft("aten::batch_norm", {x, ones, ones, ones, ones, boolean(true), number(0.1), number(1e-5), boolean(false)}));
}

TEST_CASE("dropout out of training is the identity") {
  const auto x = floats({2}, {1, 2});
  CHECK(asTensor(results("aten::dropout", {x, number(0.5), boolean(false)})[0]).toDoubles() == std::vector<double>{1, 2});
}

TEST_CASE("results much larger than their inputs are refused before they exist") {
  const int64_t huge = int64_t{1} << 40;  // terabytes: making one would end this process
  CHECK(isLeft("aten::zeros", {intList({huge})}));
  CHECK(isLeft("aten::full", {intList({huge}), integer(1)}));
  CHECK(isLeft("aten::arange", {integer(huge)}));
  CHECK(isLeft("aten::linspace", {integer(0), integer(1), integer(huge)}));
  CHECK(isLeft("aten::eye", {integer(1 << 20)}));
  CHECK(isLeft("aten::repeat", {floats({1}, {1}), intList({huge})}));
  CHECK(isLeft("aten::tile", {floats({1}, {1}), intList({huge})}));
  CHECK(isLeft("aten::expand", {floats({1}, {1}), intList({huge})}));
  CHECK(isLeft("aten::constant_pad_nd", {floats({1}, {1}), intList({0, huge}), integer(0)}));
  CHECK(isLeft("aten::mul.left_t", {intList({1}), integer(huge)}));
  CHECK(isLeft("aten::ljust", {{std::string("x")}, integer(huge)}));
  CHECK(isLeft("aten::upsample_nearest2d", {floats({1, 1, 1, 1}, {1}), intList({1 << 20, 1 << 20})}));
  const auto column = floats({1024, 1}, std::vector<float>(1024));
  const auto row = floats({1, 1024}, std::vector<float>(1024));
  CHECK(isLeft("aten::add.Tensor", {column, row}));
  CHECK(isLeft("aten::matmul", {column, row}));
  CHECK_FALSE(isLeft("aten::zeros", {intList({128, 1024})}));  // 1 MiB is allowed, of eight-byte elements
}

TEST_CASE("what an operator raises is an error") {
  auto outcome = run("aten::matmul", {floats({2}, {1, 2}), floats({3}, {1, 2, 3})});
  REQUIRE_FALSE(outcome.ok());
  CHECK_THAT(outcome.error().message, StartsWith("aten::matmul: "));
  CHECK(outcome.error().message.find('\n') == std::string::npos);
}

TEST_CASE("an operator without a kernel is left, its schema is known") {
  const auto image = floats({1, 1, 2, 2}, {1, 2, 3, 4});
  CHECK(isLeft("aten::_upsample_lanczos2d_aa", {image, intList({4, 4}), boolean(false)}));
  CHECK_FALSE(evaluator().schemas("torchvision::deform_conv2d").empty());
  CHECK(evaluator().schemas("aten::no_such_operator").empty());
}

TEST_CASE("operators that an older libtorch lacks run, where they have an implementation of ours") {
  const auto x = floats({1, 2, 1}, {1, 2});
  const auto attended = results("aten::scaled_dot_product_attention", {x, x, x, none(), number(0), boolean(true)});
  const double e2 = std::exp(2.0), e4 = std::exp(4.0);  // row 1: scores 2, 4; row 0 sees itself only
  CHECK(asTensor(attended[0]).toDoubles()[0] == Approx(1));
  CHECK(asTensor(attended[0]).toDoubles()[1] == Approx((e2 * 1 + e4 * 2) / (e2 + e4)));
  const auto boxes = floats({3, 4}, {0, 0, 2, 2, 0, 0, 2, 1.9F, 5, 5, 6, 6});
  const auto kept = results("torchvision::nms", {boxes, floats({3}, {0.5F, 0.9F, 0.1F}), number(0.5)});
  CHECK(asTensor(kept[0]).toInt64s() == std::vector<int64_t>{1, 2});
  const auto image = floats({1, 1, 2, 2}, {1, 2, 3, 4});
  const auto pooled = results("torchvision::roi_align", {image, floats({1, 5}, {0, 0, 0, 1, 1}), number(1), integer(1),
                                                         integer(1), integer(1), boolean(false)});
  CHECK(asTensor(pooled[0]).toDoubles()[0] == Approx(2.5));  // one sample in the middle
}

TEST_CASE("quantized tensors cross with scale and zero point") {
  const auto x = floats({2}, {0.5F, -1});
  const auto q = results("aten::quantize_per_tensor", {x, number(0.5), integer(3), integer(12)});  // qint8
  const auto& tensor = *std::get<std::shared_ptr<ts::QuantizedTensor>>(q[0].data);
  CHECK(tensor.integers.toInt64s() == std::vector<int64_t>{4, 1});
  CHECK(tensor.scales == std::vector<double>{0.5});
  CHECK(tensor.zeroPoints == std::vector<int64_t>{3});
  CHECK(asTensor(results("aten::dequantize.self", {q[0]})[0]).toDoubles() == std::vector<double>{0.5, -1});
  const auto per = results("aten::quantize_per_channel", {floats({2, 1}, {1, 2}), floats({2}, {0.5F, 1}),
                                                          int64s({2}, {0, 1}), integer(0), integer(12)});
  const auto& channels = *std::get<std::shared_ptr<ts::QuantizedTensor>>(per[0].data);
  CHECK(channels.axis == 0);
  CHECK(channels.zeroPoints == std::vector<int64_t>{0, 1});
  CHECK(asTensor(results("aten::dequantize.self", {per[0]})[0]).toDoubles() == std::vector<double>{1, 2});
}

TEST_CASE("strided, half and complex tensors cross as they are") {
  auto strided = asTensor(results("aten::t", {floats({2, 2}, {1, 2, 3, 4})})[0]);
  CHECK(asTensor(results("aten::neg", {tensorValue(strided)})[0]).toDoubles() == std::vector<double>{-1, -3, -2, -4});
  const auto half = results("aten::to.dtype", {floats({1}, {1.5F}), integer(5), boolean(false), boolean(false), none()});
  CHECK(asTensor(half[0]).dtype() == ir::DType::Float16);
  const auto complex = results("aten::complex", {floats({1}, {1}), floats({1}, {2})});
  CHECK(asTensor(complex[0]).dtype() == ir::DType::Complex64);
  // A conjugate is a lazy view in libtorch; across the border it is a plain tensor.
  CHECK(asTensor(results("aten::imag", {results("aten::conj", {complex[0]})[0]})[0]).toDoubles() ==
        std::vector<double>{-2});
}
