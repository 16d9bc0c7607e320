// Measuring one model against another: the reference is remembered, and not all inputs need be tried.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ir/text.h"
#include "onnx/writer.h"
#include "runtime/output_error.h"
#include "runtime/reference_memory.h"
#include "tests/catch.h"

using namespace deploytool;

namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone at the end.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("deploytool-measure-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

/// y = factor · x.
std::string multiplication(const fs::path& path, const std::string& factor) {
  const auto model = ir::parseModel("graph(x: float32[n, 3]) -> (y) {\nw: float32[] = {" + factor + "}\ny = Mul(x, w)\n}");
  REQUIRE(model);
  const auto bytes = onnx_io::encodeModel(**model);
  REQUIRE(bytes);
  std::ofstream(path, std::ios::binary) << *bytes;
  return path.string();
}

}  // namespace

TEST_CASE("output error: a remembered reference is not run again on the same inputs") {
  const Folder folder;
  VerifyOptions options;
  options.reference = multiplication(folder.path / "reference.onnx", "2");
  options.candidate = multiplication(folder.path / "candidate.onnx", "3");
  options.referenceMemory = std::make_shared<runtime::ReferenceMemory>();
  const auto first = runtime::measureOutputError(options);
  REQUIRE(first);
  CHECK(std::abs(first->meanRelative - 0.5) < 1e-6);

  multiplication(options.reference, "3");  // nobody may ask it any more
  const auto again = runtime::measureOutputError(options);
  REQUIRE(again);
  CHECK(again->meanRelative == first->meanRelative);
  options.seed = 1;  // other inputs
  const auto others = runtime::measureOutputError(options);
  REQUIRE(others);
  CHECK(others->meanRelative == 0);
  options.seed = 0;
  options.referenceMemory.reset();
  const auto fresh = runtime::measureOutputError(options);
  REQUIRE(fresh);
  CHECK(fresh->meanRelative == 0);
}

TEST_CASE("output error: on the first inputs only, where that is asked for") {
  const Folder folder;
  VerifyOptions options;
  options.reference = options.candidate = multiplication(folder.path / "model.onnx", "2");
  const auto all = runtime::measureOutputError(options);
  REQUIRE(all);
  CHECK(all->cases > 1);
  options.mostCases = 1;
  const auto one = runtime::measureOutputError(options);
  REQUIRE(one);
  CHECK(one->cases == 1);
}
