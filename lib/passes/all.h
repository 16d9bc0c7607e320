// The functions behind the registry's rows.
#pragma once

#include "passes/pass.h"

namespace deploytool::passes {

bool initializerInputs(ir::Graph& graph, const PassContext& context);
bool inferTypes(ir::Graph& graph, const PassContext& context);
bool deadCode(ir::Graph& graph, const PassContext& context);
bool identities(ir::Graph& graph, const PassContext& context);
bool commonSubexpressions(ir::Graph& graph, const PassContext& context);
bool commonShapes(ir::Graph& graph, const PassContext& context);
bool duplicateInitializers(ir::Graph& graph, const PassContext& context);
bool constantFolding(ir::Graph& graph, const PassContext& context);
bool constantBranches(ir::Graph& graph, const PassContext& context);
bool redundantOperators(ir::Graph& graph, const PassContext& context);
bool convBatchNorm(ir::Graph& graph, const PassContext& context);

}  // namespace deploytool::passes
