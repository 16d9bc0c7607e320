// The real program while its worker is killed, hangs, starves, or while a signal ends the program itself.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/catch.h"
#include "tests/cli/transcript.h"

using namespace deploytool::test;
namespace fs = std::filesystem;

namespace {

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

// `deploytool export` of a good archive, with its worker stopped as soon as it exists.
class StoppedExport {
 public:
  explicit StoppedExport(const std::vector<std::string>& more = {}) {
    fs::copy_file(std::string(DEPLOYTOOL_TEST_DATA) + "/cli/data/if_script.pt", folder / "m.pt");
    std::vector<std::string> arguments = {"deploytool", "export", "m.pt", "-o", "m.onnx", "--input", "x:float32[2,3]"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    tool_ = fork();
    if (tool_ == 0) start(arguments);
    REQUIRE(eventually([&] { return (worker_ = childOf(tool_)) > 0; }));
    kill(worker_, SIGSTOP);
  }
  ~StoppedExport() {
    if (tool_ > 0 && !waited_) kill(tool_, SIGKILL);
  }

  pid_t tool() const { return tool_; }
  pid_t worker() const { return worker_; }
  std::string errors() const { return readFile(folder / "err"); }

  // As a shell would see it.
  int wait() {
    int status = 0;
    waitpid(tool_, &status, 0);
    waited_ = true;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  bool workerIsGone() const {
    std::ifstream stat("/proc/" + std::to_string(worker_) + "/stat");
    std::string number, name, state;
    return !(stat >> number >> name >> state) || state == "Z";
  }

  ScratchFolder folder;

 private:
  [[noreturn]] void start(std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    if (chdir(folder.path().c_str()) == 0 && freopen("err", "w", stderr)) execv(DEPLOYTOOL_EXECUTABLE, pointers.data());
    _exit(127);
  }

  static pid_t childOf(pid_t parent) {
    const std::string id = std::to_string(parent);
    std::ifstream children("/proc/" + id + "/task/" + id + "/children");
    pid_t child = 0;
    children >> child;
    return child;
  }

  pid_t tool_ = 0;
  pid_t worker_ = 0;
  bool waited_ = false;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a worker that is killed is a diagnostic", "[workers]") {
  StoppedExport run;
  kill(run.worker(), SIGKILL);
  CHECK(run.wait() == 3);
  CHECK(run.errors() ==
        "error: m.pt: the worker process was killed while loading\n"
        "  help: the system kills a process when memory runs out: see the kernel's log\n");
  CHECK(run.folder.names() == Names{"err", "m.pt"});
}

TEST_CASE("a worker that crashes is a diagnostic", "[workers]") {
  StoppedExport run;
  kill(run.worker(), SIGSEGV);
  kill(run.worker(), SIGCONT);
  CHECK(run.wait() == 3);
  CHECK(run.errors() ==
        "error: m.pt: the worker process crashed (Segmentation fault) while loading\n"
        "  help: the file is damaged, or is not what its library wrote\n");
  CHECK(run.folder.names() == Names{"err", "m.pt"});
}

TEST_CASE("a worker that hangs is stopped at its limit", "[workers]") {
  StoppedExport run({"--timeout", "0.2"});
  CHECK(run.wait() == 3);
  CHECK(run.errors() ==
        "error: m.pt: stopped: it took longer than the limit of 200 ms while loading\n"
        "  help: --timeout SECONDS raises the limit\n");
  CHECK(run.workerIsGone());
  CHECK(run.folder.names() == Names{"err", "m.pt"});
}

TEST_CASE("a worker that starves says so", "[workers]") {
  ScratchFolder folder;
  fs::copy_file(std::string(DEPLOYTOOL_TEST_DATA) + "/cli/data/if_script.pt", folder / "m.pt");
  const Outcome outcome =
      runCommand("deploytool export m.pt -o m.onnx --input 'x:float32[2,3]' --memory-limit 1", folder.path());
  CHECK(outcome.exitCode == 3);
  CHECK_THAT(outcome.err, StartsWith("error: m.pt: the worker process ran out of memory while "));
  CHECK(folder.names() == Names{"m.pt"});
}

TEST_CASE("a signal ends the program and leaves nothing behind", "[workers]") {
  const int number = GENERATE(SIGINT, SIGTERM, SIGHUP);
  StoppedExport run;
  CHECK(run.folder.names().size() == 3);  // the unfinished output among them
  kill(run.tool(), number);
  CHECK(run.wait() == 128 + number);
  CHECK(eventually([&] { return run.workerIsGone(); }));
  CHECK(run.folder.names() == Names{"err", "m.pt"});
}

TEST_CASE("a worker dies with its parent", "[workers]") {
  StoppedExport run;
  kill(run.tool(), SIGKILL);
  CHECK(run.wait() == 128 + SIGKILL);
  kill(run.worker(), SIGCONT);  // it may have been stopped before its first instruction
  CHECK(eventually([&] { return run.workerIsGone(); }));
}
