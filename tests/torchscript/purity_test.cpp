// The list of operators that folding may run: each exists, and none is what such a list must not hold.
#include <algorithm>
#include <set>

#include "tests/catch.h"
#include "tests/torchscript/torch_module.h"

using namespace deploytool;
using namespace deploytool::test;

namespace {

struct Listed {
  const char* name;
  bool in1, in2;  // in libtorch 1.13, in 2.x
};

const std::vector<Listed>& listed() {
  static const std::vector<Listed> all = {
#define PURE(name) {#name, true, true},
#define PURE_UNTIL_1_13(name) {#name, true, false},
#define PURE_SINCE_2(name) {#name, false, true},
#include "torchscript/pure_operators.inc"
#undef PURE
#undef PURE_UNTIL_1_13
#undef PURE_SINCE_2
  };
  return all;
}

bool holdsGenerator(const ts::TypePtr& type) {
  return type && (type->kind == ts::Type::Kind::Generator ||
                  std::any_of(type->elements.begin(), type->elements.end(), holdsGenerator));
}

bool takesGenerator(const ts::Schema& schema) {
  return std::any_of(schema.arguments.begin(), schema.arguments.end(),
                     [](const ts::Argument& argument) { return holdsGenerator(argument.type); });
}

}  // namespace

TEST_CASE("every operator on the list of pure ones exists in the libtorch it names", "[purity]") {
  auto evaluator = torchModule().evaluator();
  const bool isFirst = torchModule().version().starts_with("1.");
  std::set<std::string> seen;
  for (const Listed& entry : listed()) {
    INFO(entry.name);
    CHECK(seen.insert(entry.name).second);
    if (isFirst ? entry.in1 : entry.in2) CHECK_FALSE(evaluator->schemas(entry.name).empty());
  }
}

// A generator decides random numbers; rrelu draws in training only, which its arguments say.
TEST_CASE("no operator on the list draws random numbers", "[purity]") {
  auto evaluator = torchModule().evaluator();
  for (const Listed& entry : listed()) {
    if (std::string(entry.name).starts_with("aten::rrelu")) continue;
    for (const ts::Schema& schema : evaluator->schemas(entry.name)) {
      INFO(schema.key());
      CHECK_FALSE(takesGenerator(schema));
    }
  }
}

TEST_CASE("what must never run while folding is not on the list", "[purity]") {
  std::set<std::string> names;
  for (const Listed& entry : listed()) names.insert(entry.name);
  const char* forbidden[] = {
      "rand", "randn", "randint", "randperm", "rand_like", "randn_like", "normal", "normal_", "uniform_", "bernoulli",
      "multinomial", "poisson", "binomial", "random_", "exponential_", "native_dropout", "manual_seed", "seed", "save",
      "from_file", "warn", "print", "empty", "empty_like", "new_empty", "resize_", "set_", "set_data", "set_grad_enabled",
      "is_grad_enabled", "is_autocast_enabled", "requires_grad_", "backward", "retain_grad", "record_stream", "pin_memory",
      "wait", "fork", "append", "pop", "insert", "extend", "_set_item", "Delete", "clear", "update"};
  for (const char* name : forbidden) {
    INFO(name);
    CHECK(names.count(std::string("aten::") + name) == 0);
  }
  for (const std::string& name : names) CHECK(name.find("_backward") == std::string::npos);
}

// An argument that is changed in place must come back: the evaluator writes it back, and no attribute is touched.
TEST_CASE("operators on the list return what they write", "[purity]") {
  auto evaluator = torchModule().evaluator();
  for (const Listed& entry : listed()) {
    for (const ts::Schema& schema : evaluator->schemas(entry.name)) {
      const auto writes = [](const ts::Argument& argument) { return argument.isWrite; };
      const auto written = std::count_if(schema.arguments.begin(), schema.arguments.end(), writes);
      const auto returned = std::count_if(schema.returns.begin(), schema.returns.end(), writes);
      INFO(schema.key());
      if (written > 0 && returned < written) {
        // Refused by its schema: see losesWrites in purity.cpp.
        const auto outcome = evaluator->run(schema, std::vector<ts::Value>(schema.arguments.size()));
        REQUIRE(outcome.ok());
        CHECK_FALSE(outcome->has_value());
      }
    }
  }
}
