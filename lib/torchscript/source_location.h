// Where a node of a jit graph comes from.
#pragma once

#include "torchscript/program.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

struct NodePlace {
  SourceLocation location;
  bool isOriginal = false;     ///< in the Python source, not in the archive's code
  bool isPythonStack = false;  ///< recorded by a trace
};

/// The place in the original source where the archive carries it, else in the archive's own code.
NodePlace sourceLocation(const torch::jit::SourceRange& range);

}  // namespace deploytool::ts
