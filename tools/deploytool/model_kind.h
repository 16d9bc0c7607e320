// Is a file an archive or an ONNX model?
#pragma once

#include "support/files.h"

namespace deploytool::cli {

enum class ModelKind { Archive, Onnx };

/// By the first bytes, then by the name; what is neither counts as an archive, whose reader says what it is.
ModelKind kindOf(const InputHandle& input);

}  // namespace deploytool::cli
