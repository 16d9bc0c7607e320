// Broadcasting, axes and dims from integers.
#include "ir/infer/support.h"

#include <algorithm>

namespace deploytool::ir::inference {
namespace {

template <class Test>
bool allSymbols(const Dim& dim, const Test& test) {
  for (const DimTerm& term : dim.terms())
    for (const auto& atom : term.atoms) {
      if (atom->kind == DimAtom::Kind::Symbol) {
        if (!test(*atom)) return false;
        continue;
      }
      for (const Dim& operand : atom->operands)
        if (!allSymbols(operand, test)) return false;
    }
  return true;
}

}  // namespace

bool hasFreshSymbol(const Dim& dim) {
  return !allSymbols(dim, [](const DimAtom& symbol) { return !isFreshSymbol(symbol.name); });
}

bool isOverDims(const Dim& dim) {
  return allSymbols(dim, [](const DimAtom& symbol) { return symbol.nonNegative; });
}

Dim broadcast(InferContext& ctx, const Dim& a, const Dim& b) {
  const auto x = a.asLiteral();
  const auto y = b.asLiteral();
  if (x == 1) return b;
  if (y == 1) return a;
  if (x && y) return *x == *y ? a : ctx.fresh();
  if (x) return a;
  if (y) return b;
  if (a == b) return a;
  if (less(1, a) == true) return a;
  if (less(1, b) == true) return b;
  return ctx.fresh();
}

Dims broadcast(InferContext& ctx, const Dims& a, const Dims& b) {
  const Dims& longer = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  Dims result = longer;
  const size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) result[offset + i] = broadcast(ctx, longer[offset + i], shorter[i]);
  return result;
}

std::optional<Dims> broadcastInputs(InferContext& ctx, size_t first) {
  const size_t count = ctx.node.inputs().size();
  std::optional<Dims> result;
  for (size_t i = first; i < count; ++i) {
    if (!ctx.has(i)) continue;
    const Dims* dims = ctx.dims(i);
    if (!dims) return {};
    result = result ? broadcast(ctx, *result, *dims) : *dims;
  }
  return result;
}

Dim mergeEqual(const Dim& a, const Dim& b) {
  if (a.isLiteral()) return a;
  if (b.isLiteral()) return b;
  return hasFreshSymbol(a) && !hasFreshSymbol(b) ? b : a;
}

Dims mergeEqual(const Dims& a, const Dims& b) {
  if (a.size() != b.size()) return a;
  Dims result = a;
  for (size_t i = 0; i < a.size(); ++i) result[i] = mergeEqual(a[i], b[i]);
  return result;
}

Dim join(InferContext& ctx, const Dim& a, const Dim& b) { return a == b ? a : ctx.fresh(); }

Type join(InferContext& ctx, const Type& a, const Type& b) {
  if (a.kind != b.kind) return {};
  Type result = a;
  if (a.isTensor()) {
    if (a.dtype != b.dtype) result.dtype = DType::Undefined;
    if (!a.dims || !b.dims || a.dims->size() != b.dims->size()) {
      result.dims.reset();
    } else {
      for (size_t i = 0; i < a.dims->size(); ++i) (*result.dims)[i] = join(ctx, (*a.dims)[i], (*b.dims)[i]);
    }
  } else if (a.element && b.element) {
    result.element = std::make_shared<const Type>(join(ctx, *a.element, *b.element));
  } else {
    result.element = nullptr;
  }
  return result;
}

Dim clampAtZero(const Dim& a) { return a.isNonNegative() ? a : max(a, 0); }

Dim dimFrom(InferContext& ctx, const Dim& integer) {
  if (auto literal = integer.asLiteral()) return *literal >= 0 ? integer : ctx.fresh();
  return isOverDims(integer) || integer.asSymbol() ? integer : ctx.fresh();
}

Dims mapDims(const Dims& dims, const std::function<Dim(const Dim&)>& f) {
  Dims result;
  for (const Dim& dim : dims) result.push_back(f(dim));
  return result;
}

Type mapDims(const Type& type, const std::function<Dim(const Dim&)>& f) {
  Type result = type;
  if (result.dims) result.dims = mapDims(*result.dims, f);
  if (result.element) result.element = std::make_shared<const Type>(mapDims(*result.element, f));
  return result;
}

namespace {

auto refresher(InferContext& ctx) {
  return [&ctx](const Dim& dim) { return hasFreshSymbol(dim) ? ctx.fresh() : dim; };
}

}  // namespace

Dims refreshed(InferContext& ctx, const Dims& dims) { return mapDims(dims, refresher(ctx)); }
Type refreshed(InferContext& ctx, const Type& type) { return mapDims(type, refresher(ctx)); }

DType toDType(int64_t number) {
  const bool known = number > 0 && number <= static_cast<int64_t>(DType::BFloat16);
  return known ? static_cast<DType>(number) : DType::Undefined;
}

DType dtypeAttribute(const InferContext& ctx, const char* name, DType otherwise) {
  return ctx.node.attribute(name) ? toDType(ctx.node.intAttribute(name, 0)) : otherwise;
}

std::optional<size_t> normalizeAxis(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count) return {};
  return static_cast<size_t>(axis < 0 ? axis + count : axis);
}

std::optional<std::vector<size_t>> normalizeAxes(const std::vector<int64_t>& axes, size_t rank) {
  std::vector<size_t> result;
  result.reserve(axes.size());
  for (int64_t axis : axes) {
    auto normal = normalizeAxis(axis, rank);
    if (!normal) return {};
    result.push_back(*normal);
  }
  return result;
}

std::optional<size_t> axisAttribute(const InferContext& ctx, size_t rank, int64_t otherwise) {
  return normalizeAxis(ctx.node.intAttribute("axis", otherwise), rank);
}

Integers integersOf(const InferContext& ctx, size_t input, const char* attribute) {
  if (ctx.has(input)) return {true, ctx.elements(input)};
  auto values = ctx.node.intsAttribute(attribute);
  if (!values) return {};
  return {true, toDims(*values)};
}

LiteralIntegers literalsOf(const InferContext& ctx, size_t input, const char* attribute) {
  if (ctx.has(input)) return {true, ctx.integers(input)};
  auto values = ctx.node.intsAttribute(attribute);
  const bool given = values.has_value();
  return {given, std::move(values)};
}

std::optional<std::vector<int64_t>> allLiteral(const std::optional<Dims>& dims) {
  return dims ? literals(*dims) : std::nullopt;
}

std::optional<Dims> copyOf(const Dims* dims) { return dims ? std::optional<Dims>(*dims) : std::nullopt; }

void sameAsInput(InferContext& ctx) { ctx.set(0, ctx.dtype(), copyOf(ctx.dims())); }

void boolLikeInput(InferContext& ctx) { ctx.set(0, DType::Bool, copyOf(ctx.dims())); }

}  // namespace deploytool::ir::inference
