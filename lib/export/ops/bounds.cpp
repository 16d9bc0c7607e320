// Elementwise bounds: clamp in all its forms, minimum and maximum of two tensors.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

/// The larger (or smaller) of two; bools as or (and). NaN wins, as in torch.
Tensor extreme(Builder& b, const char* opType, const Tensor& x, const Tensor& y) {
  const bool larger = std::string_view(opType) == "Max";
  if (x.dtype() == DType::Bool) return b.op(larger ? "Or" : "And", {x, y});
  return b.binary(opType, x, y);
}

// aten::maximum, minimum
Lowering extremeOf(const char* opType) {
  return [opType](Call& c) -> Results {
    const Tensors x = operands(c, {"self", "other"});
    return {extreme(c.b, opType, x[0], x[1])};
  };
}

// aten::fmax, fmin: a number wins against NaN
Lowering numberExtremeOf(const char* opType) {
  return [opType](Call& c) -> Results {
    const Tensors x = operands(c, {"self", "other"});
    if (!ir::isFloating(x[0].dtype())) return {extreme(c.b, opType, x[0], x[1])};
    const Expr a(c.b, x[0]), e(c.b, x[1]);
    return {extreme(c.b, opType, where(isNan(a), e, a), where(isNan(e), a, e))};
  };
}

bool isStaticNumber(const Value& value) {
  return value.is<double>() || value.is<bool>() || (value.as<Dim>() && value.as<Dim>()->isLiteral());
}

/// The bounds of a Clip, which takes numbers and keeps NaN (Max and Min of ONNX Runtime pass over that of a single element).
std::optional<std::pair<double, double>> clipBounds(Call& c, DType dtype) {
  if (!ir::isFloating(dtype)) return {};
  std::pair<double, double> bounds{-INFINITY, INFINITY};
  for (const auto& [name, bound] : {std::pair{"min", &bounds.first}, std::pair{"max", &bounds.second}}) {
    if (!c.has(name)) continue;
    if (!isStaticNumber(c.arg(name))) return {};
    *bound = c.number(name);
  }
  if (bounds.first <= bounds.second) return bounds;  // false for NaN, which Clip ignores
  return {};
}

// aten::clamp, clamp.Tensor, clamp_min, clamp_max: the upper bound wins where they cross
Results clamp(Call& c) {
  const DType dtype = realType(c, {"self", "min", "max"});
  Tensor x = operand(c, "self", dtype);
  if (const auto bounds = clipBounds(c, dtype)) return {clipped(Expr(c.b, x), bounds->first, bounds->second).tensor()};
  if (c.has("min")) x = extreme(c.b, "Max", x, operand(c, "min", dtype));
  if (c.has("max")) x = extreme(c.b, "Min", x, operand(c, "max", dtype));
  return {x};
}

}  // namespace

std::vector<Row> bounds() {
  std::vector<Row> rows;
  addRows(rows, {"aten::clamp(self, min, max)", "aten::clamp.Tensor(self, min, max)", "aten::clip(self, min, max)",
                 "aten::clip.Tensor(self, min, max)", "aten::clamp_min(self, min)", "aten::clamp_min.Tensor(self, min)",
                 "aten::clamp_max(self, max)", "aten::clamp_max.Tensor(self, max)"}, clamp);
  addRows(rows, {"aten::maximum(self, other)", "aten::max.other(self, other)"}, extremeOf("Max"));
  addRows(rows, {"aten::minimum(self, other)", "aten::min.other(self, other)"}, extremeOf("Min"));
  addRows(rows, {"aten::fmax(self, other)"}, numberExtremeOf("Max"));
  addRows(rows, {"aten::fmin(self, other)"}, numberExtremeOf("Min"));
  return rows;
}

}  // namespace deploytool::exporter::ops
