// Running a module with libtorch's interpreter.
#pragma once

#include <memory>

#include "torchscript/module.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Whether an engine for quantized operators has a part in what the module computes.
bool usesQuantizedEngine(const torch::jit::Module& module);
/// Makes another engine than the current one run quantized operators; before an archive with packed weights is loaded.
Status selectOtherEngine();

/// Optimised as libtorch does by itself; or not, since its optimiser guesses wrong element types now and then.
Result<std::unique_ptr<Runner>> makeRunner(torch::jit::Module module, const RunnerOptions& options, bool optimised = true);

}  // namespace deploytool::ts
