// Running single ONNX operators on constants, for constant folding. Implemented on ATen in lib/torchscript/kernels; a
// pass gets it from who runs the passes (ts::TorchModule::kernels()), so the core needs no libtorch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::runtime {

class Kernels {
 public:
  virtual ~Kernels() = default;
  virtual bool supports(const std::string& opType, const std::string& domain) const = 0;
  /// Runs the node on constants: one tensor an input, null for one left out. Nothing when it cannot be run here (no
  /// kernel, random, a result more than 1 MiB larger than the inputs, dtypes that the kernel does not take). An error
  /// means that the operator refuses these inputs: shapes that do not fit, an index out of range.
  virtual Result<std::optional<std::vector<ir::TensorPtr>>> run(const ir::Node& node,
                                                                const std::vector<ir::TensorPtr>& inputs,
                                                                int64_t opset) = 0;
};

}  // namespace deploytool::runtime
