// Writing a model into descriptors that somebody else opened: the model file, and the weights beside it where they are
// too large for one file.
#pragma once

#include <string>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::onnx_io {

struct OutputTarget {
  int descriptor = -1;
  int dataDescriptor = -1;  ///< weights over 2 GB, or where external data is asked for
  std::string name;         ///< of the model file, without folder; names the data file
};

/// Writes the model and returns the name of the data file, empty for none. The name carries a number that follows from
/// the weights, so that an old model never meets new ones (OutputFile::commit). Errors: as writeModel.
Result<std::string> writeToTarget(const ir::Model& model, const OutputTarget& target, bool externalData);

}  // namespace deploytool::onnx_io
