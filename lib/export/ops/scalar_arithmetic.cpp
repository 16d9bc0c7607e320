// Arithmetic on Python ints and floats: `a + b`, `math.floor(x)`, `min(a, b)`. Overloads differ only in the kinds of
// their arguments, which are looked at; calls whose arguments are all known never come here.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/integer_division.h"
#include "export/ops/number.h"

namespace deploytool::exporter::ops {

namespace {

using IntOperator = Dim (*)(const Dim&, const Dim&);
using FloatOperator = Tensor (*)(Builder&, const Tensor&, const Tensor&);

/// Ints stay expressions; any float makes it a float.
Lowering arithmetic(IntOperator onInts, FloatOperator onFloats) {
  return [=](Call& c) -> Results {
    if (onInts && isInt(c.arg("a")) && isInt(c.arg("b"))) return {onInts(c.dim("a"), c.dim("b"))};
    return {floatValue(onFloats(c.b, asDouble(c, "a"), asDouble(c, "b")))};
  };
}

Dim plus(const Dim& a, const Dim& b) { return a + b; }
Dim minus(const Dim& a, const Dim& b) { return a - b; }
Dim times(const Dim& a, const Dim& b) { return a * b; }
template <const char* const& OpType>
Tensor binary(Builder& b, const Tensor& x, const Tensor& y) { return b.binary(OpType, x, y); }
constexpr const char* kAdd = "Add";
constexpr const char* kSub = "Sub";
constexpr const char* kMul = "Mul";
constexpr const char* kDiv = "Div";
constexpr const char* kPow = "Pow";
constexpr const char* kMax = "Max";
constexpr const char* kMin = "Min";

// aten::pow.int_to_int: static exponents
Results intPower(Call& c) {
  const Dim base = c.dim("a");
  const int64_t exponent = c.integer("b");
  if (exponent < 0) c.refuse("an int to a negative power");
  Dim result = 1;
  for (int64_t i = 0; i < exponent; ++i) result = result * base;
  return {result};
}

// aten::fmod: the sign of the dividend
Results lowerFmod(Call& c) { return {floatValue(truncatedModulo(c.b, asDouble(c, "a"), asDouble(c, "b")))}; }

// aten::copysign: the magnitude of a with the sign of b
Results copySign(Call& c) {
  const Expr size = abs(Expr(c.b, asDouble(c, "a")));
  return {floatValue(where(signBit(Expr(c.b, asDouble(c, "b"))), -size, size).tensor())};
}

// aten::ldexp: x · 2^i
Results loadExponent(Call& c) {
  return {floatValue(c.b.mul(asDouble(c, "x"), c.b.binary("Pow", c.b.scalar(DType::Float64, 2), asDouble(c, "i"))))};
}

// aten::divmod.int
Results divmod(Call& c) {
  if (isInt(c.arg("x")) && isInt(c.arg("y")))
    return {ir::floorDiv(c.dim("x"), c.dim("y")), ir::mod(c.dim("x"), c.dim("y"))};
  const Tensor x = asDouble(c, "x"), y = asDouble(c, "y");
  return {floatValue(floorDivide(c.b, x, y)), floatValue(floorModulo(c.b, x, y))};
}

/// TorchScript's own division of floats: 1.0 // 0.1 is 10, not 9 as in Python.
Tensor floorOfQuotient(Builder& b, const Tensor& x, const Tensor& y) { return b.unary("Floor", b.div(x, y)); }

// aten::neg.int, neg.float
Results negate(Call& c) {
  if (isInt(c.arg("a"))) return {-c.dim("a")};
  return {floatValue(c.b.unary("Neg", asDouble(c, "a")))};
}

// prim::abs.int, abs.float
Results absolute(Call& c) {
  if (isInt(c.arg("a"))) return {ir::max(c.dim("a"), -c.dim("a"))};
  return {floatValue(c.b.unary("Abs", asDouble(c, "a")))};
}

/// math.floor, math.ceil: an int.
Lowering toInt(const char* opType) {
  return [opType](Call& c) -> Results {
    if (isInt(c.arg("a"))) return {c.dim("a")};
    return {truncatedInt(c, c.b.unary(opType, asDouble(c, "a")))};
  };
}

// aten::round.float: a float
Results roundNumber(Call& c) { return {floatValue(c.b.unary("Round", asDouble(c, "a")))}; }

Lowering function(const char* opType) {
  return [opType](Call& c) -> Results { return {floatValue(c.b.unary(opType, asDouble(c, "a")))}; };
}

// aten::log.float_float: the logarithm to a base
Results logToBase(Call& c) { return {floatValue(log(Expr(c.b, asDouble(c, "a"))) / log(Expr(c.b, asDouble(c, "b"))))}; }

/// A power of two as shift factor; shifts by a static count.
Lowering shift(bool left) {
  return [left](Call& c) -> Results {
    const int64_t count = c.integer("b");
    if (count < 0 || count > 62) c.refuse("a shift by a count outside 0 to 62");
    const Dim factor = int64_t{1} << count;
    return {left ? c.dim("a") * factor : ir::floorDiv(c.dim("a"), factor)};
  };
}

void addFunctions(std::vector<Row>& rows) {
  const std::initializer_list<const char*> overloads = {"int", "float", "Scalar"};
  static constexpr std::pair<const char*, const char*> kDirect[] = {
      {"aten::sqrt", "Sqrt"},   {"aten::exp", "Exp"},   {"aten::log", "Log"},     {"aten::sin", "Sin"},
      {"aten::cos", "Cos"},     {"aten::tan", "Tan"},   {"aten::asin", "Asin"},   {"aten::acos", "Acos"},
      {"aten::atan", "Atan"},   {"aten::tanh", "Tanh"}, {"aten::asinh", "Asinh"}, {"aten::acosh", "Acosh"},
      {"aten::atanh", "Atanh"}, {"aten::erf", "Erf"},   {"aten::fabs", "Abs"}};
  for (const auto& [name, opType] : kDirect) addNumberRows(rows, name, overloads, "(a)", function(opType));
  addNumberRows(rows, "aten::cosh", overloads, "(a)", numberFormula(cosh));
  addNumberRows(rows, "aten::sinh", overloads, "(a)", numberFormula(sinh));
  addNumberRows(rows, "aten::log1p", overloads, "(a)", numberFormula(log1p));
  addNumberRows(rows, "aten::expm1", overloads, "(a)", numberFormula(expm1));
  addNumberRows(rows, "aten::log10", overloads, "(a)", numberFormula([](const Expr& x) { return log(x) / M_LN10; }));
  addNumberRows(rows, "aten::degrees", overloads, "(a)", numberFormula([](const Expr& x) { return x * (180 / M_PI); }));
  addNumberRows(rows, "aten::radians", overloads, "(a)", numberFormula([](const Expr& x) { return x * (M_PI / 180); }));
  addNumberRows(rows, "aten::floor", overloads, "(a)", toInt("Floor"));
  addNumberRows(rows, "aten::ceil", overloads, "(a)", toInt("Ceil"));
  addNumberRows(rows, "aten::round", overloads, "(a)", roundNumber);
  addNumberRows(rows, "aten::neg", overloads, "(a)", negate);
  addNumberRows(rows, "prim::abs", overloads, "(a)", absolute);
  addNumberRows(rows, "aten::log", {"float_float", "int_int", "int_float", "float_int", "Scalar_Scalar"}, "(a, b)", logToBase);
}

}  // namespace

std::vector<Row> scalar_arithmetic() {
  std::vector<Row> rows = {
      {"aten::__lshift__.int(a, b)", shift(true), "shift counts decided at run time"},
      {"aten::__rshift__.int(a, b)", shift(false), "shift counts decided at run time"},
      {"aten::pow.int_to_int(a, b)", intPower, "exponents decided at run time"},
  };
  const std::initializer_list<const char*> all = {"", "int", "float", "int_float", "float_int"};
  addNumberRows(rows, "aten::add", all, "(a, b)", arithmetic(plus, binary<kAdd>));
  addNumberRows(rows, "aten::sub", all, "(a, b)", arithmetic(minus, binary<kSub>));
  addNumberRows(rows, "aten::mul", all, "(a, b)", arithmetic(times, binary<kMul>));
  addNumberRows(rows, "aten::div", {"", "int", "float"}, "(a, b)", arithmetic(nullptr, binary<kDiv>));
  addNumberRows(rows, "aten::floordiv", all, "(a, b)", arithmetic(ir::floorDiv, floorOfQuotient));
  addNumberRows(rows, "aten::remainder", all, "(a, b)", arithmetic(ir::mod, floorModulo));
  addNumberRows(rows, "aten::fmod", all, "(a, b)", lowerFmod);
  addNumberRows(rows, "aten::pow", {"int", "float", "int_float", "float_int", "Scalar_Scalar"}, "(a, b)",
                arithmetic(nullptr, binary<kPow>));
  addNumberRows(rows, "prim::max", all, "(a, b)", arithmetic(ir::max, binary<kMax>));
  addNumberRows(rows, "prim::min", all, "(a, b)", arithmetic(ir::min, binary<kMin>));
  addNumberRows(rows, "aten::divmod", {"int", "float", "int_float", "float_int"}, "(x, y)", divmod);
  addNumberRows(rows, "aten::copysign", all, "(a, b)", copySign);
  addNumberRows(rows, "aten::atan2", {"int", "float", "int_float", "float_int", "Scalar_Scalar"}, "(a, b)",
                [](Call& c) -> Results { return {floatValue(angleOf(Expr(c.b, asDouble(c, "a")), Expr(c.b, asDouble(c, "b"))).tensor())}; });
  rows.emplace_back("aten::ldexp(x, i)", loadExponent);
  addFunctions(rows);
  return rows;
}

}  // namespace deploytool::exporter::ops
