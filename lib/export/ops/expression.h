// Formulas on tensors, written as formulas: `x * sigmoid(x)`. Each operation emits one ONNX node through the builder.
// Operands have one floating dtype (bool for conditions); numbers become constants of it.
#pragma once

#include <cmath>
#include <initializer_list>
#include <utility>

#include "export/builder.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

class Expr {
 public:
  Expr(Builder& b, Tensor x) : b_(&b), x_(std::move(x)) {}

  operator const Tensor&() const { return x_; }
  const Tensor& tensor() const { return x_; }
  Builder& builder() const { return *b_; }
  DType dtype() const { return x_.dtype(); }

  Expr number(double value) const { return {*b_, b_->scalar(x_.dtype(), value)}; }
  Expr unary(const char* opType) const { return {*b_, b_->unary(opType, x_)}; }
  Expr binary(const char* opType, const Expr& y) const { return {*b_, b_->binary(opType, x_, y.x_)}; }
  Expr compare(const char* opType, const Expr& y) const { return {*b_, b_->compare(opType, x_, y.x_)}; }
  Expr to(DType dtype) const { return {*b_, b_->cast(x_, dtype)}; }

  friend Expr operator+(const Expr& a, const Expr& b) { return a.binary("Add", b); }
  friend Expr operator-(const Expr& a, const Expr& b) { return a.binary("Sub", b); }
  friend Expr operator*(const Expr& a, const Expr& b) { return a.binary("Mul", b); }
  friend Expr operator/(const Expr& a, const Expr& b) { return a.binary("Div", b); }
  friend Expr operator-(const Expr& a) { return a.unary("Neg"); }
  friend Expr operator<(const Expr& a, const Expr& b) { return a.compare("Less", b); }
  friend Expr operator>(const Expr& a, const Expr& b) { return a.compare("Greater", b); }
  friend Expr operator==(const Expr& a, const Expr& b) { return a.compare("Equal", b); }
  friend Expr operator&&(const Expr& a, const Expr& b) { return {*a.b_, a.b_->op("And", {a.x_, b.x_})}; }
  friend Expr operator||(const Expr& a, const Expr& b) { return {*a.b_, a.b_->op("Or", {a.x_, b.x_})}; }
  friend Expr operator!(const Expr& a) { return {*a.b_, a.b_->logicalNot(a.x_)}; }

  friend Expr operator+(const Expr& a, double b) { return a + a.number(b); }
  friend Expr operator-(const Expr& a, double b) { return a - a.number(b); }
  friend Expr operator*(const Expr& a, double b) { return a * a.number(b); }
  friend Expr operator/(const Expr& a, double b) { return a / a.number(b); }
  friend Expr operator+(double a, const Expr& b) { return b.number(a) + b; }
  friend Expr operator-(double a, const Expr& b) { return b.number(a) - b; }
  friend Expr operator*(double a, const Expr& b) { return b.number(a) * b; }
  friend Expr operator/(double a, const Expr& b) { return b.number(a) / b; }
  friend Expr operator<(const Expr& a, double b) { return a < a.number(b); }
  friend Expr operator>(const Expr& a, double b) { return a > a.number(b); }
  friend Expr operator==(const Expr& a, double b) { return a == a.number(b); }

 private:
  Builder* b_;
  Tensor x_;
};

inline Expr exp(const Expr& x) { return x.unary("Exp"); }
inline Expr log(const Expr& x) { return x.unary("Log"); }
inline Expr sqrt(const Expr& x) { return x.unary("Sqrt"); }
inline Expr abs(const Expr& x) { return x.unary("Abs"); }
inline Expr floor(const Expr& x) { return x.unary("Floor"); }
inline Expr sin(const Expr& x) { return x.unary("Sin"); }
inline Expr tan(const Expr& x) { return x.unary("Tan"); }
inline Expr tanh(const Expr& x) { return x.unary("Tanh"); }
inline Expr erf(const Expr& x) { return x.unary("Erf"); }
inline Expr sigmoid(const Expr& x) { return x.unary("Sigmoid"); }
inline Expr softplus(const Expr& x) { return x.unary("Softplus"); }
inline Expr sign(const Expr& x) { return x.unary("Sign"); }
inline Expr isNan(const Expr& x) { return {x.builder(), x.builder().unary("IsNaN", x)}; }
inline Expr max(const Expr& a, const Expr& b) { return a.binary("Max", b); }
inline Expr min(const Expr& a, const Expr& b) { return a.binary("Min", b); }
/// At least `low` and at most `high`, or NaN: ONNX Runtime's Max and Min pass over that of a single element, Clip does not.
inline Expr clipped(const Expr& a, double low, double high) {
  if (!ir::isFloating(a.dtype())) return min(max(a, a.number(low)), a.number(high));
  return {a.builder(), a.builder().op("Clip", {a, a.number(low), a.number(high)})};
}
inline Expr max(const Expr& a, double b) { return ir::isFloating(a.dtype()) ? clipped(a, b, INFINITY) : max(a, a.number(b)); }
inline Expr min(const Expr& a, double b) { return ir::isFloating(a.dtype()) ? clipped(a, -INFINITY, b) : min(a, a.number(b)); }
inline Expr pow(const Expr& a, const Expr& b) { return a.binary("Pow", b); }
inline Expr where(const Expr& condition, const Expr& yes, const Expr& no) {
  return {condition.builder(), condition.builder().where(condition, yes, no)};
}
inline Expr where(const Expr& condition, double yes, const Expr& no) { return where(condition, no.number(yes), no); }
inline Expr where(const Expr& condition, const Expr& yes, double no) { return where(condition, yes, yes.number(no)); }

/// log(1 + x), exact for small x too.
inline Expr log1p(const Expr& x) {
  const Expr u = x + 1.0;
  const Expr plain = log(u);
  return where(abs(x) < 0.5, plain + (x - (u - 1.0)) / u, plain);
}
/// exp(x) - 1, exact for small x too.
inline Expr expm1(const Expr& x) { return tanh(x * 0.5) * (exp(x) + 1.0); }
/// ONNX Runtime's kernels of these two have float32 alone, whose range ends at 89.
inline Expr cosh(const Expr& x) { return x.dtype() == DType::Float64 ? (exp(x) + exp(-x)) * 0.5 : x.unary("Cosh"); }
inline Expr sinh(const Expr& x) { return x.dtype() == DType::Float64 ? (exp(x) - exp(-x)) * 0.5 : x.unary("Sinh"); }
/// True where the sign bit is set: negative numbers and -0.0.
inline Expr signBit(const Expr& x) {
  if (!ir::isFloating(x.dtype())) return x < 0.0;
  return (x < 0.0) || ((x == 0.0) && (x.unary("Reciprocal") < 0.0));
}
/// The angle of the point (x, y), all quadrants, zeros and infinities: these count as the largest finite number, so that
/// two of them have a quotient.
inline Expr angleOf(const Expr& top, const Expr& left) {
  const auto finite = [](const Expr& e) { return clipped(e, -largestFinite(e.dtype()), largestFinite(e.dtype())); };
  const Expr y = finite(top), x = finite(left), xZero = x == 0.0;
  const Expr slope = (y / where(xZero, 1.0, x)).unary("Atan");
  const Expr halfTurn = where(signBit(y), y.number(-M_PI), y.number(M_PI));
  const Expr turned = where(signBit(x), slope + halfTurn, slope);
  return where(xZero && abs(y) > 0.0, halfTurn * 0.5, turned);
}
/// c[0] + c[1]·x + c[2]·x² …, by Horner's rule.
inline Expr polynomial(const Expr& x, std::initializer_list<double> coefficients) {
  const double* at = coefficients.end() - 1;
  Expr sum = x.number(*at);
  while (at != coefficients.begin()) sum = sum * x + *--at;
  return sum;
}

}  // namespace deploytool::exporter::ops
