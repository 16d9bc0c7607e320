#include "passes/optimize.h"

#include "ir/verify.h"

namespace deploytool::passes {

namespace {

std::map<std::string, int64_t> sizesToOpen(const ir::Model& model, const std::vector<AxisName>& axes) {
  std::map<std::string, int64_t> sizes;
  for (const AxisName& axis : axes) {
    for (const ir::Value* input : model.graph.inputs()) {
      if (input->name != axis.value || !input->hasRank()) continue;
      const auto rank = static_cast<int64_t>(input->dims().size());
      const int64_t at = axis.axis < 0 ? axis.axis + rank : axis.axis;
      if (at < 0 || at >= rank || !input->dims()[static_cast<size_t>(at)].isLiteral()) continue;
      sizes[axis.symbol] = input->dims()[static_cast<size_t>(at)].literal();
    }
  }
  return sizes;
}

uint64_t weightBytes(const ir::Model& model) {
  uint64_t bytes = 0;
  for (const ir::Value* value : model.graph.initializers()) bytes += static_cast<uint64_t>(value->storedElements().byteSize());
  return bytes;
}

Status changeInterface(ir::Model& model, const OptimizeOptions& options, OptimizeOutcome& outcome) {
  if (Status renamed = renameInterface(model, options.renames); !renamed) return renamed;
  outcome.openedSizes = sizesToOpen(model, options.axes);
  if (Status named = nameAxes(model, options.axes, outcome.notes); !named) return named;
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
  if (Status changed = changeInterface(**model, options, outcome); !changed) return changed.error();
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
  outcome.weightBytes = weightBytes(**model);
  stage("writing");
  auto dataFile = onnx_io::writeToTarget(**model, target, options.externalData);
  if (!dataFile) return dataFile.error();
  outcome.dataFile = std::move(*dataFile);
  return outcome;
}

}  // namespace deploytool::passes
