// --memory-limit and --timeout, and what they limit.
#include "deploytool/worker_options.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "deploytool/number_range.h"
#include "export/pipeline.h"

namespace deploytool::cli {

void addWorkerOptions(CLI::App& command, WorkerOptions& options, const std::string& memoryDefault) {
  command.add_option("--memory-limit", options.memoryMegabytes,
                     "Megabytes of data for the work, beyond the libraries (default: " + memoryDefault + ")")
      ->check(numberBetween<uint64_t>(1, uint64_t{1} << 40))
      ->type_name("MEGABYTES");
  command.add_option("--timeout", options.timeoutSeconds,
                     "Seconds for the work (default: 60 to load, and 1 for each 16 MB; 600 in all)")
      ->check(numberBetween(0.001, 1e7))
      ->type_name("SECONDS");
}

WorkerRequest workerRequest(const WorkerOptions& options, const InputHandle& input, Console& console) {
  WorkerRequest request;
  request.subject = input.path;
  request.inputBytes = input.size;
  request.memoryLimit = options.memoryMegabytes * 1'000'000;
  request.timeout = std::chrono::milliseconds(static_cast<int64_t>(options.timeoutSeconds * 1000));
  request.showOutput = console.mode.verbose;
  request.onStage = [&console](std::string_view stage) { console.progress(stage); };
  return request;
}

WorkerRequest torchWorkerRequest(const WorkerOptions& options, const InputHandle& input, Console& console,
                                 ts::TorchModule*& torch) {
  WorkerRequest request = workerRequest(options, input, console);
  request.prepare = [&torch]() -> Status {
    const auto opened = exporter::torchModule();
    if (!opened) return opened.error();
    torch = *opened;
    return {};
  };
  return request;
}

Result<nlohmann::ordered_json> resultOf(const WorkerReport& answer) {
  for (const Diagnostic& d : answer.diagnostics) {
    if (d.severity == Severity::Error) return d;
  }
  auto json = nlohmann::ordered_json::parse(answer.json, nullptr, false);
  if (json.is_discarded()) return makeError(ExitCode::Internal, "a worker process sent a report that makes no sense");
  return json;
}

void limit(VerifyOptions& comparison, const WorkerOptions& options, Console& console) {
  comparison.memoryLimit = options.memoryMegabytes * 1'000'000;
  comparison.timeoutSeconds = options.timeoutSeconds;
  comparison.showOutput = console.mode.verbose;
  comparison.onStage = [&console](std::string_view stage) { console.progress(stage); };
}

}  // namespace deploytool::cli
