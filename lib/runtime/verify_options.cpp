// Parsing what the command line says about random inputs.
#include <fmt/format.h>

#include <charconv>

#include "deploytool/verify.h"

namespace deploytool {
namespace {

template <class T>
bool parseNumber(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<InputRange> parseInputRange(const std::string& text) {
  const auto wrong = [&] {
    return makeError(ExitCode::Usage, fmt::format("'{}' is no range", text), "LO:HI or NAME:LO:HI, for example tokens:0:100");
  };
  const auto last = text.rfind(':');
  if (last == std::string::npos || last == 0) return wrong();
  const auto middle = text.rfind(':', last - 1);
  const auto start = middle == std::string::npos ? 0 : middle + 1;
  InputRange range;
  if (middle != std::string::npos) range.input = text.substr(0, middle);
  const std::string_view view(text);
  if (!parseNumber(view.substr(start, last - start), range.lo) || !parseNumber(view.substr(last + 1), range.hi) ||
      !(range.lo < range.hi)) {
    return wrong();
  }
  return range;
}

Result<std::pair<std::string, std::vector<int64_t>>> parseAxisSizes(const std::string& text) {
  const auto wrong = [&] {
    return makeError(ExitCode::Usage, fmt::format("'{}' gives no sizes", text), "NAME=N[,N...], for example batch=1,3");
  };
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return wrong();
  std::pair<std::string, std::vector<int64_t>> result{text.substr(0, equals), {}};
  for (size_t at = equals + 1; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    int64_t size = 0;
    if (!parseNumber(std::string_view(text).substr(at, end - at), size) || size < 0) return wrong();
    result.second.push_back(size);
    at = end + 1;
  }
  return result;
}

}  // namespace deploytool
