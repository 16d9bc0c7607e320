// Operators that the user maps to nodes of a domain of their own.
#include "export/export.h"
#include "tests/catch.h"
#include "tests/lowering/run_case.h"

namespace deploytool::testing {

namespace {

constexpr const char* kProgram = "def f(x): return torch.ops.mine.scale(x * 2, 0.5, [1, 2])\n";

exporter::ExportResult exported(const std::vector<exporter::CustomOp>& ops) {
  auto* torch = runtimes().torch;
  REQUIRE(torch->declareOperator("mine::scale(Tensor x, float by, int[] at) -> Tensor"));
  const auto loaded = torch->compile(kProgram);
  REQUIRE(loaded);
  exporter::ExportRequest request;
  request.inputs.push_back(*exporter::parseInputSpec("x:f32[n,3]"));
  request.method = "f";
  request.customOps = ops;
  return exporter::exportProgram(*loaded, request);
}

const ir::Node& lastNode(const exporter::ExportResult& result) {
  return *std::get<exporter::ExportOutcome>(result).model->graph.outputs().at(0)->producer();
}

}  // namespace

TEST_CASE("an operator becomes a node of another domain") {
  REQUIRE(runtimes().torch);
  const auto result = exported({*exporter::parseCustomOp("mine::scale=my.domain::Scale")});
  REQUIRE(std::holds_alternative<exporter::ExportOutcome>(result));
  const ir::Node& node = lastNode(result);
  CHECK(node.opType == "Scale");
  CHECK(node.domain == "my.domain");
  CHECK(node.inputs().size() == 1);
  CHECK(node.floatAttribute("by", 0) == 0.5f);
  CHECK(node.intsAttribute("at") == std::vector<int64_t>{1, 2});
  CHECK(ir::text(node.output()->type) == "float32[n, 3]");
  CHECK(std::get<exporter::ExportOutcome>(result).model->opsets.at("my.domain") == 1);
}

TEST_CASE("a file says what the node looks like") {
  REQUIRE(runtimes().torch);
  const auto ops = exporter::parseCustomOps(
      R"({"mine::scale": {"node": "a.b::S", "version": 4, "inputs": ["at", "x"], "attributes": {"factor": "by"},
          "outputs": [{"dtype": "int64", "dims": ["x.0", 7]}]}})");
  REQUIRE(ops);
  const auto result = exported(*ops);
  REQUIRE(std::holds_alternative<exporter::ExportFailure>(result));  // a list of numbers is no tensor
  const auto fitting = exporter::parseCustomOps(
      R"({"mine::scale": {"node": "a.b::S", "version": 4, "inputs": ["x", "x"], "attributes": {"factor": "by"},
          "outputs": [{"dtype": "int64", "dims": ["x.0", 7]}]}})");
  const auto second = exported(*fitting);
  REQUIRE(std::holds_alternative<exporter::ExportOutcome>(second));
  const ir::Node& node = lastNode(second);
  CHECK(node.inputs().size() == 2);
  CHECK(node.floatAttribute("factor", 0) == 0.5f);
  CHECK(node.attribute("at") == nullptr);
  CHECK(ir::text(node.output()->type) == "int64[n, 7]");
  CHECK(std::get<exporter::ExportOutcome>(second).model->opsets.at("a.b") == 4);
}

TEST_CASE("without a mapping, the way out is named") {
  REQUIRE(runtimes().torch);
  const auto result = exported({});
  REQUIRE(std::holds_alternative<exporter::ExportFailure>(result));
  const Diagnostic& error = std::get<exporter::ExportFailure>(result).errors.at(0);
  CHECK(error.message.find("mine::scale") != std::string::npos);
  CHECK(error.help.find("--custom-op 'mine::scale=my.domain::Op'") != std::string::npos);
}

TEST_CASE("mappings that cannot be meant are refused") {
  CHECK_FALSE(exporter::parseCustomOp("mine::scale"));
  CHECK_FALSE(exporter::parseCustomOp("scale=a::B"));
  CHECK_FALSE(exporter::parseCustomOp("mine::scale=Scale"));
  CHECK_FALSE(exporter::parseCustomOps("[1]"));
  CHECK_FALSE(exporter::parseCustomOps("{"));
  CHECK_FALSE(exporter::parseCustomOps(R"({"mine::scale": {}})"));
  CHECK_FALSE(exporter::parseCustomOps(R"({"mine::scale": {"node": "a::B", "outputs": [{"dtype": "float31"}]}})"));
}

}  // namespace deploytool::testing
