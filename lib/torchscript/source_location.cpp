// Source places of nodes; see source_location.h. A script's range has a file name and a line. A trace's range is a
// Python stack as text, innermost first: `/home/me/net.py(87): forward`, one frame a line; torch's own frames are not
// what the user looks for.
#include "torchscript/source_location.h"

#include <optional>
#include <string_view>

namespace deploytool::ts {

namespace {

std::string baseName(std::string_view path) {
  const auto slash = path.find_last_of("/\\");
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

bool isTorchFrame(std::string_view path) {
  return path.find("/torch/nn/modules/module.py") != std::string_view::npos ||
         path.find("/torch/jit/") != std::string_view::npos || path.find("/torch/_jit") != std::string_view::npos;
}

/// `path(line): function`
std::optional<SourceLocation> parseFrame(std::string_view frame) {
  const auto close = frame.find("): ");
  if (close == std::string_view::npos) return std::nullopt;
  const auto open = frame.rfind('(', close);
  if (open == std::string_view::npos || open + 1 == close) return std::nullopt;
  int line = 0;
  for (char c : frame.substr(open + 1, close - open - 1)) {
    if (c < '0' || c > '9' || line > 100'000'000) return std::nullopt;
    line = line * 10 + (c - '0');
  }
  SourceLocation result;
  result.file = std::string(frame.substr(0, open));
  result.line = line;
  result.function = std::string(frame.substr(close + 3));
  return result;
}

std::optional<SourceLocation> parseStack(const std::string& stack) {
  std::optional<SourceLocation> first;
  for (size_t at = 0; at < stack.size();) {
    auto end = stack.find('\n', at);
    if (end == std::string::npos) end = stack.size();
    auto frame = parseFrame(std::string_view(stack).substr(at, end - at));
    if (!frame) return first;
    if (!isTorchFrame(frame->file)) {
      frame->file = baseName(frame->file);
      return frame;
    }
    if (!first) {
      first = frame;
      first->file = baseName(first->file);
    }
    at = end + 1;
  }
  return first;
}

}  // namespace

NodePlace sourceLocation(const torch::jit::SourceRange& range) {
  NodePlace result;
  if (!range.source()) return result;
  const auto original = range.findSourceRangeThatGenerated();
  result.isOriginal = original.has_value();
  const torch::jit::SourceRange& best = original ? *original : range;
  const auto place = best.file_line_col();
  const std::string text = original ? best.text().str() : std::string();
  // A script's statement may look like a frame (`for i in range(3): break`), but does not begin with its file's name.
  if (original && (!place || text.starts_with(std::get<0>(*place) + "("))) {
    if (auto stack = parseStack(text)) {
      result.location = std::move(*stack);
      result.location.function.clear();  // the function at hand says more: it has the class
      result.isPythonStack = true;
      return result;
    }
  }
  if (!place) return result;
  result.location.file = baseName(std::get<0>(*place));
  result.location.line = static_cast<int>(std::get<1>(*place)) + (original ? 0 : 1);
  return result;
}

}  // namespace deploytool::ts
