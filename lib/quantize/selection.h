// Which weights are meant: types and patterns of the command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "deploytool/quantize.h"
#include "deploytool/status.h"

namespace deploytool::quantize {

/// What patterns are matched against.
struct Subject {
  std::string_view name;
  std::vector<std::string_view> ops;  ///< operators that read it
  std::vector<std::string_view> types;
  uint64_t bytes = 0;
};

/// Errors (Usage): an unknown type, a size that is no size.
Status checkSelection(const QuantizeSelection& selection);
/// Empty when the weight is to be quantized, else why not. The selection must have been checked.
std::string whyNotSelected(const QuantizeSelection& selection, const Subject& subject);
bool matchesAny(const std::vector<std::string>& patterns, const Subject& subject);
/// Patterns of names that fit none of `names`: misspelt, most likely.
std::vector<std::string> patternsWithoutMatch(const QuantizeSelection& selection, const std::vector<std::string>& names);
/// `*` any characters, `?` one; the whole text.
bool matchesGlob(std::string_view pattern, std::string_view text);

}  // namespace deploytool::quantize
