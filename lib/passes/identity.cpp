// identity: readers of an Identity read its input. It stays where it gives an output of the model its own name (an
// input or an initializer returned, one value returned twice).
#include "passes/all.h"
#include "passes/rewrite.h"

namespace deploytool::passes {

bool identities(ir::Graph& graph, const PassContext&) {
  bool changed = false;
  graph.forEachNode([&](ir::Node& node) {
    if (is(&node, "Identity") && node.inputs().size() == 1) changed |= bypass(node, node.input(0));
  });
  return changed;
}

}  // namespace deploytool::passes
