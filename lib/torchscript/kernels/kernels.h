// ONNX operators on constants, on ATen; see runtime/kernels.h.
#pragma once

#include <memory>

#include "runtime/kernels.h"

namespace deploytool::ts {

runtime::Kernels& atenKernels();

}  // namespace deploytool::ts
