#include "quantize/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>

namespace deploytool::quantize {
namespace {

constexpr std::array kTypes = {"linear", "lstm", "gru", "rnn", "embedding", "conv"};

struct SizePattern {
  bool atLeast = true;
  bool orEqual = true;
  double bytes = 0;
  bool matches(uint64_t size) const {
    const auto s = static_cast<double>(size);
    if (s == bytes) return orEqual;
    return atLeast ? s > bytes : s < bytes;
  }
};

/// `1MB`, `64k`, `1.5e6`.
std::optional<double> parseBytes(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || !(number >= 0) || !std::isfinite(number)) return {};
  std::string unit(end);
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::tolower(c); });
  if (unit.empty() || unit == "b") return number;
  if (unit == "k" || unit == "kb") return number * 1e3;
  if (unit == "m" || unit == "mb") return number * 1e6;
  if (unit == "g" || unit == "gb") return number * 1e9;
  return {};
}

std::optional<SizePattern> parseSize(const std::string& pattern) {
  const std::string rest = pattern.substr(4);  // behind `size`
  if (rest.empty() || (rest[0] != '<' && rest[0] != '>')) return {};
  SizePattern size;
  size.atLeast = rest[0] == '>';
  size.orEqual = rest.size() > 1 && rest[1] == '=';
  const auto bytes = parseBytes(rest.substr(size.orEqual ? 2 : 1));
  if (!bytes) return {};
  size.bytes = *bytes;
  return size;
}

bool isSizePattern(std::string_view p) { return p.starts_with("size<") || p.starts_with("size>"); }

bool matches(const std::string& pattern, const Subject& subject) {
  if (pattern.starts_with("op:")) {
    const std::string_view glob = std::string_view(pattern).substr(3);
    return std::any_of(subject.ops.begin(), subject.ops.end(), [&](auto op) { return matchesGlob(glob, op); });
  }
  if (isSizePattern(pattern)) return parseSize(pattern)->matches(subject.bytes);
  return matchesGlob(pattern, subject.name);
}

const std::string* firstMatch(const std::vector<std::string>& patterns, const Subject& subject) {
  const auto found = std::find_if(patterns.begin(), patterns.end(), [&](const auto& p) { return matches(p, subject); });
  return found == patterns.end() ? nullptr : &*found;
}

std::array<const std::vector<std::string>*, 5> patternLists(const QuantizeSelection& s) {
  return {&s.include, &s.exclude, &s.weightOnly, &s.grouped, &s.float16};
}

}  // namespace

bool matchesGlob(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p, ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matchesAny(const std::vector<std::string>& patterns, const Subject& subject) {
  return firstMatch(patterns, subject) != nullptr;
}

std::vector<std::string> patternsWithoutMatch(const QuantizeSelection& selection, const std::vector<std::string>& names) {
  std::vector<std::string> result;
  for (const auto* patterns : patternLists(selection)) {
    for (const std::string& pattern : *patterns) {
      if (pattern.starts_with("op:") || isSizePattern(pattern)) continue;
      const bool fits = std::any_of(names.begin(), names.end(), [&](const auto& name) { return matchesGlob(pattern, name); });
      if (!fits) result.push_back(pattern);
    }
  }
  return result;
}

Status checkSelection(const QuantizeSelection& selection) {
  for (const std::string& type : selection.types) {
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
      return makeError(ExitCode::Usage, fmt::format("there is no type '{}'", type),
                       "types are linear, lstm, gru, rnn, embedding, conv");
  }
  for (const auto* patterns : patternLists(selection)) {
    for (const std::string& pattern : *patterns) {
      if (isSizePattern(pattern) && !parseSize(pattern))
        return makeError(ExitCode::Usage, fmt::format("'{}' is no size", pattern), "such as size>=1MB or size<64k");
    }
  }
  return {};
}

std::string whyNotSelected(const QuantizeSelection& selection, const Subject& subject) {
  if (const std::string* pattern = firstMatch(selection.exclude, subject))
    return fmt::format("excluded by '{}'", *pattern);
  if (!selection.include.empty()) {
    if (!firstMatch(selection.include, subject)) return "not among those included";
  } else {
    for (const std::string_view type : subject.types) {
      if (std::find(selection.types.begin(), selection.types.end(), type) == selection.types.end())
        return fmt::format("{} is not among the types", type);
    }
  }
  if (subject.bytes < selection.minSize)
    return fmt::format("{} bytes, less than {}", subject.bytes, selection.minSize);
  return {};
}

}  // namespace deploytool::quantize
