// Rewriting an existing ONNX file: read, change the interface, run passes, verify, write. On descriptors that somebody
// else opened, as export/pipeline.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "deploytool/status.h"
#include "onnx/output_target.h"
#include "onnx/reader.h"
#include "passes/interface.h"
#include "passes/pass.h"

namespace deploytool::passes {

struct OptimizeOptions {
  std::vector<std::string> passes;  ///< names of passes or pipelines; empty: `optimize`
  std::vector<std::pair<std::string, std::string>> renames;
  std::vector<AxisName> axes;
  FixedDims fixed;
  bool verifyEach = false;
  std::vector<std::string> printAfter;
  bool externalData = false;
};

struct OptimizeOutcome {
  std::vector<PassRun> runs;
  int64_t nodesBefore = 0, nodesAfter = 0;
  std::string dataFile;
  uint64_t weightBytes = 0;
  /// Axes that were made dynamic, by their new names: the sizes that the file has, the only ones it can be run at.
  std::map<std::string, int64_t> openedSizes;
  std::string printed;  ///< graphs that printAfter asked for
  std::vector<std::string> notes;
};

/// `kernels` may be null: then only shapes are folded.
Result<OptimizeOutcome> optimizeToDescriptor(const onnx_io::ModelSource& source, const onnx_io::OutputTarget& target,
                                             const OptimizeOptions& options, runtime::Kernels* kernels,
                                             const std::function<void(std::string_view)>& stage);

}  // namespace deploytool::passes
