// Reading ONNX files. The file is mapped and weights stay slices of the mapping; nothing in a damaged or hostile file
// is trusted: every length, count and nesting is checked, and the first thing wrong is reported with its place.
#pragma once

#include <memory>
#include <string>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::onnx_io {

/// A model file that someone opened. The descriptors are borrowed; they are not needed once the model is read.
struct ModelSource {
  int descriptor = -1;
  std::string name;  ///< for messages
  /// The folder that external data is looked up in, and never outside of; -1: the model may not have external data.
  int folder = -1;
};

/// Errors: BadInput (damaged, not ONNX, external data that is missing or unsafe), Io, Unsupported (element types that
/// the graph form cannot hold).
Result<std::unique_ptr<ir::Model>> readModel(const ModelSource& source);
/// Opens the file and, for external data, its folder.
Result<std::unique_ptr<ir::Model>> readModelFile(const std::string& path);
/// From memory; `bytes` is copied when the model refers to it. No external data.
Result<std::unique_ptr<ir::Model>> readModelBytes(std::string bytes, const std::string& name = {});

}  // namespace deploytool::onnx_io
