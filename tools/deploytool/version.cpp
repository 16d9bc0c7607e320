// The versions that explain a result: ours, libtorch's (asked in a worker process), ONNX Runtime's, the BLAS.
#include "deploytool/version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "export/pipeline.h"
#include "runtime/onnxruntime_library.h"
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
  const Json torch = askInWorker(torchVersion);
  Json result = {{"deploytool", DEPLOYTOOL_VERSION}};
  result["libtorch"] = torch.is_object() ? torch["version"] : Json(nullptr);
  result["blas"] = torch.is_object() ? torch["blas"] : Json(nullptr);
  result["onnxruntime"] = askInWorker(onnxRuntimeVersion);
  console.print(line("deploytool", DEPLOYTOOL_VERSION) + line("libtorch", result["libtorch"]) +
                line("BLAS", result["blas"]) + line("ONNX Runtime", result["onnxruntime"]));
  return console.finish("version", std::move(result));
}

}  // namespace deploytool::cli
