// Elementwise arithmetic with torch's promotion, rounding and signs.
#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/integer_division.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

/// `name` times `factor` where the factor is not 1.
Tensor scaled(Call& c, const Tensor& x, std::string_view factor) {
  if (!c.has(factor) || isNumber(c, factor, 1)) return x;
  return c.b.mul(x, operand(c, factor, x.dtype()));
}

// aten::add.Tensor; on bools it is a logical or
Results add(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  if (x[0].dtype() == DType::Bool) return {c.b.op("Or", x)};
  return {c.b.add(x[0], scaled(c, x[1], "alpha"))};
}

// aten::_add_relu.Tensor, .Scalar
Results addRelu(Call& c) { return {c.b.unary("Relu", c.read(add(c).at(0)))}; }

// aten::sub.Tensor
Results sub(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {c.b.sub(x[0], scaled(c, x[1], "alpha"))};
}

// aten::rsub.Tensor
Results rsub(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {c.b.sub(x[1], scaled(c, x[0], "alpha"))};
}

// aten::mul.Tensor; on bools it is a logical and
Results mul(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  if (x[0].dtype() == DType::Bool) return {c.b.op("And", x)};
  return {c.b.mul(x[0], x[1])};
}

// aten::div.Tensor: the result is always floating
Results trueDivide(Call& c) {
  const Tensors x = floatOperands(c, {"self", "other"});
  return {c.b.div(x[0], x[1])};
}

Results lowerFloorDivide(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {floorDivide(c.b, x[0], x[1])};
}

// aten::div.Tensor_mode
Results divide(Call& c) {
  if (!c.has("rounding_mode")) return trueDivide(c);
  const std::string mode = c.text("rounding_mode");
  if (mode == "floor") return lowerFloorDivide(c);
  if (mode != "trunc") c.refuse("rounding_mode '" + mode + "' is unknown");
  const Tensors x = operands(c, {"self", "other"});
  const Tensor quotient = c.b.div(x[0], x[1]);
  return {ir::isFloating(quotient.dtype()) ? truncate(c.b, quotient) : quotient};
}

// aten::remainder.Tensor: the sign of the divisor, as Python
Results lowerRemainder(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {floorModulo(c.b, x[0], x[1])};
}

// aten::fmod.Tensor: the sign of the dividend, as C
Results lowerFmod(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {truncatedModulo(c.b, x[0], x[1])};
}

/// By repeated squaring: ONNX Runtime's Pow goes through floats, which does not wrap around.
Tensor integerPower(Builder& b, Tensor base, int64_t exponent) {
  Tensor result;
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) result = result ? b.mul(result, base) : base;
    if (exponent > 1) base = b.mul(base, base);
  }
  return result;
}

/// x raised to a static number, by cheaper operators where torch has them too.
std::optional<Tensor> staticPower(Call& c, const Tensor& x, double exponent) {
  Builder& b = c.b;
  const bool floating = ir::isFloating(x.dtype());
  if (exponent == 1) return x;
  if (exponent == 2) return b.mul(x, x);
  if (exponent == 3) return b.mul(b.mul(x, x), x);
  if (!floating && exponent > 3 && exponent <= 64) return integerPower(b, x, static_cast<int64_t>(exponent));
  if (exponent == 0.5 && floating) return b.unary("Sqrt", x);
  if (exponent == -0.5 && floating) return b.unary("Reciprocal", b.unary("Sqrt", x));
  if (exponent == -1 && floating) return b.unary("Reciprocal", x);
  return {};
}

/// Integers to powers that may be negative: 1 and -1 keep their size, all others give 0.
Tensor powerOfIntegers(Builder& b, const Tensor& x, const Tensor& exponent) {
  const Tensor zero = b.scalarLike(x, 0), one = b.scalarLike(x, 1);
  const Tensor ofUnit = b.binary("Pow", x, b.binary("Mod", b.unary("Abs", exponent), b.scalarLike(x, 2)));
  const Tensor inverse = b.where(b.compare("Equal", b.unary("Abs", x), one), ofUnit, zero);
  return b.where(b.compare("Less", exponent, zero), inverse, b.binary("Pow", x, b.binary("Max", exponent, zero)));
}

Results power(Call& c, DType dtype) {
  const Tensor x = operand(c, "self", dtype);
  const Value& exponent = c.arg("exponent");
  if (exponent.is<double>() || (exponent.as<Dim>() && exponent.as<Dim>()->isLiteral()))
    if (auto result = staticPower(c, x, c.number("exponent"))) return {*result};
  const Tensor by = operand(c, "exponent", dtype);
  const bool mayInvert = dtype == DType::Int64 || dtype == DType::Int32;
  return {mayInvert ? powerOfIntegers(c.b, x, by) : c.b.binary("Pow", x, by)};
}

// aten::pow.Tensor_Tensor and its scalar forms
Results lowerPow(Call& c) { return power(c, realType(c, {"self", "exponent"})); }

// aten::float_power: in float64, whatever the operands
Results floatPower(Call& c) {
  realType(c, {"self", "exponent"});
  return power(c, DType::Float64);
}

// aten::square: as pow(self, 2), so a bool becomes int64
Results square(Call& c) {
  Tensor x = realOperand(c, "self");
  if (x.dtype() == DType::Bool) x = c.b.cast(x, DType::Int64);
  return {c.b.mul(x, x)};
}

// aten::addcmul: self + value · tensor1 · tensor2
Results addcmul(Call& c) {
  const Tensors x = operands(c, {"self", "tensor1", "tensor2"});
  return {c.b.add(x[0], scaled(c, c.b.mul(x[1], x[2]), "value"))};
}

// aten::addcdiv: self + value · tensor1 / tensor2
Results addcdiv(Call& c) {
  const Tensors x = floatOperands(c, {"self", "tensor1", "tensor2"});
  return {c.b.add(x[0], scaled(c, c.b.div(x[1], x[2]), "value"))};
}

// aten::lerp.Tensor: self + weight · (end - self)
Results lowerLerp(Call& c) {
  const DType dtype = realType(c, {"self", "end"});
  const Tensor start = operand(c, "self", dtype), end = operand(c, "end", dtype);
  return {c.b.add(start, c.b.mul(operand(c, "weight", dtype), c.b.sub(end, start)))};
}

// aten::hypot
Results lowerHypot(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  return {c.b.unary("Sqrt", c.b.add(c.b.mul(x[0], x[0]), c.b.mul(x[1], x[1])))};
}

// aten::signbit
Results lowerSignbit(Call& c) {
  const Tensor x = realOperand(c, "self");
  if (x.dtype() == DType::Bool || x.dtype() == DType::UInt8) return {c.b.full(DType::Bool, x.dims(), 0)};
  return {signBit(Expr(c.b, x)).tensor()};
}

// aten::copysign.Tensor
Results lowerCopysign(Call& c) {
  const Tensors x = floatOperands(c, {"self", "other"});
  // As a product, which keeps -0.0; ONNX Runtime's Where does not.
  const Expr size = abs(Expr(c.b, x[0]));
  return {(size * where(signBit(Expr(c.b, x[1])), -1.0, size.number(1))).tensor()};
}

// aten::ldexp.Tensor: self · 2^other
Results lowerLdexp(Call& c) {
  const Tensors x = floatOperands(c, {"self", "other"});
  return {c.b.mul(x[0], c.b.binary("Pow", c.b.scalarLike(x[1], 2), x[1]))};
}

// aten::heaviside: 0, values or 1 by the sign
Results heaviside(Call& c) {
  const Tensors x = operands(c, {"self", "values"});
  const Tensor zero = c.b.scalarLike(x[0], 0);
  const Tensor step = c.b.cast(c.b.compare("Greater", x[0], zero), x[0].dtype());
  return {c.b.where(c.b.compare("Equal", x[0], zero), x[1], step)};
}

}  // namespace

std::vector<Row> arithmetic() {
  std::vector<Row> rows = {
      {"aten::rsub.Tensor(self, other, alpha)", rsub},
      {"aten::remainder.Tensor(self, other)", lowerRemainder},
      {"aten::remainder.Scalar_Tensor(self, other)", lowerRemainder},
      {"aten::fmod.Tensor(self, other)", lowerFmod},
      {"aten::floor_divide(self, other)", lowerFloorDivide},
      {"aten::pow.Tensor_Tensor(self, exponent)", lowerPow},
      {"aten::pow.Tensor_Scalar(self, exponent)", lowerPow},
      {"aten::pow.Scalar(self, exponent)", lowerPow},
      {"aten::float_power.Tensor_Tensor(self, exponent)", floatPower},
      {"aten::float_power.Tensor_Scalar(self, exponent)", floatPower},
      {"aten::float_power.Scalar(self, exponent)", floatPower},
      {"aten::square(self)", square},
      {"aten::addcmul(self, tensor1, tensor2, value)", addcmul},
      {"aten::addcdiv(self, tensor1, tensor2, value)", addcdiv},
      {"aten::lerp.Tensor(self, end, weight)", lowerLerp},
      {"aten::lerp.Scalar(self, end, weight)", lowerLerp},
      {"aten::hypot(self, other)", lowerHypot},
      {"aten::signbit(self)", lowerSignbit},
      {"aten::copysign.Tensor(self, other)", lowerCopysign},
      {"aten::ldexp.Tensor(self, other)", lowerLdexp},
      {"aten::ldexp_(self, other)", lowerLdexp},  // not the one of numbers, which aten::ldexp is
      {"aten::heaviside(self, values)", heaviside},
  };
  addRows(rows, {"aten::add.Tensor(self, other, alpha)"}, add);
  addRows(rows, {"aten::_add_relu.Tensor(self, other, alpha)", "aten::_add_relu.Scalar(self, other, alpha)"}, addRelu);
  addRows(rows, {"aten::sub.Tensor(self, other, alpha)", "aten::subtract.Tensor(self, other, alpha)"}, sub);
  addRows(rows, {"aten::mul.Tensor(self, other)", "aten::multiply.Tensor(self, other)"}, mul);
  addRows(rows, {"aten::div.Tensor(self, other)", "aten::divide.Tensor(self, other)",
                 "aten::true_divide.Tensor(self, other)"}, trueDivide);
  addRows(rows, {"aten::div.Tensor_mode(self, other, rounding_mode)",
                 "aten::divide.Tensor_mode(self, other, rounding_mode)"}, divide);
  return rows;
}

}  // namespace deploytool::exporter::ops
