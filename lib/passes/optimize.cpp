#include "passes/optimize.h"

#include "export/weights_hash.h"
#include "ir/verify.h"
#include "onnx/writer.h"

namespace deploytool::passes {

namespace {

Status changeInterface(ir::Model& model, const OptimizeOptions& options, std::vector<std::string>& notes) {
  if (Status renamed = renameInterface(model, options.renames); !renamed) return renamed;
  if (Status named = nameAxes(model, options.axes, notes); !named) return named;
  return fixDims(model, options.fixed);
}

Status write(const ir::Model& model, const OptimizeTarget& target, bool external, std::string& dataFile) {
  onnx_io::WriteOptions how;
  if (external) how.external = onnx_io::WriteOptions::External::Always;
  how.openExternal = [&]() -> Result<onnx_io::ExternalFile> {
    if (target.dataDescriptor < 0)
      return makeError(ExitCode::Unsupported, "the model needs a second file for its weights, and there is only one output",
                       "write to a file, with --external-data");
    dataFile = target.name + "." + exporter::weightsHash(model) + ".data";
    return onnx_io::ExternalFile{target.dataDescriptor, dataFile};
  };
  return onnx_io::writeModel(model, target.descriptor, how);
}

}  // namespace

Result<OptimizeOutcome> optimizeToDescriptor(const onnx_io::ModelSource& source, const OptimizeTarget& target,
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
  if (Status written = write(**model, target, options.externalData, outcome.dataFile); !written) return written.error();
  return outcome;
}

}  // namespace deploytool::passes
