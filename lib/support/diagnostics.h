// Diagnostics as text (for people) and as JSON (for programs).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "deploytool/status.h"

namespace deploytool {

/// `error: model.pt: message`, then `  --> place`, the notes as they are, `  help: ...`, each on its own indented line.
std::string renderText(const Diagnostic& diagnostic, bool colour);

/// A note, with exit code Done.
Diagnostic makeNote(std::string message, std::string file = {});

std::string_view severityName(Severity severity);

nlohmann::ordered_json toJson(const Diagnostic& diagnostic);
nlohmann::ordered_json toJson(const Diagnostics& diagnostics);
/// The opposite of toJson. What is missing or has another type keeps its default.
Diagnostic diagnosticFromJson(const nlohmann::ordered_json& json);

/// Text from a file or another process, fit for a terminal: no control characters but newline and tab, no broken UTF-8,
/// at most `limit` bytes (the end is replaced by `...`).
std::string cleaned(std::string_view text, size_t limit = 4096);
void clean(Diagnostic& diagnostic);

/// The exit code of a run with these diagnostics: that of its most serious error, Done without one. A bug of ours comes
/// first, then the order of the codes.
ExitCode exitCodeOf(const Diagnostics& diagnostics);
bool hasError(const Diagnostics& diagnostics);

}  // namespace deploytool
