// The one graph form after lowering: nodes, values with producers and users, subgraphs.
#pragma once

#include <concepts>
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
  DType dtype = DType::Undefined;            ///< Tensor
  std::optional<Dims> dims;                  ///< Tensor
  std::shared_ptr<const Type> element;       ///< Sequence, Optional
  std::string opaque;                        ///< Opaque: serialized onnx.TypeProto of a kind that we only carry
  std::string denotation;                    ///< what it means (`IMAGE`), carried along
  std::vector<std::string> axisDenotations;  ///< Tensor: per axis, or empty

  static Type tensor(DType dtype, std::optional<Dims> dims = {});
  static Type sequence(Type element);
  static Type optional(Type element);
  bool isTensor() const { return kind == Kind::Tensor; }
};
bool operator==(const Type& a, const Type& b);
std::string text(const Type& type);  ///< `float32[batch, 3]`, `seq(float32[?0])`

using TensorPtr = std::shared_ptr<const Tensor>;

/// A sparse initializer, carried along: values and indices as onnx.SparseTensorProto has them.
struct SparseTensor {
  TensorPtr values;
  TensorPtr indices;
  std::vector<int64_t> dims;
};

/// One attribute. Subgraphs are owned by it.
class Attribute {
 public:
  using Graphs = std::vector<std::unique_ptr<Graph>>;
  /// Serialized onnx.AttributeProto of a kind that we only carry (sparse tensors, type protos, references).
  struct Opaque {
    std::string bytes;
  };
  using Payload = std::variant<int64_t, float, std::string, TensorPtr, std::unique_ptr<Graph>, std::vector<int64_t>,
                               std::vector<float>, std::vector<std::string>, std::vector<TensorPtr>, Graphs, Opaque>;

  Attribute(std::string name, Payload value) : name(std::move(name)), value(std::move(value)) {}
  Attribute(std::string name, int value) : Attribute(std::move(name), Payload(static_cast<int64_t>(value))) {}
  Attribute(std::string name, bool value) : Attribute(std::move(name), Payload(static_cast<int64_t>(value))) {}
  Attribute(std::string name, double value) : Attribute(std::move(name), Payload(static_cast<float>(value))) {}
  Attribute(std::string name, const char* value) : Attribute(std::move(name), Payload(std::string(value))) {}
  template <class T>
  requires std::constructible_from<Payload, T> Attribute(std::string name, T value)
      : Attribute(std::move(name), Payload(std::move(value))) {}
  Attribute(Attribute&&) = default;
  Attribute& operator=(Attribute&&) = default;
  /// Copies; subgraphs cannot be copied this way (use Graph::clone), so this requires that there is none.
  Attribute(const Attribute& other);
  Attribute& operator=(const Attribute& other) { return *this = Attribute(other); }

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
  std::shared_ptr<const SparseTensor> sparse;  ///< set for a sparse initializer
  std::string doc;
  std::string unknownFields;  ///< of its onnx.ValueInfoProto

  Graph& graph() const { return *graph_; }
  Node* producer() const { return producer_; }  ///< null for graph inputs and initializers
  size_t outputIndex() const { return outputIndex_; }
  /// Uses by nodes of this graph and of its subgraphs. Being a graph output is no use: see isGraphOutput().
  const std::vector<Use>& uses() const { return uses_; }
  /// Listed among the outputs of its graph, or of a subgraph that passes it on.
  bool isGraphOutput() const { return outputListings_ > 0; }
  bool isGraphInput() const { return isInput_; }
  /// Nothing reads it: no node and no graph output.
  bool isUnused() const { return uses_.empty() && outputListings_ == 0; }
  /// Of an initializer: its elements; of a sparse one, those that are stored.
  const Tensor& storedElements() const { return sparse ? *sparse->values : *constant; }
  /// An initializer that no caller may override.
  bool isConstant() const { return constant && !isInput_; }

  DType dtype() const { return type.dtype; }
  bool hasRank() const { return type.isTensor() && type.dims.has_value(); }
  const Dims& dims() const { return *type.dims; }  ///< requires hasRank()

 private:
  friend class Graph;
  friend class Node;
  Graph* graph_ = nullptr;
  Node* producer_ = nullptr;
  size_t outputIndex_ = 0;
  size_t slot_ = 0;            // where the graph owns it
  size_t outputListings_ = 0;  // how often graphs list it as an output
  bool isInput_ = false;
  std::vector<Use> uses_;
};

class Node {
 public:
  std::string opType;
  std::string domain;  ///< empty for ai.onnx
  std::string name;
  std::string doc;
  std::string overload;
  Attributes attributes;      ///< add subgraphs through setAttribute, which makes this node their owner
  std::string unknownFields;  ///< protobuf fields that this version does not know, kept as they are

  Graph& graph() const { return *graph_; }
  const std::vector<Value*>& inputs() const { return inputs_; }  ///< null: an optional input left out
  const std::vector<Value*>& outputs() const { return outputs_; }
  Value* input(size_t i) const { return i < inputs_.size() ? inputs_[i] : nullptr; }
  Value* output(size_t i = 0) const { return outputs_.at(i); }
  void setInput(size_t i, Value* value);  ///< grows the list with nulls where needed
  void setInputs(const std::vector<Value*>& values);
  Value* addOutput(std::string name = {});
  void removeOutput(size_t i);  ///< requires no uses

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

  ~Node();

 private:
  friend class Graph;
  Node() = default;
  void dropInputs();
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
  const std::vector<Value*>& initializers() const { return initializers_; }  ///< sparse ones included
  const std::list<std::unique_ptr<Node>>& nodes() const { return nodes_; }
  size_t nodeCount() const { return nodes_.size(); }

  Value* addInput(std::string name, Type type);
  void removeInput(Value* value);                             ///< requires no uses
  Value* addInitializer(std::string name, TensorPtr tensor);  ///< type is set from the tensor
  void removeInitializer(Value* value);                       ///< requires no uses, or that it stays as an input
  /// An input that is listed among the initializers too: a default the caller may override (before IR version 4 every
  /// initializer is listed so). The opposite makes a plain initializer of it.
  void setDefault(Value* input, TensorPtr tensor);
  void dropFromInputs(Value* value);  ///< requires a constant
  Value* addSparseInitializer(std::string name, std::shared_ptr<const SparseTensor> tensor);

  void addOutput(Value* value);
  void setOutput(size_t i, Value* value);
  void removeOutput(size_t i);
  void clearOutputs();

  /// Appends a node, or puts it before `before`.
  Node* addNode(std::string opType, const std::vector<Value*>& inputs, size_t outputCount = 1,
                Attributes attributes = {}, Node* before = nullptr, std::string domain = {});
  /// Removes a node whose outputs have no uses; its values die with it.
  void remove(Node* node);
  /// Moves a node of this graph; `before` may be in another graph (inlining a branch). Null: to the end of this one.
  void moveBefore(Node* node, Node* before);
  /// Every use of `from` (nodes here and in subgraphs, and graph outputs) becomes a use of `to`.
  void replaceAllUses(Value* from, Value* to);
  /// Removes the nodes after `last` (all for null), newest first: what a speculative walk emitted.
  void truncate(Node* last);

  /// Deep copy; values of outer graphs stay shared. `map` receives old → new for this graph's values.
  std::unique_ptr<Graph> clone(std::map<const Value*, Value*>* map = nullptr) const;

  /// Calls `visit(Node&)` for every node, subgraphs included, outer before inner. The visitor may change and remove the
  /// node it is given and its neighbours; nodes added before it are not visited.
  template <class Visit>
  void forEachNode(Visit&& visit) {
    Cursor cursor(*this);
    while (Node* node = cursor.advance()) {
      visit(*node);
      if (!cursor.current) continue;  // removed
      for (Graph* graph : node->subgraphs()) graph->forEachNode(visit);
    }
  }

 private:
  friend class Node;
  using NodeList = std::list<std::unique_ptr<Node>>;

  /// A walk that survives the removal of nodes: registered in the graph while it lasts.
  struct Cursor {
    explicit Cursor(Graph& graph);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;
    Node* advance();
    Graph& graph;
    Node* current = nullptr;
    NodeList::iterator next;
    Cursor* up;
  };

  Value* newValue();
  void destroyValue(Value* value);
  void leave(Node* node);  // tells the cursors
  void releaseUses(Value* value);
  void replaceListings(Value* from, Value* to);

  std::vector<Value*> inputs_;
  std::vector<Value*> outputs_;
  std::vector<Value*> initializers_;
  NodeList nodes_;
  std::vector<std::unique_ptr<Value>> values_;
  Cursor* cursors_ = nullptr;
};

/// A model as a file holds it.
struct Model {
  Graph graph;
  int64_t irVersion = 0;                  ///< 0: the writer takes the one that fits the opset
  bool hasValueInfo = false;              ///< types of inner values are (to be) written
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
