// initializer-inputs: before IR version 4 the format wanted every initializer among the inputs as well. Nobody sets
// those; as plain constants they can be folded.
#include "passes/all.h"

namespace deploytool::passes {

bool initializerInputs(ir::Graph& graph, const PassContext& context) {
  if (context.model.irVersion <= 0 || context.model.irVersion >= 4) return false;
  bool changed = false;
  const std::vector<ir::Value*> inputs = graph.inputs();
  for (ir::Value* input : inputs) {
    if (!input->constant) continue;
    graph.dropFromInputs(input);
    changed = true;
  }
  return changed;
}

}  // namespace deploytool::passes
