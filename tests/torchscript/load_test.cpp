// Files that are no TorchScript archives, operators that this libtorch lacks, running what was loaded.
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/catch.h"
#include "tests/torchscript/torch_module.h"

using namespace deploytool;
using namespace deploytool::test;

namespace {

std::string dataPath(const std::string& name) { return std::string(DEPLOYTOOL_TEST_DATA) + "/torchscript/data/" + name; }

Diagnostic refusal(const std::string& name) {
  auto model = loadData(name);
  REQUIRE_FALSE(model.ok());
  CHECK(model.error().code == ExitCode::BadInput);
  CHECK(model.error().file == name);
  CHECK_FALSE(model.error().help.empty());
  return model.error();
}

Result<ts::LoadedModel> loadBytes(const std::string& bytes) {
  const std::string path = std::string(DEPLOYTOOL_TEST_SCRATCH) + "/load_test.pt";
  std::ofstream(path, std::ios::binary) << bytes;
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  auto model = torchModule().load({descriptor, path});
  close(descriptor);
  std::filesystem::remove(path);
  return model;
}

std::string contents(const std::string& name) {
  std::ifstream in(dataPath(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::unique_ptr<ts::Runner> runner(const std::string& name, ts::RunnerOptions options = {}) {
  const int descriptor = open(dataPath(name).c_str(), O_RDONLY | O_CLOEXEC);
  auto result = torchModule().loadRunner({descriptor, name}, options);
  close(descriptor);
  REQUIRE(result.ok());
  return std::move(*result);
}

}  // namespace

TEST_CASE("what else torch.save writes is named", "[archive]") {
  CHECK_THAT(refusal("state_dict_1.13.pt").message, ContainsSubstring("a state dict"));
  CHECK_THAT(refusal("state_dict_legacy_1.13.pt").message, ContainsSubstring("a state dict"));
  CHECK_THAT(refusal("whole_module_1.13.pt").message, ContainsSubstring("class __main__.Straight"));
  CHECK_THAT(refusal("whole_module_legacy_1.13.pt").message, ContainsSubstring("class __main__.Straight"));
  CHECK_THAT(refusal("flatbuffer_1.13.pt").message, ContainsSubstring("flatbuffer"));
  CHECK_THAT(refusal("exported_2.6.pt2").message, ContainsSubstring("torch.export"));
  CHECK_THAT(refusal("make_archives.py").message, ContainsSubstring("no zip archive"));
}

TEST_CASE("every truncation of an archive is refused", "[archive]") {
  const std::string whole = contents("traced_1.13.pt");
  REQUIRE(loadBytes(whole).ok());
  for (size_t length = 0; length < whole.size(); length += 97) {
    const auto model = loadBytes(whole.substr(0, length));
    CAPTURE(length);
    REQUIRE_FALSE(model.ok());
    CHECK(model.error().code == ExitCode::BadInput);
  }
  CHECK_THAT(loadBytes(whole.substr(0, whole.size() / 2)).error().message, ContainsSubstring("truncated"));
  CHECK_THAT(loadBytes("").error().message, ContainsSubstring("empty"));
}

TEST_CASE("an archive of a newer PyTorch loads where an operator is known by its schema", "[archive]") {
  const auto model = loadData("attention_2.6.pt");
  REQUIRE(model.ok());
  const auto& nodes = model->program.method(*model->program.root, "forward")->body.nodes;
  const auto call = std::find_if(nodes.begin(), nodes.end(), [](const ts::Node& node) {
    return node.kind == "aten::scaled_dot_product_attention";
  });
  REQUIRE(call != nodes.end());
  REQUIRE(call->schema);
  CHECK(call->schema->arguments.at(5).name == "is_causal");
}

TEST_CASE("a runner gives what PyTorch gives", "[archive]") {
  const auto model = runner("branch_1.13.pt");
  const auto arguments = model->arguments("forward");
  REQUIRE(arguments.ok());
  REQUIRE(arguments->size() == 3);
  CHECK((*arguments)[0].name == "x");
  const auto raw = model->run("forward", {floats({1, 4}, {-1, -1, -1, -1}), boolean(false), number(1)});
  REQUIRE(raw.ok());
  CHECK(asTensor(*raw).dims() == std::vector<int64_t>{1, 4});
  const auto shapes = model->run("shapes", {tensorList({floats({2}, {1, 2}), floats({3}, {1, 2, 3})}), none()});
  REQUIRE(shapes.ok());
  CHECK(ts::text(*shapes) == "{\"0\": 2, \"1\": 3}");
  CHECK_FALSE(model->run("no_such_method", {}).ok());
  const auto wrong = model->run("forward", {floats({1, 3}, {1, 2, 3}), boolean(true), number(1)});
  REQUIRE_FALSE(wrong.ok());
  CHECK_THAT(wrong.error().message, StartsWith("the model raised: "));
}

TEST_CASE("a runner in float64 agrees with float32 to float32's precision", "[archive]") {
  ts::RunnerOptions wide;
  wide.float64 = true;
  const std::vector<double> x = {0.25, -0.5, 1, 0.125};
  const auto input = tensorValue(ir::Tensor::of(ir::DType::Float64, {1, 4}, x));
  const auto exact = runner("branch_1.13.pt", wide)->run("forward", {input, boolean(true), number(1)});
  const auto usual =
      runner("branch_1.13.pt")->run("forward", {floats({1, 4}, {0.25, -0.5, 1, 0.125}), boolean(true), number(1)});
  REQUIRE(exact.ok());
  REQUIRE(usual.ok());
  CHECK(asTensor(*exact).dtype() == ir::DType::Float64);
  const auto a = asTensor(*exact).toDoubles();
  const auto b = asTensor(*usual).toDoubles();
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-5).margin(1e-6));
}

TEST_CASE("each run of a runner starts from the attributes of the archive", "[archive]") {
  const auto model = runner("stateful_1.13.pt");
  for (int run = 0; run < 3; ++run) {
    const auto result = model->run("forward", {floats({2}, {1, 2})});
    REQUIRE(result.ok());
    CHECK(asTensor(*result).toDoubles() == std::vector<double>{3, 5});
  }
}

TEST_CASE("libtorch comes without the libraries that it is linked with and does not use", "[archive]") {
  torchModule();
  std::vector<std::string> loaded;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* names) {
        static_cast<std::vector<std::string>*>(names)->push_back(info->dlpi_name);
        return 0;
      },
      &loaded);
  const auto has = [&](const char* part) {
    return std::any_of(loaded.begin(), loaded.end(), [&](const auto& name) { return name.find(part) != std::string::npos; });
  };
  CHECK(has("libtorch_cpu"));
  CHECK_FALSE(has("libgdal"));
  CHECK_FALSE(has("libQt"));
}
