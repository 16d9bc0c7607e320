// Names and dims of existing models' inputs and outputs.
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/interface.h"
#include "tests/catch.h"

namespace deploytool::passes {
namespace {

std::unique_ptr<ir::Model> parse(const std::string& source) {
  auto model = ir::parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

std::string message(const Status& status) { return status ? "" : status.error().message; }

TEST_CASE("interface: names") {
  const auto model = parse("graph(a: float32[2], b: float32[2]) -> (c) { c = Add(a, b) }");
  CHECK(message(renameInterface(*model, {{"a", "b"}, {"b", "a"}, {"c", "result"}})) == "");
  CHECK(model->graph.inputs()[0]->name == "b");
  CHECK(model->graph.inputs()[1]->name == "a");
  CHECK(model->graph.outputs()[0]->name == "result");
  CHECK(message(renameInterface(*model, {{"x", "y"}})) == "the model has no input or output 'x'");
  CHECK(message(renameInterface(*model, {{"a", "b"}})) == "the name 'b' is taken");
  CHECK(message(renameInterface(*model, {{"a", "z"}, {"b", "z"}})) == "the name 'z' is given twice");
}

TEST_CASE("interface: a fixed batch becomes dynamic") {
  const auto model = parse(R"(graph(x: float32[1, 3, 4]) -> (y) {
    s: int64[2] = {1, 12}
    h: float32[1, 3, 4] = Relu(x)
    r: float32[1, 12] = Reshape(h, s)
    y: float32[1, 12] = Neg(r)
  })");
  std::vector<std::string> notes;
  CHECK(message(nameAxes(*model, {{"x", 0, "batch"}, {"y", 0, "batch"}}, notes)) == "");
  CHECK(ir::text(model->graph.outputs()[0]->type) == "float32[batch, 12]");
  CHECK(notes.empty());
  CHECK(ir::verify(*model).empty());
  CHECK(message(nameAxes(*model, {{"y", 1, "width"}}, notes)) ==
        "axis 1 of output 'y' is computed to be 12, not width");
  CHECK(message(nameAxes(*model, {{"x", 3, "n"}}, notes)) == "'x' has rank 3, no axis 3");
}

TEST_CASE("interface: symbols get sizes") {
  const auto model = parse("graph(x: float32[batch, n]) -> (y) { y: float32[batch, n] = Relu(x) }");
  CHECK(message(fixDims(*model, {{{"batch", 4}}, {}})) == "");
  CHECK(ir::text(model->graph.outputs()[0]->type) == "float32[4, n]");
  CHECK(message(fixDims(*model, {{{"batch", 4}}, {}})) == "no input has a dim 'batch'");
  CHECK(message(fixDims(*model, {{}, {{"x", {4, 7}}}})) == "");
  CHECK(ir::text(model->graph.outputs()[0]->type) == "float32[4, 7]");
  CHECK(message(fixDims(*model, {{}, {{"x", {4}}}})) == "'x' has rank 2");
}

}  // namespace
}  // namespace deploytool::passes
