// What commands say: results on stdout, diagnostics and progress on stderr, or one JSON document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "deploytool/cli.h"
#include "deploytool/status.h"

namespace deploytool::cli {

/// Options that every command has.
struct OutputMode {
  bool json = false;
  bool quiet = false;    ///< only errors
  bool verbose = false;  ///< stages, and what libraries print
  std::string colour = "auto";
};

class Console {
 public:
  explicit Console(const Streams& streams) : streams_(streams) {}
  OutputMode mode;

  /// Text of the result; nothing with --json.
  void print(std::string_view text);
  /// A message on stderr, unless -q silences it. With --json it is kept for the document too.
  void report(const Diagnostic& diagnostic);
  void report(const Diagnostics& diagnostics);
  /// The stage of long work: a line that is replaced, on a terminal; a line each with -v.
  void progress(std::string_view stage);
  void clearProgress();

  /// Ends a command: with --json prints the one document (schema_version, command, exit code, `result`, diagnostics).
  int finish(std::string_view command, nlohmann::ordered_json result);
  /// The same with an exit code that is no error, such as Negative.
  int finish(std::string_view command, nlohmann::ordered_json result, ExitCode code);
  /// Ends a command that cannot go on.
  int fail(std::string_view command, const Diagnostic& error);

 private:
  bool coloured() const;
  const Streams& streams_;
  Diagnostics reported_;
  bool progressShown_ = false;
};

}  // namespace deploytool::cli
