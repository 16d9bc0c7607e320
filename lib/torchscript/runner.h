// Running a module with libtorch's interpreter.
#pragma once

#include <memory>

#include "torchscript/module.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

Result<std::unique_ptr<Runner>> makeRunner(torch::jit::Module module, const RunnerOptions& options);

}  // namespace deploytool::ts
