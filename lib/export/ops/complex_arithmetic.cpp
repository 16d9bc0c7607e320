// Arithmetic of complex tensors, and the way in and out of them.
#include "export/ops/complex_arithmetic.h"

#include <cmath>
#include <complex>
#include <map>

#include "export/complex.h"
#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(const Tensor& x) { return {Value(x)}; }

/// The parts of an argument that may be real, in `dtype`; the imaginary one is empty then.
ComplexParts operandParts(const Call& c, std::string_view name, DType dtype) {
  if (const auto* number = c.arg(name).as<std::complex<double>>())
    return {c.b.scalar(dtype, number->real()), c.b.scalar(dtype, number->imag())};
  if (!c.arg(name).isTensor()) return {operand(c, name, dtype), {}};
  const Tensor x = c.tensor(name);
  if (!ir::isComplex(x.dtype())) return {c.b.cast(x, dtype), {}};
  const ComplexParts parts = partsOf(c.b, x);
  return {c.b.cast(parts.real, dtype), c.b.cast(parts.imaginary, dtype)};
}

/// float64 where a complex128 or float64 tensor with dims takes part.
DType commonReal(const Call& c) {
  DType type = DType::Float32;
  for (const char* name : {"self", "other"}) {
    if (!c.arg(name).isTensor()) continue;
    const DType at = c.tensor(name).dtype();
    if (at == DType::Complex128 || (at == DType::Float64 && !c.isWrappedNumber(name))) type = DType::Float64;
  }
  return type;
}

Tensor squaredMagnitude(Builder& b, const ComplexParts& z) {
  return b.add(b.mul(z.real, z.real), b.mul(z.imaginary, z.imaginary));
}

Tensor magnitude(Builder& b, const ComplexParts& z) { return b.unary("Sqrt", squaredMagnitude(b, z)); }

/// The angle of (re, im) in (-π, π]; 0 for 0.
Tensor angleOf(Builder& b, const Tensor& re, const Tensor& im) {
  const Tensor zero = b.scalarLike(re, 0);
  const Tensor left = b.compare("Less", re, zero), below = b.compare("Less", im, zero);
  const Tensor onAxis = b.compare("Equal", re, zero);
  const Tensor safe = b.where(onAxis, b.scalarLike(re, 1), re);
  const Tensor turn = b.where(below, b.scalarLike(re, -M_PI), b.scalarLike(re, M_PI));
  const Tensor half = b.mulScalar(b.unary("Sign", im), M_PI / 2);
  const Tensor quotient = b.unary("Atan", b.div(im, safe));
  return b.where(onAxis, half, b.where(left, b.add(quotient, turn), quotient));
}

// aten::div(self, other): (a + bi) / (c + di) = ((ac + bd) + (bc - ad)i) / (c² + d²)
Results divide(Call& c) {
  if (c.has("rounding_mode")) c.refuse("rounding a quotient of complex numbers");
  const DType type = commonReal(c);
  const ComplexParts x = operandParts(c, "self", type), y = operandParts(c, "other", type);
  Builder& b = c.b;
  if (!y.imaginary) return one(complexTensor(b, b.div(x.real, y.real), b.div(x.imaginary, y.real)));
  const Tensor norm = squaredMagnitude(b, y);
  Tensor re = b.mul(x.real, y.real), im = b.mulScalar(b.mul(x.real, y.imaginary), -1);
  if (x.imaginary) {
    re = b.add(re, b.mul(x.imaginary, y.imaginary));
    im = b.add(im, b.mul(x.imaginary, y.real));
  }
  return one(complexTensor(b, b.div(re, norm), b.div(im, norm)));
}

Results reciprocal(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  const Tensor norm = squaredMagnitude(c.b, z);
  return one(complexTensor(c.b, c.b.div(z.real, norm), c.b.mulScalar(c.b.div(z.imaginary, norm), -1)));
}

Results absolute(Call& c) { return one(magnitude(c.b, partsOf(c.b, c.tensor("self")))); }

Results angle(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  return one(angleOf(c.b, z.real, z.imaginary));
}

Results realPart(Call& c) { return one(partsOf(c.b, c.tensor("self")).real); }

Results conjugate(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  return one(complexTensor(c.b, z.real, c.b.mulScalar(z.imaginary, -1)));
}

Results conjugateTransposed(Call& c) {
  const Tensor x = c.tensor("self");
  const ComplexParts z = partsOf(c.b, x);
  const auto swapped = [&](const Tensor& part) { return c.b.swapAxes(part, x.rank() - 2, x.rank() - 1); };
  return one(complexTensor(c.b, swapped(z.real), c.b.mulScalar(swapped(z.imaginary), -1)));
}

Results same(Call& c) { return one(c.tensor("self")); }

Results exponential(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  const Tensor scale = c.b.unary("Exp", z.real);
  return one(
      complexTensor(c.b, c.b.mul(scale, c.b.unary("Cos", z.imaginary)), c.b.mul(scale, c.b.unary("Sin", z.imaginary))));
}

Results logarithm(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  const Tensor half = c.b.mulScalar(c.b.unary("Log", squaredMagnitude(c.b, z)), 0.5);
  return one(complexTensor(c.b, half, angleOf(c.b, z.real, z.imaginary)));
}

// aten::sgn(self): z / |z|, 0 for 0
Results sign(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  const Tensor size = magnitude(c.b, z);
  const Tensor safe = c.b.where(c.b.compare("Equal", size, c.b.scalarLike(size, 0)), c.b.scalarLike(size, 1), size);
  return one(complexTensor(c.b, c.b.div(z.real, safe), c.b.div(z.imaginary, safe)));
}

ComplexParts times(Builder& b, const ComplexParts& x, const ComplexParts& y) {
  return {b.sub(b.mul(x.real, y.real), b.mul(x.imaginary, y.imaginary)),
          b.add(b.mul(x.real, y.imaginary), b.mul(x.imaginary, y.real))};
}

Results squared(Call& c) {
  const ComplexParts z = partsOf(c.b, c.tensor("self")), result = times(c.b, z, z);
  return one(complexTensor(c.b, result.real, result.imaginary));
}

// aten::pow(self, exponent): whole exponents
Results power(Call& c) {
  constexpr int64_t kMost = 16;
  if (c.arg("exponent").isTensor() || c.arg("exponent").is<std::complex<double>>())
    c.refuse("a complex power that is a tensor");
  const double exponent = c.number("exponent");
  const auto count = static_cast<int64_t>(exponent);
  if (exponent != static_cast<double>(count) || count < 1 || count > kMost)
    c.refuse("complex powers other than 1 to 16");
  const ComplexParts z = partsOf(c.b, c.tensor("self"));
  ComplexParts result = z;
  for (int64_t i = 1; i < count; ++i) result = times(c.b, result, z);
  return one(complexTensor(c.b, result.real, result.imaginary));
}

// aten::to, type_as, …: real targets lose the imaginary part
Results convert(Call& c) {
  const Tensor x = c.tensor("self");
  DType to = x.dtype();
  if (c.has("other")) to = c.tensor("other").dtype();
  if (c.has("dtype")) to = c.dtype("dtype").value_or(to);
  if (to == x.dtype()) return one(x);
  if (!ir::isComplex(x.dtype())) {
    const Tensor real = c.b.cast(x, realDType(to));
    return one(complexTensor(c.b, real, c.b.fullLike(real, 0)));
  }
  const ComplexParts z = partsOf(c.b, x);
  if (!ir::isComplex(to)) return one(c.b.cast(z.real, to));
  return one(complexTensor(c.b, c.b.cast(z.real, realDType(to)), c.b.cast(z.imaginary, realDType(to))));
}

// aten::eq, ne
Lowering compare(bool equal) {
  return [equal](Call& c) -> Results {
    const DType type = commonReal(c);
    const ComplexParts x = operandParts(c, "self", type), y = operandParts(c, "other", type);
    const Tensor zero = c.b.scalar(type, 0);
    const Tensor same =
        c.b.op("And", {c.b.compare("Equal", x.real, y.real),
                       c.b.compare("Equal", x.imaginary ? x.imaginary : zero, y.imaginary ? y.imaginary : zero)});
    return one(equal ? same : c.b.logicalNot(same));
  };
}

// aten::zeros_like, ones_like
Lowering filled(double value) {
  return [value](Call& c) -> Results {
    const Tensor real = partsOf(c.b, c.tensor("self")).real;
    return one(complexTensor(c.b, c.b.fullLike(real, value), c.b.fullLike(real, 0)));
  };
}

// ---- rows: the way in and out ---------------------------------------------------------------------------------------

// aten::complex(real, imag)
Results fromParts(Call& c) {
  const Tensors parts = broadcastAll(c.b, {c.tensor("real"), c.tensor("imag")});
  return one(complexTensor(c.b, parts[0], parts[1]));
}

// aten::polar(abs, angle)
Results polar(Call& c) {
  const Tensor size = c.tensor("abs"), angle = c.tensor("angle");
  const Tensors parts =
      broadcastAll(c.b, {c.b.mul(size, c.b.unary("Cos", angle)), c.b.mul(size, c.b.unary("Sin", angle))});
  return one(complexTensor(c.b, parts[0], parts[1]));
}

// aten::view_as_complex(self)
Results fromLastAxis(Call& c) { return one(unpackComplex(c.b, c.tensor("self"))); }

// aten::view_as_real(self)
Results toLastAxis(Call& c) {
  const Tensor x = c.tensor("self");
  if (!ir::isComplex(x.dtype())) c.refuse("view_as_real of a tensor that is not complex");
  return one(packComplex(c.b, x));
}

// aten::imag(self)
Results imaginaryPart(Call& c) {
  const Tensor x = c.tensor("self");
  if (!ir::isComplex(x.dtype())) c.refuse("imag of a tensor that is not complex");
  return one(partsOf(c.b, x).imaginary);
}

}  // namespace

const Lowering* complexLowering(const std::string& name) {
  static const std::map<std::string, Lowering> kLowerings = {{"div", divide},
                                                             {"divide", divide},
                                                             {"true_divide", divide},
                                                             {"reciprocal", reciprocal},
                                                             {"abs", absolute},
                                                             {"absolute", absolute},
                                                             {"angle", angle},
                                                             {"real", realPart},
                                                             {"conj", conjugate},
                                                             {"_conj", conjugate},
                                                             {"conj_physical", conjugate},
                                                             {"_conj_physical", conjugate},
                                                             {"resolve_conj", same},
                                                             {"resolve_neg", same},
                                                             {"mH", conjugateTransposed},
                                                             {"adjoint", conjugateTransposed},
                                                             {"matrix_H", conjugateTransposed},
                                                             {"exp", exponential},
                                                             {"log", logarithm},
                                                             {"sgn", sign},
                                                             {"square", squared},
                                                             {"pow", power},
                                                             {"to", convert},
                                                             {"_to_copy", convert},
                                                             {"type_as", convert},
                                                             {"zeros_like", filled(0)},
                                                             {"empty_like", filled(0)}, {"zero", filled(0)},
                                                             {"ones_like", filled(1)},
                                                             {"linalg_solve", complexSolve},
                                                             {"linalg_inv", complexInverse},
                                                             {"inverse", complexInverse},
                                                             {"eq", compare(true)},
                                                             {"ne", compare(false)}};
  const auto it = kLowerings.find(name);
  return it == kLowerings.end() ? nullptr : &it->second;
}

std::vector<Row> complex_arithmetic() {
  return {
      {"aten::complex(real, imag)", fromParts},      {"aten::polar(abs, angle)", polar},
      {"aten::view_as_complex(self)", fromLastAxis}, {"aten::view_as_real(self)", toLastAxis},
      {"aten::imag(self)", imaginaryPart},
  };
}

}  // namespace deploytool::exporter::ops
