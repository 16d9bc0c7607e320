// The one graph form after lowering: nodes, values with producers and users, subgraphs.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/dim.h"
#include "ir/dtype.h"
#include "ir/tensor.h"

namespace deploytool::ir {

class Graph;
class Node;
class Value;

/// Type of a value. A tensor of unknown rank has no dims; one of unknown dtype has Undefined.
struct Type {
  enum class Kind { Unknown, Tensor, Sequence, Optional, Opaque };
  Kind kind = Kind::Unknown;
  DType dtype = DType::Undefined;        ///< Tensor
  std::optional<Dims> dims;              ///< Tensor
  std::shared_ptr<const Type> element;   ///< Sequence, Optional
  std::string opaque;                    ///< Opaque: serialized onnx.TypeProto of a kind that we only carry

  static Type tensor(DType dtype, std::optional<Dims> dims = {});
  static Type sequence(Type element);
  static Type optional(Type element);
  bool isTensor() const { return kind == Kind::Tensor; }
};
bool operator==(const Type& a, const Type& b);
std::string text(const Type& type);  ///< `float32[batch, 3]`, `seq(float32[?0])`

using TensorPtr = std::shared_ptr<const Tensor>;

/// One attribute. Subgraphs are owned by it.
class Attribute {
 public:
  using Graphs = std::vector<std::unique_ptr<Graph>>;
  /// Serialized onnx.AttributeProto of a kind that we only carry (sparse tensors, type protos, references).
  struct Opaque { std::string bytes; };
  using Payload = std::variant<int64_t, float, std::string, TensorPtr, std::unique_ptr<Graph>, std::vector<int64_t>,
                               std::vector<float>, std::vector<std::string>, std::vector<TensorPtr>, Graphs, Opaque>;

  Attribute(std::string name, Payload value) : name(std::move(name)), value(std::move(value)) {}
  Attribute(std::string name, int value) : Attribute(std::move(name), Payload(static_cast<int64_t>(value))) {}
  Attribute(std::string name, bool value) : Attribute(std::move(name), Payload(static_cast<int64_t>(value))) {}
  Attribute(std::string name, double value) : Attribute(std::move(name), Payload(static_cast<float>(value))) {}
  Attribute(std::string name, const char* value) : Attribute(std::move(name), Payload(std::string(value))) {}
  template <class T>
    requires std::constructible_from<Payload, T>
  Attribute(std::string name, T value) : Attribute(std::move(name), Payload(std::move(value))) {}
  Attribute(Attribute&&) = default;
  Attribute& operator=(Attribute&&) = default;
  /// Copies; subgraphs cannot be copied this way (use Graph::clone), so this requires that there is none.
  Attribute(const Attribute& other);

  std::string name;
  Payload value;
  std::string doc;
};
using Attributes = std::vector<Attribute>;

struct Use {
  Node* node = nullptr;
  size_t input = 0;
};

/// One edge: a graph input, an initializer, or a node's output. Owned by its graph; addresses are stable.
class Value {
 public:
  std::string name;  ///< may be empty until the writer names it
  Type type;
  /// What an integer tensor of rank 0 or 1 holds, where it is known as expressions (shapes, indices).
  std::optional<Dims> elements;
  /// Set for an initializer.
  TensorPtr constant;
  std::string doc;

  Graph& graph() const { return *graph_; }
  Node* producer() const { return producer_; }    ///< null for graph inputs and initializers
  size_t outputIndex() const { return outputIndex_; }
  /// Uses by nodes of this graph and of its subgraphs. Being a graph output is no use: see isGraphOutput().
  const std::vector<Use>& uses() const { return uses_; }
  bool isGraphOutput() const;
  bool isGraphInput() const;

  DType dtype() const { return type.dtype; }
  bool hasRank() const { return type.isTensor() && type.dims.has_value(); }
  const Dims& dims() const { return *type.dims; }  ///< requires hasRank()

 private:
  friend class Graph;
  friend class Node;
  Graph* graph_ = nullptr;
  Node* producer_ = nullptr;
  size_t outputIndex_ = 0;
  std::vector<Use> uses_;
};

class Node {
 public:
  std::string opType;
  std::string domain;  ///< empty for ai.onnx
  std::string name;
  std::string doc;
  std::string overload;
  Attributes attributes;
  std::string unknownFields;  ///< protobuf fields that this version does not know, kept as they are

  Graph& graph() const { return *graph_; }
  const std::vector<Value*>& inputs() const { return inputs_; }  ///< null: an optional input left out
  const std::vector<Value*>& outputs() const { return outputs_; }
  Value* input(size_t i) const { return i < inputs_.size() ? inputs_[i] : nullptr; }
  Value* output(size_t i = 0) const { return outputs_.at(i); }
  void setInput(size_t i, Value* value);  ///< grows the list with nulls where needed
  void setInputs(const std::vector<Value*>& values);
  Value* addOutput(std::string name = {});

  const Attribute* attribute(std::string_view name) const;
  Attribute* attribute(std::string_view name);
  void setAttribute(Attribute attribute);  ///< replaces one of the same name
  void removeAttribute(std::string_view name);
  int64_t intAttribute(std::string_view name, int64_t otherwise) const;
  float floatAttribute(std::string_view name, float otherwise) const;
  std::string stringAttribute(std::string_view name, std::string otherwise = {}) const;
  std::optional<std::vector<int64_t>> intsAttribute(std::string_view name) const;
  std::vector<Graph*> subgraphs() const;

  /// Neighbours in the graph's order; null at the ends.
  Node* next() const;
  Node* previous() const;

 private:
  friend class Graph;
  Graph* graph_ = nullptr;
  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
  std::list<std::unique_ptr<Node>>::iterator position_;
};

/// Nodes in topological order. Values of an outer graph may be used inside a subgraph.
class Graph {
 public:
  Graph() = default;
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  std::string name;
  std::string doc;
  Node* owner = nullptr;  ///< the node whose attribute holds this subgraph; null for the main graph
  std::string unknownFields;
  std::vector<std::string> quantizationAnnotations;  ///< serialized onnx.TensorAnnotation

  /// The graph around a subgraph; null for a main graph. A subgraph under construction may set `outer` before it has
  /// an owner.
  Graph* parent() const { return owner ? &owner->graph() : outer; }
  Graph* outer = nullptr;
  bool isInside(const Graph& other) const;  ///< the same graph, or nested in it

  const std::vector<Value*>& inputs() const { return inputs_; }
  const std::vector<Value*>& outputs() const { return outputs_; }
  const std::vector<Value*>& initializers() const { return initializers_; }
  const std::list<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  size_t nodeCount() const { return nodes_.size(); }

  Value* addInput(std::string name, Type type);
  void removeInput(Value* value);  ///< requires no uses
  Value* addInitializer(std::string name, TensorPtr tensor);  ///< type is set from the tensor
  void removeInitializer(Value* value);  ///< requires no uses
  /// Makes an input a constant or back: an initializer may also be listed among the inputs (IR version 3).
  void addOutput(Value* value) { outputs_.push_back(value); }
  void setOutput(size_t i, Value* value) { outputs_.at(i) = value; }
  void clearOutputs() { outputs_.clear(); }

  /// Appends a node, or puts it before `before`.
  Node* addNode(std::string opType, const std::vector<Value*>& inputs, size_t outputCount = 1,
                Attributes attributes = {}, Node* before = nullptr, std::string domain = {});
  /// Removes a node whose outputs have no uses; its values die with it.
  void remove(Node* node);
  void moveBefore(Node* node, Node* before);
  /// Every use of `from` (nodes here and in subgraphs, and graph outputs) becomes a use of `to`.
  void replaceAllUses(Value* from, Value* to);
  /// Removes the nodes after `last` (all for null), newest first: what a speculative walk emitted.
  void truncate(Node* last);

  /// Deep copy; values of outer graphs stay shared. `map` receives old → new for this graph's values.
  std::unique_ptr<Graph> clone(std::map<const Value*, Value*>* map = nullptr) const;

  /// Calls `visit(Node&)` for every node, subgraphs included, outer before inner.
  template <class Visit>
  void forEachNode(Visit&& visit) {
    for (auto it = nodes_.begin(); it != nodes_.end();) {
      Node& node = **it++;  // the visitor may remove this node
      auto inner = node.subgraphs();
      visit(node);
      for (Graph* graph : inner) graph->forEachNode(visit);
    }
  }

 private:
  friend class Node;
  Value* newValue();
  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
  std::vector<Value*> initializers_;
  std::list<std::unique_ptr<Node>> nodes_;
  std::map<const Value*, std::unique_ptr<Value>> values_;
};

/// A model as a file holds it.
struct Model {
  Graph graph;
  int64_t irVersion = 7;
  std::map<std::string, int64_t> opsets;  ///< domain ("" for ai.onnx) → version
  std::string producerName;
  std::string producerVersion;
  std::string domain;
  int64_t modelVersion = 0;
  std::string doc;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<std::string> functions;  ///< serialized onnx.FunctionProto
  std::string unknownFields;

  int64_t opset() const {
    auto it = opsets.find("");
    return it == opsets.end() ? 0 : it->second;
  }
};

}  // namespace deploytool::ir
