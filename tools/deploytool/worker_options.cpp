// --memory-limit and --timeout.
#include "deploytool/worker_options.h"

#include <CLI/CLI.hpp>

namespace deploytool::cli {

void addWorkerOptions(CLI::App& command, WorkerOptions& options, const std::string& memoryDefault) {
  command.add_option("--memory-limit", options.memoryMegabytes,
                     "Megabytes of data for the work, beyond the libraries (default: " + memoryDefault + ")")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40).description(""))
      ->type_name("MEGABYTES");
  command.add_option("--timeout", options.timeoutSeconds,
                     "Seconds for the work (default: 60 to load, and 1 for each 16 MB; 600 in all)")
      ->check(CLI::Range(0.001, 1e7).description(""))
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

}  // namespace deploytool::cli
