// Models of a file: what surrounds the graph, and the ways to open one.
#include "onnx/reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "onnx/fields.h"
#include "onnx/not_onnx.h"
#include "onnx/read_context.h"

namespace deploytool::onnx_io {
namespace {

bool readOpset(ReadContext& context, std::string_view message, ir::Model& model) {
  std::string domain;
  int64_t version = 0;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::opset::kDomain) domain = field.bytes == "ai.onnx" ? "" : field.bytes;
    if (field.number == field::opset::kVersion) version = field.asInt();
  }
  if (scanner.failed()) return context.malformed("opset import");
  if (version < 1) return context.fail("opset version " + std::to_string(version) + " does not exist");
  model.opsets[domain] = version;
  return true;
}

bool readMetadata(ReadContext& context, std::string_view message, ir::Model& model) {
  auto& [key, value] = model.metadata.emplace_back();
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    if (field.number == field::entry::kKey) key = field.bytes;
    if (field.number == field::entry::kValue) value = field.bytes;
  }
  return !scanner.failed() || context.malformed("metadata");
}

}  // namespace

bool readModelMessage(ReadContext& context, std::string_view message, ir::Model& model) {
  std::optional<std::string_view> graph;
  wire::Scanner scanner(message);
  for (wire::Field field; scanner.next(field);) {
    switch (field.number) {
      case field::model::kIrVersion: model.irVersion = field.asInt(); break;
      case field::model::kProducerName: model.producerName = field.bytes; break;
      case field::model::kProducerVersion: model.producerVersion = field.bytes; break;
      case field::model::kDomain: model.domain = field.bytes; break;
      case field::model::kModelVersion: model.modelVersion = field.asInt(); break;
      case field::model::kDoc: model.doc = field.bytes; break;
      case field::model::kGraph:
        if (graph) return context.fail("the file holds two graphs");
        graph = field.bytes;
        break;
      case field::model::kOpsetImport:
        if (!readOpset(context, field.bytes, model)) return false;
        break;
      case field::model::kMetadata:
        if (!readMetadata(context, field.bytes, model)) return false;
        break;
      case field::model::kFunctions: model.functions.emplace_back(field.bytes); break;
      default: model.unknownFields += field.encoded; break;
    }
  }
  if (scanner.failed() || !graph || model.irVersion < 1) return context.fail(notOnnx(message));
  // Before IR version 3 there was no opset import.
  if (model.opsets.empty() && model.irVersion < 3) model.opsets[""] = 1;
  if (model.opsets.empty()) return context.fail("the file names no opset");
  return readGraph(context, *graph, model.graph, nullptr, model.hasValueInfo);
}

namespace {

Result<std::unique_ptr<ir::Model>> readMapped(std::shared_ptr<const MappedFile> file, const std::string& name,
                                              int folder) {
  const auto bytes = file->bytes();
  ReadContext context(file, folder);
  auto model = std::make_unique<ir::Model>();
  const std::string_view message(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (readModelMessage(context, message, *model)) return model;
  Diagnostic error = context.takeError();
  error.file = name;
  return error;
}

Diagnostic cannotOpen(const std::string& path) {
  Diagnostic d = makeError(ExitCode::BadInput, std::string("cannot be opened: ") + std::strerror(errno));
  d.file = path;
  return d;
}

}  // namespace

Result<std::unique_ptr<ir::Model>> readModel(const ModelSource& source) {
  auto file = MappedFile::map(source.descriptor, source.name);
  if (!file) return file.error();
  return readMapped(*file, source.name, source.folder);
}

Result<std::unique_ptr<ir::Model>> readModelFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return cannotOpen(path);
  std::string parent = std::filesystem::path(path).parent_path().string();
  if (parent.empty()) parent = ".";
  const int folder = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  auto model = readModel({descriptor, path, folder});
  ::close(descriptor);
  if (folder >= 0) ::close(folder);
  return model;
}

Result<std::unique_ptr<ir::Model>> readModelBytes(std::string bytes, const std::string& name) {
  return readMapped(MappedFile::fromBytes(std::move(bytes)), name, -1);
}

}  // namespace deploytool::onnx_io
