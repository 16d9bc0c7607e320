// `@FILE` takes dtype and dims from data files.
#include <filesystem>

#include "export/input_spec.h"
#include "runtime/data_file.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::exporter;
namespace fs = std::filesystem;

namespace {

std::string resolved(const std::string& input) {
  std::vector<InputSpec> inputs = {*parseInputSpec(input)};
  const Status done = resolveFiles(inputs);
  return done ? text(inputs[0].spec) : done.error().message;
}

}  // namespace

TEST_CASE("data files give dtype and dims", "[input_spec]") {
  const fs::path folder = fs::path(DEPLOYTOOL_TEST_SCRATCH) / "resolve";
  fs::create_directories(folder);
  const std::string one = (folder / "one.npy").string();
  const std::string two = (folder / "two.npz").string();
  const auto a = ir::Tensor::of(ir::DType::Int64, {2, 3}, std::vector<double>(6));
  const auto b = ir::Tensor::of(ir::DType::Float32, {}, std::vector<double>(1));
  REQUIRE(runtime::writeTensorFile(one, {{"", a}}).ok());
  REQUIRE(runtime::writeTensorFile(two, {{"x.0", a}, {"y", b}}).ok());
  CHECK(resolved("x:@" + one) == "int64[2,3]");
  CHECK(resolved("y:@" + two) == "float32[]");
  CHECK(resolved("x:[@" + two + ",3]") == "[int64[2,3],3]");
  CHECK(resolved("z:@" + two) == "--input: the file has no array 'z'");
  CHECK(resolved("x:@" + (folder / "none.npy").string()) != "int64[2,3]");
}
