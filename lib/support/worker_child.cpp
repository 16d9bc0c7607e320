// The child's side of a worker: die with the parent, open modules, set limits, run the job, report.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/diagnostics.h"
#include "support/worker_channel.h"

namespace deploytool {

namespace {

using Json = nlohmann::ordered_json;

int memoryPipe = -1;

// operator new found no memory: say so at once, since what is thrown may be swallowed or turned into an abort.
void reportOutOfMemory() {
  sendMessage(memoryPipe, MessageKind::OutOfMemory, {});
  throw std::bad_alloc();
}

// Data of this process that counts against RLIMIT_DATA, in bytes.
uint64_t dataInUse() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    uint64_t kilobytes = 0;
    if (word == "VmData:" && status >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

// Libraries that cannot start a thread or get memory may call exit().
void reportIfStarved() {
  constexpr uint64_t kThreadStack = uint64_t{16} << 20;
  rlimit bound{};
  getrlimit(RLIMIT_DATA, &bound);
  if (dataInUse() + kThreadStack > bound.rlim_cur) sendMessage(memoryPipe, MessageKind::OutOfMemory, {});
}

void limit(int resource, uint64_t value) {
  const rlimit bound{value, value};
  setrlimit(static_cast<__rlimit_resource_t>(resource), &bound);
}

// CPU time is a second net under the parent's clock: all cores busy for the whole time.
void setLimits(const WorkerRequest& request) {
  constexpr uint64_t kFixed = uint64_t{512} << 20;
  const uint64_t allowed = request.memoryLimit ? request.memoryLimit : 3 * request.inputBytes + kFixed;
  limit(RLIMIT_DATA, dataInUse() + allowed);
  const uint64_t wall = request.timeout.count() > 0 ? static_cast<uint64_t>(request.timeout.count()) / 1000 + 1
                                                    : 600 + request.inputBytes / (uint64_t{16} << 20);
  std::atexit(reportIfStarved);
  limit(RLIMIT_CPU, wall * std::max(1U, std::thread::hardware_concurrency()) + 1);
}

void dropOutput() {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
}

bool namesMemory(const std::string& what) {
  return what.find("allocate memory") != std::string::npos || what.find("bad_alloc") != std::string::npos ||
         what.find("not enough memory") != std::string::npos;
}

WorkerReport runJob(const WorkerRequest& request, WorkerContext& context) {
  if (request.prepare) {
    if (Status prepared = request.prepare(); !prepared) return {"", {prepared.error()}};
  }
  setLimits(request);
  return request.job(context);
}

[[noreturn]] void finish(int pipe, const WorkerReport& report) {
  for (const Diagnostic& d : report.diagnostics) {
    if (d.severity == Severity::Error && namesMemory(d.message)) sendMessage(pipe, MessageKind::OutOfMemory, {});
  }
  const std::string diagnostics = toJson(report.diagnostics).dump(-1, ' ', false, Json::error_handler_t::replace);
  sendMessage(pipe, MessageKind::Diagnostics, diagnostics);
  sendMessage(pipe, MessageKind::Report, report.json);
  _exit(0);
}

[[noreturn]] void finishWithBug(const WorkerRequest& request, int pipe, const std::string& what) {
  Diagnostic d = makeError(ExitCode::Internal, what, "this is a bug in deploytool: please report it");
  d.file = request.subject;
  finish(pipe, {"", {d}});
}

}  // namespace

void WorkerContext::stage(std::string_view name) { sendMessage(pipe_, MessageKind::Stage, name); }

void runChild(const WorkerRequest& request, int pipe, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it died before the line above
  limit(RLIMIT_CORE, 0);
  if (request.showOutput) dup2(STDERR_FILENO, STDOUT_FILENO);  // stdout is for results
  else dropOutput();
  memoryPipe = pipe;
  std::set_new_handler(reportOutOfMemory);
  WorkerContext context(pipe);
  try {
    finish(pipe, runJob(request, context));
  } catch (const std::bad_alloc&) {
    sendMessage(pipe, MessageKind::OutOfMemory, {});
    _exit(1);
  } catch (const std::exception& error) {
    finishWithBug(request, pipe, error.what());
  } catch (...) {
    finishWithBug(request, pipe, "an exception of unknown type");
  }
}

}  // namespace deploytool
