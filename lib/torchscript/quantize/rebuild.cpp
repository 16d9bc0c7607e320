// New classes and objects; see rebuild.h. Adding attributes to a class in place would corrupt its other instances, and
// removing some shifts the slots of all.
#include "torchscript/quantize/rebuild.h"

#include <fmt/format.h>

#include "torchscript/quantize/static_values.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;

class Rebuilder {
 public:
  Rebuilder(const ModuleTree& tree, const Changes& changes)
      : tree_(tree), changes_(changes), assigned_(tree), unit_(std::make_shared<torch::jit::CompilationUnit>()) {}

  torch::jit::Module run() {
    for (const auto& instance : tree_.instances()) {
      const auto type = typeFor(*instance);
      types_[instance.get()] = type;
      objects_[instance.get()] = objectFor(*instance, type);
    }
    return torch::jit::Module(objects_.at(&tree_.root()));
  }

 private:
  const AttributeChanges& changesOf(const Instance& instance) const {
    static const AttributeChanges none;
    const auto found = changes_.find(&instance);
    return found == changes_.end() ? none : found->second;
  }
  std::string signature(const Instance& instance) const;
  c10::ClassTypePtr typeFor(const Instance& instance);
  void addAttributes(const Instance& instance, const c10::ClassTypePtr& type) const;
  void addConstants(const Instance& instance, const c10::ClassTypePtr& type) const;
  void addMethod(Instance& instance, const MethodCopy& method, const c10::ClassTypePtr& type);
  void retype(Instance& instance, torch::jit::Graph& graph, const c10::ClassTypePtr& self);
  void retypeValue(torch::jit::Value* value, StaticValues& values, const c10::ClassTypePtr& self,
                   const Instance& instance);
  c10::TypePtr attributeType(const Instance& instance, size_t slot) const;
  ObjectPtr objectFor(const Instance& instance, const c10::ClassTypePtr& type) const;

  const ModuleTree& tree_;
  const Changes& changes_;
  AssignedAttributes assigned_;
  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  std::map<std::string, c10::ClassTypePtr> variants_;
  std::map<const Instance*, c10::ClassTypePtr> types_;
  std::map<const Instance*, ObjectPtr> objects_;
};

/// Equal for two instances that can share a class.
std::string Rebuilder::signature(const Instance& instance) const {
  std::string result = fmt::format("{}\n", static_cast<const void*>(instance.type().get()));
  const auto& changes = changesOf(instance);
  for (const auto& name : changes.removed) result += "-" + name + "\n";
  for (const auto& [name, type] : changes.added) result += "+" + name + ":" + type->annotation_str() + "\n";
  for (size_t i = 0; i < instance.type()->numAttributes(); ++i) {
    const Instance* child = tree_.find(instance.object->getSlot(i));
    if (child) result += fmt::format("{}\n", static_cast<const void*>(types_.at(child).get()));
  }
  for (const auto& method : instance.methods) result += method.graph->toString(/*print_source_locations=*/false);
  return result;
}

c10::TypePtr Rebuilder::attributeType(const Instance& instance, size_t slot) const {
  const auto& declared = instance.type()->getAttribute(slot);
  const Instance* child = tree_.find(instance.object->getSlot(slot));
  const bool asClass = child && declared->kind() == c10::TypeKind::ClassType;  // an interface stays one
  return asClass ? c10::TypePtr(types_.at(child)) : declared;
}

void Rebuilder::addAttributes(const Instance& instance, const c10::ClassTypePtr& type) const {
  const auto old = instance.type();
  const auto& changes = changesOf(instance);
  for (size_t i = 0; i < old->numAttributes(); ++i) {
    const auto& name = old->getAttributeName(i);
    if (changes.removed.count(name) != 0) continue;
    type->addAttribute(name, attributeType(instance, i), old->is_parameter(i), old->is_buffer(i));
  }
  for (const auto& [name, added] : changes.added) type->addAttribute(name, added);
}

void Rebuilder::addConstants(const Instance& instance, const c10::ClassTypePtr& type) const {
  const auto old = instance.type();
  for (size_t i = 0; i < old->numConstants(); ++i) type->addConstant(old->getConstantName(i), old->getConstant(i));
}

c10::ClassTypePtr Rebuilder::typeFor(const Instance& instance) {
  const auto key = signature(instance);
  if (const auto found = variants_.find(key); found != variants_.end()) return found->second;
  auto name = *instance.type()->name();
  if (unit_->get_class(name) != nullptr) name = unit_->mangle(name);
  auto type = c10::ClassType::create(name, unit_, /*is_module=*/true, instance.type()->doc_string());
  unit_->register_type(type);
  addAttributes(instance, type);
  addConstants(instance, type);
  variants_.emplace(key, type);
  for (const auto& method : instance.methods) addMethod(const_cast<Instance&>(instance), method, type);
  return type;
}

void Rebuilder::addMethod(Instance& instance, const MethodCopy& method, const c10::ClassTypePtr& type) {
  auto graph = method.graph->copy();
  retype(instance, *graph, type);
  const auto& schema = method.original->getSchema();
  std::vector<c10::Argument> arguments = schema.arguments();
  if (!arguments.empty()) arguments[0] = arguments[0].cloneWithType(type);
  const c10::QualifiedName name(*type->name(), method.original->name());
  auto* function = unit_->create_function(name, graph);
  function->setSchema(
      c10::FunctionSchema(schema.name(), schema.overload_name(), std::move(arguments), schema.returns()));
  switch (method.role) {
    case MethodCopy::Role::Method: type->addMethod(function); break;
    case MethodCopy::Role::PreHook: type->addForwardPreHook(function); break;
    case MethodCopy::Role::Hook: type->addForwardHook(function); break;
  }
}

bool holdsModule(const c10::TypePtr& type) {
  if (auto klass = type->cast<c10::ClassType>()) return klass->is_module();
  for (const auto& inner : type->containedTypes()) {
    if (holdsModule(inner)) return true;
  }
  return false;
}

void Rebuilder::retypeValue(torch::jit::Value* value, StaticValues& values, const c10::ClassTypePtr& self,
                            const Instance& instance) {
  if (!holdsModule(value->type())) return;
  const auto* known = values.find(value);
  const Instance* module = known ? tree_.find(known->value) : nullptr;
  if (module) {
    value->setType(module == &instance ? self : types_.at(module));
    return;
  }
  TORCH_CHECK(value->uses().empty(), "a method of ", instance.path.empty() ? "the model" : instance.path,
              " computes with a value of type ", value->type()->annotation_str(), " whose module is not known");
}

void Rebuilder::retype(Instance& instance, torch::jit::Graph& graph, const c10::ClassTypePtr& self) {
  StaticValues values(tree_, assigned_, instance, graph);
  for (auto* input : graph.inputs()) retypeValue(input, values, self, instance);
  forEachNode(*graph.block(), [&](Node* node) {
    for (auto* output : node->outputs()) retypeValue(output, values, self, instance);
  });
}

ObjectPtr Rebuilder::objectFor(const Instance& instance, const c10::ClassTypePtr& type) const {
  auto object = c10::ivalue::Object::create(c10::StrongTypePtr(unit_, type), type->numAttributes());
  const auto old = instance.type();
  for (size_t i = 0; i < old->numAttributes(); ++i) {
    const auto slot = type->findAttributeSlot(old->getAttributeName(i));
    if (!slot) continue;
    const auto& value = instance.object->getSlot(i);
    const Instance* child = tree_.find(value);
    object->setSlot(*slot, child ? c10::IValue(objects_.at(child)) : value);
  }
  const auto& changes = changesOf(instance);
  for (size_t i = 0; i < changes.added.size(); ++i) {
    object->setSlot(type->getAttributeSlot(changes.added[i].first), changes.values[i]);
  }
  return object;
}

}  // namespace

torch::jit::Module rebuild(const ModuleTree& tree, const Changes& changes) { return Rebuilder(tree, changes).run(); }

}  // namespace deploytool::ts
