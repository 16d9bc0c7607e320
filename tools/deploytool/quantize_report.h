// What was done with every weight, as a table.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "quantize/search.h"
#include "runtime/output_error.h"

namespace deploytool::cli {

struct FileSizes {
  uint64_t before = 0, after = 0;
  double ratio() const { return before ? static_cast<double>(after) / static_cast<double>(before) : 1; }
};

struct QuantizeResult {
  QuantizeReport report;
  FileSizes sizes;
  std::optional<runtime::OutputError> error;
  std::vector<quantize::LayerSensitivity> sensitivity;
  std::string choice;  ///< of --auto
};

/// A row for each weight (`all`: vectors that stay too), then totals, sizes and errors.
std::string quantizeText(const QuantizeResult& result, bool all);
nlohmann::ordered_json quantizeJson(const QuantizeResult& result);

}  // namespace deploytool::cli
