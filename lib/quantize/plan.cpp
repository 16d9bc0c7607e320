#include "quantize/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "quantize/row_scales.h"
#include "quantize/rules.h"
#include "quantize/selection.h"

namespace deploytool::quantize {
namespace {

using ir::Node;
using ir::Value;

bool isWeight(const Value* value) {
  return value && value->isConstant() && !value->sparse && ir::isFloating(value->constant->dtype()) &&
         value->constant->numel() > 1;
}

std::string nameOf(const Value* value) { return value->name.empty() ? value->constant->name : value->name; }

class Planner {
 public:
  Planner(ir::Model& model, const QuantizeOptions& options) : options_(options), context_{options, model.opset()} {
    model.graph.forEachNode([&](Node& node) { collect(node); });
  }

  Plan run() {
    for (Weight& weight : plan_.weights) {
      describe(weight);
      weight.report.reason = whyNot(weight);
      weight.report.quantized = weight.report.reason.empty();
    }
    while (dropPartners() || dropTied()) {
    }
    for (Weight& weight : plan_.weights) {
      if (!weight.report.quantized) continue;
      weight.report.method = isFloat16(weight)   ? "float16"
                             : isGrouped(weight) ? "grouped"
                             : isDynamic(weight) ? "dynamic"
                                                 : "weight-only";
    }
    if (options_.format == QuantizeOptions::Format::Dynamic) {
      spareLastLayers();
      if (options_.perTokenActivations.value_or(true)) chooseRowScales(plan_, options_.perTokenActivations.has_value());
    }
    return std::move(plan_);
  }

 private:
  void collect(Node& node) {
    const Rule* rule = ruleOf(node);
    for (size_t i = 0; i < node.inputs().size(); ++i) {
      Value* value = node.input(i);
      if (!isWeight(value)) continue;
      const auto [at, isNew] = plan_.byValue.emplace(value, plan_.weights.size());
      if (isNew) plan_.weights.push_back({value, {}, {}});
      const bool known = rule && std::find(rule->weights.begin(), rule->weights.end(), i) != rule->weights.end();
      plan_.weights[at->second].uses.push_back({&node, i, known ? rule : nullptr});
    }
  }

  static void describe(Weight& weight) {
    WeightReport& report = weight.report;
    const auto ruled = std::find_if(weight.uses.begin(), weight.uses.end(), [](const WeightUse& u) { return u.rule; });
    const WeightUse& use = ruled == weight.uses.end() ? weight.uses.front() : *ruled;
    report.name = nameOf(weight.value);
    report.op = use.node->opType;
    report.type = use.rule ? use.rule->type : "";
    report.layer = layerOf(use, report.name);
    report.dims = weight.value->constant->dims();
    report.bytesBefore = static_cast<uint64_t>(weight.value->constant->byteSize());
  }

  static std::string layerOf(const WeightUse& use, const std::string& name) {
    if (!use.rule || !use.rule->together) return name;
    for (const size_t input : use.rule->weights) {
      if (isWeight(use.node->input(input))) return nameOf(use.node->input(input));
    }
    return name;
  }

  std::string whyNot(const Weight& weight) const {
    const ir::Tensor& tensor = *weight.value->constant;
    for (const WeightUse& use : weight.uses) {
      if (!use.rule && weight.report.type.empty()) return fmt::format("{} stays in float", use.node->opType);
      if (!use.rule) return fmt::format("also read by {}", use.node->opType);
      if (std::string why = use.rule->obstacle(*use.node, use.input, context_); !why.empty()) return why;
    }
    if (weight.value->isGraphOutput()) return "an output of the model";
    for (size_t i = 0; i < tensor.dims().size(); ++i) {
      if (tensor.dims()[i] > 1 && tensor.strides()[i] == 0) return "one element repeated";
    }
    return whyNotSelected(options_.selection, subject(weight));
  }

  static Subject subject(const Weight& weight) {
    Subject subject;
    subject.name = weight.report.name;
    subject.bytes = weight.report.bytesBefore;
    for (const WeightUse& use : weight.uses) {
      subject.ops.push_back(use.node->opType);
      subject.types.push_back(use.rule->type);
    }
    return subject;
  }

  bool isDynamic(const Weight& weight) const {
    if (options_.format == QuantizeOptions::Format::WeightOnly) return false;
    // Integer products of a shared weight and float products of the same would store it twice.
    if (weight.report.type == "linear" && matchesAny(options_.selection.weightOnly, subject(weight))) return false;
    const bool lstmStays = options_.format == QuantizeOptions::Format::Qdq && weight.report.type == "lstm";
    return !lstmStays && std::none_of(weight.uses.begin(), weight.uses.end(), [](const WeightUse& u) { return u.rule->weightOnly; });
  }

  // Tied weights are stored once, and weights of one layer are of one kind, so all or none.
  bool isMeant(const Weight& weight, const std::vector<std::string>& patterns) const {
    if (patterns.empty()) return false;
    return std::any_of(plan_.weights.begin(), plan_.weights.end(), [&](const Weight& other) {
      const bool tied = sameElements(*weight.value->constant, *other.value->constant) ||
                        (!weight.report.layer.empty() && weight.report.layer == other.report.layer);
      return tied && other.report.quantized && matchesAny(patterns, subject(other));
    });
  }

  bool isGrouped(const Weight& weight) const {
    if (weight.report.type != "linear" && weight.report.type != "embedding") return false;
    const auto fits = [&](const WeightUse& use) { return canGroup(*weight.value->constant, use); };
    return isMeant(weight, options_.selection.grouped) && std::all_of(weight.uses.begin(), weight.uses.end(), fits);
  }

  bool isFloat16(const Weight& weight) const {
    return ir::itemSize(weight.value->constant->dtype()) > 2 && isMeant(weight, options_.selection.float16);
  }

  static bool canGroup(const ir::Tensor& tensor, const WeightUse& use) {
    if (tensor.rank() != 2) return false;
    const bool channelsFirst = use.node->opType == "Gather" || use.node->intAttribute("transB", 0) != 0;
    return tensor.dims()[channelsFirst ? 1 : 0] % kGroupSize == 0;
  }

  // The last layers, a classifier's head mostly: errors of their activations go straight into the outputs, and products
  // with less than a hundredth of the weights cost next to nothing in float.
  void spareLastLayers() {
    const auto isLinear = [](const Weight& w) { return w.report.method == "dynamic" && w.report.type == "linear"; };
    uint64_t total = 0, spared = 0;
    for (const Weight& weight : plan_.weights) {
      if (weight.report.method == "dynamic") total += weight.report.bytesBefore;
    }
    for (auto weight = plan_.weights.rbegin(); weight != plan_.weights.rend(); ++weight) {
      if (!isLinear(*weight)) continue;
      spared += weight->report.bytesBefore;
      if (spared * 100 > total) return;
      weight->report.method = "weight-only";
    }
  }

  // A node that needs all of its weights in integers keeps them all when it keeps one.
  bool dropPartners() {
    bool changed = false;
    for (Weight& weight : plan_.weights) {
      if (!weight.report.quantized) continue;
      for (const WeightUse& use : weight.uses) {
        const Value* partner = missingPartner(use);
        if (!partner) continue;
        weight.report.quantized = false;
        weight.report.reason = fmt::format("'{}' of the same {} stays", nameOf(partner), use.node->opType);
        changed = true;
        break;
      }
    }
    return changed;
  }

  // A weight and its transpose are stored once, in float or in integers.
  bool dropTied() {
    bool changed = false;
    for (Weight& weight : plan_.weights) {
      if (!weight.report.quantized) continue;
      const auto kept = std::find_if(plan_.weights.begin(), plan_.weights.end(), [&](const Weight& other) {
        return !other.report.quantized && sameElements(*weight.value->constant, *other.value->constant);
      });
      if (kept == plan_.weights.end()) continue;
      weight.report.quantized = false;
      weight.report.reason = fmt::format("tied to '{}', which stays: {}", kept->report.name, kept->report.reason);
      changed = true;
    }
    return changed;
  }

  const Value* missingPartner(const WeightUse& use) const {
    if (!use.rule->together || options_.format != QuantizeOptions::Format::Dynamic) return nullptr;
    for (const size_t input : use.rule->weights) {
      const Value* value = use.node->input(input);
      if (value && !plan_.isChosen(value)) return value;
    }
    return nullptr;
  }

  const QuantizeOptions& options_;
  RuleContext context_;
  Plan plan_;
};

}  // namespace

bool sameElements(const ir::Tensor& a, const ir::Tensor& b) {
  if (a.data() != b.data() || a.dtype() != b.dtype() || a.numel() != b.numel()) return false;
  const auto axes = [](const ir::Tensor& t) {
    std::vector<std::pair<int64_t, int64_t>> list;
    for (size_t i = 0; i < t.dims().size(); ++i) list.emplace_back(t.dims()[i], t.strides()[i]);
    std::sort(list.begin(), list.end());
    return list;
  };
  return axes(a) == axes(b);
}

Plan makePlan(ir::Model& model, const QuantizeOptions& options) { return Planner(model, options).run(); }

}  // namespace deploytool::quantize
