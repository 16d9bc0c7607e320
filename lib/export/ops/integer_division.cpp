// Division and modulo with torch's rounding (integer_division.h).
#include "export/ops/integer_division.h"

#include <cmath>

#include "export/ops/expression.h"

namespace deploytool::exporter::ops {

namespace {

/// The number a one-element constant holds.
std::optional<double> constantNumber(const Tensor& x) {
  if (!x.isConstant() || x.constant()->numel() != 1) return {};
  return x.constant()->toDoubles()[0];
}

bool isUnsigned(DType dtype) { return dtype == DType::UInt8 || dtype == DType::Bool; }

Tensor fmod(Builder& b, const Tensor& x, const Tensor& y) { return b.op("Mod", {x, y}, {{"fmod", 1}}); }

/// Integer Div rounds towards zero: one less where the remainder's sign is not the divisor's.
Tensor floorDivideIntegers(Builder& b, const Tensor& x, const Tensor& y) {
  const Tensor quotient = b.div(x, y);
  if (isUnsigned(x.dtype())) return quotient;
  const Tensor zero = b.scalarLike(x, 0);
  const Tensor rest = b.sub(x, b.mul(quotient, y));
  const Tensor signsDiffer = b.op("Xor", {b.compare("Less", rest, zero), b.compare("Less", y, zero)});
  const Tensor inexact = b.logicalNot(b.compare("Equal", rest, zero));
  return b.sub(quotient, b.cast(b.op("And", {inexact, signsDiffer}), x.dtype()));
}

/// As torch and Python: through the exact remainder, so that 1.0 // 0.1 is 9.
Tensor floorDivideFloats(Builder& b, const Tensor& x, const Tensor& y) {
  const Tensor plain = b.div(x, y);
  if (auto divisor = constantNumber(y)) {
    int exponent = 0;
    if (std::abs(std::frexp(*divisor, &exponent)) == 0.5) return b.unary("Floor", plain);  // exact: a power of two
  }
  const Expr a(b, x), d(b, y);
  const Expr rest(b, floorModulo(b, x, y));
  const Expr quotient = (a - rest) / d;
  const Expr rounded = floor(quotient);
  const Expr result = where(quotient - rounded > 0.5, rounded + 1.0, rounded);
  const auto divisor = constantNumber(y);
  return divisor && *divisor != 0 ? result : where(d == 0.0, Expr(b, plain), result);
}

}  // namespace

Tensor floorDivide(Builder& b, const Tensor& x, const Tensor& y) {
  return ir::isFloating(x.dtype()) ? floorDivideFloats(b, x, y) : floorDivideIntegers(b, x, y);
}

Tensor floorModulo(Builder& b, const Tensor& x, const Tensor& y) {
  if (!ir::isFloating(x.dtype())) return b.binary("Mod", x, y);
  const Expr rest(b, fmod(b, x, y)), divisor(b, y);
  const Expr otherSign(b, b.op("Xor", {rest < 0.0, divisor < 0.0}));
  return where(otherSign && !(rest == 0.0), rest + divisor, rest);
}

Tensor truncatedModulo(Builder& b, const Tensor& x, const Tensor& y) {
  if (ir::isFloating(x.dtype())) return fmod(b, x, y);
  return b.sub(x, b.mul(b.div(x, y), y));
}

Tensor truncate(Builder& b, const Tensor& x) {
  // ONNX Runtime's Where takes -0.0 from its last input only.
  const Expr e(b, x);
  return where(e > 0.0, floor(e), e.unary("Ceil"));
}

}  // namespace deploytool::exporter::ops
