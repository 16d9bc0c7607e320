// The report on its way out of a worker and to programs.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "deploytool/quantize.h"

namespace deploytool::quantize {

/// Without its diagnostics.
nlohmann::ordered_json toJson(const QuantizeReport& report);
QuantizeReport reportFromJson(const nlohmann::ordered_json& json);

struct Totals {
  uint64_t weights = 0, quantized = 0;
  uint64_t bytesBefore = 0, bytesAfter = 0;  ///< of all weights
  uint64_t quantizedBefore = 0, quantizedAfter = 0;
};
Totals totalsOf(const QuantizeReport& report);

}  // namespace deploytool::quantize
