// From a loaded program to a graph: the walk, its inputs and its outputs. No file is touched and no pass is run here.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "export/custom_op.h"
#include "export/input_spec.h"
#include "ir/graph.h"
#include "torchscript/program.h"

namespace deploytool::exporter {

struct ExportRequest {
  std::vector<InputSpec> inputs;
  std::vector<std::string> outputNames;
  std::vector<DynamicAxis> outputAxes;  ///< names for dims of outputs
  std::string method = "forward";
  int64_t opset = 13;
  int64_t unrollLimit = 20'000;
  bool strictDims = false;
  bool dropUnusedInputs = false;
  std::vector<CustomOp> customOps;
};

struct ExportOutcome {
  std::unique_ptr<ir::Model> model;
  std::vector<std::string> assumptions;  ///< what holds for the result to be right
  std::vector<std::string> notes;        ///< what was left out or approximated
  std::set<std::string> rows;            ///< of the operator table that were applied: `aten::softmax.int`
};

/// Errors: Usage (inputs or output names that do not fit the method), Unsupported. Several unsupported operators are
/// several diagnostics.
struct ExportFailure {
  Diagnostics errors;
  std::vector<std::string> notes;
};
using ExportResult = std::variant<ExportOutcome, ExportFailure>;

/// A usage error for an opset that is not written.
Status checkOpset(int64_t opset);

ExportResult exportProgram(const ts::LoadedModel& loaded, const ExportRequest& request);

}  // namespace deploytool::exporter
