// The arguments of the exported method: graph inputs for tensors, values for literals.
#pragma once

#include <string>
#include <vector>

#include "deploytool/status.h"
#include "export/input_spec.h"
#include "export/interpreter.h"

namespace deploytool::exporter {

/// Makes the graph's inputs and returns the method's arguments after self, in its order. Errors: Usage.
Result<std::vector<Value>> makeArguments(Interpreter& interpreter, const ts::Function& method,
                                         const std::vector<InputSpec>& inputs);

}  // namespace deploytool::exporter
