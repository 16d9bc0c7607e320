// Compiling TorchScript source text.
#pragma once

#include "deploytool/status.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Methods over `self`; or functions: those become methods of the same names, and call each other as functions; or classes
/// as an archive has them, instantiated with example values.
Result<torch::jit::Module> compileModule(const std::string& source);

}  // namespace deploytool::ts
