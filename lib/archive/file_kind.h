// What kind of model file something is, from a few bytes and the zip directory, without libtorch.
#pragma once

#include "deploytool/status.h"

namespace deploytool::archive {

/// Success for a TorchScript archive. Otherwise an error (BadInput) that says what the file is and what to do; it names
/// no file.
Status checkTorchScript(int descriptor);

}  // namespace deploytool::archive
