// Reading and writing tensor files by their extension, and folders of recorded runs.
#include "runtime/data_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace deploytool::runtime {
namespace {

namespace fs = std::filesystem;

Diagnostic about(Diagnostic error, const std::string& path) {
  error.file = path;
  return error;
}

Result<std::vector<NamedTensor>> parse(const std::string& extension, const std::shared_ptr<const Buffer>& bytes) {
  if (extension == ".npz") return parseNpz(*bytes);
  std::vector<NamedTensor> tensors;
  if (extension == ".npy") {
    auto tensor = parseNpy(*bytes, bytes);
    if (!tensor) return tensor.error();
    tensors.push_back({"", std::move(*tensor)});
    return tensors;
  }
  auto named = parseTensorProto(*bytes);
  if (!named) return named.error();
  tensors.push_back(std::move(*named));
  return tensors;
}

Result<Buffer> format(const std::string& extension, const std::vector<NamedTensor>& tensors) {
  if (extension == ".npz") return formatNpz(tensors);
  if (tensors.size() != 1) {
    return makeError(ExitCode::Usage, fmt::format("{} holds one tensor, not {}", extension, tensors.size()));
  }
  return extension == ".npy" ? formatNpy(tensors[0].tensor) : formatTensorProto(tensors[0]);
}

bool isTensorFile(const std::string& extension) {
  return extension == ".npy" || extension == ".npz" || extension == ".pb";
}

Diagnostic unknownExtension(const std::string& path) {
  return about(makeError(ExitCode::Usage, "tensors are read and written as .npy, .npz or .pb"), path);
}

// input_0.pb, input_1.pb, ... until one is missing.
Result<std::vector<NamedTensor>> readNumbered(const fs::path& folder, const std::string& stem) {
  std::vector<NamedTensor> tensors;
  for (int i = 0;; ++i) {
    fs::path path;
    for (const char* extension : {".pb", ".npy"}) {
      const auto candidate = folder / fmt::format("{}_{}{}", stem, i, extension);
      if (path.empty() && fs::exists(candidate)) path = candidate;
    }
    if (path.empty()) return tensors;
    auto read = readTensorFile(path.string());
    if (!read) return read.error();
    tensors.push_back(std::move(read->front()));
  }
}

Result<DataSet> readFolder(const fs::path& folder) {
  DataSet set;
  set.name = folder.filename().string();
  auto inputs = readNumbered(folder, "input");
  if (!inputs) return inputs.error();
  auto outputs = readNumbered(folder, "output");
  if (!outputs) return outputs.error();
  set.inputs = std::move(*inputs);
  set.outputs = std::move(*outputs);
  return set;
}

Result<DataSet> readArchive(const std::string& path) {
  auto tensors = readTensorFile(path);
  if (!tensors) return tensors.error();
  DataSet set;
  set.name = fs::path(path).filename().string();
  for (auto& tensor : *tensors) {
    (tensor.name.starts_with("output") ? set.outputs : set.inputs).push_back(std::move(tensor));
  }
  return set;
}

}  // namespace

Result<std::shared_ptr<const Buffer>> readBytes(const std::string& path, uint64_t limit) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return about(makeError(ExitCode::Io, fs::exists(path, error) ? "is not a file" : "no such file"), path);
  }
  const auto size = fs::file_size(path, error);
  if (error || size > limit) {
    return about(makeError(error ? ExitCode::Io : ExitCode::BadInput, error ? error.message() : "is too large"), path);
  }
  auto buffer = std::make_shared<Buffer>(size);
  std::ifstream stream(path, std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(buffer->data()), static_cast<std::streamsize>(size))) {
    return about(makeError(ExitCode::Io, "cannot be read"), path);
  }
  return std::shared_ptr<const Buffer>(std::move(buffer));
}

Result<std::vector<NamedTensor>> readTensorFile(const std::string& path) {
  const auto extension = fs::path(path).extension().string();
  if (!isTensorFile(extension)) return unknownExtension(path);
  auto bytes = readBytes(path);
  if (!bytes) return bytes.error();
  auto tensors = parse(extension, *bytes);
  if (!tensors) return about(std::move(tensors.error()), path);
  return tensors;
}

Status writeTensorFile(const std::string& path, const std::vector<NamedTensor>& tensors) {
  const auto extension = fs::path(path).extension().string();
  if (!isTensorFile(extension)) return unknownExtension(path);
  auto bytes = format(extension, tensors);
  if (!bytes) return about(std::move(bytes.error()), path);
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
  stream.close();
  if (!stream) return about(makeError(ExitCode::Io, "cannot be written"), path);
  return {};
}

Result<std::vector<DataSet>> readDataSets(const std::string& path) {
  std::vector<DataSet> sets;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    auto set = readArchive(path);
    if (!set) return set.error();
    sets.push_back(std::move(*set));
    return sets;
  }
  std::vector<fs::path> folders;
  for (int i = 0; fs::is_directory(fs::path(path) / fmt::format("test_data_set_{}", i), error); ++i) {
    folders.push_back(fs::path(path) / fmt::format("test_data_set_{}", i));
  }
  if (folders.empty()) folders.push_back(fs::path(path).lexically_normal());
  for (const auto& folder : folders) {
    auto set = readFolder(folder);
    if (!set) return set.error();
    if (set->inputs.empty() && set->outputs.empty()) continue;
    sets.push_back(std::move(*set));
  }
  if (sets.empty()) {
    return about(makeError(ExitCode::BadInput, "has no test_data_set_0/input_0.pb and no input_0.pb or .npy"), path);
  }
  return sets;
}

}  // namespace deploytool::runtime
