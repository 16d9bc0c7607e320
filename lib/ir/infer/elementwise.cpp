// Unary, binary and variadic operators that broadcast: arithmetic, comparison, logic, bits, Cast, Where, Clip.
// Arithmetic on small integer tensors is done on their symbolic elements.
#include <algorithm>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

using MaybeDim = std::optional<Dim>;
using BinaryOp = MaybeDim (*)(const Dim&, const Dim&);

// ---- operations on one element; nothing where the result is not decided

MaybeDim add(const Dim& a, const Dim& b) { return a + b; }
MaybeDim sub(const Dim& a, const Dim& b) { return a - b; }
MaybeDim mul(const Dim& a, const Dim& b) { return a * b; }
MaybeDim minimum(const Dim& a, const Dim& b) { return min(a, b); }
MaybeDim maximum(const Dim& a, const Dim& b) { return max(a, b); }

/// ONNX divides integers towards zero.
MaybeDim divide(const Dim& a, const Dim& b) {
  const auto x = a.asLiteral();
  const auto y = b.asLiteral();
  if (y == 0) return {};
  if (x && y) return *y == -1 ? -a : Dim(*x / *y);
  if (auto exact = exactDiv(a, b)) return exact;
  if (a.isNonNegative() && b.isNonNegative()) return floorDiv(a, b);
  return {};
}

/// The sign of the divisor (fmod = 0).
MaybeDim modulo(const Dim& a, const Dim& b) {
  if (b.asLiteral() == 0) return {};
  return mod(a, b);
}

MaybeDim fmodulo(const Dim& a, const Dim& b) {
  if (b.asLiteral() == 0 || !a.isNonNegative() || !b.isNonNegative()) return {};
  return mod(a, b);
}

MaybeDim toDim(std::optional<bool> truth) { return truth ? MaybeDim(*truth ? 1 : 0) : std::nullopt; }
std::optional<bool> negated(std::optional<bool> truth) { return truth ? std::optional(!*truth) : std::nullopt; }

MaybeDim isEqual(const Dim& a, const Dim& b) { return toDim(equal(a, b)); }
MaybeDim isLess(const Dim& a, const Dim& b) { return toDim(less(a, b)); }
MaybeDim isGreater(const Dim& a, const Dim& b) { return toDim(less(b, a)); }
MaybeDim isLessOrEqual(const Dim& a, const Dim& b) { return toDim(negated(less(b, a))); }
MaybeDim isGreaterOrEqual(const Dim& a, const Dim& b) { return toDim(negated(less(a, b))); }

MaybeDim both(const Dim& a, const Dim& b) {
  if (a.asLiteral() == 0 || b.asLiteral() == 0) return Dim(0);
  return a.isLiteral() && b.isLiteral() ? MaybeDim(1) : std::nullopt;
}
MaybeDim either(const Dim& a, const Dim& b) {
  if (a.asLiteral() == 1 || b.asLiteral() == 1) return Dim(1);
  return a.isLiteral() && b.isLiteral() ? MaybeDim(0) : std::nullopt;
}
MaybeDim oneOf(const Dim& a, const Dim& b) {
  if (!a.isLiteral() || !b.isLiteral()) return {};
  return Dim((a.literal() != 0) != (b.literal() != 0) ? 1 : 0);
}

// ---- on the elements of whole tensors

/// What is undecided becomes a fresh symbol, unless all is.
std::optional<Dims> filled(InferContext& ctx, std::vector<MaybeDim> elements) {
  if (std::none_of(elements.begin(), elements.end(), [](const MaybeDim& e) { return e.has_value(); }) &&
      !elements.empty())
    return {};
  Dims result;
  result.reserve(elements.size());
  for (MaybeDim& element : elements) result.push_back(element ? std::move(*element) : ctx.symbols.fresh(false));
  return result;
}

const Dim& broadcastElement(const Dims& elements, size_t i) { return elements.size() == 1 ? elements[0] : elements[i]; }

bool mayHaveElements(const InferContext& ctx) {
  const Value* value = ctx.node.input(0);
  if (!value || !value->hasRank() || value->dims().size() > 1) return false;
  return value->elements || value->constant;
}

/// Length of the result of two element lists; nothing when they do not broadcast.
std::optional<size_t> commonLength(size_t a, size_t b) {
  if (a == b || b == 1) return a;
  if (a == 1) return b;
  return {};
}

std::optional<Dims> combine(InferContext& ctx, const Dims& a, const Dims& b, BinaryOp op) {
  const auto length = commonLength(a.size(), b.size());
  if (!length) return {};
  std::vector<MaybeDim> result;
  result.reserve(*length);
  for (size_t i = 0; i < *length; ++i) result.push_back(op(broadcastElement(a, i), broadcastElement(b, i)));
  return filled(ctx, std::move(result));
}

void inferBinary(InferContext& ctx, DType dtype, BinaryOp op) {
  ctx.set(0, dtype, broadcastInputs(ctx));
  if (!op || !mayHaveElements(ctx)) return;
  const auto a = ctx.elements(0);
  const auto b = a ? ctx.elements(1) : std::nullopt;
  if (b) ctx.setElements(0, combine(ctx, *a, *b, op));
}

DType firstKnownDtype(const InferContext& ctx) {
  for (size_t i = 0; i < ctx.node.inputs().size(); ++i)
    if (ctx.dtype(i) != DType::Undefined) return ctx.dtype(i);
  return DType::Undefined;
}

// ---- rows

void broadcastSame(InferContext& ctx) { inferBinary(ctx, firstKnownDtype(ctx), nullptr); }
/// Pow, PRelu, BitShift: the type of the first input.
void broadcastFirst(InferContext& ctx) { inferBinary(ctx, ctx.dtype(), nullptr); }

template <BinaryOp op>
void arithmetic(InferContext& ctx) {
  inferBinary(ctx, firstKnownDtype(ctx), op);
}

template <BinaryOp op>
void comparison(InferContext& ctx) {
  inferBinary(ctx, DType::Bool, op);
}

void inferMod(InferContext& ctx) {
  inferBinary(ctx, firstKnownDtype(ctx), ctx.node.intAttribute("fmod", 0) ? fmodulo : modulo);
}

/// Min, Max, Sum: any number of inputs.
template <BinaryOp op>
void variadic(InferContext& ctx) {
  ctx.set(0, firstKnownDtype(ctx), broadcastInputs(ctx));
  if (!mayHaveElements(ctx)) return;
  auto result = ctx.elements(0);
  for (size_t i = 1; result && i < ctx.node.inputs().size(); ++i) {
    const auto next = ctx.elements(i);
    result = next ? combine(ctx, *result, *next, op) : std::nullopt;
  }
  ctx.setElements(0, std::move(result));
}

template <MaybeDim (*op)(const Dim&)>
void unaryElements(InferContext& ctx) {
  sameAsInput(ctx);
  if (!mayHaveElements(ctx)) return;
  const auto elements = ctx.elements(0);
  if (!elements) return;
  std::vector<MaybeDim> result;
  for (const Dim& element : *elements) result.push_back(op(element));
  ctx.setElements(0, filled(ctx, std::move(result)));
}

MaybeDim negate(const Dim& a) { return -a; }
MaybeDim absolute(const Dim& a) {
  if (a.isNonNegative()) return a;
  return a.isLiteral() ? MaybeDim(-a) : std::nullopt;
}
MaybeDim logicalNot(const Dim& a) { return a.isLiteral() ? MaybeDim(a.literal() ? 0 : 1) : std::nullopt; }
MaybeDim signOf(const Dim& a) {
  if (auto literal = a.asLiteral()) return Dim((*literal > 0) - (*literal < 0));
  return a.isPositive() ? MaybeDim(1) : std::nullopt;
}

void identity(InferContext& ctx) {
  if (!ctx.has(0)) return;
  ctx.setType(0, ctx.node.input(0)->type);
  if (mayHaveElements(ctx)) ctx.setElements(0, ctx.elements(0));
}

void castElements(InferContext& ctx, DType to) {
  if (!mayHaveElements(ctx)) return;
  auto elements = ctx.elements(0);
  if (!elements) return;
  if (to != DType::Bool) return ctx.setElements(0, std::move(elements));
  std::vector<MaybeDim> truths;
  for (const Dim& element : *elements) truths.push_back(toDim(negated(equal(element, 0))));
  ctx.setElements(0, filled(ctx, std::move(truths)));
}

void cast(InferContext& ctx) {
  const DType to = dtypeAttribute(ctx, "to", DType::Undefined);
  ctx.set(0, to, copyOf(ctx.dims()));
  castElements(ctx, to);
}

void castLike(InferContext& ctx) {
  ctx.set(0, ctx.dtype(1), copyOf(ctx.dims()));
  castElements(ctx, ctx.dtype(1));
}

void whereElements(InferContext& ctx) {
  const auto condition = ctx.elements(0);
  const auto yes = ctx.elements(1);
  const auto no = yes ? ctx.elements(2) : std::nullopt;
  if (!no) return;
  auto length = commonLength(yes->size(), no->size());
  const auto conditionLength = condition                           ? std::optional<int64_t>(condition->size())
                               : ctx.dims() && ctx.dims()->empty() ? std::optional<int64_t>(1)
                                                                   : ctx.length(0);
  if (!length || !conditionLength || *conditionLength < 0) return;
  length = commonLength(*length, static_cast<size_t>(*conditionLength));
  if (!length || *length > InferContext::kMaxElements) return;
  std::vector<MaybeDim> result;
  for (size_t i = 0; i < *length; ++i) {
    const Dim& a = broadcastElement(*yes, i);
    const Dim& b = broadcastElement(*no, i);
    const auto choice = condition ? broadcastElement(*condition, i).asLiteral() : std::nullopt;
    if (choice)
      result.push_back(*choice ? a : b);
    else
      result.push_back(a == b ? MaybeDim(a) : std::nullopt);
  }
  ctx.setElements(0, filled(ctx, std::move(result)));
}

void where(InferContext& ctx) {
  ctx.set(0, ctx.dtype(1) == DType::Undefined ? ctx.dtype(2) : ctx.dtype(1), broadcastInputs(ctx));
  const Value* yes = ctx.node.input(1);
  if (yes && (yes->elements || yes->constant)) whereElements(ctx);
}

void clip(InferContext& ctx) {
  sameAsInput(ctx);
  if (!mayHaveElements(ctx)) return;
  auto result = ctx.elements(0);
  if (!result) return;
  if (ctx.has(1)) {
    const auto low = ctx.element(1);
    if (!low) return;
    for (Dim& element : *result) element = max(element, *low);
  }
  if (ctx.has(2)) {
    const auto high = ctx.element(2);
    if (!high) return;
    for (Dim& element : *result) element = min(element, *high);
  }
  ctx.setElements(0, std::move(result));
}

void dropout(InferContext& ctx) {
  sameAsInput(ctx);
  ctx.set(1, ctx.opset < 10 ? ctx.dtype() : DType::Bool, copyOf(ctx.dims()));
}

const InferRow kRows[] = {
    // one input, same type
    {"Abs", unaryElements<absolute>},
    {"Acos", sameAsInput},
    {"Acosh", sameAsInput},
    {"Asin", sameAsInput},
    {"Asinh", sameAsInput},
    {"Atan", sameAsInput},
    {"Atanh", sameAsInput},
    {"BitwiseNot", sameAsInput},
    {"Ceil", sameAsInput},
    {"Celu", sameAsInput},
    {"Cos", sameAsInput},
    {"Cosh", sameAsInput},
    {"Elu", sameAsInput},
    {"Erf", sameAsInput},
    {"Exp", sameAsInput},
    {"Floor", sameAsInput},
    {"Gelu", sameAsInput},
    {"HardSigmoid", sameAsInput},
    {"HardSwish", sameAsInput},
    {"LeakyRelu", sameAsInput},
    {"Log", sameAsInput},
    {"Mish", sameAsInput},
    {"Neg", unaryElements<negate>},
    {"Not", unaryElements<logicalNot>},
    {"PRelu", sameAsInput},
    {"Reciprocal", sameAsInput},
    {"Relu", sameAsInput},
    {"Round", sameAsInput},
    {"Selu", sameAsInput},
    {"Shrink", sameAsInput},
    {"Sigmoid", sameAsInput},
    {"Sign", unaryElements<signOf>},
    {"Sin", sameAsInput},
    {"Sinh", sameAsInput},
    {"Softplus", sameAsInput},
    {"Softsign", sameAsInput},
    {"Sqrt", sameAsInput},
    {"Swish", sameAsInput},
    {"Tan", sameAsInput},
    {"Tanh", sameAsInput},
    {"ThresholdedRelu", sameAsInput},
    {"Identity", identity},
    {"Clip", clip},
    {"Dropout", dropout},
    {"Cast", cast},
    {"CastLike", castLike},
    {"IsInf", boolLikeInput},
    {"IsNaN", boolLikeInput},
    // two inputs
    {"Add", arithmetic<add>},
    {"Sub", arithmetic<sub>},
    {"Mul", arithmetic<mul>},
    {"Div", arithmetic<divide>},
    {"Mod", inferMod},
    {"Pow", broadcastFirst},
    {"BitShift", broadcastFirst},
    {"BitwiseAnd", broadcastSame},
    {"BitwiseOr", broadcastSame},
    {"BitwiseXor", broadcastSame},
    {"Equal", comparison<isEqual>},
    {"Less", comparison<isLess>},
    {"LessOrEqual", comparison<isLessOrEqual>},
    {"Greater", comparison<isGreater>},
    {"GreaterOrEqual", comparison<isGreaterOrEqual>},
    {"And", comparison<both>},
    {"Or", comparison<either>},
    {"Xor", comparison<oneOf>},
    // any number of inputs
    {"Max", variadic<maximum>},
    {"Min", variadic<minimum>},
    {"Sum", variadic<add>},
    {"Mean", broadcastSame},
    {"Where", where},
};

}  // namespace

std::span<const InferRow> elementwiseRows() { return kRows; }

}  // namespace deploytool::ir::inference
