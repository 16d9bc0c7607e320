// Random inputs: sizes that a verification must cover, and numbers that never change.
#include <algorithm>
#include <set>

#include "deploytool/verify.h"
#include "runtime/random_inputs.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using ir::DType;

namespace {

InputTemplate::Axis symbol(const std::string& name, std::optional<int64_t> example = {}) { return {0, name, example}; }

InputPlan planOf(std::vector<InputTemplate> inputs) {
  InputPlan plan;
  plan.inputs = std::move(inputs);
  return plan;
}

std::set<int64_t> sizesOf(const std::vector<Sizes>& cases, const std::string& name) {
  std::set<int64_t> sizes;
  for (const auto& item : cases) sizes.insert(item.at(name));
  return sizes;
}

}  // namespace

TEST_CASE("several sizes, 1 among them, none the example", "[random]") {
  const auto plan = planOf({{"x", DType::Float32, {symbol("batch", 2), {3, "", {}}, symbol("h", 32), symbol("w")}, {}}});
  const auto cases = planSizes(plan, 0);
  for (const char* name : {"batch", "h", "w"}) {
    CAPTURE(name);
    const auto sizes = sizesOf(cases, name);
    CHECK(sizes.count(1) == 1);
    CHECK(sizes.size() >= 3);
  }
  CHECK(sizesOf(cases, "batch").count(2) == 0);
  CHECK(sizesOf(cases, "h").count(32) == 0);
  for (int64_t size : sizesOf(cases, "h")) CHECK((size == 1 || size % 32 == 0));
}

TEST_CASE("sizes without examples keep clear of those that the exporter takes, and grow by round", "[random]") {
  const auto plan = planOf({{"x", DType::Float32, {symbol("a"), symbol("b"), symbol("c"), symbol("d")}, {}}});
  for (const auto& item : planSizes(plan, 0)) {
    for (const auto& [name, size] : item) CHECK((size < 5 || size >= 10));
  }
  CHECK(planSizes(plan, 1)[0].at("b") == 4 * planSizes(plan, 0)[0].at("b"));
  CHECK(planSizes(planOf({{"x", DType::Float32, {{4, "", {}}}, {}}}), 0).size() == 2);
}

TEST_CASE("sizes that were asked for are used in turn", "[random]") {
  auto plan = planOf({{"x", DType::Float32, {symbol("a")}, {}}});
  plan.sizes["a"] = {7, 9};
  CHECK(sizesOf(planSizes(plan, 0), "a") == std::set<int64_t>{7, 9});
}

TEST_CASE("the numbers are the same every time and differ by case, input and seed", "[random]") {
  auto plan = planOf({{"x", DType::Float32, {{64, "", {}}}, {}}, {"y", DType::Float32, {{64, "", {}}}, {}}});
  const auto once = fillInputs(plan, {}, 0, 0);
  CHECK(identical(once[0], fillInputs(plan, {}, 0, 0)[0]));
  CHECK_FALSE(identical(once[0], once[1]));
  CHECK_FALSE(identical(once[0], fillInputs(plan, {}, 1, 0)[0]));
  plan.seed = 1;
  CHECK_FALSE(identical(once[0], fillInputs(plan, {}, 0, 0)[0]));
}

TEST_CASE("values lie in the range of their dtype or the one given", "[random]") {
  auto plan = planOf({{"ids", DType::Int64, {{500, "", {}}}, {}},
                      {"mask", DType::Bool, {{500, "", {}}}, {}},
                      {"f", DType::Float16, {{500, "", {}}}, {}}});
  auto tensors = fillInputs(plan, {}, 0, 0);
  auto ids = tensors[0].toInt64s();
  CHECK(*std::min_element(ids.begin(), ids.end()) == 0);
  CHECK(*std::max_element(ids.begin(), ids.end()) == 7);
  ids = tensors[1].toInt64s();
  CHECK(*std::max_element(ids.begin(), ids.end()) == 1);
  plan.ranges["ids"] = {10, 12};
  plan.ranges[""] = {-1, 1};
  tensors = fillInputs(plan, {}, 0, 0);
  ids = tensors[0].toInt64s();
  CHECK(std::all_of(ids.begin(), ids.end(), [](int64_t id) { return id == 10 || id == 11; }));
  const auto values = tensors[2].toDoubles();
  CHECK(std::all_of(values.begin(), values.end(), [](double v) { return v >= -1 && v <= 1; }));
}

TEST_CASE("ranges and sizes as text", "[random]") {
  auto range = parseInputRange("tokens:0:100");
  REQUIRE(range.ok());
  CHECK(range->input == "tokens");
  CHECK(range->hi == 100);
  CHECK(parseInputRange("-1.5:2")->lo == -1.5);
  for (const char* bad : {"", "x", "1", "x:1", "x:2:1", ":1:", "a:b:c"}) {
    CAPTURE(bad);
    CHECK(parseInputRange(bad).ok() == false);
  }
  auto sizes = parseAxisSizes("batch=1,3");
  REQUIRE(sizes.ok());
  CHECK(sizes->first == "batch");
  CHECK(sizes->second == std::vector<int64_t>{1, 3});
  for (const char* bad : {"batch", "batch=", "=1", "batch=1,", "batch=x", "batch=-1"}) {
    CAPTURE(bad);
    CHECK_FALSE(parseAxisSizes(bad).ok());
  }
}
