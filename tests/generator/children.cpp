// Results come over a pipe, each as its length and its bytes (children.h).
#include "tests/generator/children.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace deploytool::testing::generator {

namespace {

bool writeAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n, size -= static_cast<size_t>(n);
  }
  return true;
}

bool readAll(int fd, char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = ::read(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n, size -= static_cast<size_t>(n);
  }
  return true;
}

bool send(int fd, const std::string& text) {
  const uint64_t size = text.size();
  return writeAll(fd, reinterpret_cast<const char*>(&size), sizeof size) && writeAll(fd, text.data(), text.size());
}

std::optional<std::string> receive(int fd) {
  uint64_t size = 0;
  if (!readAll(fd, reinterpret_cast<char*>(&size), sizeof size)) return {};
  std::string text(size, '\0');
  if (!readAll(fd, text.data(), text.size())) return {};
  return text;
}

/// Shared with the children.
struct Note {
  char text[2048];
};
Note* note() {
  static Note* const shared = [] {
    void* memory = ::mmap(nullptr, sizeof(Note), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<Note*>(memory);
  }();
  return shared;
}

/// Ends the process after so much time of its own, and ten times as much on the clock: a busy machine is no fault of it.
void limitTime(unsigned seconds) {
  itimerval own{};
  own.it_value.tv_sec = seconds;
  ::setitimer(ITIMER_PROF, &own, nullptr);
  ::alarm(10 * seconds);
}

/// An empty message says that preparing is done.
[[noreturn]] void runChild(int fd, size_t first, size_t end, unsigned seconds, const std::function<Work()>& prepare) {
  const Work work = prepare();
  if (!work || !send(fd, "")) ::_exit(70);
  for (size_t i = first; i < end; ++i) {
    limitTime(seconds);
    if (!send(fd, work(i))) break;
  }
  std::fflush(nullptr);
  ::_exit(0);
}

std::string causeOf(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

}  // namespace

void aboutTo(const std::string& what) {
  if (!note()) return;
  const size_t size = std::min(what.size(), sizeof note()->text - 1);
  std::memcpy(note()->text, what.data(), size);
  note()->text[size] = '\0';
}

bool runInChildren(const ChildrenOptions& options, const std::function<Work()>& prepare,
                   const std::function<void(size_t, const std::string&)>& consume,
                   const std::function<void(size_t, const std::string&)>& died) {
  const size_t end = options.first + options.count;
  aboutTo("");
  for (size_t next = options.first; next < end; ++next) {
    int ends[2];
    if (::pipe(ends) != 0) return false;
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child < 0) return false;
    if (child == 0) {
      ::close(ends[0]);
      runChild(ends[1], next, end, options.seconds, prepare);
    }
    ::close(ends[1]);
    const bool prepared = receive(ends[0]).has_value();
    while (auto result = prepared ? receive(ends[0]) : std::nullopt) consume(next++, *result);
    ::close(ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!prepared) return false;
    if (next < end) died(next, fmt::format("{} in {}", causeOf(status), note() ? note()->text : ""));
  }
  return true;
}

}  // namespace deploytool::testing::generator
