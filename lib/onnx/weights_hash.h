// A number that tells one set of weights from another.
#pragma once

#include <cstdint>
#include <string>

#include "ir/graph.h"

namespace deploytool::onnx_io {

/// 16 hex digits that follow from names, dtypes, dims and bytes of all initializers, those of subgraphs too. Not for
/// adversaries: it names a generation of weights, so that an old model never meets new ones.
std::string weightsHash(const ir::Model& model);

}  // namespace deploytool::onnx_io
