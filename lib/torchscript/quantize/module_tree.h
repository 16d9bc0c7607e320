// The modules of an archive, each with copies of its methods' graphs that may be rewritten for it alone: instances of
// one class share the class's graphs in the archive.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "torchscript/torch_headers.h"

namespace deploytool::ts {

using ObjectPtr = c10::intrusive_ptr<c10::ivalue::Object>;

struct MethodCopy {
  enum class Role { Method, PreHook, Hook };
  torch::jit::Function* original = nullptr;
  Role role = Role::Method;
  std::shared_ptr<torch::jit::Graph> graph;
};

/// One module object, found under `path` first.
struct Instance {
  ObjectPtr object;
  std::string path;
  std::vector<MethodCopy> methods;

  c10::ClassTypePtr type() const { return object->type(); }
  /// `encoder.weight` for attribute `weight` of `encoder`.
  std::string nameOf(const std::string& attribute) const { return path.empty() ? attribute : path + "." + attribute; }
};

class ModuleTree {
 public:
  explicit ModuleTree(const torch::jit::Module& root);

  /// Children before their parents, the root last.
  const std::vector<std::unique_ptr<Instance>>& instances() const { return instances_; }
  Instance* find(const c10::IValue& object) const;
  Instance& root() const { return *instances_.back(); }

 private:
  void add(const ObjectPtr& object, const std::string& path);

  std::vector<std::unique_ptr<Instance>> instances_;
  std::unordered_map<const c10::ivalue::Object*, Instance*> byObject_;
};

inline bool isModule(const c10::IValue& value) { return value.isObject() && value.toObject()->type()->is_module(); }

/// Calls `visit` on every node, outer ones first, those of blocks after the node that holds them.
template <class Visit>
void forEachNode(torch::jit::Block& block, const Visit& visit) {
  for (auto it = block.nodes().begin(); it != block.nodes().end();) {
    torch::jit::Node* node = *it;
    ++it;  // `visit` may destroy the node, if it has no blocks
    const bool hasBlocks = !node->blocks().empty();
    visit(node);
    if (!hasBlocks) continue;
    for (auto* inner : node->blocks()) forEachNode(*inner, visit);
  }
}

}  // namespace deploytool::ts
