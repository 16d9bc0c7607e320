// What is known of a graph's values without running it: attributes of modules, constants, views and lists made of them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "torchscript/quantize/module_tree.h"

namespace deploytool::ts {

/// What a value was read from: an attribute, node `read` being the prim::GetAttr; or a constant of a method, as frozen
/// and traced archives have, `instance` being the module of the method.
struct Source {
  Instance* instance = nullptr;
  std::string attribute;
  torch::jit::Node* read = nullptr;
};

struct StaticValue {
  c10::IValue value;
  std::vector<Source> sources;  ///< attributes other than modules, and constant tensors, that it was made of
};

/// Attributes that some method assigns, by class: their values are not static.
class AssignedAttributes {
 public:
  explicit AssignedAttributes(const ModuleTree& tree);
  bool has(const c10::ClassType& type, const std::string& attribute) const;

 private:
  std::set<std::pair<const c10::ClassType*, std::string>> assigned_;
};

/// The static values of one method's graph. Valid while nothing is removed from the graph.
class StaticValues {
 public:
  StaticValues(const ModuleTree& tree, const AssignedAttributes& assigned, Instance& self, torch::jit::Graph& graph);

  /// Null where the value is decided at run time.
  const StaticValue* find(const torch::jit::Value* value);
  /// The module a value is, null for anything else.
  Instance* module(const torch::jit::Value* value);
  /// Whether all outputs of the node are static: it computes nothing at run time that matters.
  bool isStatic(const torch::jit::Node* node);

 private:
  std::optional<StaticValue> make(const torch::jit::Value* value);
  std::optional<StaticValue> constant(torch::jit::Node* node);
  std::optional<StaticValue> attribute(torch::jit::Node* node);
  std::optional<StaticValue> branch(const torch::jit::Value* value);
  std::optional<StaticValue> compared(const torch::jit::Node* node);
  std::optional<StaticValue> viewed(const torch::jit::Value* value);
  std::pair<const torch::jit::Value*, int64_t> multiple(const torch::jit::Value* value);
  std::optional<StaticValue> splitBySizes(const torch::jit::Node* node);
  std::optional<StaticValue> collected(const torch::jit::Node* node);
  std::optional<StaticValue> element(const torch::jit::Value* value);

  const ModuleTree& tree_;
  const AssignedAttributes& assigned_;
  Instance& self_;
  std::unordered_map<const torch::jit::Value*, std::optional<StaticValue>> known_;
};

/// The tensors in a value: itself, or those of a list, tuple or dict.
std::vector<at::Tensor> tensorsIn(const c10::IValue& value);
/// Identifies what a tensor shows: equal for two views of the same elements.
std::string tensorKey(const at::Tensor& tensor);
inline const void* storageOf(const at::Tensor& tensor) { return tensor.storage().unsafeGetStorageImpl(); }

}  // namespace deploytool::ts
