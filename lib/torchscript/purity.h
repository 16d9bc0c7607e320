// Which operators may be run while folding: pure ones, on these arguments.
#pragma once

#include "torchscript/program.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// By the operator alone: no randomness, no files, no output, no global state, no other devices.
bool mayRun(const c10::FunctionSchema& schema);
/// By its arguments: no training mode of operators that draw or update statistics, no generator.
bool mayRun(const c10::FunctionSchema& schema, const std::vector<Value>& arguments);

}  // namespace deploytool::ts
