// Static values of a graph; see static_values.h.
#include "torchscript/quantize/static_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

namespace deploytool::ts {

namespace {

using torch::jit::Node;
namespace prim = c10::prim;

/// Operators that give a view of their first argument.
bool isView(const Node* node) {
  static constexpr std::array<std::string_view, 22> kViews = {
      "aten::t",       "aten::transpose",  "aten::numpy_T",
      "aten::permute", "aten::slice",      "aten::select",
      "aten::chunk",   "aten::split",      "aten::narrow",
      "aten::unbind",  "aten::view",       "aten::reshape",
      "aten::squeeze", "aten::unsqueeze",  "aten::detach",
      "aten::alias",   "aten::swapdims",   "aten::swapaxes",
      "aten::mT",      "aten::contiguous", "aten::split_with_sizes",
      "aten::flatten"};
  return std::find(kViews.begin(), kViews.end(), node->kind().toQualString()) != kViews.end();
}

void append(std::vector<Source>& to, const std::vector<Source>& from) { to.insert(to.end(), from.begin(), from.end()); }

bool shareStorage(const at::Tensor& base, const c10::IValue& views) {
  const auto all = tensorsIn(views);
  return !all.empty() &&
         std::all_of(all.begin(), all.end(), [&](const at::Tensor& t) { return storageOf(t) == storageOf(base); });
}

bool isPlain(const at::Tensor& tensor) {
  return tensor.defined() && tensor.layout() == c10::kStrided && !tensor.is_quantized() && tensor.has_storage();
}

}  // namespace

std::vector<at::Tensor> tensorsIn(const c10::IValue& value) {
  std::vector<at::Tensor> result;
  const auto add = [&](const c10::IValue& item) {
    for (auto& tensor : tensorsIn(item)) result.push_back(std::move(tensor));
  };
  if (value.isTensor()) {
    if (isPlain(value.toTensor())) result.push_back(value.toTensor());
  } else if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) add(item);
  } else if (value.isTuple()) {
    for (const c10::IValue& item : value.toTuple()->elements()) add(item);
  } else if (value.isGenericDict()) {
    for (const auto& entry : value.toGenericDict()) add(entry.value());
  }
  return result;
}

std::string tensorKey(const at::Tensor& tensor) {
  return fmt::format("{}+{} {} {}", storageOf(tensor), tensor.storage_offset(), fmt::join(tensor.sizes(), ","),
                     fmt::join(tensor.strides(), ","));
}

AssignedAttributes::AssignedAttributes(const ModuleTree& tree) {
  for (const auto& instance : tree.instances()) {
    for (const auto& method : instance->methods) {
      forEachNode(*method.graph->block(), [&](const Node* node) {
        if (node->kind() != prim::SetAttr) return;
        const auto type = node->input(0)->type()->cast<c10::ClassType>();
        if (type) assigned_.emplace(type.get(), node->s(c10::attr::name));
      });
    }
  }
}

bool AssignedAttributes::has(const c10::ClassType& type, const std::string& attribute) const {
  return assigned_.count({&type, attribute}) != 0;
}

StaticValues::StaticValues(const ModuleTree& tree, const AssignedAttributes& assigned, Instance& self,
                           torch::jit::Graph& graph)
    : tree_(tree), assigned_(assigned), self_(self) {
  if (!graph.inputs().empty()) known_[graph.inputs()[0]] = StaticValue{c10::IValue(self.object), {}};
}

const StaticValue* StaticValues::find(const torch::jit::Value* value) {
  auto found = known_.find(value);
  if (found == known_.end()) found = known_.insert_or_assign(value, make(value)).first;
  return found->second ? &*found->second : nullptr;
}

Instance* StaticValues::module(const torch::jit::Value* value) {
  const auto* known = find(value);
  return known ? tree_.find(known->value) : nullptr;
}

bool StaticValues::isStatic(const Node* node) {
  if (node->outputs().empty()) return false;
  return std::all_of(node->outputs().begin(), node->outputs().end(), [&](const auto* output) { return find(output); });
}

std::optional<StaticValue> StaticValues::make(const torch::jit::Value* value) {
  Node* node = const_cast<Node*>(value->node());
  if (node->kind() == prim::Constant) return constant(node);
  if (node->kind() == prim::GetAttr) return attribute(node);
  if (node->kind() == prim::If) return branch(value);
  if (node->kind() == prim::ListConstruct || node->kind() == prim::TupleConstruct) return collected(node);
  if (node->kind() == prim::ListUnpack || node->kind() == prim::TupleUnpack || node->kind() == prim::TupleIndex ||
      node->kind() == c10::aten::__getitem__) {
    return element(value);
  }
  if (node->kind() == prim::unchecked_cast) {
    const auto* inner = find(node->input(0));
    return inner ? std::optional(*inner) : std::nullopt;
  }
  if (node->kind() == c10::aten::__is__ || node->kind() == c10::aten::__isnot__ || node->kind() == c10::aten::__not__) {
    return compared(node);
  }
  return isView(node) ? viewed(value) : std::nullopt;
}

std::optional<StaticValue> StaticValues::constant(Node* node) {
  auto value = torch::jit::toIValue(node->output());
  if (!value) return std::nullopt;
  StaticValue result{std::move(*value), {}};
  if (!tensorsIn(result.value).empty()) result.sources.push_back({&self_, "constant", node});
  return result;
}

std::optional<StaticValue> StaticValues::attribute(Node* node) {
  const auto* owner = find(node->input(0));
  Instance* instance = owner ? tree_.find(owner->value) : nullptr;
  if (!instance) return std::nullopt;
  const auto& name = node->s(c10::attr::name);
  if (assigned_.has(*instance->type(), name) || !instance->type()->hasAttribute(name)) return std::nullopt;
  StaticValue result{instance->object->getAttr(name), {}};
  if (!isModule(result.value)) result.sources.push_back({instance, name, node});
  return result;
}

std::optional<StaticValue> StaticValues::branch(const torch::jit::Value* value) {
  const Node* node = value->node();
  const auto* condition = find(node->input(0));
  if (!condition || !condition->value.isBool()) return std::nullopt;
  const auto* taken = node->blocks()[condition->value.toBool() ? 0 : 1];
  const auto* result = find(taken->outputs()[value->offset()]);
  return result ? std::optional(*result) : std::nullopt;
}

/// `is`, `is not` and `not`, where identity is certain.
std::optional<StaticValue> StaticValues::compared(const Node* node) {
  const auto* first = find(node->input(0));
  if (node->kind() == c10::aten::__not__) {
    if (!first || !first->value.isBool()) return std::nullopt;
    return StaticValue{c10::IValue(!first->value.toBool()), {}};
  }
  const auto* second = find(node->input(1));
  const bool sameValue = node->input(0) == node->input(1);
  if (!sameValue && (!first || !second || (!first->value.isNone() && !second->value.isNone()))) return std::nullopt;
  const bool same = sameValue || (first->value.isNone() && second->value.isNone());
  return StaticValue{c10::IValue(same == (node->kind() == c10::aten::__is__)), {}};
}

/// `E` and `2 * E`, as integers or, in traces, as tensors of one element: the unit and its multiple.
std::pair<const torch::jit::Value*, int64_t> StaticValues::multiple(const torch::jit::Value* value) {
  const Node* made = value->node();
  const std::string_view kind = made->kind().toQualString();
  if (kind == "aten::Int" || kind == "prim::NumToTensor" || kind == "aten::ScalarImplicit")
    return multiple(made->input(0));
  const auto* factor = kind == "aten::mul" ? find(made->input(1)) : nullptr;
  if (!factor) return {value, 1};
  const bool isTensor = factor->value.isTensor() && factor->value.toTensor().numel() == 1;
  if (!isTensor && !factor->value.isInt()) return {value, 1};
  const auto [unit, times] = multiple(made->input(0));
  return {unit, times * (isTensor ? factor->value.toTensor().item().toLong() : factor->value.toInt())};
}

/// `w.split([E, 2 * E])` where E is known at run time only, as the projections of an attention are split: the sizes add
/// up to the axis, or the split raises.
std::optional<StaticValue> StaticValues::splitBySizes(const Node* node) {
  const auto* base = find(node->input(0));
  const auto* dim = find(node->input(2));
  const Node* sizes = node->input(1)->node();
  if (!base || !base->value.isTensor() || !dim || !dim->value.isInt() || sizes->kind() != prim::ListConstruct)
    return std::nullopt;
  std::vector<int64_t> multiples;
  const torch::jit::Value* common = nullptr;
  for (const auto* size : sizes->inputs()) {
    const auto [unit, times] = multiple(size);
    if (common && common != unit) return std::nullopt;
    common = unit;
    multiples.push_back(times);
  }
  const int64_t parts = std::accumulate(multiples.begin(), multiples.end(), int64_t{0});
  const auto tensor = base->value.toTensor();
  if (parts < 1 || tensor.dim() == 0 || tensor.size(dim->value.toInt()) % parts != 0) return std::nullopt;
  for (auto& times : multiples) times *= tensor.size(dim->value.toInt()) / parts;
  return StaticValue{c10::IValue(tensor.split_with_sizes(multiples, dim->value.toInt())), base->sources};
}

std::optional<StaticValue> StaticValues::viewed(const torch::jit::Value* value) {
  const Node* node = value->node();
  const bool bySizes = (node->kind() == c10::aten::split || node->kind() == c10::aten::split_with_sizes) &&
                       node->input(1)->type()->kind() == c10::TypeKind::ListType;
  if (bySizes && !find(node->input(1))) return splitBySizes(node);
  StaticValue result;
  torch::jit::Stack stack;
  for (const auto* input : node->inputs()) {
    const auto* known = find(input);
    if (!known) return std::nullopt;
    stack.push_back(known->value);
    append(result.sources, known->sources);
  }
  if (stack.empty() || !stack[0].isTensor() || !isPlain(stack[0].toTensor()) || !node->maybeOperator())
    return std::nullopt;
  const at::Tensor base = stack[0].toTensor();
  try {
    at::NoGradGuard noGradients;
    node->getOperation()(stack);
  } catch (const std::exception&) {
    return std::nullopt;  // raises at run time too, if it is ever reached
  }
  if (stack.size() != 1 || !shareStorage(base, stack[0])) return std::nullopt;
  result.value = stack[0];
  return result;
}

std::optional<StaticValue> StaticValues::collected(const Node* node) {
  StaticValue result;
  std::vector<c10::IValue> items;
  for (const auto* input : node->inputs()) {
    const auto* known = find(input);
    if (!known) return std::nullopt;
    items.push_back(known->value);
    append(result.sources, known->sources);
  }
  if (node->kind() == prim::TupleConstruct) {
    result.value = c10::ivalue::Tuple::create(std::move(items));
    return result;
  }
  c10::impl::GenericList list(node->output()->type()->expectRef<c10::ListType>().getElementType());
  for (auto& item : items) list.push_back(std::move(item));
  result.value = std::move(list);
  return result;
}

std::optional<StaticValue> StaticValues::element(const torch::jit::Value* value) {
  const Node* node = value->node();
  const auto* from = find(node->input(0));
  if (!from || !(from->value.isList() || from->value.isTuple())) return std::nullopt;
  auto index = static_cast<int64_t>(value->offset());
  if (node->kind() == prim::TupleIndex || node->kind() == c10::aten::__getitem__) {
    const auto* at = find(node->input(1));
    if (!at || !at->value.isInt()) return std::nullopt;
    index = at->value.toInt();
  }
  const bool list = from->value.isList();
  const auto count =
      static_cast<int64_t>(list ? from->value.toListRef().size() : from->value.toTupleRef().elements().size());
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::nullopt;
  const auto at = static_cast<size_t>(index);
  return StaticValue{list ? from->value.toListRef()[at] : from->value.toTupleRef().elements()[at], from->sources};
}

}  // namespace deploytool::ts
