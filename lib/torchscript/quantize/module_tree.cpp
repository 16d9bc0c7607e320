// Collecting the modules of an archive; see module_tree.h.
#include "torchscript/quantize/module_tree.h"

namespace deploytool::ts {

namespace {

MethodCopy copyOf(torch::jit::Function* function, MethodCopy::Role role) {
  function->ensure_defined();
  return {function, role, torch::jit::toGraphFunction(*function).graph()->copy()};
}

}  // namespace

ModuleTree::ModuleTree(const torch::jit::Module& root) { add(root._ivalue(), ""); }

void ModuleTree::add(const ObjectPtr& object, const std::string& path) {
  if (!byObject_.emplace(object.get(), nullptr).second) return;
  auto instance = std::make_unique<Instance>();
  instance->object = object;
  instance->path = path;
  const auto type = object->type();
  for (size_t i = 0; i < type->numAttributes(); ++i) {
    if (const auto& value = object->getSlot(i); isModule(value)) {
      add(value.toObject(), instance->nameOf(type->getAttributeName(i)));
    }
  }
  for (auto* method : type->methods()) instance->methods.push_back(copyOf(method, MethodCopy::Role::Method));
  for (auto* hook : type->getForwardPreHooks()) instance->methods.push_back(copyOf(hook, MethodCopy::Role::PreHook));
  for (auto* hook : type->getForwardHooks()) instance->methods.push_back(copyOf(hook, MethodCopy::Role::Hook));
  byObject_[object.get()] = instance.get();
  instances_.push_back(std::move(instance));
}

Instance* ModuleTree::find(const c10::IValue& object) const {
  if (!object.isObject()) return nullptr;
  const auto found = byObject_.find(object.toObject().get());
  return found == byObject_.end() ? nullptr : found->second;
}

}  // namespace deploytool::ts
