// What an ONNX model is, for `inspect`.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "ir/graph.h"

namespace deploytool::onnx_io {

/// Inputs, outputs, operators with their counts (subgraphs included), initializers, opsets, producer, control flow.
nlohmann::ordered_json describe(ir::Model& model);

}  // namespace deploytool::onnx_io
