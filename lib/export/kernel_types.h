// Which element types ONNX Runtime's CPU kernels take, where that is fewer than the ONNX specification allows.
#pragma once

#include <string>
#include <vector>

#include "ir/dtype.h"

namespace deploytool::exporter {

/// Inputs and outputs of an operator that share the constrained type.
struct KernelTypes {
  std::vector<size_t> inputs;   ///< empty: all
  std::vector<size_t> outputs;  ///< outputs of that type; others (bool, int64 results) are left alone
  ir::DType runAs;
};

/// Nothing to do: nullopt. Otherwise the inputs are cast to `runAs` and the outputs back.
std::optional<KernelTypes> kernelTypes(const std::string& opType, ir::DType dtype);

}  // namespace deploytool::exporter
