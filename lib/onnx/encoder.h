// From the graph form to encoded onnx messages.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "onnx/message.h"
#include "onnx/names.h"

namespace deploytool::onnx_io {

/// Which initializers go to external data, and where each starts.
struct ExternalLayout {
  std::string location;
  std::map<const ir::Value*, uint64_t> offsets;
  std::vector<std::pair<uint64_t, ir::TensorPtr>> tensors;  ///< in the file's order
  uint64_t size = 0;
};

/// Initializers of at least `threshold` bytes, subgraphs included, each at an aligned offset.
ExternalLayout layOutExternal(const ir::Model& model, int64_t threshold);

/// The whole model. `external` may be null.
Message encodeModel(const ir::Model& model, const Names& names, const ExternalLayout* external);

}  // namespace deploytool::onnx_io
