// Rewriting the graphs; see rewrite.h.
#include "torchscript/quantize/rewrite.h"

#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>

#include "torchscript/quantize/packing.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

class Rewriter {
 public:
  Rewriter(ModuleTree& tree, QuantizationPlan& plan, const WeightScheme& scheme)
      : tree_(tree), plan_(plan), scheme_(scheme) {}

  Rewriting run();

 private:
  void replaceMetadata();
  void replace(Candidate& candidate);
  std::vector<Value*> packedValues(const Candidate& candidate);
  const PackedAttribute& attributeFor(const Candidate& candidate, const std::vector<const PackPlan*>& packs);
  void findRemoved();

  ModuleTree& tree_;
  QuantizationPlan& plan_;
  const WeightScheme& scheme_;
  std::map<std::pair<const Instance*, std::string>, size_t> attributeByKey_;
  std::set<const torch::jit::Graph*> changed_;
  Rewriting result_;
};

Value* getAttribute(Node* at, Value* owner, const std::string& name, const c10::TypePtr& type) {
  auto* node = insertBefore(at, "prim::GetAttr", {owner}, {type});
  node->s_(c10::attr::name, name);
  node->output()->setDebugName(name);
  return node->output();
}

/// The module `value`, where `at` can see it: its chain of reads again, if the one at hand is inside another block.
Value* moduleAt(Node* at, Value* value) {
  Node* node = value->node();
  if (node->kind() != prim::GetAttr || at->isDominatedBy(node)) return value;
  return getAttribute(at, moduleAt(at, node->input(0)), node->s(c10::attr::name), value->type());
}

/// The module that a source is an attribute of, where `at` can see it; of a constant, the method's own.
Value* ownerAt(Node* at, const Source& source) {
  if (source.read->kind() == prim::Constant) return at->owningGraph()->inputs()[0];
  return moduleAt(at, source.read->input(0));
}

std::string freeName(const Instance& instance, const std::vector<PackedAttribute>& taken, const std::string& wanted) {
  const auto isTaken = [&](const std::string& name) {
    return instance.type()->hasAttribute(name) || instance.type()->hasConstant(name) ||
           instance.type()->findMethod(name) != nullptr || std::any_of(taken.begin(), taken.end(), [&](const auto& a) {
             return a.owner == &instance && a.name == name;
           });
  };
  std::string name = wanted;
  for (int i = 1; isTaken(name); ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

const PackedAttribute& Rewriter::attributeFor(const Candidate& candidate, const std::vector<const PackPlan*>& packs) {
  const Source& source = packs.at(0)->weights.at(0).sources.at(0);
  std::string key = candidate.asList ? "list" : "";
  for (const auto* pack : packs) key += " " + pack->key();
  const auto [found, isNew] = attributeByKey_.try_emplace({source.instance, key}, result_.attributes.size());
  if (!isNew) return result_.attributes[found->second];
  PackedAttribute attribute;
  attribute.owner = source.instance;
  attribute.name =
      freeName(*source.instance, result_.attributes, candidate.asList ? "packed_cells" : source.attribute + "_packed");
  attribute.asList = candidate.asList;
  attribute.type = packedType(packs[0]->kind);
  if (candidate.asList) attribute.type = c10::ListType::create(attribute.type);
  for (const auto* pack : packs) {
    attribute.jobs.push_back(pack->key());
    PackJob job{*pack, {}};
    for (const auto& weight : pack->weights) job.records.push_back(plan_.recordIndex(weight.tensor));
    result_.jobs.emplace(pack->key(), std::move(job));
  }
  result_.attributes.push_back(std::move(attribute));
  return result_.attributes.back();
}

std::vector<Value*> Rewriter::packedValues(const Candidate& candidate) {
  std::vector<std::vector<const PackPlan*>> groups;
  for (const auto& pack : candidate.packs) {
    if (groups.empty() || !candidate.asList) groups.emplace_back();
    groups.back().push_back(&pack);
  }
  std::vector<Value*> values;
  for (const auto& packs : groups) {
    const auto& attribute = attributeFor(candidate, packs);
    auto* owner = ownerAt(candidate.node, packs[0]->weights[0].sources[0]);
    values.push_back(getAttribute(candidate.node, owner, attribute.name, attribute.type));
  }
  return values;
}

void Rewriter::replace(Candidate& candidate) {
  Node* made = candidate.rule->rewrite(candidate, packedValues(candidate), scheme_);
  for (size_t i = 0; i < made->outputs().size(); ++i) {
    auto* old = candidate.node->output(i);
    if (old->hasDebugName()) made->output(i)->setDebugName(old->debugName());
    old->replaceAllUsesWith(made->output(i));
  }
  changed_.insert(candidate.node->owningGraph());
  candidate.node->destroy();
  if (candidate.inner) candidate.inner->destroy();
}

/// `weight.dtype` and the like of weights that are gone become constants.
void Rewriter::replaceMetadata() {
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      StaticValues values(tree_, plan_.assigned(), *instance, *method.graph);
      forEachNode(*method.graph->block(), [&](Node* node) {
        if (!isMetadata(node, values) || !plan_.isReplaced(values.find(node->input(0))->value.toTensor())) return;
        torch::jit::Stack stack;
        for (auto* input : node->inputs()) stack.push_back(values.find(input)->value);
        node->getOperation()(stack);
        node->output()->replaceAllUsesWith(constantBefore(node, stack.at(0)));
        changed_.insert(method.graph.get());
      });
    }
  }
}

/// Attributes that hold nothing but replaced tensors, and that no method reads any more.
void Rewriter::findRemoved() {
  std::set<std::pair<const Instance*, std::string>> read;
  std::set<std::pair<const c10::ClassType*, std::string>> readOfClass;
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      StaticValues values(tree_, plan_.assigned(), *instance, *method.graph);
      forEachNode(*method.graph->block(), [&](Node* node) {
        if (node->kind() != prim::GetAttr && node->kind() != prim::SetAttr) return;
        const auto& name = node->s(c10::attr::name);
        const auto type = node->input(0)->type()->cast<c10::ClassType>();
        if (Instance* owner = values.module(node->input(0)))
          read.emplace(owner, name);
        else if (type)
          readOfClass.emplace(type.get(), name);
      });
    }
  }
  for (const auto& instance : tree_.instances()) {
    for (size_t i = 0; i < instance->type()->numAttributes(); ++i) {
      const auto& name = instance->type()->getAttributeName(i);
      if (read.count({instance.get(), name}) || readOfClass.count({instance->type().get(), name})) continue;
      const auto tensors = tensorsIn(instance->object->getSlot(i));
      const bool gone = !tensors.empty() &&
                        std::all_of(tensors.begin(), tensors.end(), [&](const auto& t) { return plan_.isReplaced(t); });
      if (gone) result_.removed[instance.get()].insert(name);
    }
  }
}

Rewriting Rewriter::run() {
  replaceMetadata();
  for (auto& candidate : plan_.candidates()) {
    if (candidate.refusal.empty()) replace(candidate);
  }
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      if (changed_.count(method.graph.get())) torch::jit::EliminateDeadCode(method.graph);  // what prepared the weights
    }
  }
  findRemoved();
  return std::move(result_);
}

}  // namespace

Rewriting rewriteGraphs(ModuleTree& tree, QuantizationPlan& plan, const WeightScheme& scheme) {
  return Rewriter(tree, plan, scheme).run();
}

}  // namespace deploytool::ts
