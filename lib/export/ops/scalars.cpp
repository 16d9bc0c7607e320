// Comparing and converting Python numbers, and tensors that become numbers. An int is an expression: comparisons of
// expressions are decided where the symbols allow, and computed by the graph otherwise.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/number.h"

namespace deploytool::exporter::ops {

namespace {

Value negated(const Call& c, const Value& value) {
  if (const auto flag = knownBool(value)) return !*flag;
  return boolValue(c.b.logicalNot(value.as<RuntimeScalar>()->tensor));
}

Value compared(Call& c, const char* opType) {
  if (isInt(c.arg("a")) && isInt(c.arg("b"))) return compareInts(c, opType, c.dim("a"), c.dim("b"));
  return boolValue(c.b.compare(opType, asDouble(c, "a"), asDouble(c, "b")));
}

// aten::lt.int, lt.float_int, …
Lowering comparison(const char* opType) {
  return [opType](Call& c) -> Results { return {compared(c, opType)}; };
}

// aten::ne.int, …
Results notEqual(Call& c) { return {negated(c, compared(c, "Equal"))}; }

/// Both of two bools, each known or not.
Value both(const Call& c, const Value& a, const Value& b) {
  const auto left = knownBool(a), right = knownBool(b);
  if ((left && !*left) || (right && !*right)) return false;
  if (left) return b;
  if (right) return a;
  return boolValue(c.b.op("And", {c.read(a), c.read(b)}));
}

// aten::eq.bool, __xor__.bool
Lowering onBools(bool equal) {
  return [equal](Call& c) -> Results {
    const Tensor differ = c.b.op("Xor", {asBool(c, "a"), asBool(c, "b")});
    return {boolValue(equal ? c.b.logicalNot(differ) : differ)};
  };
}

// aten::__and__.bool: one that is known to be False decides
Results logicalAnd(Call& c) { return {both(c, c.arg("a"), c.arg("b"))}; }

// aten::__or__.bool: one that is known to be True decides
Results logicalOr(Call& c) {
  const auto left = knownBool(c.arg("a")), right = knownBool(c.arg("b"));
  if ((left && *left) || (right && *right)) return {true};
  if (left) return {c.arg("b")};
  if (right) return {c.arg("a")};
  return {boolValue(c.b.op("Or", {asBool(c, "a"), asBool(c, "b")}))};
}

// ---- conversions

// aten::Int.Tensor, IntImplicit, Int.float, Int.Scalar, Int.bool: towards zero
Results toInt(Call& c) {
  const Value& value = c.arg("a");
  if (isInt(value)) return {value};
  Tensor number = c.tensor("a");
  if (number.rank() != 0) number = c.b.reshape(number, {});
  if (ir::isIntegral(number.dtype())) return {c.b.toDim(number)};
  return {truncatedInt(c, number)};
}

// aten::Float.Tensor, FloatImplicit, Float.int, …
Results toFloat(Call& c) {
  Tensor number = operand(c, "a", DType::Float64);
  if (number.rank() != 0) number = c.b.reshape(number, {});
  return {floatValue(number)};
}

// aten::Bool.Tensor, Bool.int, Bool.float
Results toBool(Call& c) {
  if (isInt(c.arg("a"))) return {negated(c, compareInts(c, "Equal", c.dim("a"), 0))};
  Tensor number = asBool(c, "a");
  if (number.rank() != 0) number = c.b.reshape(number, {});
  return {boolValue(number)};
}

// aten::item, ScalarImplicit, _local_scalar_dense: a number of the tensor's kind
Lowering item(std::string_view name) {
  return [name](Call& c) -> Results {
    const Value& value = c.arg(name);
    if (!value.isTensor()) return {value};
    return {numberIn(c, c.tensor(name))};
  };
}

/// math.isnan and its like, of a float decided at run time.
Lowering predicate(Expr (*test)(const Expr&)) {
  return [test](Call& c) -> Results { return {boolValue(test(Expr(c.b, asDouble(c, "a"))))}; };
}

}  // namespace

std::vector<Row> scalars() {
  std::vector<Row> rows = {
      {"aten::eq.bool(a, b)", onBools(true)},
      {"aten::ne.bool(a, b)", onBools(false)},
      {"aten::__xor__.bool(a, b)", onBools(false)},
      {"aten::__and__.bool(a, b)", logicalAnd},
      {"aten::__or__.bool(a, b)", logicalOr},
      {"aten::IntImplicit(a)", toInt},
      {"aten::FloatImplicit(a)", toFloat},
      {"aten::ScalarImplicit(a)", item("a")},
      {"aten::item(self)", item("self")},
      {"aten::_local_scalar_dense(self)", item("self")},
      {"aten::isnan.float(a)", predicate([](const Expr& x) { return isNan(x); })},
      {"aten::isinf.float(a)", predicate([](const Expr& x) { return abs(x) == INFINITY; })},
      {"aten::isfinite.float(a)", predicate([](const Expr& x) { return abs(x) < INFINITY; })},
  };
  const std::initializer_list<const char*> all = {"", "int", "float", "int_float", "float_int"};
  addNumberRows(rows, "aten::eq", all, "(a, b)", comparison("Equal"));
  addNumberRows(rows, "aten::ne", all, "(a, b)", notEqual);
  addNumberRows(rows, "aten::lt", all, "(a, b)", comparison("Less"));
  addNumberRows(rows, "aten::gt", all, "(a, b)", comparison("Greater"));
  addNumberRows(rows, "aten::le", all, "(a, b)", comparison("LessOrEqual"));
  addNumberRows(rows, "aten::ge", all, "(a, b)", comparison("GreaterOrEqual"));
  addNumberRows(rows, "aten::Int", {"Tensor", "float", "bool", "Scalar"}, "(a)", toInt);
  addNumberRows(rows, "aten::Float", {"Tensor", "int", "bool", "Scalar"}, "(a)", toFloat);
  addNumberRows(rows, "aten::Bool", {"Tensor", "int", "float"}, "(a)", toBool);
  return rows;
}

}  // namespace deploytool::exporter::ops
