// infer-types: types, dims and known integers of all values, for the passes after it.
#include "ir/infer.h"

#include "passes/all.h"

namespace deploytool::passes {
namespace {

std::string types(ir::Graph& graph) {
  std::string all;
  graph.forEachNode([&](ir::Node& node) {
    for (const ir::Value* output : node.outputs()) {
      all += ir::text(output->type) + (output->elements ? ir::text(*output->elements) : "-");
    }
  });
  return all;
}

}  // namespace

bool inferTypes(ir::Graph& graph, const PassContext& context) {
  const std::string before = types(graph);
  ir::SymbolSource symbols;
  ir::inferAll(context.model, symbols);
  return types(graph) != before;
}

}  // namespace deploytool::passes
