// `NAME:SPEC` and `--dynamic-axes`: what is understood, what is refused, and where the caret stands.
#include "export/input_spec.h"

#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::exporter;

namespace {

std::string roundTrip(const std::string& spec) {
  const auto parsed = parseSpec(spec);
  return parsed ? text(*parsed) : "error: " + parsed.error().message;
}

// Message and caret line of the error.
std::string refusal(const std::string& input) {
  const auto parsed = parseInputSpec(input);
  return parsed ? "accepted" : parsed.error().message + "\n" + parsed.error().notes.at(0);
}

}  // namespace

TEST_CASE("specifications are read whole and written back", "[input_spec]") {
  const auto [spec, expected] = GENERATE(table<std::string, std::string>({
      {"float32[1,3,224,224]", "float32[1,3,224,224]"},
      {" f32 [ batch , 3 ] ", "float32[batch,3]"},
      {"i64[batch=2,?]", "int64[batch=2,?]"},
      {"bf16[]", "bfloat16[]"},
      {"bool[?, ?]", "bool[?,?]"},
      {"[]", "[]"},
      {"[float32[1],float32[2]]", "[float32[1],float32[2]]"},
      {"(int64[n],none,[3,-4])", "(int64[n],none,[3,-4])"},
      {"()", "()"},
      {"{a:float32[1], 3:none, \"b c\":true}", "{\"a\":float32[1],3:none,\"b c\":true}"},
      {"{}", "{}"},
      {"3", "3"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"-2.5e-3", "-0.0025"},
      {"1.0", "1.0"},
      {"inf", "inf"},
      {"-inf", "-inf"},
      {"nan", "nan"},
      {"none", "none"},
      {"false", "false"},
      {"\"a\\\"b\\u00e9\"", "\"a\\\"bé\""},
      {"@data/x.npy", "@data/x.npy"},
      {"[@a.npy,@b.npz]", "[@a.npy,@b.npz]"},
  }));
  CHECK(roundTrip(spec) == expected);
}

TEST_CASE("the name ends at the first colon", "[input_spec]") {
  const auto input = parseInputSpec(" x : {k:float32[b]}");
  REQUIRE(input);
  CHECK(input->name == "x");
  CHECK(text(input->spec) == "{\"k\":float32[b]}");
  CHECK(input->spec.text == "{k:float32[b]}");
}

TEST_CASE("an integer is no float and a float no integer", "[input_spec]") {
  CHECK(std::holds_alternative<int64_t>(std::get<LiteralSpec>(parseSpec("3")->data).value));
  CHECK(std::holds_alternative<double>(std::get<LiteralSpec>(parseSpec("3.0")->data).value));
  CHECK(std::holds_alternative<double>(std::get<LiteralSpec>(parseSpec("3e0")->data).value));
}

TEST_CASE("an error names its place", "[input_spec]") {
  const auto [input, expected] = GENERATE(table<std::string, std::string>({
      {"float32[1]", "--input: expected NAME:SPEC\nfloat32[1]\n          ^"},
      {":float32[1]", "--input: expected the name of an input before ':'\n:float32[1]\n^"},
      {"x:", "--input: expected a specification, such as float32[1,3] or 3\nx:\n  ^"},
      {"x:flaot32[1]", "--input: 'flaot32' is no dtype of an input\nx:flaot32[1]\n  ^"},
      {"x:string[1]", "--input: 'string' is no dtype of an input\nx:string[1]\n  ^"},
      {"x:float32", "--input: expected '[' and the dims after the dtype\nx:float32\n         ^"},
      {"x:float32[1,3", "--input: expected ',' or ']'\nx:float32[1,3\n             ^"},
      {"x:float32[1 3]", "--input: expected ',' or ']'\nx:float32[1 3]\n            ^"},
      {"x:float32[,]", "--input: expected a dim: a size, a name or '?'\nx:float32[,]\n          ^"},
      {"x:float32[...]", "--input: expected a dim: a size, a name or '?'\nx:float32[...]\n          ^"},
      {"x:float32[-1]", "--input: a size cannot be negative\nx:float32[-1]\n          ^"},
      {"x:float32[b=]", "--input: expected the example size of 'b'\nx:float32[b=]\n            ^"},
      {"x:float32[99999999999999999999]",
       "--input: this size is too large\nx:float32[99999999999999999999]\n          ^"},
      {"x:float32[1]]", "--input: unexpected text after the specification\nx:float32[1]]\n            ^"},
      {"x:[float32[1]", "--input: expected ',' or ']'\nx:[float32[1]\n             ^"},
      {"x:{a float32[1]}", "--input: expected ':' after the key\nx:{a float32[1]}\n     ^"},
      {"x:{a:1,a:2}", "--input: this key is there twice\nx:{a:1,a:2}\n       ^"},
      {"x:\"abc", "--input: this string has no end\nx:\"abc\n  ^"},
      {"x:1e999", "--input: this number is too large\nx:1e999\n  ^"},
      {"x:@", "--input: expected the path of a file after '@'\nx:@\n  ^"},
      {"é:float32[é]", "--input: expected a dim: a size, a name or '?'\né:float32[é]\n          ^"},
  }));
  CHECK(refusal(input) == expected);
}

TEST_CASE("nesting has an end", "[input_spec]") {
  CHECK(parseSpec(std::string(60, '[') + std::string(60, ']')));
  CHECK_FALSE(parseSpec(std::string(100'000, '[')));
}

TEST_CASE("dynamic axes rename literal dims, which become examples", "[input_spec]") {
  std::vector<InputSpec> inputs = {*parseInputSpec("x:float32[2,3]"), *parseInputSpec("s:(int64[4],[int64[5]])")};
  const auto axes = parseDynamicAxes("x:0=batch, s.0:-1=n,s.1.0:0=m,output:0=batch");
  REQUIRE(axes);
  std::vector<DynamicAxis> rest;
  REQUIRE(applyDynamicAxes(*axes, inputs, rest).ok());
  CHECK(text(inputs[0].spec) == "float32[batch=2,3]");
  CHECK(text(inputs[1].spec) == "(int64[n=4],[int64[m=5]])");
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].value == "output");
}

TEST_CASE("dynamic axes that do not fit are refused", "[input_spec]") {
  const auto why = [](const std::string& axes) {
    std::vector<InputSpec> inputs = {*parseInputSpec("x:float32[b=2,3]")};
    std::vector<DynamicAxis> rest;
    const auto parsed = parseDynamicAxes(axes);
    if (!parsed) return parsed.error().message;
    const Status applied = applyDynamicAxes(*parsed, inputs, rest);
    return applied ? std::string("accepted") : applied.error().message;
  };
  CHECK(why("x:0=b") == "accepted");
  CHECK(why("x:0=batch") == "--dynamic-axes: x:0=batch: --input names this axis 'b'");
  CHECK(why("x:2=c") == "--dynamic-axes: x:2=c: the input has 2 axes");
  CHECK(why("x:-3=c") == "--dynamic-axes: x:-3=c: the input has 2 axes");
  CHECK(why("x=c") == "--dynamic-axes: expected NAME:AXIS=DIM");
  CHECK(why("x:one=c") == "--dynamic-axes: expected the number of an axis");
  CHECK(why("x:1=2") == "--dynamic-axes: expected a name for the dim");
}
