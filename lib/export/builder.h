// Emits ONNX nodes into the graph under construction. The only place that turns dims into values, casts, broadcasts or
// adapts to the opset; lowerings never do it themselves. Types come from ir::infer.
//
// Constants given to it become initializers; operators whose inputs are all constant are emitted all the same and folded
// by the passes afterwards.
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

using Tensors = std::vector<Tensor>;

/// Where the value of a symbol comes from: dim `axis` of `value`; for axis -1 its element `element` (rank 1), or `value`
/// itself (rank 0).
struct SymbolBinding {
  ir::Value* value = nullptr;
  int64_t axis = -1;
  int64_t element = -1;
};

class Builder {
 public:
  Builder(ir::Graph& main, int64_t opset, ir::SymbolSource& symbols);

  int64_t opset() const { return opset_; }
  ir::SymbolSource& symbols() { return symbols_; }
  ir::Graph& graph() { return *graph_; }
  ir::Graph& mainGraph() { return main_; }
  int64_t emittedNodes() const { return emitted_; }

  /// Emits into `graph` (a subgraph) until the returned guard dies.
  class GraphScope;
  [[nodiscard]] GraphScope enter(ir::Graph& graph);

  // ---- nodes. A missing optional input is Tensor().
  Tensor op(const std::string& opType, const Tensors& inputs, ir::Attributes attributes = {}, const std::string& domain = {});
  Tensors ops(const std::string& opType, const Tensors& inputs, size_t outputs, ir::Attributes attributes = {},
              const std::string& domain = {});
  /// The graph value of a tensor; a constant becomes an initializer of the main graph (equal small ones are shared).
  ir::Value* use(const Tensor& tensor);

  // ---- constants
  Tensor int64s(const std::vector<int64_t>& values);        ///< int64[n]
  Tensor int64(int64_t value);                              ///< int64[]
  Tensor scalar(DType dtype, double value);                 ///< rank 0
  Tensor scalarLike(const Tensor& like, double value) { return scalar(like.dtype(), value); }
  Tensor full(DType dtype, const Dims& dims, double value); ///< any dims, ConstantOfShape where they are not literal
  /// `value` with the dtype and dims of `like`.
  Tensor fullLike(const Tensor& like, double value) { return full(like.dtype(), like.dims(), value); }

  // ---- integers as expressions
  Tensor dim(const Dim& value);              ///< int64[]: a constant, or computed from the symbols' bindings
  Tensor shape(const Dims& dims);            ///< int64[n]
  Dim toDim(const Tensor& rank0);            ///< the integer a rank-0/one-element tensor holds; a fresh symbol bound to it
  void bind(const std::string& symbol, SymbolBinding binding);
  /// Binds every unbound symbol in the dims of `value` to it.
  void bindDims(ir::Value* value);
  /// The same for the symbols that inference gave its unknown elements.
  void bindElements(ir::Value* value);
  bool isBound(const std::string& symbol) const { return bindings_.count(symbol) != 0; }
  bool isVisible(const Dim& dim) const;      ///< all its symbols can be computed in the current graph

  // ---- shape
  Tensor reshape(const Tensor& x, const Dims& dims);
  Tensor flattenAll(const Tensor& x);                       ///< rank 1
  Tensor unsqueeze(const Tensor& x, std::vector<int64_t> axes);
  Tensor squeeze(const Tensor& x, std::vector<int64_t> axes);
  Tensor transpose(const Tensor& x, std::vector<int64_t> permutation);
  Tensor swapAxes(const Tensor& x, int64_t a, int64_t b);
  Tensor expand(const Tensor& x, const Dims& dims);         ///< broadcasts; nothing where it is known to be a no-op
  Tensor expandTo(const Tensor& x, const Tensor& like) { return expand(x, like.dims()); }
  Tensor slice(const Tensor& x, int64_t axis, const Dim& start, const Dim& end, int64_t step = 1);
  Tensor select(const Tensor& x, int64_t axis, const Dim& index);  ///< drops the axis; index ≥ 0 or negative from the end
  Tensor gather(const Tensor& x, const Tensor& indices, int64_t axis);
  Tensor concat(const Tensors& xs, int64_t axis);
  Tensor stack(const Tensors& xs, int64_t axis);
  Tensors split(const Tensor& x, int64_t axis, const Dims& sizes);
  Tensor range(const Dim& start, const Dim& end, int64_t step = 1);  ///< int64[n]
  /// Pads with a constant; `pads` per axis {before, after}, negative crops.
  Tensor pad(const Tensor& x, const std::vector<std::pair<Dim, Dim>>& pads, double value = 0, std::string mode = "constant");

  // ---- element types
  Tensor cast(const Tensor& x, DType dtype);                ///< nothing where it has it already

  // ---- arithmetic. Inputs must have one dtype; ONNX Runtime's narrower kernels are worked around here (casts).
  Tensor add(const Tensor& a, const Tensor& b) { return binary("Add", a, b); }
  Tensor sub(const Tensor& a, const Tensor& b) { return binary("Sub", a, b); }
  Tensor mul(const Tensor& a, const Tensor& b) { return binary("Mul", a, b); }
  Tensor div(const Tensor& a, const Tensor& b) { return binary("Div", a, b); }
  Tensor binary(const std::string& opType, const Tensor& a, const Tensor& b);  ///< Add Sub Mul Div Pow Min Max Mod And …
  Tensor unary(const std::string& opType, const Tensor& x);
  Tensor addScalar(const Tensor& a, double b) { return add(a, scalarLike(a, b)); }
  Tensor mulScalar(const Tensor& a, double b) { return mul(a, scalarLike(a, b)); }
  Tensor compare(const std::string& opType, const Tensor& a, const Tensor& b);  ///< Equal Less Greater LessOrEqual …
  Tensor logicalNot(const Tensor& x) { return op("Not", {x}); }
  Tensor where(const Tensor& condition, const Tensor& yes, const Tensor& no);
  Tensor matmul(const Tensor& a, const Tensor& b);
  /// ReduceSum, ReduceMean, ReduceMax, …: axes as attribute or input by the opset. Empty axes reduce all.
  Tensor reduce(const std::string& opType, const Tensor& x, std::vector<int64_t> axes, bool keepDims);

  /// Names the nodes emitted while it lives after a module (`encoder.layers.0`).
  class ModuleScope {
   public:
    ModuleScope(Builder& builder, std::string path) : builder_(builder), previous_(builder.scope_) {
      if (!path.empty()) builder_.scope_ = std::move(path);
    }
    ~ModuleScope() { builder_.scope_ = std::move(previous_); }
    ModuleScope(const ModuleScope&) = delete;
    ModuleScope& operator=(const ModuleScope&) = delete;

   private:
    Builder& builder_;
    std::string previous_;
  };

 private:
  friend class GraphScope;
  using DimKey = std::pair<const ir::Graph*, std::string>;

  ir::Graph& main_;
  ir::Graph* graph_;
  int64_t opset_;
  ir::SymbolSource& symbols_;
  std::unordered_map<std::string, SymbolBinding> bindings_;
  std::vector<std::string> bindingOrder_;
  std::map<DimKey, ir::Value*> dimValues_;  ///< emitted expressions, by graph and text
  std::vector<DimKey> dimOrder_;
  std::map<std::string, ir::Value*> smallConstants_;                            ///< by dtype, dims and bytes
  std::map<const ir::Tensor*, std::pair<ir::TensorPtr, ir::Value*>> largeConstants_;
  std::map<std::string, int> initializerNames_;
  int64_t emitted_ = 0;
  std::string scope_;
  std::map<std::string, int> nodeNames_;  ///< used so far, by scope and operator

  Tensor emitTerm(const ir::DimTerm& term);
  Tensor emitAtom(const ir::DimAtom& atom);
  Tensor emitSymbol(const std::string& name);
  ir::Value* cachedDim(const std::string& key) const;
  ir::Value* remember(const std::string& key, ir::Value* value);
  Tensor shapeOf(ir::Value* value);
  std::string initializerName(const std::string& wanted);
  Tensors emit(const std::string& opType, const Tensors& inputs, size_t outputs, ir::Attributes attributes,
               const std::string& domain);

 public:
  /// Where emission stands, to come back to: undoes nodes, bindings and cached expressions.
  struct Mark {
    ir::Graph* graph;
    ir::Node* last;
    int64_t emitted;
    size_t bindings;
    size_t dims;
  };
  Mark mark() const;
  void rollback(const Mark& mark);
  /// Like rollback, but for a subgraph that was walked and is thrown away: `graph` itself is left to its owner.
  void forgetSince(const Mark& mark);
};

class Builder::GraphScope {
 public:
  GraphScope(Builder& builder, ir::Graph& graph) : builder_(builder), previous_(builder.graph_) { builder.graph_ = &graph; }
  ~GraphScope() { builder_.graph_ = previous_; }
  GraphScope(const GraphScope&) = delete;
  GraphScope& operator=(const GraphScope&) = delete;

 private:
  Builder& builder_;
  ir::Graph* previous_;
};

inline Builder::GraphScope Builder::enter(ir::Graph& graph) { return GraphScope(*this, graph); }

}  // namespace deploytool::exporter
