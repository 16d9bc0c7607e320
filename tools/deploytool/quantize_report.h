// What was done with every weight, as a table.
#pragma once

#include <cstdint>
#include <string>

#include "deploytool/quantize.h"

namespace deploytool::cli {

struct FileSizes {
  uint64_t before = 0, after = 0;
  double ratio() const { return before ? static_cast<double>(after) / static_cast<double>(before) : 1; }
};

/// A row for each weight (`all`: vectors that stay too), then totals and sizes.
std::string quantizeText(const QuantizeReport& report, const FileSizes& sizes, bool all);

/// `12.30 MB`; small sizes with more digits.
std::string megabytesText(uint64_t bytes);

}  // namespace deploytool::cli
