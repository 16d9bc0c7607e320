// Every pass on text: tests/passes/cases/PASS/*.txt hold a model, a line of dashes, and the model after the pass
// (nothing after the dashes: unchanged). `DEPLOYTOOL_RECORD=1 unit_tests "passes*"` writes what comes out into the
// files.
#include "passes/pass.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/text.h"
#include "ir/verify.h"
#include "tests/catch.h"
#include "tests/passes/toy_kernels.h"

namespace deploytool::passes {
namespace {

namespace fs = std::filesystem;

const std::string kSeparator = "\n---\n";

std::vector<fs::path> casesOf(const std::string& pass) {
  std::vector<fs::path> files;
  const fs::path folder = fs::path(DEPLOYTOOL_TEST_DATA) / "passes" / "cases" / pass;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string readFile(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

std::unique_ptr<ir::Model> parse(const std::string& source) {
  auto model = ir::parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

struct Outcome {
  std::string before, after;
  bool changed = false;
};

Outcome runOn(const std::string& pass, const std::string& source) {
  const auto model = parse(source);
  Outcome outcome;
  outcome.before = ir::text(*model);
  ToyKernels kernels;
  RunOptions options;
  options.kernels = &kernels;
  options.verifyEach = true;
  const auto runs = runPasses(*model, {pass}, options);
  if (!runs) FAIL(runs.error().message);
  outcome.changed = (*runs)[0].changed;
  outcome.after = ir::text(*model);
  return outcome;
}

void check(const std::string& pass, const fs::path& file) {
  INFO(file.string());
  const std::string content = readFile(file);
  const size_t at = content.find(kSeparator);
  const std::string source = content.substr(0, at);
  const Outcome outcome = runOn(pass, source);
  CHECK(outcome.changed == (outcome.before != outcome.after));
  const std::string result = outcome.changed ? outcome.after : "";
  if (std::getenv("DEPLOYTOOL_RECORD")) {
    std::ofstream(file) << source << kSeparator << result;
    return;
  }
  REQUIRE(at != std::string::npos);
  CHECK(result == content.substr(at + kSeparator.size()));
  // A second run finds nothing more.
  if (outcome.changed) CHECK_FALSE(runOn(pass, outcome.after).changed);
}

TEST_CASE("passes: text in, text out") {
  for (const Pass& pass : passes()) {
    const auto files = casesOf(pass.name);
    INFO(pass.name << " has no case in tests/passes/cases");
    CHECK_FALSE(files.empty());
    for (const fs::path& file : files) check(pass.name, file);
  }
}

TEST_CASE("passes: pipelines name passes that exist") {
  for (const Pipeline& pipeline : pipelines()) {
    for (const char* pass : pipeline.passes) {
      INFO(pipeline.name << " " << pass);
      CHECK(findPass(pass));
    }
  }
}

TEST_CASE("passes: an unknown pass is a usage error") {
  const auto model = parse("graph(x: float32[2]) -> (x) { }");
  const auto runs = runPasses(*model, {"no-such-pass"});
  REQUIRE_FALSE(runs);
  CHECK(runs.error().code == ExitCode::Usage);
}

TEST_CASE("passes: printing and measuring") {
  const auto model = parse("graph(x: float32[2]) -> (y) { a = Identity(x) y = Relu(a) z = Neg(a) }");
  RunOptions options;
  std::vector<std::string> printed;
  options.printAfter = {"identity"};
  options.print = [&](std::string_view pass, const std::string& text) {
    printed.push_back(std::string(pass) + ":" + text);
  };
  const auto runs = runPasses(*model, {"dead-code", "identity"}, options);
  REQUIRE(runs);
  CHECK((*runs)[0].nodesBefore == 3);
  CHECK((*runs)[0].nodesAfter == 2);
  CHECK((*runs)[1].nodesAfter == 1);
  CHECK((*runs)[0].changed);
  REQUIRE(printed.size() == 1);
  CHECK_THAT(printed[0], StartsWith("identity:opset 13"));
}

// A pass that breaks a graph is named. The registry holds no such pass, so the graph is broken before.
TEST_CASE("passes: --verify-each names the culprit") {
  const auto model = parse("graph(x: float32[2]) -> (y) { a = Relu(x) y = Neg(a) }");
  model->graph.moveBefore(model->graph.nodes().front().get(), nullptr);
  RunOptions options;
  options.verifyEach = true;
  const auto runs = runPasses(*model, {"identity"}, options);
  REQUIRE_FALSE(runs);
  CHECK(runs.error().code == ExitCode::Internal);
  CHECK_THAT(runs.error().message, StartsWith("the pass 'identity' broke the graph"));
}

}  // namespace
}  // namespace deploytool::passes
