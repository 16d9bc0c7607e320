// Node and its attributes.
#include <algorithm>
#include <cassert>
#include <utility>

#include "ir/graph.h"

namespace deploytool::ir {

// ---- attributes ---------------------------------------------------------------------------------------------------

namespace {

struct CopyPayload {
  template <class T>
  Attribute::Payload operator()(const T& value) const {
    if constexpr (std::is_same_v<T, std::unique_ptr<Graph>> || std::is_same_v<T, Attribute::Graphs>) {
      assert(!"a subgraph is copied by Graph::clone");
      return int64_t{0};
    } else {
      return Attribute::Payload(std::in_place_type<T>, value);
    }
  }
};

}  // namespace

Attribute::Attribute(const Attribute& other)
    : name(other.name), value(std::visit(CopyPayload{}, other.value)), doc(other.doc) {}

const Attribute* Node::attribute(std::string_view name) const {
  for (const Attribute& a : attributes) {
    if (a.name == name) return &a;
  }
  return nullptr;
}

Attribute* Node::attribute(std::string_view name) {
  return const_cast<Attribute*>(std::as_const(*this).attribute(name));
}

void Node::setAttribute(Attribute attribute) {
  Attribute* found = this->attribute(attribute.name);
  if (found) {
    *found = std::move(attribute);
  } else {
    attributes.push_back(std::move(attribute));
  }
  for (Graph* graph : subgraphs()) graph->owner = this;
}

void Node::removeAttribute(std::string_view name) {
  std::erase_if(attributes, [&](const Attribute& a) { return a.name == name; });
}

int64_t Node::intAttribute(std::string_view name, int64_t otherwise) const {
  const Attribute* a = attribute(name);
  const auto* value = a ? std::get_if<int64_t>(&a->value) : nullptr;
  return value ? *value : otherwise;
}

float Node::floatAttribute(std::string_view name, float otherwise) const {
  const Attribute* a = attribute(name);
  const auto* value = a ? std::get_if<float>(&a->value) : nullptr;
  return value ? *value : otherwise;
}

std::string Node::stringAttribute(std::string_view name, std::string otherwise) const {
  const Attribute* a = attribute(name);
  const auto* value = a ? std::get_if<std::string>(&a->value) : nullptr;
  return value ? *value : otherwise;
}

std::optional<std::vector<int64_t>> Node::intsAttribute(std::string_view name) const {
  const Attribute* a = attribute(name);
  const auto* value = a ? std::get_if<std::vector<int64_t>>(&a->value) : nullptr;
  return value ? std::optional(*value) : std::nullopt;
}

std::vector<Graph*> Node::subgraphs() const {
  std::vector<Graph*> found;
  for (const Attribute& a : attributes) {
    if (const auto* graph = std::get_if<std::unique_ptr<Graph>>(&a.value)) found.push_back(graph->get());
    if (const auto* graphs = std::get_if<Attribute::Graphs>(&a.value)) {
      for (const auto& graph : *graphs) found.push_back(graph.get());
    }
  }
  return found;
}

// ---- edges --------------------------------------------------------------------------------------------------------

Node::~Node() { dropInputs(); }

void Node::dropInputs() {
  while (!inputs_.empty()) {
    setInput(inputs_.size() - 1, nullptr);
    inputs_.pop_back();
  }
}

void Node::setInput(size_t i, Value* value) {
  if (i >= inputs_.size()) inputs_.resize(i + 1, nullptr);
  if (inputs_[i] == value) return;
  if (Value* old = inputs_[i]) {
    auto& uses = old->uses_;  // newest first: undoing a walk finds its use at the end
    const auto it =
        std::find_if(uses.rbegin(), uses.rend(), [&](const Use& u) { return u.node == this && u.input == i; });
    assert(it != uses.rend());
    uses.erase(std::next(it).base());
  }
  inputs_[i] = value;
  if (value) value->uses_.push_back({this, i});
}

void Node::setInputs(const std::vector<Value*>& values) {
  while (inputs_.size() > values.size()) {
    setInput(inputs_.size() - 1, nullptr);
    inputs_.pop_back();
  }
  inputs_.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) setInput(i, values[i]);
}

Value* Node::addOutput(std::string name) {
  Value* value = graph_->newValue();
  value->name = std::move(name);
  value->producer_ = this;
  value->outputIndex_ = outputs_.size();
  outputs_.push_back(value);
  return value;
}

void Node::removeOutput(size_t i) {
  graph_->destroyValue(outputs_.at(i));
  outputs_.erase(outputs_.begin() + static_cast<ptrdiff_t>(i));
  for (; i < outputs_.size(); ++i) outputs_[i]->outputIndex_ = i;
}

// ---- order --------------------------------------------------------------------------------------------------------

Node* Node::next() const {
  const auto it = std::next(position_);
  return it == graph_->nodes_.end() ? nullptr : it->get();
}

Node* Node::previous() const { return position_ == graph_->nodes_.begin() ? nullptr : std::prev(position_)->get(); }

}  // namespace deploytool::ir
