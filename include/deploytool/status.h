// Errors as data. Libraries return Status/Result and collect diagnostics; only tools/ renders them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace deploytool {

/// Exit codes of the command-line program; a library error carries the one that fits it.
enum class ExitCode : int {
  Done = 0,
  Negative = 1,      ///< a negative answer: mismatch, over budget
  Usage = 2,         ///< wrong command line
  BadInput = 3,      ///< bad or hostile input file
  Unsupported = 4,   ///< operator or feature that is not supported
  Io = 5,            ///< reading or writing failed
  Internal = 70,     ///< a bug in deploytool
};

enum class Severity { Note, Warning, Error };

/// One message to the user. `file` is what it is about (a path, or empty), `places` are positions inside it
/// (`net.py:87 in Encoder.forward`), `notes` add facts, `help` names the way out.
struct Diagnostic {
  Severity severity = Severity::Error;
  ExitCode code = ExitCode::Internal;
  std::string file;
  std::string message;
  std::vector<std::string> places;
  std::vector<std::string> notes;
  std::string help;
};

using Diagnostics = std::vector<Diagnostic>;

inline Diagnostic makeError(ExitCode code, std::string message, std::string help = {}) {
  Diagnostic d;
  d.code = code;
  d.message = std::move(message);
  d.help = std::move(help);
  return d;
}

/// A value or the error that prevented it.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Diagnostic error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(state_); }
  const T& value() const { return std::get<0>(state_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  Diagnostic& error() { return std::get<1>(state_); }
  const Diagnostic& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Diagnostic> state_;
};

/// Success, or an error.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Diagnostic error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  Diagnostic& error() { return *error_; }
  const Diagnostic& error() const { return *error_; }

 private:
  std::optional<Diagnostic> error_;
};

}  // namespace deploytool
