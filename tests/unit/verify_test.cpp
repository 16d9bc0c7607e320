// The verifier and the operator table: what it accepts and what it finds.
#include "ir/verify.h"

#include "ir/opset.h"
#include "ir/text.h"
#include "tests/catch.h"

namespace deploytool::ir {
namespace {

std::unique_ptr<Model> parse(const std::string& source) {
  auto model = parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

std::string firstProblem(const Model& model, const VerifyOptions& options = {}) {
  const Diagnostics found = verify(model, options);
  return found.empty() ? "" : found[0].message;
}

TEST_CASE("verify: a sound model has no problems") {
  const auto model = parse(R"(graph(x: float32[2], c: bool[]) -> (y) {
    w: float32[2] = {1, 2}
    h = Add(x, w)
    y: float32[2] = If<then_branch=graph() -> (t) { t = Neg(h) }, else_branch=graph() -> (e) { e = Abs(h) }>(c)
  })");
  CHECK(firstProblem(*model, {.names = true, .types = true}) == "");
}

TEST_CASE("verify: operators are as the opset has them") {
  const auto problem = [](const std::string& opset, const std::string& node) {
    return firstProblem(*parse("opset " + opset + " graph(x: float32[2]) -> (y) { y = " + node + " }"));
  };
  CHECK(problem("13", "Relu(x)") == "");
  CHECK(problem("13", "Rellu(x)") == "operator Rellu does not exist at opset 13");
  CHECK(problem("13", "GridSample(x, x)") == "operator GridSample does not exist at opset 13");
  CHECK(problem("16", "GridSample(x, x)") == "");
  CHECK(problem("13", "Relu(x, x)") == "Relu at opset 13 has 2 inputs, not 1");
  CHECK(problem("13", "Concat(x, x)") == "Concat at opset 13 lacks the attribute 'axis'");
  CHECK(problem("13", "Concat<axis=1.0>(x, x)") == "Concat at opset 13 has the attribute 'axis' with a wrong type");
  CHECK(problem("13", "Relu<alpha=1>(x)") == "Relu at opset 13 has no attribute 'alpha'");
  CHECK(problem("13", "Squeeze<axes=[0]>(x)") == "Squeeze at opset 13 has no attribute 'axes'");
  CHECK(problem("11", "Squeeze<axes=[0]>(x)") == "");
  CHECK(problem("13", "Scatter(x, x, x)") == "operator Scatter is deprecated at opset 13");
  CHECK(problem("99", "FutureOp(x)") == "");
  CHECK(problem("13", "my.domain::Op(x)") == "the domain 'my.domain' is not imported");
}

TEST_CASE("verify: order, names and types") {
  auto model = parse("graph(x: float32[2]) -> (y) { a = Relu(x) y = Neg(a) }");
  CHECK(firstProblem(*model, {.types = true}) == "output 'y' has no type");
  Node* relu = model->graph.nodes().front().get();
  model->graph.moveBefore(relu, nullptr);
  CHECK(firstProblem(*model) == "input 0 'a' is not defined before it");
  model->graph.moveBefore(relu, model->graph.nodes().front().get());
  CHECK(firstProblem(*model, {.names = true}) == "");
  relu->output()->name = "x";
  CHECK(firstProblem(*model, {.names = true}) == "the name 'x' is given twice");
  relu->output()->name = "";
  CHECK(firstProblem(*model, {.names = true}) == "a value has no name");
}

TEST_CASE("verify: what a branch makes is not visible outside") {
  auto model = parse(R"(graph(c: bool[]) -> (y) {
    y = If<then_branch=graph() -> (t) { t = Neg(c) }, else_branch=graph() -> (e) { e = Abs(c) }>(c)
  })");
  Graph* branch = model->graph.nodes().front()->subgraphs()[0];
  model->graph.addNode("Relu", {branch->nodes().front()->output()});
  CHECK(firstProblem(*model) == "input 0 't' is not defined before it");
}

TEST_CASE("opset: versions of operators") {
  CHECK(sinceVersion("Add", 13) == 13);
  CHECK(sinceVersion("Add", 18) == 14);
  CHECK(sinceVersion("Relu", 5) == 1);
  CHECK_FALSE(sinceVersion("LayerNormalization", 16));
  CHECK(isOptionalOutput("LSTM", 14, 0));
  CHECK(isOptionalOutput("MaxPool", 13, 1));
  CHECK_FALSE(isOptionalOutput("TopK", 13, 1));
  CHECK_FALSE(isOptionalOutput("Split", 13, 1));
  CHECK(irVersionFor(13) == 7);
  CHECK(irVersionFor(15) == 8);
  CHECK(irVersionFor(18) == 8);
}

}  // namespace
}  // namespace deploytool::ir
