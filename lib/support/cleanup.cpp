// What must happen when a signal ends the program: stop the worker, remove unfinished files, die by the same signal.
#include "support/cleanup.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>

#include "support/files.h"
#include "support/worker.h"

namespace deploytool {

namespace {

constexpr size_t kSlots = 16;
constexpr size_t kLongestPath = 4096;

struct Slot {
  std::array<char, kLongestPath> path;
  std::atomic<bool> used{false};
};

std::array<Slot, kSlots> slots;
std::atomic<int> owner{0};  // a forked child must not remove its parent's files

// Only async-signal-safe calls from here.
void endBySignal(int number) {
  if (getpid() == owner) {
    if (const int worker = runningWorker(); worker > 0) kill(worker, SIGKILL);
    for (Slot& slot : slots) {
      if (slot.used) unlink(slot.path.data());
    }
  }
  signal(number, SIG_DFL);
  raise(number);
}

}  // namespace

int rememberTemporary(const std::string& path) {
  if (path.size() >= kLongestPath) return -1;
  for (size_t i = 0; i < kSlots; ++i) {
    if (slots[i].used) continue;
    std::memcpy(slots[i].path.data(), path.c_str(), path.size() + 1);
    slots[i].used = true;
    return static_cast<int>(i);
  }
  return -1;
}

void forgetTemporary(int slot) {
  if (slot >= 0) slots[static_cast<size_t>(slot)].used = false;
}

void installSignalCleanup() {
  owner = getpid();
  struct sigaction action {};
  action.sa_handler = endBySignal;
  sigemptyset(&action.sa_mask);
  for (int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
    struct sigaction old {};
    sigaction(number, nullptr, &old);
    if (old.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);  // nohup stays in force
  }
  signal(SIGXFSZ, SIG_IGN);  // a full quota is an error of write()
}

}  // namespace deploytool
