// Graph: ownership of nodes and values, exact tracking of uses, cloning.
#include "ir/graph.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

namespace deploytool::ir {

// ---- ownership ----------------------------------------------------------------------------------------------------

Graph::~Graph() {
  clearOutputs();
  truncate(nullptr);
  for (auto& value : values_) releaseUses(value.get());
}

bool Graph::isInside(const Graph& other) const {
  for (const Graph* graph = this; graph; graph = graph->parent()) {
    if (graph == &other) return true;
  }
  return false;
}

Value* Graph::newValue() {
  auto value = std::make_unique<Value>();
  value->graph_ = this;
  value->slot_ = values_.size();
  values_.push_back(std::move(value));
  return values_.back().get();
}

// Nobody may point to a value that dies. By contract there is no use left; a caller's mistake must not become a
// dangling pointer, so what is left over becomes a missing input.
void Graph::releaseUses(Value* value) {
  while (!value->uses_.empty()) {
    const Use use = value->uses_.back();
    value->uses_.pop_back();
    use.node->inputs_[use.input] = nullptr;
  }
}

void Graph::destroyValue(Value* value) {
  releaseUses(value);
  if (value->outputListings_ > 0) replaceListings(value, nullptr);
  const size_t slot = value->slot_;
  values_.back()->slot_ = slot;
  std::swap(values_[slot], values_.back());
  values_.pop_back();
}

// ---- inputs, initializers, outputs --------------------------------------------------------------------------------

Value* Graph::addInput(std::string name, Type type) {
  Value* value = newValue();
  value->name = std::move(name);
  value->type = std::move(type);
  value->isInput_ = true;
  inputs_.push_back(value);
  return value;
}

void Graph::removeInput(Value* value) {
  assert(value->isInput_ && &value->graph() == this);
  std::erase(inputs_, value);
  value->isInput_ = false;
  if (value->constant) std::erase(initializers_, value);
  destroyValue(value);
}

Value* Graph::addInitializer(std::string name, TensorPtr tensor) {
  Value* value = newValue();
  value->name = std::move(name);
  value->type = Type::tensor(tensor->dtype(), toDims(tensor->dims()));
  value->constant = std::move(tensor);
  initializers_.push_back(value);
  return value;
}

Value* Graph::addSparseInitializer(std::string name, std::shared_ptr<const SparseTensor> tensor) {
  Value* value = newValue();
  value->name = std::move(name);
  value->type = Type::tensor(tensor->values->dtype(), toDims(tensor->dims));
  value->sparse = std::move(tensor);
  initializers_.push_back(value);
  return value;
}

void Graph::removeInitializer(Value* value) {
  assert((value->constant || value->sparse) && &value->graph() == this);
  std::erase(initializers_, value);
  value->constant = nullptr;
  value->sparse = nullptr;
  if (!value->isInput_) destroyValue(value);
}

void Graph::setDefault(Value* input, TensorPtr tensor) {
  assert(input->isInput_);
  if (!input->constant) initializers_.push_back(input);
  input->constant = std::move(tensor);
}

void Graph::dropFromInputs(Value* value) {
  assert(value->isInput_ && value->constant);
  std::erase(inputs_, value);
  value->isInput_ = false;
}

void Graph::addOutput(Value* value) {
  if (value) ++value->outputListings_;
  outputs_.push_back(value);
}

void Graph::setOutput(size_t i, Value* value) {
  Value*& slot = outputs_.at(i);
  if (slot) --slot->outputListings_;
  if (value) ++value->outputListings_;
  slot = value;
}

void Graph::removeOutput(size_t i) {
  setOutput(i, nullptr);
  outputs_.erase(outputs_.begin() + static_cast<ptrdiff_t>(i));
}

void Graph::clearOutputs() {
  for (Value* value : outputs_) {
    if (value) --value->outputListings_;
  }
  outputs_.clear();
}

// ---- nodes --------------------------------------------------------------------------------------------------------

Node* Graph::addNode(std::string opType, const std::vector<Value*>& inputs, size_t outputCount, Attributes attributes,
                     Node* before, std::string domain) {
  std::unique_ptr<Node> owned(new Node);
  Node* node = owned.get();
  node->graph_ = this;
  node->opType = std::move(opType);
  node->domain = std::move(domain);
  node->attributes = std::move(attributes);
  node->position_ = nodes_.insert(before ? before->position_ : nodes_.end(), std::move(owned));
  for (Graph* graph : node->subgraphs()) graph->owner = node;
  node->setInputs(inputs);
  node->outputs_.reserve(outputCount);
  for (size_t i = 0; i < outputCount; ++i) node->addOutput();
  return node;
}

void Graph::remove(Node* node) {
  assert(&node->graph() == this);
  leave(node);
  node->attributes.clear();  // subgraphs first: they use values of this graph
  node->dropInputs();
  for (Value* value : node->outputs_) destroyValue(value);
  nodes_.erase(node->position_);
}

void Graph::moveBefore(Node* node, Node* before) {
  assert(&node->graph() == this);
  if (node == before) return;
  Graph& target = before ? before->graph() : *this;
  leave(node);
  target.nodes_.splice(before ? before->position_ : target.nodes_.end(), nodes_, node->position_);
  if (&target == this) return;
  node->graph_ = &target;
  for (Value* value : node->outputs_) {
    values_.back()->slot_ = value->slot_;
    std::swap(values_[value->slot_], values_.back());
    value->slot_ = target.values_.size();
    value->graph_ = &target;
    target.values_.push_back(std::move(values_.back()));
    values_.pop_back();
  }
}

void Graph::truncate(Node* last) {
  while (!nodes_.empty() && nodes_.back().get() != last) remove(nodes_.back().get());
}

void Graph::replaceAllUses(Value* from, Value* to) {
  if (from == to) return;
  std::vector<Use> uses = std::move(from->uses_);
  from->uses_.clear();
  for (const Use& use : uses) use.node->inputs_[use.input] = to;
  if (to) to->uses_.insert(to->uses_.end(), uses.begin(), uses.end());
  if (from->outputListings_ > 0) replaceListings(from, to);
}

// Outputs of the value's own graph first: only a subgraph that passes an outer value on needs the whole search.
void Graph::replaceListings(Value* from, Value* to) {
  Graph& home = from->graph();
  const auto replaceIn = [&](Graph& graph) {
    for (size_t i = 0; i < graph.outputs_.size(); ++i) {
      if (graph.outputs_[i] == from) graph.setOutput(i, to);
    }
  };
  replaceIn(home);
  if (from->outputListings_ == 0) return;
  home.forEachNode([&](Node& node) {
    for (Graph* graph : node.subgraphs()) replaceIn(*graph);
  });
}

// ---- walking ------------------------------------------------------------------------------------------------------

Graph::Cursor::Cursor(Graph& walked) : graph(walked), next(walked.nodes_.begin()), up(walked.cursors_) {
  graph.cursors_ = this;
}

Graph::Cursor::~Cursor() { graph.cursors_ = up; }

Node* Graph::Cursor::advance() {
  current = next == graph.nodes_.end() ? nullptr : (next++)->get();
  return current;
}

void Graph::leave(Node* node) {
  for (Cursor* cursor = cursors_; cursor; cursor = cursor->up) {
    if (cursor->current == node) cursor->current = nullptr;
    if (cursor->next == node->position_) ++cursor->next;
  }
}

// ---- cloning ------------------------------------------------------------------------------------------------------

namespace {

using ValueMap = std::unordered_map<const Value*, Value*>;

Value* mapped(const ValueMap& map, Value* value) {
  const auto it = map.find(value);
  return it == map.end() ? value : it->second;
}

void copyValue(const Value& from, Value& to) {
  to.name = from.name;
  to.type = from.type;
  to.elements = from.elements;
  to.doc = from.doc;
  to.unknownFields = from.unknownFields;
}

void cloneInto(const Graph& from, Graph& to, ValueMap& map);

Attribute cloneAttribute(const Attribute& attribute, Graph& around, ValueMap& map) {
  const auto cloneGraph = [&](const Graph& graph) {
    auto copy = std::make_unique<Graph>();
    copy->outer = &around;
    cloneInto(graph, *copy, map);
    return copy;
  };
  if (const auto* graph = std::get_if<std::unique_ptr<Graph>>(&attribute.value)) {
    Attribute copy(attribute.name, Attribute::Payload(cloneGraph(**graph)));
    copy.doc = attribute.doc;
    return copy;
  }
  if (const auto* graphs = std::get_if<Attribute::Graphs>(&attribute.value)) {
    Attribute::Graphs copies;
    for (const auto& graph : *graphs) copies.push_back(cloneGraph(*graph));
    Attribute copy(attribute.name, Attribute::Payload(std::move(copies)));
    copy.doc = attribute.doc;
    return copy;
  }
  return attribute;
}

void cloneNode(const Node& from, Graph& to, ValueMap& map) {
  std::vector<Value*> inputs;
  inputs.reserve(from.inputs().size());
  for (Value* input : from.inputs()) inputs.push_back(mapped(map, input));
  Attributes attributes;
  for (const Attribute& attribute : from.attributes) attributes.push_back(cloneAttribute(attribute, to, map));
  Node* node = to.addNode(from.opType, inputs, from.outputs().size(), std::move(attributes), nullptr, from.domain);
  node->name = from.name;
  node->doc = from.doc;
  node->overload = from.overload;
  node->unknownFields = from.unknownFields;
  for (size_t i = 0; i < from.outputs().size(); ++i) {
    copyValue(*from.output(i), *node->output(i));
    map[from.output(i)] = node->output(i);
  }
}

void cloneInto(const Graph& from, Graph& to, ValueMap& map) {
  to.name = from.name;
  to.doc = from.doc;
  to.unknownFields = from.unknownFields;
  to.quantizationAnnotations = from.quantizationAnnotations;
  for (const Value* input : from.inputs()) {
    Value* copy = to.addInput(input->name, input->type);
    copyValue(*input, *copy);
    if (input->constant) to.setDefault(copy, input->constant);
    map[input] = copy;
  }
  for (const Value* initializer : from.initializers()) {
    if (initializer->isGraphInput()) continue;
    Value* copy = initializer->sparse ? to.addSparseInitializer(initializer->name, initializer->sparse)
                                      : to.addInitializer(initializer->name, initializer->constant);
    copyValue(*initializer, *copy);
    map[initializer] = copy;
  }
  for (const auto& node : from.nodes()) cloneNode(*node, to, map);
  for (Value* output : from.outputs()) to.addOutput(mapped(map, output));
}

}  // namespace

std::unique_ptr<Graph> Graph::clone(std::map<const Value*, Value*>* map) const {
  auto copy = std::make_unique<Graph>();
  copy->outer = parent();
  ValueMap all;
  cloneInto(*this, *copy, all);
  if (map) map->insert(all.begin(), all.end());
  return copy;
}

}  // namespace deploytool::ir
