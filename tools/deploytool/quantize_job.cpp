#include "deploytool/quantize_job.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "export/pipeline.h"
#include "quantize/quantize.h"
#include "quantize/report.h"
#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNeedsKernels = R"({"needs_kernels":true})";

WorkerReport toWorkerReport(const Result<std::optional<QuantizeReport>>& result, const std::string& path) {
  WorkerReport answer;
  if (!result) {
    answer.diagnostics = {result.error()};
  } else if (!*result) {
    answer.json = kNeedsKernels;
  } else {
    answer.json = quantize::toJson(**result).dump(-1, ' ', false, Json::error_handler_t::replace);
    answer.diagnostics = (*result)->diagnostics;
  }
  for (Diagnostic& d : answer.diagnostics) {
    if (d.file.empty()) d.file = path;
  }
  return answer;
}

/// libtorch, whose kernels fold what stands before a weight, is loaded only for a model that needs it.
WorkerReport quantizeOnnx(const QuantizeJob& job, const QuantizeOptions& options, const onnx_io::OutputTarget& target,
                          bool withKernels) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  const std::string& path = job.input.path;
  const Descriptor folder = openFolderOf(path);
  WorkerRequest request = withKernels ? torchWorkerRequest(job.worker, job.input, job.console, torch)
                                      : workerRequest(job.worker, job.input, job.console);
  request.job = [&](WorkerContext& context) {
    const onnx_io::ModelSource source{job.input.descriptor.get(), path, folder.get()};
    return toWorkerReport(quantize::quantizeToDescriptor(source, target, options, torch ? &torch->kernels() : nullptr,
                                                         [&](std::string_view stage) { context.stage(stage); }),
                          path);
  };
  WorkerReport answer = runWorker(request);
  if (withKernels || answer.json != kNeedsKernels) return answer;
  return quantizeOnnx(job, options, target, true);
}

WorkerReport quantizeArchive(const QuantizeJob& job, const QuantizeOptions& options, const onnx_io::OutputTarget& target) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  WorkerRequest request = torchWorkerRequest(job.worker, job.input, job.console, torch);
  request.job = [&](WorkerContext& context) {
    context.stage("quantizing");
    auto report = torch->quantize({job.input.descriptor.get(), job.input.path}, target.descriptor, options);
    if (!report) return toWorkerReport(report.error(), job.input.path);
    return toWorkerReport(std::optional(std::move(*report)), job.input.path);
  };
  return runWorker(request);
}

}  // namespace

Result<QuantizeReport> runQuantize(const QuantizeJob& job, const QuantizeOptions& options,
                                   const onnx_io::OutputTarget& target) {
  WorkerReport answer = job.kind == ModelKind::Archive ? quantizeArchive(job, options, target)
                                                       : quantizeOnnx(job, options, target, false);
  const auto json = resultOf(answer);
  if (!json) return json.error();
  QuantizeReport report = quantize::reportFromJson(*json);
  report.diagnostics = std::move(answer.diagnostics);
  return report;
}

Result<runtime::OutputError> measure(const QuantizeJob& job, const std::string& candidate, VerifyOptions how) {
  how.reference = job.input.path;
  how.candidate = candidate;
  how.candidateName = "the quantized model";
  limit(how, job.worker, job.console);
  return runtime::measureOutputError(how);
}

Result<quantize::TrialResult> runTrial(const QuantizeJob& job, const QuantizeOptions& options, const VerifyOptions& how,
                                       bool outputs) {
  const Descriptor file(memfd_create("quantized", MFD_CLOEXEC));
  if (file.get() < 0) return makeError(ExitCode::Io, "there is no memory for a trial");
  auto report = runQuantize(job, options, {file.get(), -1, "trial"});
  if (!report) return report.error();
  quantize::TrialResult result;
  result.sizeRatio = static_cast<double>(sizeOf(file.get())) / static_cast<double>(std::max<uint64_t>(job.input.size, 1));
  result.report = std::move(*report);
  if (!outputs) return result;
  const auto error = measure(job, fmt::format("/proc/self/fd/{}", file.get()), how);  // the workers inherit it
  if (!error) return error.error();
  result.error = *error;
  return result;
}

uint64_t sizeOf(int descriptor) {
  struct stat info {};
  return descriptor >= 0 && fstat(descriptor, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

}  // namespace deploytool::cli
