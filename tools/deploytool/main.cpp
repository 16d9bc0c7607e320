// The program: the command line on the process's own streams.
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "deploytool/cli.h"
#include "support/files.h"

namespace {

// A stream that the caller closed stays closed for us: files opened later must not take its number, or a model would
// be written where messages go. Reading resp. writing such a stream fails.
void occupyClosedStreams() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(number, F_GETFD) >= 0) continue;
    const int taken = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY);  // the lowest free number
    if (taken != number && taken >= 0) close(taken);
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupyClosedStreams();
  deploytool::installSignalCleanup();
  std::ios::sync_with_stdio(false);
  const deploytool::cli::Streams streams{std::cout, std::cerr, isatty(STDOUT_FILENO) != 0, isatty(STDERR_FILENO) != 0};
  return deploytool::cli::run({argv + 1, argv + argc}, streams);
}
