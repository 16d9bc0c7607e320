#include "passes/optimize.h"

#include "ir/verify.h"

namespace deploytool::passes {

namespace {

Status changeInterface(ir::Model& model, const OptimizeOptions& options, std::vector<std::string>& notes) {
  if (Status renamed = renameInterface(model, options.renames); !renamed) return renamed;
  if (Status named = nameAxes(model, options.axes, notes); !named) return named;
  return fixDims(model, options.fixed);
}

}  // namespace

Result<OptimizeOutcome> optimizeToDescriptor(const onnx_io::ModelSource& source, const onnx_io::OutputTarget& target,
                                             const OptimizeOptions& options, runtime::Kernels* kernels,
                                             const std::function<void(std::string_view)>& stage) {
  stage("loading");
  auto model = onnx_io::readModel(source);
  if (!model) return model.error();
  stage("optimizing");
  OptimizeOutcome outcome;
  outcome.nodesBefore = static_cast<int64_t>((*model)->graph.nodeCount());
  if (Status changed = changeInterface(**model, options, outcome.notes); !changed) return changed.error();
  RunOptions run;
  run.kernels = kernels;
  run.verifyEach = options.verifyEach;
  run.printAfter = options.printAfter;
  run.print = [&](std::string_view pass, const std::string& text) {
    outcome.printed += "// after " + std::string(pass) + "\n" + text;
  };
  auto runs = runPasses(**model, options.passes.empty() ? std::vector<std::string>{"optimize"} : options.passes, run);
  if (!runs) return runs.error();
  outcome.runs = std::move(*runs);
  outcome.nodesAfter = static_cast<int64_t>((*model)->graph.nodeCount());
  if (Diagnostics problems = ir::verify(**model); !problems.empty()) return problems.front();
  stage("writing");
  auto dataFile = onnx_io::writeToTarget(**model, target, options.externalData);
  if (!dataFile) return dataFile.error();
  outcome.dataFile = std::move(*dataFile);
  return outcome;
}

}  // namespace deploytool::passes
