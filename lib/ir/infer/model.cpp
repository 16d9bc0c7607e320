// Inference over a whole model from a file: bodies before the nodes that own them, and what the file says kept where it
// is more exact.
#include <set>
#include <unordered_map>

#include "ir/infer.h"
#include "ir/infer/support.h"

namespace deploytool::ir {
namespace {

using inference::hasFreshSymbol;

class ModelInference {
 public:
  ModelInference(Model& model, SymbolSource& symbols) : model_(model), symbols_(symbols), opset_(model.opset()) {
    remember(model.graph);
    for (const Value* input : model.graph.inputs())
      if (input->hasRank())
        for (const Dim& dim : input->dims())
          for (std::string& symbol : dim.symbols()) inputSymbols_.insert(std::move(symbol));
  }

  void run() { inferGraph(model_.graph, 0); }

 private:
  static constexpr int kMaxDepth = 3;  ///< of loops whose bodies are repeated until their types are stable
  static constexpr int kMaxRounds = 3;

  // ---- what the file says

  void avoidSymbols(const Type& type) {
    if (type.dims)
      for (const Dim& dim : *type.dims)
        for (const std::string& symbol : dim.symbols()) symbols_.avoid(symbol);
    if (type.element) avoidSymbols(*type.element);
  }
  void remember(const Value* value) {
    if (!value) return;
    avoidSymbols(value->type);
    if (value->elements)
      for (const Dim& element : *value->elements)
        for (const std::string& symbol : element.symbols()) symbols_.avoid(symbol);
    if (value->type.kind != Type::Kind::Unknown) declared_.emplace(value, value->type);
  }
  void remember(const Graph& graph) {
    for (const Value* input : graph.inputs()) remember(input);
    for (const auto& node : graph.nodes()) {
      for (const Value* output : node->outputs()) remember(output);
      for (const Graph* inner : node->subgraphs()) remember(*inner);
    }
  }

  Dim betterDim(const Dim& declared, const Dim& inferred, bool keepName) const {
    if (inferred.isLiteral()) return inferred;
    if (declared.isLiteral()) return declared;
    const auto name = declared.asSymbol();
    if (keepName && name && !isFreshSymbol(*name) && !inputSymbols_.count(*name)) return declared;
    return hasFreshSymbol(inferred) && !hasFreshSymbol(declared) ? declared : inferred;
  }

  Type better(const Type& declared, const Type& inferred, bool keepName) const {
    if (inferred.kind == Type::Kind::Unknown) return declared;
    if (declared.kind != inferred.kind) return inferred;
    Type result = inferred;
    if (inferred.isTensor()) {
      if (inferred.dtype == DType::Undefined) result.dtype = declared.dtype;
      if (!inferred.dims) result.dims = declared.dims;
      if (inferred.dims && declared.dims && inferred.dims->size() == declared.dims->size())
        for (size_t i = 0; i < result.dims->size(); ++i)
          (*result.dims)[i] = betterDim((*declared.dims)[i], (*inferred.dims)[i], keepName);
    } else if (!inferred.element) {
      result.element = declared.element;
    } else if (declared.element) {
      result.element = std::make_shared<const Type>(better(*declared.element, *inferred.element, keepName));
    }
    return result;
  }

  void keepDeclared(Value& value) {
    auto declared = declared_.find(&value);
    if (declared == declared_.end()) return;
    const bool keepName = &value.graph() == &model_.graph && value.isGraphOutput();
    value.type = better(declared->second, value.type, keepName);
  }

  // ---- the walk

  void inferGraph(Graph& graph, int depth) {
    for (const auto& node : graph.nodes()) inferNode(*node, depth);
  }

  void inferNode(Node& node, int depth) {
    if (node.opType == "Loop" && node.domain.empty())
      inferRepeated(node, 2, 2, 1, depth);
    else if (node.opType == "Scan" && node.domain.empty())
      inferScanBody(node, depth);
    else if (node.opType == "SequenceMap" && node.domain.empty())
      inferMapBody(node, depth);
    else
      for (Graph* inner : node.subgraphs()) inferGraph(*inner, depth);
    if (!infer(node, symbols_, opset_)) return;
    for (Value* output : node.outputs())
      if (output) keepDeclared(*output);
  }

  void setBodyInput(Graph& body, size_t i, Type type) {
    if (i >= body.inputs().size()) return;
    body.inputs()[i]->type = std::move(type);
    keepDeclared(*body.inputs()[i]);
  }

  void inferScanBody(Node& node, int depth) {
    const int64_t scans = node.intAttribute("num_scan_inputs", 0);
    const auto graphs = node.subgraphs();
    if (graphs.empty() || scans < 0 || scans > static_cast<int64_t>(node.inputs().size())) return;
    const size_t states = node.inputs().size() - static_cast<size_t>(scans);
    const auto axes = node.intsAttribute("scan_input_axes");
    for (size_t i = states; i < node.inputs().size(); ++i) {
      const Value* input = node.input(i);
      if (!input || !input->type.isTensor()) continue;
      Type slice = input->type;
      if (slice.dims) {
        const int64_t given = axes && i - states < axes->size() ? (*axes)[i - states] : 0;
        if (const auto axis = inference::normalizeAxis(given, slice.dims->size()))
          slice.dims->erase(slice.dims->begin() + static_cast<ptrdiff_t>(*axis));
        else
          slice.dims.reset();
      }
      setBodyInput(*graphs.front(), i, std::move(slice));
    }
    inferRepeated(node, 0, 0, 0, depth, states);
  }

  void inferMapBody(Node& node, int depth) {
    const auto graphs = node.subgraphs();
    if (graphs.empty()) return;
    for (size_t i = 0; i < node.inputs().size(); ++i) {
      const Value* input = node.input(i);
      if (!input) continue;
      const Type& type = input->type;
      InferContext context{node, symbols_, opset_};
      if (type.kind == Type::Kind::Sequence && type.element)
        setBodyInput(*graphs.front(), i, inference::refreshed(context, *type.element));
      else
        setBodyInput(*graphs.front(), i, type);
    }
    inferGraph(*graphs.front(), depth);
  }

  // ---- carried values: their types widen until an iteration gives back what it took

  struct Carried {
    Type type;
    std::set<std::string> widened;  ///< symbols that stand for dims that change
  };

  /// True when `carried` had to widen to cover `after`.
  bool widen(Carried& carried, const Type& after) {
    Type& type = carried.type;
    if (type.kind == Type::Kind::Unknown) return false;
    if (type.kind != after.kind) {
      type = Type();
      return true;
    }
    if (!type.isTensor()) {
      if (type == after) return false;
      const bool known = type.element && type.element->isTensor();
      const Type general = known ? Type::tensor(type.element->dtype) : Type();
      if (type.element && *type.element == general) return false;
      type.element = std::make_shared<const Type>(general);
      return true;
    }
    if (!type.dims) return false;
    if (!after.dims || after.dims->size() != type.dims->size()) {
      type.dims.reset();
      return true;
    }
    return widenDims(carried, *after.dims);
  }

  bool widenDims(Carried& carried, const Dims& after) {
    bool changed = false;
    for (size_t i = 0; i < after.size(); ++i) {
      Dim& dim = (*carried.type.dims)[i];
      const auto name = dim.asSymbol();
      if (dim == after[i] || (name && carried.widened.count(*name))) continue;
      dim = symbols_.fresh();
      carried.widened.insert(*dim.asSymbol());
      changed = true;
    }
    return changed;
  }

  static Type withoutDims(const Type& type) { return type.isTensor() ? Type::tensor(type.dtype) : Type(); }

  /// Node input `firstInput + i` flows into body input `firstBodyInput + i` and back from body output
  /// `firstBodyOutput + i`.
  void inferRepeated(Node& node, size_t firstInput, size_t firstBodyInput, size_t firstBodyOutput, int depth,
                     size_t count = SIZE_MAX) {
    const auto graphs = node.subgraphs();
    if (graphs.empty()) return;
    Graph& body = *graphs.front();
    if (node.opType == "Loop") {
      setBodyInput(body, 0, Type::tensor(DType::Int64, Dims{}));
      setBodyInput(body, 1, Type::tensor(DType::Bool, Dims{}));
    }
    std::vector<Carried> carried;
    for (size_t i = firstInput; i < node.inputs().size() && carried.size() < count; ++i)
      carried.push_back({node.input(i) ? node.input(i)->type : Type(), {}});
    for (int round = depth < kMaxDepth ? 0 : kMaxRounds; round <= kMaxRounds; ++round) {
      for (size_t i = 0; i < carried.size(); ++i) {
        if (round == kMaxRounds) carried[i].type = withoutDims(carried[i].type);
        setBodyInput(body, firstBodyInput + i, carried[i].type);
      }
      inferGraph(body, depth + 1);
      bool changed = false;
      for (size_t i = 0; i < carried.size() && firstBodyOutput + i < body.outputs().size(); ++i)
        changed |= widen(carried[i], body.outputs()[firstBodyOutput + i]->type);
      if (!changed) return;
    }
  }

  Model& model_;
  SymbolSource& symbols_;
  int64_t opset_;
  std::unordered_map<const Value*, Type> declared_;
  std::set<std::string> inputSymbols_;
};

}  // namespace

void inferAll(Model& model, SymbolSource& symbols) { ModelInference(model, symbols).run(); }

}  // namespace deploytool::ir
