// The parent's side of a worker: fork, read its messages, notice its death, say what happened.
#include "support/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "support/diagnostics.h"
#include "support/worker_channel.h"

namespace deploytool {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::atomic<int> currentWorker{0};

// Everything the parent knows about a worker.
struct Session {
  explicit Session(const WorkerRequest& what) : request(what) {}

  const WorkerRequest& request;
  MessageReader reader;
  std::string stage = kLoadingStage;
  bool outOfMemory = false;
  bool finished = false;
  bool timedOut = false;
  bool flooded = false;
  WorkerReport report;
};

milliseconds allowance(const Session& session) {
  if (session.request.timeout.count() > 0) return session.request.timeout;
  const auto forInput = milliseconds(session.request.inputBytes * 1000 / (uint64_t{16} << 20));
  return (session.stage == kLoadingStage ? milliseconds(60'000) : milliseconds(600'000)) + forInput;
}

void take(Session& session, const Message& message) {
  switch (message.kind) {
    case MessageKind::Stage:
      session.stage = cleaned(message.payload, 64);
      if (session.request.onStage) session.request.onStage(session.stage);
      break;
    case MessageKind::OutOfMemory: session.outOfMemory = true; break;
    case MessageKind::Diagnostics: {
      const auto json = nlohmann::ordered_json::parse(message.payload, nullptr, false);
      if (!json.is_array()) break;
      for (const auto& item : json) {
        if (!item.is_object()) continue;
        session.report.diagnostics.push_back(diagnosticFromJson(item));
        clean(session.report.diagnostics.back());
      }
      break;
    }
    case MessageKind::Report:
      session.report.json = message.payload;
      session.finished = true;
      break;
  }
}

// Reads until the worker closes its end, its time is over or it sends more than any report holds.
void listen(Session& session, int pipe) {
  const auto start = Clock::now();
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(start + allowance(session) - Clock::now());
    if (left.count() <= 0) {
      session.timedOut = true;
      return;
    }
    pollfd poller{pipe, POLLIN, 0};
    const int ready = poll(&poller, 1, static_cast<int>(std::min<int64_t>(left.count() + 1, 1000)));
    if (ready < 0 && errno != EINTR) return;
    if (ready <= 0) continue;
    const MessageReader::State state = session.reader.readSome(pipe);
    while (auto message = session.reader.next()) take(session, *message);
    session.flooded = state == MessageReader::State::Flooded;
    if (state != MessageReader::State::Open) return;
  }
}

std::string inWords(milliseconds time) {
  return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s" : std::to_string(time.count()) + " ms";
}

// The limits are the user's: a way out is named, and the input is what was too much.
Diagnostic beyondLimit(const Session& session) {
  Diagnostic d = makeError(ExitCode::BadInput, "");
  d.message = session.timedOut ? "stopped: it took longer than the limit of " + inWords(allowance(session))
                               : "the worker process ran out of memory";
  d.message += " while " + session.stage;
  d.help = session.timedOut ? "--timeout SECONDS raises the limit" : "--memory-limit MEGABYTES raises the limit";
  return d;
}

Diagnostic deathOf(const Session& session, int status) {
  const bool loading = session.stage == kLoadingStage;
  Diagnostic d = makeError(loading ? ExitCode::BadInput : ExitCode::Internal, "");
  d.message = session.flooded       ? "the worker process sent a report that is too large"
              : !WIFSIGNALED(status) ? "the worker process ended without a report"
              : WTERMSIG(status) == SIGKILL
                  ? "the worker process was killed"
                  : std::string("the worker process crashed (") + strsignal(WTERMSIG(status)) + ")";
  d.message += " while " + session.stage;
  d.help = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !session.flooded
               ? "the system kills a process when memory runs out: see the kernel's log"
           : loading ? "the file is damaged, or is not what its library wrote"
                     : "this is a bug in deploytool: please report it, with the model if you can";
  return d;
}

// Handlers of the parent are not for the child.
void resetSignals() {
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT}) signal(number, SIG_DFL);
  signal(SIGXFSZ, SIG_IGN);  // a full quota is an error of write()
}

// A worker whose pipe is closed is about to be gone; one that stays is ended.
int waitFor(pid_t child, bool endNow) {
  int status = 0;
  const auto patience = Clock::now() + std::chrono::seconds(5);
  for (;;) {
    if (endNow || Clock::now() > patience) kill(child, SIGKILL);
    const pid_t gone = waitpid(child, &status, endNow ? 0 : WNOHANG);
    if (gone == child || (gone < 0 && errno != EINTR)) return status;
    if (gone == 0) usleep(500);
  }
}

WorkerReport failed(const WorkerRequest& request, const std::string& what) {
  Diagnostic d = makeError(ExitCode::Io, what + ": " + strerror(errno));
  d.file = request.subject;
  return {"", {d}};
}

// Beyond a limit, what else the worker said is only a consequence of that.
WorkerReport conclude(Session& session, int status) {
  WorkerReport report = std::move(session.report);
  const bool failed = !session.finished || hasError(report.diagnostics);
  if (!failed) return report;
  Diagnostic death = session.timedOut || session.outOfMemory ? beyondLimit(session) : deathOf(session, status);
  death.file = session.request.subject;
  if (session.timedOut || session.outOfMemory) {
    report.diagnostics = {death};
  } else if (!session.finished) {
    report.diagnostics.push_back(death);
    report.crashed = !session.flooded && WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
  }
  return report;
}

}  // namespace

int runningWorker() { return currentWorker.load(); }

WorkerReport runWorker(const WorkerRequest& request) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed(request, "cannot make a pipe to a worker process");
  const pid_t parent = getpid();
  // A signal between fork and the next line would leave a worker that its handler does not know.
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t child = fork();
  if (child > 0) currentWorker = child;
  if (child == 0) resetSignals();
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child == 0) {
    close(ends[0]);
    runChild(request, ends[1], parent);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return failed(request, "cannot start a worker process");
  }
  Session session(request);
  listen(session, ends[0]);
  close(ends[0]);
  const int status = waitFor(child, session.finished || session.timedOut || session.flooded);
  currentWorker = 0;
  return conclude(session, status);
}

}  // namespace deploytool
