// Implementations of torchaudio's operators for libtorch alone, so that a model which uses them can be run (`verify`).
#pragma once

#include <string>

#include "torchscript/torch_headers.h"

namespace deploytool::ts {

/// Gives the operator, whose schema was just registered by us, its implementation; false where we have none.
bool implementAudio(torch::Library& library, const std::string& key);

}  // namespace deploytool::ts
