// If, Loop, Scan: the types of their outputs from those of their bodies. A symbol born inside a body means nothing
// outside, so dims that mention one become fresh.
#include <set>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

// ---- symbols that a body takes from outside

/// The symbols of the values that a control-flow node and its bodies read from outside; collected when first asked.
class OuterSymbols {
 public:
  explicit OuterSymbols(const Node& node) : node_(node) {}

  bool cover(const Dim& dim) {
    if (!hasFreshSymbol(dim)) return true;
    if (!collected_) collect();
    for (const std::string& symbol : dim.symbols())
      if (!symbols_.count(symbol)) return false;
    return true;
  }

  Type localized(InferContext& ctx, const Type& type) {
    return mapDims(type, [&](const Dim& dim) { return cover(dim) ? dim : ctx.fresh(); });
  }

 private:
  void add(const Type& type) {
    if (type.dims)
      for (const Dim& dim : *type.dims) add(dim);
    if (type.element) add(*type.element);
  }
  void add(const Dim& dim) {
    for (std::string& symbol : dim.symbols()) symbols_.insert(std::move(symbol));
  }
  void add(const Value& value) {
    add(value.type);
    if (value.elements)
      for (const Dim& element : *value.elements) add(element);
  }
  void addOutside(const Value* value, const Graph& body) {
    if (value && !value->graph().isInside(body)) add(*value);
  }
  void collect(const Graph& graph, const Graph& body) {
    for (const auto& node : graph.nodes()) {
      for (const Value* input : node->inputs()) addOutside(input, body);
      for (const Graph* inner : node->subgraphs()) collect(*inner, body);
    }
    for (const Value* output : graph.outputs()) addOutside(output, body);
  }
  void collect() {
    collected_ = true;
    for (const Value* input : node_.inputs())
      if (input) add(*input);
    for (const Graph* body : node_.subgraphs()) collect(*body, *body);
  }

  const Node& node_;
  bool collected_ = false;
  std::set<std::string> symbols_;
};

const Graph* bodyOf(const Node& node, const char* name) {
  const Attribute* attribute = node.attribute(name);
  const auto* graph = attribute ? std::get_if<std::unique_ptr<Graph>>(&attribute->value) : nullptr;
  return graph ? graph->get() : nullptr;
}

std::optional<Dims> elementsOf(const Value& value) {
  if (value.elements) return value.elements;
  const Tensor* constant = value.constant.get();
  if (!constant || constant->rank() > 1 || !isIntegral(constant->dtype()) ||
      constant->numel() > static_cast<int64_t>(InferContext::kMaxElements))
    return {};
  return toDims(constant->toInt64s());
}

// ---- If

void inferIf(InferContext& ctx) {
  const Graph* yes = bodyOf(ctx.node, "then_branch");
  const Graph* no = bodyOf(ctx.node, "else_branch");
  if (!yes || !no) return;
  OuterSymbols outer(ctx.node);
  for (size_t i = 0; i < ctx.node.outputs().size(); ++i) {
    if (i >= yes->outputs().size() || i >= no->outputs().size()) return;
    const Value& a = *yes->outputs()[i];
    const Value& b = *no->outputs()[i];
    ctx.setType(i, join(ctx, outer.localized(ctx, a.type), b.type));
    const auto elements = elementsOf(a);
    if (!elements || elements != elementsOf(b)) continue;
    bool visible = true;
    for (const Dim& element : *elements) visible = visible && outer.cover(element);
    if (visible) ctx.setElements(i, elements);
  }
}

// ---- Loop

bool isTrue(const Value* value) {
  if (!value) return false;
  const Node* producer = value->producer();
  if (producer && producer->opType == "Identity") return isTrue(producer->input(0));
  if (value->constant) return value->constant->numel() == 1 && value->constant->toInt64s()[0] != 0;
  return value->elements && value->elements->size() == 1 && value->elements->front().asLiteral() == 1;
}

/// The condition a body gives is its condition input, or true.
bool keepsCondition(const Graph& body) {
  const Value* condition = body.outputs().front();
  while (condition->producer() && condition->producer()->opType == "Identity" && condition->producer()->input(0))
    condition = condition->producer()->input(0);
  return isTrue(condition) || (body.inputs().size() > 1 && condition == body.inputs()[1]);
}

/// The number of iterations, where nothing but the trip count ends the loop.
std::optional<Dim> tripCount(const InferContext& ctx, const Graph& body) {
  if (!ctx.has(0) || (ctx.has(1) && !isTrue(ctx.node.input(1))) || !keepsCondition(body)) return {};
  const auto count = ctx.element(0);
  if (!count || !isOverDims(*count)) return {};
  return clampAtZero(*count);
}

bool isEmptySequence(const Value* value) {
  return value && value->producer() && value->producer()->opType == "SequenceEmpty";
}

/// A carried value is what it was before the loop, or what the last iteration gave.
Type carriedType(InferContext& ctx, OuterSymbols& outer, const Value* before, const Value& after) {
  if (!before || before->type.kind == Type::Kind::Unknown || isEmptySequence(before))
    return outer.localized(ctx, after.type);
  return join(ctx, before->type, after.type);
}

/// What iterations give, stacked along `axis`.
Type stackedType(InferContext& ctx, OuterSymbols& outer, const Type& type, const Dim& count, int64_t axis) {
  if (!type.isTensor()) return {};
  Type result = outer.localized(ctx, type);
  if (!result.dims) return result;
  const auto at = normalizeAxis(axis, result.dims->size() + 1);
  if (!at) return Type::tensor(type.dtype);
  result.dims->insert(result.dims->begin() + static_cast<ptrdiff_t>(*at), count);
  return result;
}

void inferLoop(InferContext& ctx) {
  const Graph* body = bodyOf(ctx.node, "body");
  if (!body || body->outputs().empty()) return;
  OuterSymbols outer(ctx.node);
  const size_t carried = ctx.node.inputs().size() < 2 ? 0 : ctx.node.inputs().size() - 2;
  const auto known = tripCount(ctx, *body);
  std::optional<Dim> count;
  for (size_t i = 0; i < ctx.node.outputs().size() && i + 1 < body->outputs().size(); ++i) {
    const Value& after = *body->outputs()[i + 1];
    if (i < carried) {
      ctx.setType(i, carriedType(ctx, outer, ctx.node.input(i + 2), after));
      continue;
    }
    if (!count) count = known ? *known : ctx.fresh();
    ctx.setType(i, stackedType(ctx, outer, after.type, *count, 0));
  }
}

// ---- Scan (since opset 9)

int64_t axisAt(const Node& node, const char* name, size_t i) {
  const auto axes = node.intsAttribute(name);
  return axes && i < axes->size() ? (*axes)[i] : 0;
}

Dim scanLength(InferContext& ctx, size_t states, size_t scans) {
  std::optional<Dim> length;
  for (size_t i = 0; i < scans; ++i) {
    const Dims* dims = ctx.dims(states + i);
    const auto axis = dims ? normalizeAxis(axisAt(ctx.node, "scan_input_axes", i), dims->size()) : std::nullopt;
    if (!axis) continue;
    length = length ? mergeEqual(*length, (*dims)[*axis]) : (*dims)[*axis];
  }
  return length ? *length : ctx.fresh();
}

void inferScan(InferContext& ctx) {
  const Graph* body = bodyOf(ctx.node, "body");
  const int64_t scans = ctx.node.intAttribute("num_scan_inputs", 0);
  if (!body || ctx.opset < 9 || scans < 0 || scans > static_cast<int64_t>(ctx.node.inputs().size())) return;
  OuterSymbols outer(ctx.node);
  const size_t states = ctx.node.inputs().size() - static_cast<size_t>(scans);
  const Dim length = scanLength(ctx, states, static_cast<size_t>(scans));
  for (size_t i = 0; i < ctx.node.outputs().size() && i < body->outputs().size(); ++i) {
    const Value& after = *body->outputs()[i];
    if (i < states)
      ctx.setType(i, carriedType(ctx, outer, ctx.node.input(i), after));
    else
      ctx.setType(i, stackedType(ctx, outer, after.type, length, axisAt(ctx.node, "scan_output_axes", i - states)));
  }
}

// ---- SequenceMap

void inferSequenceMap(InferContext& ctx) {
  const Graph* body = bodyOf(ctx.node, "body");
  if (!body) return;
  OuterSymbols outer(ctx.node);
  for (size_t i = 0; i < ctx.node.outputs().size() && i < body->outputs().size(); ++i)
    ctx.setType(i, Type::sequence(outer.localized(ctx, body->outputs()[i]->type)));
}

const InferRow kRows[] = {
    {"If", inferIf},
    {"Loop", inferLoop},
    {"Scan", inferScan},
    {"SequenceMap", inferSequenceMap},
};

}  // namespace

std::span<const InferRow> controlRows() { return kRows; }

}  // namespace deploytool::ir::inference
