// Elementwise functions of one tensor, and the two-tensor functions that go with them (maximum, atan2, xlogy, …).
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/integer_division.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

Expr floatSelf(Call& c) { return {c.b, floatOperand(c, "self")}; }

/// A formula of one floating operand.
using Formula = Expr (*)(const Expr&);
Lowering formula(Formula compute) {
  return [compute](Call& c) -> Results { return {compute(floatSelf(c)).tensor()}; };
}

// aten::ceil, floor, …: nothing on integers
Lowering rounding(const char* opType) {
  return [opType](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    return {ir::isFloating(x.dtype()) ? c.b.unary(opType, x) : x};
  };
}

// aten::trunc
Results lowerTrunc(Call& c) {
  const Tensor x = realOperand(c, "self");
  return {ir::isFloating(x.dtype()) ? truncate(c.b, x) : x};
}

// aten::round.decimals: halves to even, after scaling
Results roundDecimals(Call& c) {
  const int64_t decimals = c.integer("decimals");
  const Expr x(c.b, realOperand(c, "self"));
  if (!ir::isFloating(x.dtype())) return {x.tensor()};
  if (decimals == 0) return {x.unary("Round").tensor()};
  const double scale = std::pow(10.0, static_cast<double>(std::abs(decimals)));
  if (decimals > 0) return {((x * scale).unary("Round") / scale).tensor()};
  return {((x / scale).unary("Round") * scale).tensor()};
}

// aten::abs, neg, sign: same dtype
Lowering sameType(const char* opType) {
  return [opType](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    const bool trivial = x.dtype() == DType::Bool || (x.dtype() == DType::UInt8 && std::string_view(opType) == "Abs");
    return {trivial ? x : c.b.unary(opType, x)};
  };
}

// aten::reciprocal, …: a floating result
Lowering floating(const char* opType) {
  return [opType](Call& c) -> Results { return {c.b.unary(opType, floatOperand(c, "self"))}; };
}

Expr frac(const Expr& x) { return x - Expr(x.builder(), truncate(x.builder(), x)); }
Expr rsqrt(const Expr& x) { return sqrt(x).unary("Reciprocal"); }
Expr exp2(const Expr& x) { return pow(x.number(2), x); }
Expr log2(const Expr& x) { return log(x) / M_LN2; }
Expr log10(const Expr& x) { return log(x) / M_LN10; }
Expr deg2rad(const Expr& x) { return x * (M_PI / 180); }
Expr rad2deg(const Expr& x) { return x * (180 / M_PI); }
Expr oneLog(const Expr& x) { return log1p(x); }
Expr oneExp(const Expr& x) { return expm1(x); }
/// sin(πx)/(πx), 1 at 0. π rounded to 16 bits would leave much of what is 0 at integers.
Expr sinc(const Expr& given) {
  Builder& b = given.builder();
  return {b, widened(b, given, [&](const Tensor& wide) -> Tensor {
            const Expr x(b, wide), zero = x == 0.0;
            const Expr angle = where(zero, 1.0, x) * M_PI;
            return where(zero, 1.0, sin(angle) / angle);
          })};
}

// aten::logit: log(x / (1-x)), the input kept within [eps, 1-eps]
Results logit(Call& c) {
  Expr x = floatSelf(c);
  if (c.has("eps")) {
    const double eps = c.number("eps");
    x = min(max(x, eps), 1 - eps);
  }
  return {log(x / (1.0 - x)).tensor()};
}

// aten::sign: 0 for NaN
Results lowerSign(Call& c) {
  const Tensor x = realOperand(c, "self");
  const Expr plain(c.b, c.b.unary("Sign", x));
  return {ir::isFloating(x.dtype()) ? where(isNan(Expr(c.b, x)), 0, plain).tensor() : plain.tensor()};
}

// aten::atan2: the angle of (other, self), all quadrants and zeros
Results atan2(Call& c) {
  const Tensors operandsOf = floatOperands(c, {"self", "other"});
  return {angleOf(Expr(c.b, operandsOf[0]), Expr(c.b, operandsOf[1])).tensor()};
}

/// Bool results: false for integers, which have neither NaN nor infinity.
Lowering floatPredicate(Tensor (*test)(Builder&, const Tensor&), bool onIntegers) {
  return [test, onIntegers](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    if (!ir::isFloating(x.dtype())) return {c.b.full(DType::Bool, x.dims(), onIntegers)};
    return {test(c.b, x)};
  };
}

Tensor isInfinite(Builder& b, const Tensor& x) { return abs(Expr(b, x)) == INFINITY; }
Tensor isPositiveInfinity(Builder& b, const Tensor& x) { return Expr(b, x) == INFINITY; }
Tensor isNegativeInfinity(Builder& b, const Tensor& x) { return Expr(b, x) == -INFINITY; }
Tensor isNotANumber(Builder& b, const Tensor& x) { return b.unary("IsNaN", x); }
Tensor isFinite(Builder& b, const Tensor& x) { return abs(Expr(b, x)) < INFINITY; }
Tensor yes(Builder& b, const Tensor& x) { return b.full(DType::Bool, x.dims(), 1); }

// aten::nan_to_num: NaN → nan, the infinities → the largest numbers unless told otherwise
Results nanToNum(Call& c) {
  const Tensor input = realOperand(c, "self");
  if (!ir::isFloating(input.dtype())) return {input};
  const Expr x(c.b, input);
  const double largest = largestFinite(x.dtype());
  Expr result = where(isNan(x), numberOr(c, "nan", 0), x);
  result = where(x == INFINITY, numberOr(c, "posinf", largest), result);
  return {where(x == -INFINITY, numberOr(c, "neginf", -largest), result).tensor()};
}

// aten::logaddexp: max + log(1 + exp(-|difference|)); equal infinities stay
Results logAddExp(Call& c, double base) {
  const Tensors x = floatOperands(c, {"self", "other"});
  const Expr a(c.b, x[0]), e(c.b, x[1]);
  const double unit = std::log(base);
  const Expr difference = where(a == e, a.number(0), abs(a - e));
  const Expr correction = base == M_E ? softplus(-difference) : softplus(difference * -unit) / unit;
  return {(max(a, e) + correction).tensor()};
}
Results logaddexp(Call& c) { return logAddExp(c, M_E); }
Results logaddexp2(Call& c) { return logAddExp(c, 2); }

/// x · log(y), 0 where x is 0 unless y is NaN.
Results timesLog(Call& c, Formula logarithm) {
  const Tensors operandsOf = floatOperands(c, {"self", "other"});
  const Expr x(c.b, operandsOf[0]), y(c.b, operandsOf[1]);
  return {where((x == 0.0) && !isNan(y), 0, x * logarithm(y)).tensor()};
}
Results xlogy(Call& c) { return timesLog(c, [](const Expr& y) { return log(y); }); }
Results xlog1py(Call& c) { return timesLog(c, oneLog); }

// aten::angle of real numbers: 0 or π, NaN for NaN (of complex ones: complex_arithmetic.cpp)
Results angle(Call& c) {
  const Expr x(c.b, floatOperand(c, "self"));
  return {where(isNan(x), x, where(x < 0.0, x.number(M_PI), 0.0)).tensor()};
}

}  // namespace

std::vector<Row> elementary() {
  std::vector<Row> rows = {
      {"aten::ceil(self)", rounding("Ceil")},
      {"aten::cos(self)", floating("Cos")},
      {"aten::cosh(self)", formula(cosh)},
      {"aten::deg2rad(self)", formula(deg2rad)},
      {"aten::exp(self)", floating("Exp")},
      {"aten::floor(self)", rounding("Floor")},
      {"aten::frac(self)", formula(frac)},
      {"aten::isfinite(self)", floatPredicate(isFinite, true)},
      {"aten::isinf(self)", floatPredicate(isInfinite, false)},
      {"aten::isnan(self)", floatPredicate(isNotANumber, false)},
      {"aten::isneginf(self)", floatPredicate(isNegativeInfinity, false)},
      {"aten::isposinf(self)", floatPredicate(isPositiveInfinity, false)},
      {"aten::isreal(self)", floatPredicate(yes, true)},
      {"aten::log(self)", floating("Log")},
      {"aten::log10(self)", formula(log10)},
      {"aten::log2(self)", formula(log2)},
      {"aten::logaddexp(self, other)", logaddexp},
      {"aten::logaddexp2(self, other)", logaddexp2},
      {"aten::nan_to_num(self, nan, posinf, neginf)", nanToNum},
      {"aten::rad2deg(self)", formula(rad2deg)},
      {"aten::reciprocal(self)", floating("Reciprocal")},
      {"aten::round(self)", rounding("Round")},
      {"aten::round.decimals(self, decimals)", roundDecimals},
      {"aten::rsqrt(self)", formula(rsqrt)},
      {"aten::sgn(self)", lowerSign},
      {"aten::sign(self)", lowerSign},
      {"aten::sin(self)", floating("Sin")},
      {"aten::sinh(self)", formula(sinh)},
      {"aten::special_round(self, decimals)", roundDecimals},
      {"aten::sqrt(self)", floating("Sqrt")},
      {"aten::tan(self)", floating("Tan")},
      {"aten::tanh(self)", floating("Tanh")},
  };
  addRows(rows, {"aten::abs(self)", "aten::absolute(self)"}, sameType("Abs"));
  rows.push_back({"aten::angle(self)", angle});
  addRows(rows, {"aten::neg(self)", "aten::negative(self)"}, sameType("Neg"));
  addRows(rows, {"aten::trunc(self)", "aten::fix(self)"}, lowerTrunc);
  addRows(rows, {"aten::positive(self)"}, pass());
  addRows(rows, {"aten::acos(self)", "aten::arccos(self)"}, floating("Acos"));
  addRows(rows, {"aten::acosh(self)", "aten::arccosh(self)"}, floating("Acosh"));
  addRows(rows, {"aten::asin(self)", "aten::arcsin(self)"}, floating("Asin"));
  addRows(rows, {"aten::asinh(self)", "aten::arcsinh(self)"}, floating("Asinh"));
  addRows(rows, {"aten::atan(self)", "aten::arctan(self)"}, floating("Atan"));
  addRows(rows, {"aten::atanh(self)", "aten::arctanh(self)"}, floating("Atanh"));
  addRows(rows, {"aten::atan2(self, other)", "aten::arctan2(self, other)"}, atan2);
  addRows(rows, {"aten::erf(self)", "aten::special_erf(self)"}, floating("Erf"));
  addRows(rows, {"aten::exp2(self)", "aten::special_exp2(self)"}, formula(exp2));
  addRows(rows, {"aten::expm1(self)", "aten::special_expm1(self)"}, formula(oneExp));
  addRows(rows, {"aten::log1p(self)", "aten::special_log1p(self)"}, formula(oneLog));
  addRows(rows, {"aten::logit(self, eps)", "aten::special_logit(self, eps)"}, logit);
  addRows(rows, {"aten::sinc(self)", "aten::special_sinc(self)"}, formula(sinc));
  addRows(rows, {"aten::xlogy.Tensor(self, other)", "aten::xlogy.Scalar_Self(self, other)",
                 "aten::xlogy.Scalar_Other(self, other)", "aten::special_xlogy(self, other)",
                 "aten::special_xlogy.self_scalar(self, other)", "aten::special_xlogy.other_scalar(self, other)"}, xlogy);
  addRows(rows, {"aten::special_xlog1py(self, other)", "aten::special_xlog1py.self_scalar(self, other)",
                 "aten::special_xlog1py.other_scalar(self, other)"}, xlog1py);
  return rows;
}

}  // namespace deploytool::exporter::ops
