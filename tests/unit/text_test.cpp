// The text form: what is printed parses to the same text.
#include "ir/text.h"

#include "tests/catch.h"

namespace deploytool::ir {
namespace {

// Parses, prints, parses and prints again.
std::string roundTrip(const std::string& source) {
  auto model = parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  const std::string printed = text(**model);
  auto again = parseModel(printed);
  INFO(printed);
  if (!again) FAIL(again.error().message);
  CHECK(text(**again) == printed);
  return printed;
}

TEST_CASE("text: a model keeps its form") {
  const std::string source = R"(opset 13, com.microsoft 1
graph main(x: float32[batch, 3], c: bool[], "odd name": seq(float32[?0])) -> (y, z, e) {
  w: float32[3] = {1.0, 2.5, nan}
  k: int64[1] = {-2}
  names: string[2] = {"a\"b", "\\"}
  h: float32[batch, 3] = Add(x, w) @"add 1"
  s: int64[2] {batch, 3} = Shape(h)
  y, _ = TopK<axis=-1, largest=1>(h, k)
  z = If<then_branch=graph() -> (t) {
    t = Neg(h)
  }, else_branch=graph() -> (h) {
  }>(c)
  e = com.microsoft::Gelu<alpha=1.0, none=ints[], shape=[1, 2], scales=[0.5, 1.0], mode="a", value=float16[2] {1.0, 2.0}>(z, _, x)
}
)";
  CHECK(roundTrip(source) == source);
}

TEST_CASE("text: one element stands for all") {
  auto model = parseModel("graph(x: float32[2]) -> (y) { w: float32[2, 2] = {1} y = MatMul(x, w) }");
  REQUIRE(model);
  CHECK((*model)->graph.initializers()[0]->constant->toDoubles() == std::vector<double>(4, 1.0));
}

TEST_CASE("text: numbers of every width") {
  roundTrip(
      "graph() -> (a) { a: int64[2] = {9223372036854775807, -9223372036854775808} b: uint64[1] = "
      "{18446744073709551615} "
      "c: float64[2] = {0.1, -inf} d: bfloat16[1] = {1.5} e: bool[2] = {0, 1} f: int8[1] = {-128} }");
}

TEST_CASE("text: errors name the line") {
  const auto message = [](const char* source) {
    auto model = parseModel(source);
    return model ? std::string("no error") : model.error().message;
  };
  CHECK(message("graph(x) -> (y) {\n y = Relu(z)\n}") == "line 2: 'z' is not defined");
  CHECK(message("graph(x) -> (y) { x = Relu(x) }") == "line 1: 'x' is defined twice");
  CHECK(message("graph(x) -> (y) {\n}") == "line 2: output 'y' is not defined");
  CHECK(message("graph(x) -> (y) {\n w: float32[3] = {1, 2}\n}") == "line 2: 2 elements where the dims need 3");
  CHECK(message("graph(x: float33) -> () {}") == "line 1: 'float33' is no type");
  CHECK(message("graf") == "line 1: expected 'graph'");
}

TEST_CASE("text: dims are expressions") {
  CHECK(parseDim("2*b + 1 - 3*a*b") ==
        Dim::symbol("b") * Dim(2) + Dim(1) - Dim(3) * Dim::symbol("a") * Dim::symbol("b"));
  CHECK(parseDim("floordiv(h + 3, 4)")->text() == "floordiv(h + 3, 4)");
  CHECK(parseDim("max(a, b, 3) - mod(a, min(b, 2))")->text() == "max(a, b, 3) - mod(a, min(b, 2))");
  CHECK(parseDim("-(a - 2)*2") == Dim(4) - Dim(2) * Dim::symbol("a"));
  CHECK_FALSE(parseDim("a +"));
  CHECK_FALSE(parseDim("f(a, b)"));
  CHECK_FALSE(parseDim("99999999999999999999"));
}

}  // namespace
}  // namespace deploytool::ir
