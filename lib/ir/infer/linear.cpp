// Linear algebra: MatMul, Gemm, Einsum, Det and their quantized forms.
#include "ir/infer/linear.h"

#include <algorithm>
#include <map>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {

std::optional<Dims> matMulDims(InferContext& ctx, const Dims* a, const Dims* b) {
  if (!a || !b || a->empty() || b->empty()) return {};
  const Dims batchA(a->begin(), a->end() - std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(a->size())));
  const Dims batchB(b->begin(), b->end() - std::min<ptrdiff_t>(2, static_cast<ptrdiff_t>(b->size())));
  Dims result = broadcast(ctx, batchA, batchB);
  if (a->size() > 1) result.push_back((*a)[a->size() - 2]);
  if (b->size() > 1) result.push_back(b->back());
  return result;
}

namespace {

void matMul(InferContext& ctx) { ctx.set(0, ctx.dtype(), matMulDims(ctx, ctx.dims(0), ctx.dims(1))); }

void matMulInteger(InferContext& ctx) { ctx.set(0, DType::Int32, matMulDims(ctx, ctx.dims(0), ctx.dims(1))); }

void gemm(InferContext& ctx) {
  const Dims* a = ctx.dims(0);
  const Dims* b = ctx.dims(1);
  Dims result = ctx.fresh(2);
  if (a && a->size() == 2) result[0] = (*a)[ctx.node.intAttribute("transA", 0) ? 1 : 0];
  if (b && b->size() == 2) result[1] = (*b)[ctx.node.intAttribute("transB", 0) ? 0 : 1];
  ctx.set(0, ctx.dtype(), std::move(result));
}

/// Batches of square matrices.
void det(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  if (!dims || dims->size() < 2) return ctx.set(0, ctx.dtype());
  ctx.set(0, ctx.dtype(), Dims(dims->begin(), dims->end() - 2));
}

// ---- Einsum

constexpr char kEllipsis = '.';

/// `...ij` → `.ij`; nothing when malformed.
std::optional<std::string> parseTerm(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '.') {
      result += text[i];
      continue;
    }
    if (text.substr(i, 3) != "..." || result.find(kEllipsis) != std::string::npos) return {};
    result += kEllipsis;
    i += 2;
  }
  return result;
}

struct Equation {
  std::vector<std::string> inputs;
  std::optional<std::string> output;
};

std::optional<Equation> parseEquation(std::string text) {
  std::erase(text, ' ');
  Equation equation;
  const size_t arrow = text.find("->");
  if (arrow != std::string::npos) {
    equation.output = parseTerm(std::string_view(text).substr(arrow + 2));
    if (!equation.output) return {};
  }
  std::string_view left = std::string_view(text).substr(0, std::min(arrow, text.size()));
  for (;;) {
    const size_t comma = left.find(',');
    auto term = parseTerm(left.substr(0, comma));
    if (!term) return {};
    equation.inputs.push_back(std::move(*term));
    if (comma == std::string_view::npos) return equation;
    left.remove_prefix(comma + 1);
  }
}

/// Without an arrow: the ellipsis, then the labels that occur once, sorted.
std::string implicitOutput(const Equation& equation) {
  std::map<char, int> counts;
  for (const std::string& term : equation.inputs)
    for (char label : term) ++counts[label];
  std::string result;
  if (counts.count(kEllipsis)) result += kEllipsis;
  for (const auto& [label, count] : counts)
    if (label != kEllipsis && count == 1) result += label;
  return result;
}

struct Labels {
  std::map<char, Dim> dims;
  Dims ellipsis;
};

/// Reads one input's dims into the labels; false when its rank does not fit.
bool bindLabels(InferContext& ctx, const std::string& term, const Dims& dims, Labels& labels) {
  const bool hasEllipsis = term.find(kEllipsis) != std::string::npos;
  const size_t named = term.size() - (hasEllipsis ? 1 : 0);
  if (dims.size() < named || (!hasEllipsis && dims.size() != named)) return false;
  auto next = dims.begin();
  for (char label : term) {
    if (label == kEllipsis) {
      const auto end = next + static_cast<ptrdiff_t>(dims.size() - named);
      labels.ellipsis = broadcast(ctx, labels.ellipsis, Dims(next, end));
      next = end;
      continue;
    }
    const Dim& dim = *next++;
    auto [at, isNew] = labels.dims.emplace(label, dim);
    if (!isNew) at->second = broadcast(ctx, at->second, dim);
  }
  return true;
}

void einsum(InferContext& ctx) {
  ctx.set(0, ctx.dtype());
  const auto equation = parseEquation(ctx.node.stringAttribute("equation"));
  if (!equation || equation->inputs.size() != ctx.node.inputs().size()) return;
  Labels labels;
  for (size_t i = 0; i < equation->inputs.size(); ++i)
    if (!ctx.dims(i) || !bindLabels(ctx, equation->inputs[i], *ctx.dims(i), labels)) return;
  Dims result;
  for (char label : equation->output ? *equation->output : implicitOutput(*equation)) {
    if (label == kEllipsis) {
      result.insert(result.end(), labels.ellipsis.begin(), labels.ellipsis.end());
      continue;
    }
    auto found = labels.dims.find(label);
    if (found == labels.dims.end()) return;
    result.push_back(found->second);
  }
  ctx.set(0, ctx.dtype(), std::move(result));
}

const InferRow kRows[] = {
    {"MatMul", matMul}, {"MatMulInteger", matMulInteger}, {"Gemm", gemm}, {"Det", det}, {"Einsum", einsum},
};

}  // namespace

std::span<const InferRow> linearRows() { return kRows; }

}  // namespace deploytool::ir::inference
