// Scanning of specifications, and the caret under the place of an error.
#include "export/spec_scanner.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace deploytool::exporter {

namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

size_t SpecScanner::position() {
  while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
  return at_;
}

char SpecScanner::peek() { return atEnd() ? '\0' : text_[at_]; }

bool SpecScanner::accept(char c) {
  if (peek() != c || c == '\0') return false;
  ++at_;
  return true;
}

std::string_view SpecScanner::word() {
  const size_t begin = position();
  while (at_ < text_.size() && isWord(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::string_view SpecScanner::token() {
  const size_t begin = position();
  while (at_ < text_.size() && (isWord(text_[at_]) || text_[at_] == '.' || text_[at_] == '+' || text_[at_] == '-')) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::string_view SpecScanner::until(std::string_view ends) {
  const size_t begin = position();
  const size_t end = text_.find_first_of(ends, begin);
  at_ = end == std::string_view::npos ? text_.size() : end;
  return text_.substr(begin, at_ - begin);
}

Result<std::string> SpecScanner::jsonString() {
  const size_t begin = position();
  size_t end = begin + 1;
  while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size()) return errorAt(begin, "this string has no end");
  at_ = end + 1;
  const auto json = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
  if (!json.is_string()) return errorAt(begin, "this is no JSON string");
  return json.get<std::string>();
}

Diagnostic SpecScanner::errorAt(size_t offset, const std::string& message, const std::string& help) const {
  Diagnostic d = makeError(ExitCode::Usage, std::string(option_) + ": " + message, help);
  d.notes = {withCaret(text_, offset)};
  return d;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && isSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  return std::string(text);
}

bool isIdentifier(std::string_view text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0]))) return false;
  for (char c : text) {
    if (!isWord(c)) return false;
  }
  return true;
}

bool parsed(std::string_view text, int64_t& number) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() && !text.empty();
}

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string numberText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char buffer[64];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, number);
  std::string out(buffer, result.ptr);
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

std::string withCaret(std::string_view text, size_t offset) {
  constexpr size_t kBefore = 70, kAfter = 30;  // of a long text, what is around the place
  const auto isStart = [&](size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80; };
  size_t begin = offset > kBefore ? offset - kBefore : 0;
  while (begin > 0 && begin < text.size() && !isStart(begin)) --begin;
  size_t end = std::min(offset + kAfter, text.size());
  while (end < text.size() && !isStart(end)) ++end;
  const bool cutBefore = begin > 0, cutAfter = end < text.size();
  text = text.substr(begin, end - begin);
  offset -= begin;
  std::string line(text);
  for (char& c : line) {
    if (isSpace(c)) c = ' ';  // the caret counts columns
  }
  size_t column = 0;
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  }
  const std::string dots = cutBefore ? "..." : "";
  return dots + line + (cutAfter ? "..." : "") + "\n" + std::string(dots.size() + column, ' ') + "^";
}

}  // namespace deploytool::exporter
