// TorchScript in, INT8 TorchScript out.
#pragma once

#include "torchscript/load.h"

namespace deploytool::ts {

/// See TorchModule::quantize.
Result<QuantizeReport> quantizeArchive(const InputFile& file, int outputDescriptor, const QuantizeOptions& options);

}  // namespace deploytool::ts
