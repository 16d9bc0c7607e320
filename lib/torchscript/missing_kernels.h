// Implementations of operators that this libtorch lacks, so that a model which uses them can be run here (`verify`).
#pragma once

#include <string>

#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Gives the operator, whose schema was just registered by us, its implementation; false where we have none.
bool implementMissing(torch::Library& library, const std::string& key);

}  // namespace deploytool::ts
