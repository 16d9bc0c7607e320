// Rendering of diagnostics, and the cleaning of text that comes from files.
#include "support/diagnostics.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace deploytool {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kReset = "\033[0m";

const char* colourOf(Severity severity) {
  switch (severity) {
    case Severity::Error: return "\033[1;31m";
    case Severity::Warning: return "\033[1;33m";
    case Severity::Note: return "\033[1;36m";
  }
  return "";
}

// Continuation lines of a message are indented under it.
std::string indented(const std::string& text, const std::string& indent) {
  std::string out;
  for (char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

// Length of the well-formed UTF-8 sequence at `at`, 0 for none.
size_t sequenceLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(at + 1) < 0xA0) return 0;
  if (lead == 0xED && byte(at + 1) >= 0xA0) return 0;
  if (lead == 0xF0 && byte(at + 1) < 0x90) return 0;
  if (lead == 0xF4 && byte(at + 1) >= 0x90) return 0;
  return length;
}

// C0 and C1 controls can move a terminal's cursor or change its title.
bool isControl(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

std::string stringAt(const Json& json, const char* key) {
  const auto it = json.find(key);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::vector<std::string> stringsAt(const Json& json, const char* key) {
  std::vector<std::string> out;
  const auto it = json.find(key);
  if (it == json.end() || !it->is_array()) return out;
  for (const Json& item : *it) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

ExitCode codeFrom(int64_t number) {
  for (ExitCode code : {ExitCode::Done, ExitCode::Negative, ExitCode::Usage, ExitCode::BadInput, ExitCode::Unsupported,
                        ExitCode::Io}) {
    if (number == static_cast<int64_t>(code)) return code;
  }
  return ExitCode::Internal;
}

}  // namespace

Diagnostic makeNote(std::string message, std::string file) {
  Diagnostic note = makeError(ExitCode::Done, std::move(message));
  note.severity = Severity::Note;
  note.file = std::move(file);
  return note;
}

std::string_view severityName(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "error";
}

std::string renderText(const Diagnostic& diagnostic, bool colour) {
  std::string out;
  if (colour) out += colourOf(diagnostic.severity);
  out += severityName(diagnostic.severity);
  out += ":";
  if (colour) out += kReset;
  out += " ";
  if (!diagnostic.file.empty()) out += diagnostic.file + ": ";
  out += indented(diagnostic.message, "  ") + "\n";
  for (const std::string& place : diagnostic.places) out += "  --> " + indented(place, "      ") + "\n";
  for (const std::string& note : diagnostic.notes) out += "  " + indented(note, "  ") + "\n";
  if (!diagnostic.help.empty()) out += "  help: " + indented(diagnostic.help, "    ") + "\n";
  return out;
}

Json toJson(const Diagnostic& diagnostic) {
  Json json = {{"severity", severityName(diagnostic.severity)}, {"message", diagnostic.message}};
  if (diagnostic.severity == Severity::Error) json["code"] = static_cast<int>(diagnostic.code);
  if (!diagnostic.file.empty()) json["file"] = diagnostic.file;
  if (!diagnostic.places.empty()) json["places"] = diagnostic.places;
  if (!diagnostic.notes.empty()) json["notes"] = diagnostic.notes;
  if (!diagnostic.help.empty()) json["help"] = diagnostic.help;
  return json;
}

Json toJson(const Diagnostics& diagnostics) {
  Json json = Json::array();
  for (const Diagnostic& d : diagnostics) json.push_back(toJson(d));
  return json;
}

Diagnostic diagnosticFromJson(const Json& json) {
  Diagnostic d;
  const std::string severity = stringAt(json, "severity");
  d.severity = severity == "note" ? Severity::Note : severity == "warning" ? Severity::Warning : Severity::Error;
  const auto code = json.find("code");
  d.code = code != json.end() && code->is_number_integer() ? codeFrom(code->get<int64_t>()) : ExitCode::Internal;
  d.file = stringAt(json, "file");
  d.message = stringAt(json, "message");
  d.places = stringsAt(json, "places");
  d.notes = stringsAt(json, "notes");
  d.help = stringAt(json, "help");
  return d;
}

std::string cleaned(std::string_view text, size_t limit) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t length = sequenceLength(text, at);
    const std::string_view sequence = text.substr(at, std::max<size_t>(length, 1));
    if (length == 0 || isControl(sequence)) {
      out += '?';
    } else {
      out += sequence;
    }
    at += sequence.size();
    if (out.size() > limit) {
      size_t end = limit > 3 ? limit - 3 : 0;
      while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
      return out.substr(0, end) + "...";
    }
  }
  return out;
}

void clean(Diagnostic& diagnostic) {
  constexpr size_t kMostLines = 64;
  diagnostic.file = cleaned(diagnostic.file);
  diagnostic.message = cleaned(diagnostic.message);
  diagnostic.help = cleaned(diagnostic.help, 16384);
  for (auto* lines : {&diagnostic.places, &diagnostic.notes}) {
    if (lines->size() > kMostLines) lines->resize(kMostLines);
    for (std::string& line : *lines) line = cleaned(line);
  }
}

ExitCode exitCodeOf(const Diagnostics& diagnostics) {
  ExitCode code = ExitCode::Done;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity == Severity::Error) code = std::max(code, d.code);
  }
  return code;
}

bool hasError(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

}  // namespace deploytool
