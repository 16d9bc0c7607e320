// The versions that explain a result: ours, libtorch's (asked in a worker process), ONNX Runtime's, the BLAS.
#include "deploytool/version.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "export/pipeline.h"
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

}  // namespace

int printVersion(Console& console) {
  const Json torch = askInWorker(torchVersion);
  Json result = {{"deploytool", DEPLOYTOOL_VERSION}, {"libtorch", nullptr}, {"blas", nullptr}};
  console.print(fmt::format("deploytool {}\n", DEPLOYTOOL_VERSION));
  if (torch.is_object()) {
    result["libtorch"] = torch["version"];
    result["blas"] = torch["blas"];
    console.print(fmt::format("libtorch {}\nBLAS: {}\n", torch["version"].get<std::string>(), torch["blas"].get<std::string>()));
  } else {
    console.print("libtorch: not found\n");
  }
  return console.finish("version", std::move(result));
}

}  // namespace deploytool::cli
