// Tensors between processes: what goes in comes out, and a lying description is refused.
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "runtime/tensor_store.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using Json = nlohmann::ordered_json;
using ir::DType;
using ir::Tensor;

TEST_CASE("tensors of every kind come back as they went in", "[tensor_store]") {
  auto store = TensorStore::create();
  REQUIRE(store.ok());
  const auto rows = Tensor::of(DType::Float32, {2, 2}, std::vector<float>{1, 2, 3, 4});
  const auto columns = Tensor::share(DType::Float32, {2, 2}, {1, 2}, rows.storage(), rows.offset(), rows.owner());
  const std::vector<Tensor> tensors{rows, columns, Tensor::int64(7), Tensor::of(DType::UInt8, {0, 3}, std::vector<uint8_t>{}),
                                    Tensor::scalar(DType::BFloat16, 2), Tensor::strings({2}, {"a", ""})};
  auto references = store->appendAll(tensors);
  REQUIRE(references.ok());
  auto back = store->readAll(Json::parse(references->dump()));
  REQUIRE(back.ok());
  REQUIRE(back->size() == tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) CHECK(identical((*back)[i], tensors[i]));
}

TEST_CASE("a child appends, the parent reads", "[tensor_store]") {
  auto store = TensorStore::create();
  REQUIRE(store.ok());
  const pid_t child = fork();
  if (child == 0) _exit(store->append(Tensor::int64s({1, 2, 3})).ok() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(status == 0);
  auto tensor = store->read({{"dtype", 7U}, {"dims", {3}}, {"offset", 0U}});
  REQUIRE(tensor.ok());
  CHECK(tensor->toInt64s() == std::vector<int64_t>{1, 2, 3});
}

TEST_CASE("descriptions that do not fit the store are refused", "[tensor_store]") {
  auto store = TensorStore::create();
  REQUIRE(store.ok());
  REQUIRE(store->append(Tensor::int64s({1, 2})).ok());
  const uint64_t offset = 0;
  CHECK(store->read({{"dtype", 7U}, {"dims", {2}}, {"offset", offset}}).ok());
  for (const char* bad : {R"({"dtype": 7, "dims": [3], "offset": 0})", R"({"dtype": 7, "dims": [2], "offset": 8})",
                          R"({"dtype": 7, "dims": [2], "offset": 18446744073709551608})",
                          R"({"dtype": 7, "dims": [4611686018427387904, 4], "offset": 0})",
                          R"({"dtype": 7, "dims": [-1], "offset": 0})", R"({"dtype": 99, "dims": [1], "offset": 0})",
                          R"({"dtype": "7", "dims": [1], "offset": 0})", R"({"dtype": 7, "dims": 2, "offset": 0})",
                          R"({"dtype": 7, "offset": 0})", R"({"strings": ["a"], "dims": [2]})"}) {
    CAPTURE(bad);
    CHECK_FALSE(store->read(Json::parse(bad)).ok());
  }
  CHECK_FALSE(store->readAll(Json::parse("[1]")).ok());
  CHECK_FALSE(store->readAll(Json::parse("{}")).ok());
}
