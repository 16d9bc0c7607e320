// The versions that explain a result: ours, and those of the libraries, each asked in a worker process.
#include "deploytool/version.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

#include "export/pipeline.h"
#include "onnx/checker_entry.h"
#include "runtime/onnxruntime_library.h"
#include "support/module.h"
#include "support/worker.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

// Each library in its own process: libtorch and ONNX Runtime never share one.
Json askInWorker(const std::function<Result<Json>()>& ask) {
  WorkerRequest request;
  request.job = [&](WorkerContext&) {
    Result<Json> answer = ask();
    return answer ? WorkerReport{answer->dump(), {}} : WorkerReport{"", {answer.error()}};
  };
  const WorkerReport report = runWorker(request);
  const Json json = Json::parse(report.json, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

Result<Json> torchVersion() {
  const auto torch = exporter::torchModule();
  if (!torch) return torch.error();
  return Json{{"version", (*torch)->version()}, {"blas", (*torch)->blasDescription()}};
}

Result<Json> onnxVersions() {
  const Result<void*> entry = openModule(kOnnxCheckerFile, onnx_io::kVersionsEntry);
  if (!entry) return entry.error();
  std::array<char, 128> text{};
  reinterpret_cast<onnx_io::VersionsEntry>(*entry)(text.data(), text.size());
  std::istringstream words(text.data());
  std::string onnx, protobuf;
  words >> onnx >> protobuf;
  return Json{{"onnx", onnx}, {"protobuf", protobuf}};
}

Result<Json> onnxRuntimeVersion() {
  const auto library = runtime::loadOnnxRuntime();
  if (!library) return library.error();
  return Json(library->version);
}

std::string line(const std::string& name, const Json& version) {
  return fmt::format("{} {}\n", name, version.is_string() ? version.get<std::string>() : "not found");
}

}  // namespace

int printVersion(Console& console) {
  const Json torch = askInWorker(torchVersion), onnx = askInWorker(onnxVersions);
  const auto member = [](const Json& of, const char* name) { return of.is_object() ? of[name] : Json(nullptr); };
  Json result = {{"deploytool", DEPLOYTOOL_VERSION},
                 {"libtorch", member(torch, "version")},
                 {"blas", member(torch, "blas")},
                 {"onnx", member(onnx, "onnx")},
                 {"protobuf", member(onnx, "protobuf")},
                 {"onnxruntime", askInWorker(onnxRuntimeVersion)}};
  console.print(line("deploytool", DEPLOYTOOL_VERSION) + line("libtorch", result["libtorch"]) +
                line("BLAS", result["blas"]) + line("libonnx", result["onnx"]) + line("protobuf", result["protobuf"]) +
                line("ONNX Runtime", result["onnxruntime"]));
  return console.finish("version", std::move(result));
}

}  // namespace deploytool::cli
