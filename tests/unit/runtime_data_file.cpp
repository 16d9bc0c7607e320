// Tensor files: what is written is read back, and damaged files are refused with the reason.
#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/data_file.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::runtime;
using ir::DType;
using ir::Tensor;

namespace {

Buffer bytesOf(const std::string& text) {
  Buffer buffer(text.size());
  std::memcpy(buffer.data(), text.data(), text.size());
  return buffer;
}

// A .npy file, version 1, with the header and data given.
Buffer npy(const std::string& header, const std::string& data) {
  std::string text = std::string("\x93NUMPY\x01\x00", 8);
  text += {static_cast<char>(header.size()), '\0'};
  return bytesOf(text + header + data);
}

std::vector<Tensor> samples() {
  return {Tensor::of(DType::Float32, {2, 3}, std::vector<float>{1, -2, 3, 4, 5, 6}),
          Tensor::float32(7),
          Tensor::int64s({}),
          Tensor::int64s({-1, int64_t{1} << 60}),
          Tensor::of(DType::Bool, {3}, std::vector<uint8_t>{1, 0, 1}),
          Tensor::scalar(DType::Float16, 1.5),
          Tensor::scalar(DType::BFloat16, 1.5),
          Tensor::of(DType::Float64, {1, 1}, std::vector<double>{0.1}),
          Tensor::of(DType::UInt8, {0, 4}, std::vector<uint8_t>{}),
          Tensor::of(DType::Complex64, {1}, std::vector<float>{1, 2})};
}

std::string scratch(const std::string& name) {
  const auto folder = std::filesystem::path(DEPLOYTOOL_TEST_SCRATCH) / "data_file";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

}  // namespace

TEST_CASE("every dtype survives .npy, .npz and TensorProto", "[data_file]") {
  for (const auto& tensor : samples()) {
    CAPTURE(ir::dtypeName(tensor.dtype()), tensor.rank());
    auto npyBytes = formatNpy(tensor);
    REQUIRE(npyBytes.ok());
    auto fromNpy = parseNpy(*npyBytes, nullptr);
    REQUIRE(fromNpy.ok());
    CHECK(identical(*fromNpy, tensor));

    auto protoBytes = formatTensorProto({"x", tensor});
    REQUIRE(protoBytes.ok());
    auto fromProto = parseTensorProto(*protoBytes);
    REQUIRE(fromProto.ok());
    CHECK(fromProto->name == "x");
    CHECK(identical(fromProto->tensor, tensor));

    auto npzBytes = formatNpz({{"first", tensor}, {"second", Tensor::float32(1)}});
    REQUIRE(npzBytes.ok());
    auto fromNpz = parseNpz(*npzBytes);
    REQUIRE(fromNpz.ok());
    REQUIRE(fromNpz->size() == 2);
    CHECK((*fromNpz)[0].name == "first");
    CHECK(identical((*fromNpz)[0].tensor, tensor));
    CHECK((*fromNpz)[1].name == "second");
  }
}

TEST_CASE("the data of a .npy begins at a multiple of 64 and writing is deterministic", "[data_file]") {
  auto once = formatNpz({{"a", Tensor::float32(1)}});
  auto again = formatNpz({{"a", Tensor::float32(1)}});
  REQUIRE(once.ok());
  CHECK(*once == *again);
  auto file = formatNpy(Tensor::int64s({1, 2, 3}));
  REQUIRE(file.ok());
  CHECK((file->size() - 24) % 64 == 0);
}

TEST_CASE(".npy: Fortran order, big endian and one-element tuples", "[data_file]") {
  const std::string data("\1\2\3\4\5\6", 6);
  auto fortran = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", data);
  auto tensor = parseNpy(fortran, nullptr);
  REQUIRE(tensor.ok());
  CHECK(tensor->toInt64s() == std::vector<int64_t>{1, 3, 5, 2, 4, 6});

  auto big = npy("{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }\n", data);
  tensor = parseNpy(big, nullptr);
  REQUIRE(tensor.ok());
  CHECK(tensor->toInt64s() == std::vector<int64_t>{0x0102, 0x0304, 0x0506});
}

TEST_CASE("damaged .npy files are refused", "[data_file]") {
  const auto refused = [](const Buffer& file) {
    auto result = parseNpy(file, nullptr);
    REQUIRE_FALSE(result.ok());
    return result.error().message;
  };
  CHECK_THAT(refused(bytesOf("no")), ContainsSubstring("does not begin"));
  CHECK_THAT(refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "1234")),
             ContainsSubstring("the size that the shape asks for"));
  CHECK_THAT(refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 9), }", "")),
             ContainsSubstring("the size that the shape asks for"));
  CHECK_THAT(refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "")),
             ContainsSubstring("bad dim"));
  CHECK_THAT(refused(npy("{'descr': '<f4', 'shape': (2", "")), ContainsSubstring("damaged"));
  CHECK_THAT(refused(npy("{'shape': (0,)}", "")), ContainsSubstring("lacks descr"));
  CHECK_THAT(refused(npy("{'descr': '<U5', 'fortran_order': False, 'shape': (0,), }", "")),
             ContainsSubstring("<U5"));
  auto whole = formatNpy(Tensor::int64s({1, 2}));
  for (size_t length = 0; length < whole->size(); ++length) {
    CHECK_FALSE(parseNpy(Bytes(*whole).first(length), nullptr).ok());
  }
}

TEST_CASE("damaged .npz and TensorProto files are refused", "[data_file]") {
  auto npz = formatNpz({{"a", Tensor::int64s({1, 2, 3, 4})}});
  REQUIRE(npz.ok());
  for (size_t length = 0; length < npz->size(); length += 7) {
    CHECK_FALSE(parseNpz(Bytes(*npz).first(length)).ok());
  }
  auto flipped = *npz;
  flipped[35 + 100] ^= std::byte{1};  // 35: the local header; in the data the checksum no longer fits
  CHECK_FALSE(parseNpz(flipped).ok());

  auto proto = formatTensorProto({"x", Tensor::int64s({1, 2})});
  REQUIRE(proto.ok());
  CHECK_FALSE(parseTensorProto(Bytes(*proto).first(proto->size() - 1)).ok());
  CHECK_FALSE(parseTensorProto(bytesOf("garbage garbage")).ok());
}

TEST_CASE("tensor files by extension", "[data_file]") {
  const auto path = scratch("a.npy");
  REQUIRE(writeTensorFile(path, {{"", Tensor::float32(3)}}).ok());
  auto read = readTensorFile(path);
  REQUIRE(read.ok());
  CHECK(identical(read->front().tensor, Tensor::float32(3)));

  CHECK(writeTensorFile(scratch("b.npy"), {}).error().code == ExitCode::Usage);
  CHECK(readTensorFile(scratch("x.txt")).error().code == ExitCode::Usage);
  CHECK(readTensorFile(scratch("missing.npy")).error().code == ExitCode::Io);
  CHECK(readTensorFile(scratch("missing.npy")).error().file == scratch("missing.npy"));
}

TEST_CASE("recorded runs: numbered folders, one folder, an archive", "[data_file]") {
  const auto root = std::filesystem::path(scratch("recorded"));
  std::filesystem::remove_all(root);
  for (int set = 0; set < 2; ++set) {
    const auto folder = root / ("test_data_set_" + std::to_string(set));
    std::filesystem::create_directories(folder);
    REQUIRE(writeTensorFile((folder / "input_0.pb").string(), {{"x", Tensor::int64(set)}}).ok());
    REQUIRE(writeTensorFile((folder / "input_1.npy").string(), {{"", Tensor::int64(9)}}).ok());
    REQUIRE(writeTensorFile((folder / "output_0.pb").string(), {{"y", Tensor::int64(-set)}}).ok());
  }
  auto sets = readDataSets(root.string());
  REQUIRE(sets.ok());
  REQUIRE(sets->size() == 2);
  CHECK((*sets)[1].name == "test_data_set_1");
  REQUIRE((*sets)[1].inputs.size() == 2);
  CHECK((*sets)[1].inputs[0].name == "x");
  CHECK(identical((*sets)[1].outputs.at(0).tensor, Tensor::int64(-1)));
  CHECK(readDataSets((root / "test_data_set_0").string())->size() == 1);

  const auto archive = scratch("run.npz");
  REQUIRE(writeTensorFile(archive, {{"x", Tensor::int64(1)}, {"output_0", Tensor::int64(2)}}).ok());
  sets = readDataSets(archive);
  REQUIRE(sets.ok());
  CHECK((*sets)[0].inputs.size() == 1);
  CHECK((*sets)[0].outputs.size() == 1);
  std::filesystem::create_directories(scratch("empty"));
  CHECK(readDataSets(scratch("empty")).error().code == ExitCode::BadInput);
}
