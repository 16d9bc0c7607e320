// Limits of worker processes on the command line.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "deploytool/console.h"
#include "deploytool/verify.h"
#include "support/files.h"
#include "support/worker.h"

namespace CLI {
class App;
}

namespace deploytool::ts {
class TorchModule;
}

namespace deploytool::cli {

struct WorkerOptions {
  uint64_t memoryMegabytes = 0;  ///< 0: by the input's size
  double timeoutSeconds = 0;     ///< 0: the default
};

/// `memoryDefault` says what holds without --memory-limit.
void addWorkerOptions(CLI::App& command, WorkerOptions& options,
                      const std::string& memoryDefault = "3 x the input + 512");

/// A request with the limits, the subject and the progress filled in.
WorkerRequest workerRequest(const WorkerOptions& options, const InputHandle& input, Console& console);

/// The same for a job that needs libtorch; `torch` is set in the worker.
WorkerRequest torchWorkerRequest(const WorkerOptions& options, const InputHandle& input, Console& console,
                                 ts::TorchModule*& torch);

/// What a worker reported, or its first error.
Result<nlohmann::ordered_json> resultOf(const WorkerReport& answer);

/// Limits, verbosity and progress of a comparison.
void limit(VerifyOptions& comparison, const WorkerOptions& options, Console& console);

}  // namespace deploytool::cli
