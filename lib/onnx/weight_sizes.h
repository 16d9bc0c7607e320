// What the constants of a model take, by dtype and by the operator that reads them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace deploytool::onnx_io {

struct WeightSize {
  std::string dtype;
  std::string op;  ///< the first reader; empty for what nothing reads
  int64_t count = 0;
  uint64_t bytes = 0;
};

/// Initializers and Constant nodes, subgraphs included; the largest first.
std::vector<WeightSize> weightSizes(ir::Model& model);

nlohmann::ordered_json toJson(const std::vector<WeightSize>& sizes);
std::vector<WeightSize> weightSizesFromJson(const nlohmann::ordered_json& json);

}  // namespace deploytool::onnx_io
