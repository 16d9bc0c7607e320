// Quantizing an ONNX model: fold what stands before weights, plan, rewrite, write. On descriptors that somebody else
// opened, as passes/optimize.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "deploytool/quantize.h"
#include "deploytool/status.h"
#include "ir/graph.h"
#include "onnx/output_target.h"
#include "onnx/reader.h"
#include "runtime/kernels.h"

namespace deploytool::quantize {

/// Rewrites the model. `kernels` may be null: then weights behind anything but views are not seen as weights. Errors:
/// Usage (selection), BadInput (weights that are not finite), Unsupported.
Result<QuantizeReport> quantizeModel(ir::Model& model, const QuantizeOptions& options, runtime::Kernels* kernels);

/// Whether a weight stands behind an operator that only a kernel can compute.
bool needsKernels(ir::Model& model);

using StageListener = std::function<void(std::string_view)>;

/// Reads, quantizes, verifies and writes; a file that would not become smaller is copied. Nothing is written (and the result is empty) when the model needs kernels and
/// there are none: call again with them.
Result<std::optional<QuantizeReport>> quantizeToDescriptor(const onnx_io::ModelSource& source,
                                                           const onnx_io::OutputTarget& target, const QuantizeOptions& options,
                                                           runtime::Kernels* kernels, const StageListener& stage);

}  // namespace deploytool::quantize
