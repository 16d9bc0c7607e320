// The program: the command line on the process's own streams.
#include <unistd.h>

#include <iostream>

#include "deploytool/cli.h"
#include "support/files.h"

int main(int argc, char** argv) {
  deploytool::installSignalCleanup();
  std::ios::sync_with_stdio(false);
  const deploytool::cli::Streams streams{std::cout, std::cerr, isatty(STDOUT_FILENO) != 0, isatty(STDERR_FILENO) != 0};
  return deploytool::cli::run({argv + 1, argv + argc}, streams);
}
