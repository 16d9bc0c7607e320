// What a loaded archive is, for `inspect`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "torchscript/program.h"

namespace deploytool::exporter {

/// Signatures, operators with their counts, parameters, control flow, traced or scripted, and a command line to start
/// from. `modelPath` is only named in that.
nlohmann::ordered_json describe(const ts::Program& program, const std::string& modelPath);

}  // namespace deploytool::exporter
