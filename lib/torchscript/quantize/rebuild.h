// A module tree with the rewritten methods: new classes, new objects. Instances of one class that were rewritten alike
// share a new class, the first of a class keeps its name.
#pragma once

#include <map>
#include <set>
#include <string>

#include "torchscript/quantize/module_tree.h"

namespace deploytool::ts {

/// What becomes of one instance's attributes.
struct AttributeChanges {
  std::set<std::string> removed;
  std::vector<std::pair<std::string, c10::TypePtr>> added;
  std::vector<c10::IValue> values;  ///< of those added
};

using Changes = std::map<const Instance*, AttributeChanges>;

/// Throws c10::Error where a method holds a value whose class cannot be told (a list of modules, ...).
torch::jit::Module rebuild(const ModuleTree& tree, const Changes& changes);

}  // namespace deploytool::ts
