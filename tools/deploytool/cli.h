// The command line as a function, for the program and for tests.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace deploytool::cli {

struct Streams {
  std::ostream& out;  ///< results
  std::ostream& err;  ///< diagnostics and progress
  bool outIsTerminal = false;
  bool errIsTerminal = false;
};

/// Runs `deploytool ARGUMENTS...` and returns its exit code.
int run(std::vector<std::string> arguments, const Streams& streams);

}  // namespace deploytool::cli
