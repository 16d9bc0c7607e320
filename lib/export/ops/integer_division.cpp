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

/// Integer Div rounds towards zero; what Mod leaves has the divisor's sign, and without it nothing is rounded.
Tensor floorDivideIntegers(Builder& b, const Tensor& x, const Tensor& y) {
  return isUnsigned(x.dtype()) ? b.div(x, y) : b.div(b.sub(x, b.binary("Mod", x, y)), y);
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
  // ONNX Runtime makes y / y of (1 / y) * y, for integers too: a constant takes another way.
  if (const auto number = constantNumber(x)) {
    const Tensor rest = b.binary("Mod", b.unary("Abs", x), b.unary("Abs", y));
    return *number < 0 ? b.unary("Neg", rest) : rest;
  }
  return b.sub(x, b.mul(b.div(x, y), y));
}

Tensor truncate(Builder& b, const Tensor& x) {
  // ONNX Runtime's Where takes -0.0 from its last input only.
  const Expr e(b, x);
  return where(e > 0.0, floor(e), e.unary("Ceil"));
}

}  // namespace deploytool::exporter::ops
