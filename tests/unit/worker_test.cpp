// Worker processes that crash, hang, starve, flood and lie: each ends as a diagnostic with an exit code.
#include "support/worker.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "tests/catch.h"

using namespace deploytool;
using std::chrono::milliseconds;

namespace {

WorkerReport runIt(WorkerJob job, milliseconds timeout = milliseconds(20'000)) {
  WorkerRequest request;
  request.subject = "model.pt";
  request.timeout = timeout;
  request.job = std::move(job);
  return runWorker(request);
}

// `CODE message` of the one diagnostic.
std::string outcome(const WorkerReport& report) {
  if (report.diagnostics.size() != 1) return std::to_string(report.diagnostics.size()) + " diagnostics";
  return std::to_string(static_cast<int>(report.diagnostics[0].code)) + " " + report.diagnostics[0].message;
}

[[noreturn]] void hang() {
  for (;;) pause();
}

}  // namespace

TEST_CASE("a worker's report and messages arrive", "[worker]") {
  std::string stages;
  WorkerRequest request;
  request.onStage = [&](std::string_view stage) { stages += std::string(stage) + ";"; };
  request.job = [](WorkerContext& context) {
    context.stage("exporting");
    Diagnostic warning = makeError(ExitCode::Done, "careful", "do not");
    warning.severity = Severity::Warning;
    warning.places = {"net.py:1"};
    return WorkerReport{std::string(3'000'000, 'x'), {warning}};
  };
  const WorkerReport report = runWorker(request);
  CHECK(report.json == std::string(3'000'000, 'x'));
  REQUIRE(report.diagnostics.size() == 1);
  CHECK(report.diagnostics[0].severity == Severity::Warning);
  CHECK(report.diagnostics[0].places == std::vector<std::string>{"net.py:1"});
  CHECK(report.diagnostics[0].help == "do not");
  CHECK(stages == "exporting;");
}

TEST_CASE("a death while loading is the input's fault, a later one ours", "[worker]") {
  CHECK(outcome(runIt([](WorkerContext&) -> WorkerReport { abort(); })) ==
        "3 the worker process crashed (Aborted) while loading");
  CHECK(outcome(runIt([](WorkerContext& c) -> WorkerReport {
          c.stage("exporting");
          raise(SIGSEGV);
          hang();
        })) == "70 the worker process crashed (Segmentation fault) while exporting");
  CHECK(outcome(runIt([](WorkerContext& c) -> WorkerReport {
          c.stage("exporting");
          raise(SIGKILL);
          hang();
        })) == "70 the worker process was killed while exporting");
  CHECK(outcome(runIt([](WorkerContext&) -> WorkerReport { _exit(0); })) ==
        "3 the worker process ended without a report while loading");
}

TEST_CASE("a crash is told from other ends", "[worker]") {
  CHECK(runIt([](WorkerContext&) -> WorkerReport { abort(); }).crashed);
  CHECK_FALSE(runIt([](WorkerContext&) -> WorkerReport { _exit(0); }).crashed);
  CHECK_FALSE(runIt([](WorkerContext&) -> WorkerReport { raise(SIGKILL); hang(); }).crashed);
  CHECK_FALSE(runIt([](WorkerContext&) -> WorkerReport { hang(); }, milliseconds(50)).crashed);
  CHECK_FALSE(runIt([](WorkerContext&) -> WorkerReport { return {"", {makeError(ExitCode::Io, "no")}}; }).crashed);
}

TEST_CASE("a worker that hangs is stopped", "[worker]") {
  CHECK(outcome(runIt([](WorkerContext&) -> WorkerReport { hang(); }, milliseconds(100))) ==
        "3 stopped: it took longer than the limit of 100 ms while loading");
  CHECK(outcome(runIt([](WorkerContext& c) -> WorkerReport {
          c.stage("exporting");
          for (;;) usleep(1000);
        }, milliseconds(100))) == "3 stopped: it took longer than the limit of 100 ms while exporting");
}

#ifndef __SANITIZE_ADDRESS__  // whose report of exhausted memory needs memory, and waits for itself
TEST_CASE("a worker without memory is told from one that crashed", "[worker]") {
  const auto starve = [](WorkerJob job) {
    WorkerRequest request;
    request.memoryLimit = uint64_t{32} << 20;
    request.job = std::move(job);
    return outcome(runWorker(request));
  };
  const std::string expected = "3 the worker process ran out of memory while exporting";
  CHECK(starve([](WorkerContext& c) -> WorkerReport {
          c.stage("exporting");
          std::vector<std::string> all;
          for (;;) all.emplace_back(1 << 20, 'x');
        }) == expected);
  CHECK(starve([](WorkerContext& c) -> WorkerReport {  // swallowed and turned into something else
          c.stage("exporting");
          try {
            std::vector<char>(size_t{1} << 30);
          } catch (const std::exception&) {
          }
          abort();
        }) == expected);
  CHECK(starve([](WorkerContext& c) -> WorkerReport {  // an allocator of its own
          c.stage("exporting");
          void* memory = std::malloc(size_t{1} << 30);
          if (!memory) throw std::runtime_error("DefaultCPUAllocator: can't allocate memory: you tried ...");
          return {"{}", {}};
        }) == expected);
  CHECK(starve([](WorkerContext&) -> WorkerReport {  // the limit leaves what was promised
          std::string enough(16 << 20, 'x');
          return {enough.substr(0, 2), {makeError(ExitCode::Unsupported, "no")}};
        }) == "4 no");
}
#endif

TEST_CASE("an exception that leaves a job is a bug with its text", "[worker]") {
  CHECK(outcome(runIt([](WorkerContext&) -> WorkerReport { throw std::runtime_error("what"); })) == "70 what");
  CHECK(outcome(runIt([](WorkerContext&) -> WorkerReport { throw 3; })) == "70 an exception of unknown type");
}

TEST_CASE("what a worker says is bounded and cleaned", "[worker]") {
  const WorkerReport report = runIt([](WorkerContext&) {
    return WorkerReport{"", {makeError(ExitCode::BadInput, "a\033[2Jb\xff" + std::string(100'000, 'c'))}};
  });
  REQUIRE(report.diagnostics.size() == 1);
  const std::string& message = report.diagnostics[0].message;
  CHECK(message.substr(0, 6) == "a?[2Jb");
  CHECK(message.size() <= 4096);
  CHECK(message.ends_with("c..."));
}

TEST_CASE("a worker that floods its pipe is stopped", "[worker]") {
  const WorkerReport report = runIt([](WorkerContext& c) -> WorkerReport {
    const std::string megabyte(1 << 20, 'x');
    for (;;) c.stage(megabyte);
  });
  REQUIRE(report.diagnostics.size() == 1);
  CHECK(report.diagnostics[0].message.find("sent a report that is too large") != std::string::npos);
}

TEST_CASE("what prepare refuses is the answer", "[worker]") {
  WorkerRequest request;
  request.prepare = []() -> Status { return makeError(ExitCode::Io, "no module"); };
  request.job = [](WorkerContext&) { return WorkerReport{"{}", {}}; };
  CHECK(outcome(runWorker(request)) == "5 no module");
}
