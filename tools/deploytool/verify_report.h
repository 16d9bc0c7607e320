// Results of a comparison as text and JSON, for verify and for export --verify.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "deploytool/verify.h"

namespace deploytool::cli {

/// A line for each case, and one for each output that differs (`all`: for each output).
std::string verifyText(const VerifyReport& report, bool all);
/// The lines of cases and outputs that differ, at most a few.
std::vector<std::string> verifyLines(const VerifyReport& report);
nlohmann::ordered_json verifyJson(const VerifyReport& report);

}  // namespace deploytool::cli
