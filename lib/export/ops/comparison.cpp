// Comparison and logical operators; results are bool.
#include "export/ops/expression.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

/// ONNX orders numbers only: bools are compared as int32.
Tensors orderable(Call& c, Tensors x) {
  if (x[0].dtype() == DType::Bool)
    for (Tensor& operand : x) operand = c.b.cast(operand, DType::Int32);
  return x;
}

// aten::eq.Tensor, …
Lowering comparison(const char* opType) {
  return [opType](Call& c) -> Results {
    Tensors x = operands(c, {"self", "other"});
    if (std::string_view(opType) != "Equal") x = orderable(c, x);
    return {c.b.compare(opType, x[0], x[1])};
  };
}

// aten::ne.Tensor
Results notEqual(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {c.b.logicalNot(c.b.compare("Equal", x[0], x[1]))};
}

/// Not zero; NaN counts as true.
Tensor truth(Call& c, std::string_view name) { return c.b.cast(realOperand(c, name), DType::Bool); }

// aten::logical_and, …
Lowering logical(const char* opType) {
  return [opType](Call& c) -> Results { return {c.b.op(opType, {truth(c, "self"), truth(c, "other")})}; };
}

// aten::logical_not
Results lowerLogicalNot(Call& c) { return {c.b.logicalNot(truth(c, "self"))}; }

/// |self - other| <= atol + rtol·|other|, equal infinities included.
Tensor close(Call& c) {
  const DType dtype = realType(c, {"self", "other"});
  const Expr x(c.b, operand(c, "self", dtype)), y(c.b, operand(c, "other", dtype));
  Expr result = x == y;
  const DType wide = ir::isFloating(dtype) && !isHalf(dtype) ? dtype : DType::Float64;
  const Expr a = x.to(wide), e = y.to(wide);
  const Expr difference = abs(a - e);
  const Expr allowed = abs(e) * c.number("rtol") + c.number("atol");
  const Expr finite = difference < largestFinite(wide);
  result = result || (finite && difference.compare("LessOrEqual", allowed));
  if (c.boolean("equal_nan") && ir::isFloating(dtype)) result = result || (isNan(x) && isNan(y));
  return result;
}

// aten::isclose
Results isclose(Call& c) { return {close(c)}; }

Tensor allTrue(Builder& b, const Tensor& x) {
  const Tensor wrong = b.cast(b.logicalNot(x), DType::Int32);
  return b.logicalNot(b.cast(b.reduce("ReduceSum", wrong, {}, false), DType::Bool));
}

// aten::allclose: a Python bool
Results allclose(Call& c) { return {RuntimeScalar{allTrue(c.b, close(c))}}; }

// aten::equal: a Python bool; tensors of other shapes are not equal
Results lowerEqual(Call& c) {
  const Tensor x = realOperand(c, "self"), y = realOperand(c, "other");
  if (x.rank() != y.rank()) return {false};
  for (int64_t axis = 0; axis < x.rank(); ++axis) {
    const auto same = ir::equal(x.dim(axis), y.dim(axis));
    if (!same) c.refuse("aten::equal of tensors whose sizes may differ at run time: " + x.dim(axis).text() + " and " +
                        y.dim(axis).text());
    if (!*same) return {false};
  }
  const DType dtype = realType(c, {"self", "other"});
  return {RuntimeScalar{allTrue(c.b, c.b.compare("Equal", c.b.cast(x, dtype), c.b.cast(y, dtype)))}};
}

}  // namespace

std::vector<Row> comparison() {
  std::vector<Row> rows = {
      {"aten::logical_and(self, other)", logical("And")},
      {"aten::logical_or(self, other)", logical("Or")},
      {"aten::logical_xor(self, other)", logical("Xor")},
      {"aten::logical_not(self)", lowerLogicalNot},
      {"aten::isclose(self, other, rtol, atol, equal_nan)", isclose},
      {"aten::allclose(self, other, rtol, atol, equal_nan)", allclose},
      {"aten::equal(self, other)", lowerEqual, "tensors whose sizes may differ at run time"},
  };
  addRows(rows, {"aten::eq.Tensor(self, other)"}, comparison("Equal"));
  addRows(rows, {"aten::ne.Tensor(self, other)", "aten::not_equal.Tensor(self, other)"}, notEqual);
  addRows(rows, {"aten::lt.Tensor(self, other)", "aten::less.Tensor(self, other)"}, comparison("Less"));
  addRows(rows, {"aten::gt.Tensor(self, other)", "aten::greater.Tensor(self, other)"}, comparison("Greater"));
  addRows(rows, {"aten::le.Tensor(self, other)", "aten::less_equal.Tensor(self, other)"}, comparison("LessOrEqual"));
  addRows(rows, {"aten::ge.Tensor(self, other)", "aten::greater_equal.Tensor(self, other)"},
          comparison("GreaterOrEqual"));
  return rows;
}

}  // namespace deploytool::exporter::ops
