// Choosing what is quantized; see plan.h. A weight goes only when its whole storage goes: what any other operator still
// reads in floating point would be stored twice, and the archive would grow.
#include "torchscript/quantize/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "quantize/selection.h"
#include "torchscript/quantize/calls.h"
#include "torchscript/quantize/unfuse.h"
#include "torchscript/quantize/weight_kernels.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
namespace prim = c10::prim;

std::string kindOf(const Node* node) {
  if (node->kind() == prim::CallMethod) return "a call of " + node->s(c10::attr::name);
  if (node->kind() == prim::CallFunction)
    return "a call of " + node->input(0)->type()->expectRef<c10::FunctionType>().function()->name();
  if (node->kind() == prim::Return) return "what a method returns";
  return node->kind().toQualString();
}

std::string nameOf(const Source& source) { return source.instance->nameOf(source.attribute); }

bool isFloating(const at::Tensor& tensor) { return tensor.dim() >= 2 && c10::isFloatingType(tensor.scalar_type()); }

}  // namespace

bool isMetadata(const Node* node, StaticValues& values) {
  if (!isMetadataRead(node)) return false;
  const auto* read = values.find(node->input(0));
  return read && read->value.isTensor() && read->value.toTensor().defined() &&
         std::all_of(node->inputs().begin(), node->inputs().end(),
                     [&](const auto* input) { return values.find(input); });
}

QuantizationPlan::QuantizationPlan(ModuleTree& tree, const QuantizeOptions& options)
    : tree_(tree), options_(options), assigned_(tree) {
  listWeights();
  prepareGraphs();
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      graphs_.push_back(std::make_unique<Graph>(
          Graph{instance.get(), &method, StaticValues(tree_, assigned_, *instance, *method.graph)}));
    }
  }
  for (auto& graph : graphs_) collect(*graph);
  for (auto& graph : graphs_) recordUses(*graph);
  refuseUnfit();
  refuseShared();
  shareWeights(candidates_);
  takeOver();
  finishRecords();
}

void QuantizationPlan::prepareGraphs() {
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      inlineCalls(tree_, assigned_, *instance, *method.graph);
      StaticValues values(tree_, assigned_, *instance, *method.graph);
      unfuseAttention(*method.graph, values, [this](const at::Tensor& weight) { return isLinearChosen(weight); });
    }
  }
}

/// Whether the selection takes a weight of a fused operator, once that is apart.
bool QuantizationPlan::isLinearChosen(const at::Tensor& weight) const {
  static const Rule* linear = findRule("aten::linear");
  return hasRecord(weight) && selectionRefusal(*linear, weight).empty();
}

void QuantizationPlan::collect(Graph& graph) {
  forEachNode(*graph.method->graph->block(), [&](Node* node) {
    Candidate candidate;
    candidate.instance = graph.instance;
    candidate.node = node;
    candidate.rule = findRule(node->kind().toQualString());
    if (!candidate.rule || !node->maybeSchema() || !candidate.rule->collect(candidate, graph.values)) return;
    consumed_.insert(candidate.consumed.begin(), candidate.consumed.end());
    for (const auto& pack : candidate.packs) {
      for (const auto& weight : pack.weights) {
        // One that is a matrix in the program only: a vector, seen as one.
        if (!hasRecord(weight.tensor)) addRecord(weight.tensor, nameOf(weight.sources.at(0)));
      }
    }
    candidates_.push_back(std::move(candidate));
  });
}

void QuantizationPlan::recordUse(Node* node, size_t index, StaticValues& values, const std::string& what) {
  const auto* known = values.find(node->input(index));
  if (!known) return;
  for (const auto& tensor : tensorsIn(known->value)) {
    usedAs_.emplace(storageOf(tensor), what);
    if (auto* record = recordOf(tensor); record && record->op.empty()) record->op = what;
  }
}

void QuantizationPlan::recordUses(Graph& graph) {
  auto& values = graph.values;
  const auto visit = [&](Node* node) {
    if (node->kind() == prim::GetAttr || isMetadata(node, values) || values.isStatic(node)) return;
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      if (consumed_.count({node, i}) == 0) recordUse(node, i, values, kindOf(node));
    }
    for (auto* block : node->blocks()) {
      for (size_t i = 0; i < block->outputs().size(); ++i) recordUse(block->return_node(), i, values, kindOf(node));
    }
  };
  forEachNode(*graph.method->graph->block(), visit);
  visit(graph.method->graph->return_node());
}

bool QuantizationPlan::hasRecord(const at::Tensor& tensor) const {
  return recordByKey_.count(tensorKey(tensor)) != 0 || recordByStorage_.count(storageOf(tensor)) != 0;
}

size_t QuantizationPlan::recordIndex(const at::Tensor& tensor) const {
  const auto found = recordByKey_.find(tensorKey(tensor));
  return found != recordByKey_.end() ? found->second : recordByStorage_.at(storageOf(tensor));
}

WeightRecord* QuantizationPlan::recordOf(const at::Tensor& tensor) {
  const auto found = recordByKey_.find(tensorKey(tensor));
  if (found != recordByKey_.end()) return &records_[found->second];
  const auto base = recordByStorage_.find(storageOf(tensor));
  return base == recordByStorage_.end() ? nullptr : &records_[base->second];
}

void QuantizationPlan::addRecord(const at::Tensor& tensor, const std::string& name) {
  if (!recordByKey_.emplace(tensorKey(tensor), records_.size()).second) return;
  recordByStorage_.emplace(storageOf(tensor), records_.size());
  records_.push_back({name, {}, {}, {}, tensor, {}});
}

void QuantizationPlan::listWeights() {
  listAttributes(tree_.root());
  listConstants();
}

void QuantizationPlan::listAttributes(const Instance& instance) {
  const auto add = [this](const at::Tensor& tensor, const std::string& name) {
    if (isFloating(tensor)) addRecord(tensor, name);
  };
  const auto type = instance.type();
  const auto each = [&](const auto& what) {
    for (size_t i = 0; i < type->numAttributes(); ++i) what(instance.object->getSlot(i), type->getAttributeName(i));
  };
  each([&](const c10::IValue& value, const std::string& name) {
    if (value.isTensor() && value.toTensor().defined() && !value.toTensor().is_quantized())
      add(value.toTensor(), instance.nameOf(name));
  });
  each([&](const c10::IValue& value, const std::string& name) {
    const auto items = value.isTensor() ? std::vector<at::Tensor>() : tensorsIn(value);
    for (size_t i = 0; i < items.size(); ++i) add(items[i], fmt::format("{}.{}", instance.nameOf(name), i));
  });
  each([&](const c10::IValue& value, const std::string&) {
    if (const Instance* child = tree_.find(value); child && isModule(value)) listAttributes(*child);
  });
}

/// Freezing an archive makes constants of all weights; they have lost their names.
void QuantizationPlan::listConstants() {
  size_t count = 0;
  for (const auto& instance : tree_.instances()) {
    for (const auto& method : instance->methods) {
      forEachNode(*method.graph->block(), [&](Node* node) {
        if (node->kind() != prim::Constant) return;
        const auto value = torch::jit::toIValue(node->output());
        if (!value) return;
        for (const auto& tensor : tensorsIn(*value)) {
          if (isFloating(tensor) && !hasRecord(tensor)) addRecord(tensor, fmt::format("constant_{}", count++));
        }
      });
    }
  }
}

std::string QuantizationPlan::selectionRefusal(const Rule& rule, const at::Tensor& weight) const {
  const std::string_view op = rule.op;
  const std::string_view bare = op.substr(op.find("::") + 2);
  return quantize::whyNotSelected(
      options_.selection,
      {records_[recordIndex(weight)].name, {op, bare}, {rule.type}, static_cast<uint64_t>(weight.nbytes())});
}

bool QuantizationPlan::isFinite(const at::Tensor& tensor) {
  const bool finite = rangeOf(tensor.detach()).notFinite == 0;
  if (!finite) records_[recordIndex(tensor)].notFinite = true;
  return finite;
}

std::string QuantizationPlan::refusalOf(const Candidate& candidate) {
  std::vector<at::Tensor> weights;
  for (const auto& pack : candidate.packs) {
    for (const auto& weight : pack.weights) weights.push_back(weight.tensor);
  }
  for (const auto& weight : weights) {
    const auto dtype = weight.scalar_type();
    if (dtype != c10::kFloat) return fmt::format("its dtype is {}, not float32", c10::toString(dtype));
    if (weight.numel() == 0) return "it has no elements";
  }
  if (!candidate.refusal.empty()) return candidate.refusal;
  for (const auto& weight : weights) {
    if (auto reason = selectionRefusal(*candidate.rule, weight); !reason.empty()) return reason;
  }
  for (const auto& weight : weights) {
    if (!isFinite(weight)) return "it holds NaN or infinity";
  }
  return {};
}

void QuantizationPlan::refuseUnfit() {
  for (auto& candidate : candidates_) candidate.refusal = refusalOf(candidate);
}

/// A refused call reads its weights in floating point, which may keep other calls from being quantized.
void QuantizationPlan::refuseShared() {
  std::set<const Candidate*> counted;
  for (bool changed = true; changed;) {
    changed = false;
    for (auto& candidate : candidates_) {
      if (candidate.refusal.empty()) {
        for (const auto& pack : candidate.packs) {
          for (const auto& weight : pack.weights) {
            const auto other = usedAs_.find(storageOf(weight.tensor));
            if (other == usedAs_.end() || !candidate.refusal.empty()) continue;
            candidate.refusal =
                fmt::format("{} reads it too, in floating point: the archive would hold it twice", other->second);
          }
        }
      }
      if (candidate.refusal.empty() || !counted.insert(&candidate).second) continue;
      changed = true;
      for (const auto& pack : candidate.packs) {
        for (const auto& weight : pack.weights) usedAs_.emplace(storageOf(weight.tensor), candidate.rule->op);
        for (const auto& bias : pack.biases) {
          if (bias.defined()) usedAs_.emplace(storageOf(bias), candidate.rule->op);
        }
      }
    }
  }
}

void QuantizationPlan::takeOver() {
  for (const auto& candidate : candidates_) {
    if (!candidate.refusal.empty()) continue;
    for (const auto& pack : candidate.packs) {
      for (const auto& weight : pack.weights) replaced_.insert(storageOf(weight.tensor));
      for (const auto& bias : pack.biases) {
        if (bias.defined() && usedAs_.count(storageOf(bias)) == 0) replaced_.insert(storageOf(bias));
      }
    }
  }
}

void QuantizationPlan::finishRecords() {
  for (const auto& candidate : candidates_) {
    for (const auto& pack : candidate.packs) {
      for (const auto& weight : pack.weights) {
        auto* record = recordOf(weight.tensor);
        if (!record) continue;
        if (record->type.empty()) record->op = candidate.rule->op;
        if (record->type.empty() && candidate.packs.size() + pack.weights.size() > 2)
          record->layer = candidate.instance->path;
        if (record->type.empty()) record->type = candidate.rule->type;
        if (record->reason.empty()) record->reason = candidate.refusal;
      }
    }
  }
  for (auto& record : records_) {
    if (!record.type.empty()) continue;
    record.reason = record.op.empty() ? "no method reads it" : record.op + " has no quantized form here";
  }
}

}  // namespace deploytool::ts
