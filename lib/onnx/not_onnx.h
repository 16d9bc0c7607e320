// What a file is that cannot be read as an ONNX model.
#pragma once

#include <string_view>

#include "deploytool/status.h"

namespace deploytool::onnx_io {

/// An error (BadInput) without the file's name, for a file whose outermost message cannot be read.
Diagnostic notOnnx(std::string_view bytes);

}  // namespace deploytool::onnx_io
