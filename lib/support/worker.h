// Work in a child process: whatever happens to it, by a damaged file or a limit, becomes a diagnostic and an exit code.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "deploytool/status.h"

namespace deploytool {

/// What a job may tell its parent while it runs.
class WorkerContext {
 public:
  explicit WorkerContext(int pipe) : pipe_(pipe) {}
  WorkerContext(const WorkerContext&) = delete;
  WorkerContext& operator=(const WorkerContext&) = delete;

  /// Names what happens from now on (`exporting`, `writing`); the parent names it when the worker dies. The first stage
  /// is `loading`: a death in it is the input's fault.
  void stage(std::string_view name);

 private:
  int pipe_;
};

/// What a job hands back: a JSON document and messages. It failed when one of them is an error.
struct WorkerReport {
  std::string json;
  Diagnostics diagnostics;
  /// The process died of a signal of its own making, such as a wrong address; the last diagnostic says so.
  bool crashed = false;
};

using WorkerJob = std::function<WorkerReport(WorkerContext&)>;

struct WorkerRequest {
  /// Called in the child before the limits are set: opens the modules that the job needs.
  std::function<Status()> prepare;
  /// Runs in the child under the limits. An exception that leaves it is reported as a bug, or as what it is (memory).
  WorkerJob job;
  std::string subject;  ///< the file it is about, for messages
  uint64_t inputBytes = 0;
  /// Data the job may use beyond what `prepare` took; 0: 3 × input + 512 MB.
  uint64_t memoryLimit = 0;
  /// Wall time of the whole job; 0: 60 s (and 1 s for 16 MB of input) to load, 10 minutes in all.
  std::chrono::milliseconds timeout{0};
  bool showOutput = false;  ///< keep the child's stdout and stderr instead of dropping them
  std::function<void(std::string_view)> onStage;
};

/// Runs the job in a child process and waits for it.
WorkerReport runWorker(const WorkerRequest& request);

/// Process id of the running child, 0 for none. For signal handlers.
int runningWorker();

}  // namespace deploytool
