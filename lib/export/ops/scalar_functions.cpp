// Functions of Python's math module that take more than an ONNX operator, of numbers decided at run time.
#include <cmath>

#include "export/ops/families.h"
#include "export/ops/integer_division.h"
#include "export/ops/number.h"
#include "export/ops/special.h"

namespace deploytool::exporter::ops {

namespace {

Expr argument(const Call& c, std::string_view name) { return {c.b, asDouble(c, name)}; }

/// Γ(x): its size from its logarithm; left of 0 its sign changes from one integer to the next.
Expr gamma(const Expr& x) {
  const Expr size = exp(lgamma(x));
  const Expr below = floor(x), isOdd = (below - floor(below * 0.5) * 2.0) == 1.0;
  return where((x < 0.0) && isOdd, -size, size);
}

// aten::factorial.int: those that an int holds
Results factorial(Call& c) {
  std::vector<int64_t> products{1};
  for (int64_t i = 1; i <= 20; ++i) products.push_back(products.back() * i);
  return {c.b.toDim(c.b.gather(c.b.int64s(products), c.b.dim(c.dim("a")), 0))};
}

// aten::modf: the fraction and the whole part, both with the sign of the number
Results modf(Call& c) {
  const Expr x = argument(c, "a");
  const Expr whole(c.b, truncate(c.b, x));
  const Expr fraction = where(abs(x) == INFINITY, x.number(0), x - whole);
  return {floatValue(fraction), floatValue(whole)};
}

// aten::mathremainder: what is left of the nearest multiple, the even one between two
Results nearestRemainder(Call& c) {
  const Expr x = argument(c, "a"), y = argument(c, "b");
  const Expr rest = x - y * (x / y).unary("Round");
  return {floatValue(where((abs(y) == INFINITY) && (abs(x) < INFINITY), x, rest))};
}

// aten::__round_to_zero_floordiv.int
Results towardsZero(Call& c) {
  const Dim a = c.dim("a"), b = c.dim("b");
  if (a.isNonNegative() && b.isNonNegative()) return {ir::floorDiv(a, b)};
  return {c.b.toDim(c.b.div(c.b.dim(a), c.b.dim(b)))};
}

}  // namespace

std::vector<Row> scalar_functions() {
  std::vector<Row> rows = {
      {"aten::factorial.int(a)", factorial, "factorials beyond int64"},
      {"aten::modf(a)", modf},
      {"aten::__round_to_zero_floordiv.int(a, b)", towardsZero},
  };
  addNumberRows(rows, "aten::gamma", {"int", "float", "Scalar"}, "(a)", numberFormula(gamma));
  addNumberRows(rows, "aten::lgamma", {"int", "float", "Scalar"}, "(a)", numberFormula(lgamma));
  addNumberRows(rows, "aten::erfc", {"int", "float", "Scalar"}, "(a)", numberFormula(erfc));
  addNumberRows(rows, "aten::mathremainder", {"", "int", "float", "int_float", "float_int"}, "(a, b)",
                nearestRemainder);
  return rows;
}

}  // namespace deploytool::exporter::ops
