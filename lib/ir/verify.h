// Whether a graph is well formed: edges, order, scopes, names, types, and operators as the opset has them.
#pragma once

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::ir {

struct VerifyOptions {
  bool names = false;      ///< every value has a name, unique where it is visible (as in a file)
  bool types = false;      ///< main outputs have a type with an element type
  bool signatures = true;  ///< operators, arity and attributes, where our table knows the opset
  size_t maxProblems = 20;
};

/// Problems, each with its place. Empty: the model is fine.
Diagnostics verify(const Model& model, const VerifyOptions& options = {});

}  // namespace deploytool::ir
