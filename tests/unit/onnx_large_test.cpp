// A model of 2.4 GB, written and read back. Hidden: `unit_tests "[large]"`, ctest label `large`.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "onnx/reader.h"
#include "onnx/writer.h"
#include "tests/catch.h"

namespace deploytool::onnx_io {
namespace {

namespace fs = std::filesystem;
using ir::DType;
using ir::Tensor;

constexpr int64_t kRows = 100'000, kColumns = 1'000, kWeights = 6;  // 6 x 400 MB

int64_t peakBytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return int64_t{usage.ru_maxrss} * 1024;
}

// Each weight repeats one element: it takes 4 bytes here and 400 MB in the file.
void fill(ir::Model& model) {
  model.opsets[""] = 13;
  ir::Graph& g = model.graph;
  ir::Value* x = g.addInput("x", ir::Type::tensor(DType::Float32, ir::Dims{kRows, kColumns}));
  for (int64_t i = 0; i < kWeights; ++i) {
    auto tensor = std::make_shared<Tensor>(Tensor::full(DType::Float32, {kRows, kColumns}, static_cast<double>(i + 1)));
    x = g.addNode("Add", {x, g.addInitializer("w" + std::to_string(i), std::move(tensor))})->output();
    x->type = ir::Type::tensor(DType::Float32, ir::Dims{kRows, kColumns});
  }
  x->name = "y";
  g.addOutput(x);
}

TEST_CASE("onnx: a model of 2.4 GB makes the round trip", "[.][large]") {
  const fs::path folder = fs::path(DEPLOYTOOL_TEST_SCRATCH) / "onnx_large";
  fs::create_directories(folder);
  const auto create = [&](const char* name) {
    return ::open((folder / name).c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644);
  };
  const int main = create("m.onnx"), data = create("m.data");
  ir::Model model;
  fill(model);
  WriteOptions options;
  options.openExternal = [&]() -> Result<ExternalFile> { return ExternalFile{data, "m.data"}; };
  const int64_t before = peakBytes();
  const Status written = writeModel(model, main, options);
  INFO((written ? "" : written.error().message));
  REQUIRE(written);
  CHECK(peakBytes() - before < int64_t{64} << 20);
  ::close(main);
  ::close(data);
  CHECK(fs::file_size(folder / "m.onnx") < 10'000);
  CHECK(fs::file_size(folder / "m.data") >= static_cast<uint64_t>(kWeights * kRows * kColumns * 4));

  auto read = readModelFile((folder / "m.onnx").string());
  REQUIRE(read);
  const auto& initializers = (*read)->graph.initializers();
  REQUIRE(initializers.size() == kWeights);
  for (size_t i = 0; i < initializers.size(); ++i) {
    const auto expected = static_cast<float>(i + 1);
    bool same = true;
    initializers[i]->constant->stream([&](std::span<const std::byte> piece) {
      for (size_t at = 0; at < piece.size(); at += sizeof(float)) {
        float value = 0;
        std::memcpy(&value, piece.data() + at, sizeof(value));
        same = same && value == expected;
      }
    });
    CHECK(same);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace deploytool::onnx_io
