// Characters and tokens of the small languages on the command line. Spaces between tokens are ignored.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "deploytool/status.h"

namespace deploytool::exporter {

class SpecScanner {
 public:
  /// `option` names the flag in messages.
  explicit SpecScanner(std::string_view text, std::string_view option = "--input") : text_(text), option_(option) {}

  std::string_view text() const { return text_; }
  size_t offset() const { return at_; }  ///< of the next character, spaces included
  void moveTo(size_t offset) { at_ = offset; }
  size_t position();  ///< of the next character that is no space
  bool atEnd() { return position() == text_.size(); }
  char peek();  ///< the next character that is no space; 0 at the end
  bool accept(char c);

  std::string_view word();   ///< letters, digits and `_`
  std::string_view token();  ///< letters, digits and `_ . + -`
  std::string_view until(std::string_view ends);
  Result<std::string> jsonString();

  /// A usage error with the text and a caret under the next token, or under `offset`.
  Diagnostic error(const std::string& message, const std::string& help = {}) { return errorAt(position(), message, help); }
  Diagnostic errorAt(size_t offset, const std::string& message, const std::string& help = {}) const;

 private:
  std::string_view text_;
  std::string_view option_;
  size_t at_ = 0;
};

std::string trimmed(std::string_view text);
bool isIdentifier(std::string_view text);
/// The whole text is one decimal integer in range.
bool parsed(std::string_view text, int64_t& number);
std::string quoted(const std::string& text);      ///< as a JSON string
std::string numberText(double number);            ///< shortest text that reads back the same, never an integer's
std::string withCaret(std::string_view text, size_t offset);  ///< two lines

}  // namespace deploytool::exporter
