// What the text form is made of: characters, words, numbers, and dims.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/dim.h"

namespace deploytool::ir {

/// How deep expressions and graphs may nest.
constexpr int kMaxTextDepth = 64;

/// Characters with one place; the first error stays and everything after it fails.
class TextCursor {
 public:
  explicit TextCursor(std::string_view text) : text_(text) {}

  bool failed() const { return failed_; }
  const std::string& message() const { return message_; }
  size_t line() const;
  bool fail(std::string message);

  bool atEnd();
  char peek();
  bool accept(std::string_view token);
  bool expect(std::string_view token) { return accept(token) || fail("expected '" + std::string(token) + "'"); }

  /// A word, or a string in quotes.
  std::string word();
  bool acceptWord(std::string_view word);
  std::string string();
  /// A number's characters.
  std::string numeral();
  int64_t integer();

 private:
  void skipSpace();

  std::string_view text_;
  size_t at_ = 0;
  size_t tokenEnd_ = 0;  // errors are on the line of the last token
  bool failed_ = false;
  std::string message_;
};

/// An expression: `2*batch + floordiv(n, 2)`.
Dim readDim(TextCursor& in);
/// `[a, b+1]` between the given brackets.
Dims readDims(TextCursor& in, std::string_view open, std::string_view close);

}  // namespace deploytool::ir
