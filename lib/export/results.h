// The outputs of the exported method: flattened, named, each a value of its own.
#pragma once

#include <string>
#include <vector>

#include "deploytool/status.h"
#include "export/interpreter.h"
#include "export/input_spec.h"

namespace deploytool::exporter {

/// Adds the graph's outputs. Errors: Usage (names that do not fit), Unsupported (strings, …).
Status makeOutputs(Interpreter& interpreter, const Value& result, const std::vector<std::string>& names,
                   const std::vector<DynamicAxis>& axes);

}  // namespace deploytool::exporter
