// From a libtorch module to ts::Program: module tree, classes, and every function reachable from the root's methods.
#pragma once

#include "torchscript/program.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Fills root, functions, classes, methods and traced.
Result<Program> buildProgram(const torch::jit::Module& module);

}  // namespace deploytool::ts
