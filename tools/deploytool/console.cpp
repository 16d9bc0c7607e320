// Rendering for terminals, pipes and programs.
#include "deploytool/console.h"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <ostream>

#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

constexpr int kSchemaVersion = 1;

}  // namespace

bool Console::coloured() const {
  if (mode.colour != "auto") return mode.colour == "always";
  const char* refused = std::getenv("NO_COLOR");
  return streams_.errIsTerminal && (!refused || !*refused);
}

void Console::print(std::string_view text) {
  if (!mode.json) streams_.out << text;
}

void Console::report(const Diagnostic& diagnostic) {
  clearProgress();
  reported_.push_back(diagnostic);
  if (mode.quiet && diagnostic.severity != Severity::Error) return;
  streams_.err << renderText(diagnostic, coloured()) << std::flush;
}

void Console::report(const Diagnostics& diagnostics) {
  for (const Diagnostic& d : diagnostics) report(d);
}

void Console::progress(std::string_view stage) {
  if (mode.quiet) return;
  if (mode.verbose) {
    streams_.err << stage << "\n" << std::flush;
  } else if (streams_.errIsTerminal) {
    streams_.err << "\r\033[K" << stage << "..." << std::flush;
    progressShown_ = true;
  }
}

void Console::clearProgress() {
  if (progressShown_) streams_.err << "\r\033[K" << std::flush;
  progressShown_ = false;
}

int Console::finish(std::string_view command, nlohmann::ordered_json result) {
  return finish(command, std::move(result), exitCodeOf(reported_));
}

int Console::finish(std::string_view command, nlohmann::ordered_json result, ExitCode code) {
  clearProgress();
  if (mode.json) {
    nlohmann::ordered_json document = {{"schema_version", kSchemaVersion}, {"command", command}};
    document["exit_code"] = static_cast<int>(code);
    document["result"] = std::move(result);
    document["diagnostics"] = toJson(reported_);
    streams_.out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
  streams_.out.flush();
  if (streams_.out) return static_cast<int>(code);
  streams_.err << renderText(makeError(ExitCode::Io, "cannot write to stdout"), coloured());
  return static_cast<int>(ExitCode::Io);
}

int Console::fail(std::string_view command, const Diagnostic& error) {
  report(error);
  return finish(command, nullptr);
}

}  // namespace deploytool::cli
