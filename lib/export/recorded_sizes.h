// Sizes that a trace recorded as constants: what Python computed while tracing does not follow a dynamic axis.
#pragma once

#include <string>
#include <vector>

#include "export/input_spec.h"
#include "torchscript/program.h"

namespace deploytool::exporter {

/// A sentence for each constant size in a traced function that equals an example size given with a dynamic axis
/// (`batch=4`). Sizes that an input also has as a fixed dim, 0 and 1 say nothing.
std::vector<std::string> recordedSizes(const ts::Program& program, const std::vector<InputSpec>& inputs);

}  // namespace deploytool::exporter
