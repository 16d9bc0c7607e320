// ONNX models as files: external data, full disks, and what may lie beside a model.
#include <fcntl.h>
#include <onnx/onnx_pb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ir/text.h"
#include "onnx/external_files.h"
#include "onnx/names.h"
#include "onnx/output_target.h"
#include "onnx/reader.h"
#include "onnx/weights_hash.h"
#include "onnx/writer.h"
#include "tests/catch.h"

namespace deploytool::onnx_io {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<ir::Model> parse(const std::string& source) {
  auto model = ir::parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

struct Folder {
  fs::path path = fs::path(DEPLOYTOOL_TEST_SCRATCH) / "onnx_file_test_folder";
  Folder() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  int create(const std::string& name) const { return ::open((path / name).c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644); }
};

WriteOptions externalTo(int descriptor, const std::string& location) {
  WriteOptions options;
  options.openExternal = [=]() -> Result<ExternalFile> { return ExternalFile{descriptor, location}; };
  options.external = WriteOptions::External::Always;
  return options;
}

const char* kWeights = R"(graph(x: float32[2, 3]) -> (y) {
  big: float32[1000, 3] = {0.5}
  small: int64[2] = {1, 2}
  other: float32[700] = {2.0}
  y: float32[2, 1000] = Gemm<transB=1>(x, big)
})";

TEST_CASE("onnx: weights go to external data and come back") {
  const Folder folder;
  const auto model = parse(kWeights);
  const int main = folder.create("m.onnx"), data = folder.create("m.data");
  REQUIRE(writeModel(*model, main, externalTo(data, "m.data")));
  ::close(main);
  ::close(data);
  CHECK(fs::file_size(folder.path / "m.data") == 12032 + 2800);
  auto read = readModelFile((folder.path / "m.onnx").string());
  if (!read) FAIL(read.error().message);
  assignNames(*model);
  model->graph.name = "main";
  const bool same = ir::text((*read)->graph) == ir::text(model->graph);
  CHECK(same);
}

TEST_CASE("onnx: a file that would be too large goes to external data by itself") {
  const Folder folder;
  const auto model = parse(kWeights);
  const int main = folder.create("m.onnx"), data = folder.create("m.data");
  WriteOptions options = externalTo(data, "m.data");
  options.external = WriteOptions::External::Automatic;
  options.maximumFileSize = 8000;
  REQUIRE(writeModel(*model, main, options));
  CHECK(::lseek(data, 0, SEEK_END) > 12000);
  options.external = WriteOptions::External::Never;
  const Status status = writeModel(*model, main, options);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ExitCode::Unsupported);
  ::close(main);
  ::close(data);
}

TEST_CASE("onnx: writing to a full disk is an error") {
  const int full = ::open("/dev/full", O_WRONLY);
  const Status status = writeModel(*parse(kWeights), full);
  ::close(full);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == ExitCode::Io);
}

// A model whose weight of 8 bytes is external as the entries say.
std::string externalModel(const std::vector<std::pair<std::string, std::string>>& entries) {
  onnx::ModelProto m;
  m.set_ir_version(8);
  m.add_opset_import()->set_version(13);
  auto* t = m.mutable_graph()->add_initializer();
  t->set_name("w");
  t->set_data_type(1);
  t->add_dims(2);
  t->set_data_location(onnx::TensorProto::EXTERNAL);
  for (const auto& [key, value] : entries) {
    auto* e = t->add_external_data();
    e->set_key(key);
    e->set_value(value);
  }
  return m.SerializeAsString();
}

// Why the external files of a model cannot be listed; `location:size` of each when they can.
std::string listed(const fs::path& path, std::string* names = nullptr) {
  const int file = ::open(path.c_str(), O_RDONLY), folder = ::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY);
  const auto files = externalFiles({file, "m.onnx", folder});
  ::close(file);
  ::close(folder);
  if (!files) return files.error().message;
  for (const auto& found : *files) {
    if (names) *names += found.location + ":" + std::to_string(found.size) + " ";
  }
  return "";
}

TEST_CASE("onnx: external data stays beneath the model's folder") {
  const Folder folder;
  const fs::path inner = folder.path / "inner";
  fs::create_directories(inner / "sub");
  std::ofstream(folder.path / "outside") << "12345678";
  std::ofstream(inner / "good") << "12345678abcdefgh";
  std::ofstream(inner / "sub" / "good") << "12345678";
  std::ofstream(inner / "hard") << "12345678";
  fs::create_hard_link(inner / "hard", inner / "hard2");
  fs::create_symlink("good", inner / "link");
  fs::create_directory_symlink(folder.path, inner / "up");
  ::mkfifo((inner / "pipe").c_str(), 0600);
  const auto read = [&](const std::vector<std::pair<std::string, std::string>>& entries, bool bothSay = true) -> std::string {
    std::ofstream(inner / "m.onnx", std::ios::binary) << externalModel(entries);
    auto model = readModelFile((inner / "m.onnx").string());
    if (bothSay) CHECK(listed(inner / "m.onnx").empty() == model.ok());
    return model ? "" : model.error().message;
  };
  CHECK(read({{"location", "good"}}) == "");
  CHECK(read({{"location", "sub/good"}, {"offset", "0"}, {"length", "8"}}) == "");
  CHECK(read({{"location", "./good"}, {"offset", "8"}}) == "");
  CHECK_THAT(read({{"location", "good"}, {"offset", "9"}}), ContainsSubstring("ends before the tensor does"));
  CHECK_THAT(read({{"location", "good"}, {"offset", "18446744073709551615"}}), ContainsSubstring("ends before"));
  CHECK_THAT(read({{"location", "good"}, {"offset", "18446744073709551616"}}), ContainsSubstring("is no number"));
  CHECK_THAT(read({{"location", "good"}, {"offset", "-8"}}), ContainsSubstring("is no number"));
  CHECK_THAT(read({{"location", "good"}, {"length", "4"}}, false), ContainsSubstring("4 bytes where the dims need 8"));
  CHECK_THAT(read({{"location", "good"}, {"length", "24"}}), ContainsSubstring("24 bytes where the dims need 8"));
  CHECK_THAT(read({{"location", "../outside"}}), ContainsSubstring("outside of the model's folder"));
  CHECK_THAT(read({{"location", "sub/../../outside"}}), ContainsSubstring("outside of the model's folder"));
  CHECK_THAT(read({{"location", (folder.path / "outside").string()}}),
             ContainsSubstring("outside of the model's folder"));
  CHECK_THAT(read({{"location", "link"}}), ContainsSubstring("symbolic link"));
  CHECK_THAT(read({{"location", "up/outside"}}), ContainsSubstring("symbolic link"));
  CHECK_THAT(read({{"location", "hard"}}), ContainsSubstring("hard links"));
  CHECK_THAT(read({{"location", "pipe"}}), ContainsSubstring("not a regular file"));
  CHECK_THAT(read({{"location", "sub"}}), ContainsSubstring("not a regular file"));
  CHECK_THAT(read({{"location", "missing"}}), ContainsSubstring("No such file"));
  CHECK_THAT(read({}), ContainsSubstring("has no location"));
}

// External data in every place that a file may hold a tensor in.
TEST_CASE("onnx: external files are found wherever a model names them") {
  const Folder folder;
  const auto name = [&](onnx::TensorProto* tensor, const std::string& location) {
    tensor->set_data_type(1);
    tensor->add_dims(1);
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    auto* e = tensor->add_external_data();
    e->set_key("location");
    e->set_value(location);
    std::ofstream(folder.path / location) << "12345678";
  };
  onnx::ModelProto m;
  m.set_ir_version(8);
  auto* graph = m.mutable_graph();
  name(graph->add_initializer(), "b");
  name(graph->add_initializer(), "a");
  name(graph->add_initializer(), "a");
  name(graph->add_sparse_initializer()->mutable_values(), "sparse");
  auto* node = graph->add_node();
  name(node->add_attribute()->mutable_t(), "attribute");
  name(node->add_attribute()->add_tensors(), "attributes");
  name(node->add_attribute()->mutable_sparse_tensor()->mutable_indices(), "indices");
  name(node->add_attribute()->add_sparse_tensors()->mutable_values(), "values");
  name(node->add_attribute()->mutable_g()->add_initializer(), "branch");
  name(node->add_attribute()->add_graphs()->add_initializer(), "branches");
  name(m.add_functions()->add_node()->add_attribute()->mutable_t(), "function");
  name(m.add_training_info()->mutable_algorithm()->add_initializer(), "training");
  const fs::path path = folder.path / "m.onnx";
  std::ofstream(path, std::ios::binary) << m.SerializeAsString();
  std::string names;
  CHECK(listed(path, &names) == "");
  CHECK(names == "a:8 attribute:8 attributes:8 b:8 branch:8 branches:8 function:8 indices:8 sparse:8 training:8 values:8 ");
  fs::remove(folder.path / "function");
  CHECK_THAT(listed(path), ContainsSubstring("external data 'function' cannot be opened: No such file"));
}

TEST_CASE("onnx: a key of external data that is given twice is refused") {
  const Folder folder;
  std::ofstream(folder.path / "good") << "12345678";
  const fs::path path = folder.path / "m.onnx";
  std::ofstream(path, std::ios::binary) << externalModel({{"location", "good"}, {"location", "/etc/passwd"}});
  CHECK(listed(path) == "external data has the location twice");
}

// ---- the data file's name -----------------------------------------------------------------------------------------

TEST_CASE("onnx: another set of weights is another data file, those of branches too") {
  const auto hash = [](const std::string& weight, const std::string& inner) {
    return weightsHash(*parse("graph(c: bool[]) -> (y) { w: float32[1] = {" + weight +
                              "} y: float32[1] = If<then_branch=graph() -> (t) { v: float32[1] = {" + inner +
                              "} t = Add(v, w) }, else_branch=graph() -> (e) { e = Abs(w) }>(c) }"));
  };
  CHECK(hash("1", "2") == hash("1", "2"));
  CHECK(hash("1", "2") != hash("3", "2"));
  CHECK(hash("1", "2") != hash("1", "3"));
  CHECK(hash("1", "2").size() == 16);
}

TEST_CASE("onnx: a target without a second file takes no external data") {
  const Folder folder;
  const auto model = parse(kWeights);
  const int main = folder.create("m.onnx"), data = folder.create("m.data");
  const auto refused = writeToTarget(*model, {main, -1, "m.onnx"}, true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ExitCode::Unsupported);
  const auto written = writeToTarget(*model, {main, data, "m.onnx"}, true);
  REQUIRE(written);
  CHECK(*written == "m.onnx." + weightsHash(*model) + ".data");
  const auto inOne = writeToTarget(*model, {main, -1, "m.onnx"}, false);
  REQUIRE(inOne);
  CHECK(inOne->empty());
  ::close(main);
  ::close(data);
}

}  // namespace
}  // namespace deploytool::onnx_io
