// The files beside a model that hold its weights, wherever in the model they are named.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx/reader.h"

namespace deploytool::onnx_io {

struct ExternalDataFile {
  std::string location;  ///< relative to the model's folder
  uint64_t size = 0;
};

/// Every external file of the model in `source`, once each, sorted: of initializers, attributes, subgraphs, functions and
/// sparse tensors, without reading weights. What a runtime will open by itself is checked by the rules of openBeneath
/// and against the size of the file. Errors: BadInput (no ONNX file, unsafe or missing external data), Io.
Result<std::vector<ExternalDataFile>> externalFiles(const ModelSource& source);

}  // namespace deploytool::onnx_io
