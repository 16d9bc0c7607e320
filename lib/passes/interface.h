// Changing what a model shows to its callers: names of inputs and outputs, names and sizes of dims.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::passes {

/// Gives inputs and outputs new names (old → new). Errors: Usage for a name that is not there, or taken.
Status renameInterface(ir::Model& model, const std::vector<std::pair<std::string, std::string>>& names);

/// `input:0=batch`.
struct AxisName {
  std::string value;  ///< name of an input or output
  int64_t axis = 0;   ///< negative: from the end
  std::string symbol;
};

/// Makes axes of inputs dynamic; on an output names the computed dim. Shapes that a Reshape holds as constants with the
/// old size are opened (-1) where the rest of them is known; `notes` tells of what stays fixed inside. Errors: Usage
/// for names and axes that are not there, for an output whose dim is computed to be something else.
Status nameAxes(ir::Model& model, const std::vector<AxisName>& axes, std::vector<std::string>& notes);

/// Gives symbols (or whole inputs) sizes.
struct FixedDims {
  std::map<std::string, int64_t> symbols;              ///< symbol → size
  std::map<std::string, std::vector<int64_t>> inputs;  ///< input → dims
};
/// Errors: Usage for what is not there or does not fit what the file says.
Status fixDims(ir::Model& model, const FixedDims& fixed);

}  // namespace deploytool::passes
