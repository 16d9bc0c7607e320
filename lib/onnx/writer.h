// Writing ONNX files in one pass: sizes are computed ahead, weights go straight from where they are into the file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::onnx_io {

/// Where external data goes: a descriptor to write to, and the name the model file knows it by (relative to its
/// folder).
struct ExternalFile {
  int descriptor = -1;
  std::string location;
};

struct WriteOptions {
  enum class External { Automatic, Always, Never };
  /// Automatic: when the file would pass `maximumFileSize`.
  External external = External::Automatic;
  /// Asked at most once, when external data is needed. The descriptor must be seekable.
  std::function<Result<ExternalFile>()> openExternal;
  /// Tensors of fewer bytes stay in the model file.
  int64_t externalThreshold = 1024;
  /// What a protobuf message may take.
  uint64_t maximumFileSize = 0x7fffffff;
};

/// Writes the model from the descriptor's position on. Unnamed values, nodes and symbols get names (names.h). The bytes
/// follow from the model alone. Errors: Io; Unsupported when it does not fit and external data is impossible.
Status writeModel(const ir::Model& model, int descriptor, const WriteOptions& options = {});

/// The file's bytes; for tests and small models.
Result<std::string> encodeModel(const ir::Model& model);

}  // namespace deploytool::onnx_io
