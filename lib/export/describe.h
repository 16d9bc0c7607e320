// What a loaded archive is, for `inspect`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "deploytool/status.h"
#include "torchscript/program.h"

namespace deploytool::exporter {

/// Signatures, operators with their counts, those without a lowering, parameters, control flow, traced or scripted, and
/// a command line to start from. `modelPath` is only named in that.
nlohmann::ordered_json describe(const ts::Program& program, const std::string& modelPath);

/// That `file` was recorded by torch.jit.trace, and what this means.
Diagnostic tracedRemark(const std::string& file);

}  // namespace deploytool::exporter
