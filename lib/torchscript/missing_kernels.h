// Kernels for operators that this libtorch lacks, so that archives which use them also run here (`verify`, `bench`).
#pragma once

#include <string_view>

#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Registers ours for a schema that was just registered, where we have one. `key` is `aten::name.overload`.
void registerMissingKernel(torch::Library& library, std::string_view key);

}  // namespace deploytool::ts
