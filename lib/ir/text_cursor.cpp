// Characters, words, numbers and dims of the text form.
#include "ir/text_cursor.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace deploytool::ir {

namespace {

bool isWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '/' || c == '$' || c == '%' ||
         c == '?';
}

class DimParser {
 public:
  explicit DimParser(TextCursor& in) : in_(in) {}

  Dim sum() {
    if (++depth_ > kMaxTextDepth) in_.fail("an expression is nested too deeply");
    Dim total = in_.accept("-") ? -term() : term();
    while (!in_.failed()) {
      if (in_.accept("+")) {
        total = total + term();
      } else if (in_.accept("-")) {
        total = total - term();
      } else {
        break;
      }
    }
    --depth_;
    return total;
  }

 private:
  Dim term() {
    Dim product = factor();
    while (!in_.failed() && in_.accept("*")) product = product * factor();
    return product;
  }
  Dim factor() {
    if (in_.accept("(")) {
      const Dim inner = sum();
      in_.expect(")");
      return inner;
    }
    if (std::isdigit(static_cast<unsigned char>(in_.peek()))) return digits();
    const std::string name = in_.word();
    if (in_.failed() || !in_.accept("(")) return Dim::symbol(name);
    return call(name);
  }
  Dim digits() {
    int64_t value = 0;
    while (std::isdigit(static_cast<unsigned char>(in_.peek()))) {
      const int digit = in_.peek() - '0';
      in_.accept(std::string(1, in_.peek()));
      if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, digit, &value)) {
        in_.fail("a number is too large");
      }
    }
    return value;
  }
  Dim call(const std::string& name) {
    Dim result = sum();
    while (in_.accept(",")) {
      const Dim next = sum();
      if (name == "floordiv") {
        result = floorDiv(result, next);
      } else if (name == "mod") {
        result = mod(result, next);
      } else if (name == "min") {
        result = min(result, next);
      } else if (name == "max") {
        result = max(result, next);
      } else {
        in_.fail("'" + name + "' is no function");
      }
    }
    in_.expect(")");
    return result;
  }

  TextCursor& in_;
  int depth_ = 0;
};

}  // namespace

size_t TextCursor::line() const {
  return 1 + static_cast<size_t>(std::count(text_.begin(), text_.begin() + tokenEnd_, '\n'));
}

bool TextCursor::fail(std::string message) {
  if (!failed_) message_ = std::move(message);
  failed_ = true;
  return false;
}

void TextCursor::skipSpace() {
  for (;; ++at_) {
    if (at_ < text_.size() && text_[at_] == '#' && (at_ == 0 || text_[at_ - 1] == '\n')) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
    if (at_ >= text_.size() || !std::isspace(static_cast<unsigned char>(text_[at_]))) return;
  }
}

bool TextCursor::atEnd() {
  skipSpace();
  return at_ >= text_.size();
}

char TextCursor::peek() {
  skipSpace();
  return at_ < text_.size() && !failed_ ? text_[at_] : '\0';
}

bool TextCursor::accept(std::string_view token) {
  skipSpace();
  if (failed_ || text_.substr(at_, token.size()) != token) return false;
  tokenEnd_ = at_ += token.size();
  return true;
}

std::string TextCursor::word() {
  if (peek() == '"') return string();
  std::string out;
  while (at_ < text_.size() && isWordCharacter(text_[at_])) out += text_[at_++];
  tokenEnd_ = at_;
  if (out.empty()) fail("expected a name");
  return out;
}

bool TextCursor::acceptWord(std::string_view word) {
  skipSpace();
  const size_t end = at_ + word.size();
  if (failed_ || text_.substr(at_, word.size()) != word) return false;
  if (end < text_.size() && isWordCharacter(text_[end])) return false;
  tokenEnd_ = at_ = end;
  return true;
}

std::string TextCursor::string() {
  std::string out;
  if (!expect("\"")) return out;
  while (at_ < text_.size() && text_[at_] != '"') {
    char c = text_[at_++];
    if (c == '\\' && at_ < text_.size()) {
      c = text_[at_++];
      if (c == 'n') c = '\n';
      if (c == 'x' && at_ + 2 <= text_.size()) {
        int value = 0;
        std::from_chars(text_.data() + at_, text_.data() + at_ + 2, value, 16);
        c = static_cast<char>(value);
        at_ += 2;
      }
    }
    out += c;
  }
  if (at_++ >= text_.size()) fail("a string does not end");
  tokenEnd_ = std::min(at_, text_.size());
  return out;
}

std::string TextCursor::numeral() {
  skipSpace();
  std::string out;
  while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '.' ||
                                text_[at_] == '-' || text_[at_] == '+')) {
    out += text_[at_++];
  }
  tokenEnd_ = at_;
  if (out.empty()) fail("expected a number");
  return out;
}

int64_t TextCursor::integer() {
  const std::string digits = numeral();
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) fail("'" + digits + "' is no integer");
  return value;
}

Dim readDim(TextCursor& in) { return DimParser(in).sum(); }

Dims readDims(TextCursor& in, std::string_view open, std::string_view close) {
  Dims dims;
  in.expect(open);
  if (in.accept(close)) return dims;
  do dims.push_back(readDim(in));
  while (!in.failed() && in.accept(","));
  in.expect(close);
  return dims;
}

}  // namespace deploytool::ir
