// Special functions that ONNX has no operator for, by approximations good to float32's precision.
//
// Sources: lgamma: Lanczos, g = 7, 9 terms (P. Godfrey). digamma: recurrence and asymptotic series (Abramowitz & Stegun
// 6.3.5, 6.3.18). erfc: Numerical Recipes 6.2. erfinv: M. Giles, "Approximating the erfinv function". i0, i1:
// Abramowitz & Stegun 9.8.1-9.8.4.
#include <cmath>
#include <vector>

#include "export/ops/special.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

using Formula = Expr (*)(const Expr&);

Lowering special(Formula compute) {
  return [compute](Call& c) -> Results {
    return {widened(c.b, floatOperand(c, "self"), [&](const Tensor& x) -> Tensor { return compute(Expr(c.b, x)); })};
  };
}

/// log Γ(x) for x ≥ 1/2.
Expr logGammaRight(const Expr& x) {
  static constexpr double kTerms[] = {676.5203681218851,      -1259.1392167224028,  771.32342877765313,
                                      -176.61502916214059,    12.507343278686905,   -0.13857109526572012,
                                      9.9843695780195716e-6,  1.5056327351493116e-7};
  const Expr z = x - 1.0;
  Expr series = z.number(0.99999999999980993);
  for (int i = 0; i < 8; ++i) series = series + kTerms[i] / (z + static_cast<double>(i + 1));
  const Expr t = z + 7.5;
  return (z + 0.5) * log(t) - t + (log(series) + 0.5 * std::log(2 * M_PI));
}

}  // namespace

/// Left of 1/2 by reflection: log(π / |sin πx|) - log Γ(1 - x).
Expr lgamma(const Expr& x) {
  const Expr left = x < 0.5;
  const Expr right = logGammaRight(where(left, 1.0 - x, x));
  const Expr sine = abs(sin((x - floor(x)) * M_PI));
  const Expr reflected = std::log(M_PI) - log(sine) - right;
  const Expr finite = where(left, reflected, right);
  return where(abs(x) == INFINITY, INFINITY, finite);
}

namespace {

/// ψ(x) for x > 0: up to x + 6 by the recurrence, then the asymptotic series.
Expr digammaRight(const Expr& x) {
  Expr down = 1.0 / x;
  for (int i = 1; i < 6; ++i) down = down + 1.0 / (x + static_cast<double>(i));
  const Expr y = x + 6.0;
  const Expr inverse = 1.0 / (y * y);
  const Expr tail = inverse * polynomial(inverse, {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132});
  return log(y) - 0.5 / y - tail - down;
}

/// ψ(1 - x) - π / tan(πx) left of 0; ∓∞ at ±0, NaN at -1, -2, …
Expr digamma(const Expr& x) {
  const Expr left = x < 0.0;
  const Expr right = digammaRight(where(left, 1.0 - x, where(x == 0.0, 1.0, x)));
  const Expr fraction = x - floor(x);
  const Expr reflected = right - M_PI / tan(fraction * M_PI);
  const Expr value = where(left, where(fraction == 0.0, NAN, reflected), right);
  return where(x == 0.0, -x.unary("Reciprocal"), value);
}

Expr erfinv(const Expr& x) {
  const Expr w = -log((1.0 - x) * (1.0 + x));
  const Expr near = polynomial(w - 2.5, {1.50140941, 0.246640727, -0.00417768164, -0.00125372503, 0.000218580870,
                                         -4.39150654e-06, -3.5233877e-06, 3.43273939e-07, 2.81022636e-08});
  const Expr far = polynomial(sqrt(max(w, 5)) - 3.0, {2.83297682, 1.00167406, 0.00943887047, -0.0076224613, 0.00573950773,
                                              -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257});
  const Expr value = where(w < 5.0, near, far) * x;
  return where(abs(x) < 1.0, value, w * x);  // infinite at the ends, NaN beyond them
}

/// erfc(x) = t · exp(tail(t) - x²) with t = 1 / (1 + x/2), x ≥ 0, to a relative error of 1.2e-7.
Expr complementTail(const Expr& t) {
  return polynomial(t, {-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
                        -0.82215223, 0.17087277});
}
}  // namespace

/// Small values far to the right keep their digits, which 1 - erf(x) loses.
Expr erfc(const Expr& x) {
  const Expr size = abs(x);
  const Expr t = 1.0 / (size * 0.5 + 1.0);
  return where(x < 0.5, 1.0 - erf(x), t * exp(complementTail(t) - size * size));  // here NaN too: not every Erf keeps it
}

namespace {

/// The standard normal distribution, its logarithm and its inverse.
Expr ndtr(const Expr& x) { return erfc(-x * M_SQRT1_2) * 0.5; }
Expr logNdtr(const Expr& x) {
  const Expr size = abs(x * M_SQRT1_2);
  const Expr t = 1.0 / (size * 0.5 + 1.0);
  return where(x < -0.5, log(t * 0.5) + (complementTail(t) - size * size), log1p(erfc(x * M_SQRT1_2) * -0.5));
}
Expr ndtri(const Expr& x) { return erfinv(x * 2.0 - 1.0) * M_SQRT2; }

/// -x log x, 0 at 0, -∞ below.
Expr entr(const Expr& x) {
  const Expr inside = -x * log(where(x > 0.0, x, 1));
  return where(isNan(x), x, where(x < 0.0, -INFINITY, where(x == 0.0, 0, inside)));
}

/// Modified Bessel functions, scaled by exp(-|x|): `small` in (x/3.75)², `large` in 3.75/|x| over √|x|.
Expr scaledBessel(const Expr& size, const Expr& small, std::initializer_list<double> large) {
  const Expr bounded = max(size, 3.75);
  return where(size < 3.75, small * exp(-size), polynomial(3.75 / bounded, large) / sqrt(bounded));
}
Expr i0e(const Expr& x) {
  const Expr size = abs(x), t = x / 3.75;
  const Expr small = polynomial(t * t, {1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813});
  return scaledBessel(size, small, {0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537,
                                    -0.01647633, 0.00392377});
}
Expr i1e(const Expr& x) {
  const Expr size = abs(x), t = x / 3.75;
  const Expr small = size * polynomial(t * t, {0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532,
                                               0.00032411});
  return sign(x) * scaledBessel(size, small, {0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967,
                                              -0.02895312, 0.01787654, -0.00420059});
}
Expr i0(const Expr& x) { return i0e(x) * exp(abs(x)); }
Expr i1(const Expr& x) { return i1e(x) * exp(abs(x)); }

// aten::mvlgamma: Σ lgamma(x - i/2) + p(p-1)/4 · log π
Results mvlgamma(Call& c) {
  const Expr x(c.b, floatOperand(c, "self"));
  const int64_t p = c.integer("p");
  Expr sum = x.number(static_cast<double>(p * (p - 1)) / 4 * std::log(M_PI));
  for (int64_t i = 0; i < p; ++i) sum = sum + lgamma(x - static_cast<double>(i) / 2);
  return {sum.tensor()};
}

/// x to the power of -s, s ≥ 1.
Expr inversePower(const Expr& x, int64_t s) {
  const Expr inverse = 1.0 / x;
  Expr power = inverse;
  for (int64_t i = 1; i < s; ++i) power = power * inverse;
  return power;
}

/// ζ(s, x) = Σ (x + k)^-s for x > 0: eight terms, the rest by Euler and Maclaurin.
Expr hurwitzZeta(int64_t s, const Expr& x) {
  static constexpr double kBernoulli[] = {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730};
  Expr sum = inversePower(x, s);
  for (int i = 1; i < 8; ++i) sum = sum + inversePower(x + static_cast<double>(i), s);
  const Expr y = x + 8.0;
  const Expr power = inversePower(y, s), square = 1.0 / (y * y);
  double factor = 1;  // B(2j) / (2j)! · s (s + 1) … (s + 2j - 2)
  Expr series = y / static_cast<double>(s - 1) + 0.5, step = 1.0 / y;
  for (int j = 1; j <= 6; ++j) {
    factor *= j == 1 ? static_cast<double>(s) / 2
                     : static_cast<double>((s + 2L * j - 3) * (s + 2L * j - 2)) / (2.0 * j * (2 * j - 1));
    series = series + step * (factor * kBernoulli[j - 1]);
    step = step * square;
  }
  return sum + power * series;
}

/// The n-th derivative of cot(πx) is πⁿ · P(cot(πx)): P of order n, by P' and cot' = -π (1 + cot²).
std::vector<double> cotangentDerivative(int64_t n) {
  std::vector<double> p{0, 1};
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> next(p.size() + 1);
    for (size_t k = 1; k < p.size(); ++k) {
      next[k - 1] -= static_cast<double>(k) * p[k];
      next[k + 1] -= static_cast<double>(k) * p[k];
    }
    p = std::move(next);
  }
  return p;
}

/// ψ⁽ⁿ⁾(x) = (-1)ⁿ⁺¹ n! ζ(n + 1, x), left of 0 by reflection; infinite at 0, -1, …
Expr polygammaOf(int64_t n, const Expr& x) {
  const double sign = n % 2 == 1 ? 1 : -1, scale = sign * std::tgamma(static_cast<double>(n + 1));
  const Expr isLeft = x < 0.0;
  const Expr right = hurwitzZeta(n + 1, where(isLeft, 1.0 - x, x)) * scale;
  const Expr fraction = x - floor(x);
  const Expr cotangent = 1.0 / tan(fraction * M_PI);
  Expr derivative = x.number(0);
  const std::vector<double> p = cotangentDerivative(n);
  for (size_t k = p.size(); k > 0; --k) derivative = derivative * cotangent + p[k - 1];
  const Expr reflected = derivative * -std::pow(M_PI, static_cast<double>(n + 1)) - right * sign;
  const Expr value = where(isLeft, reflected, right);
  return where(!(x > 0.0) && fraction == 0.0, sign * INFINITY, value);
}

// aten::polygamma: n = 0 is digamma
Results polygamma(Call& c) {
  const int64_t n = c.integer("n");
  if (n < 0) c.refuse("polygamma of a negative order");
  const Tensor x = floatOperand(c, "self");
  return {widened(c.b, x, [&](const Tensor& t) { return n == 0 ? digamma({c.b, t}).tensor() : polygammaOf(n, {c.b, t}).tensor(); })};
}

/// 2 ** e for whole e, in halves: one power alone would leave the range.
Expr scaledByPower(const Expr& x, const Expr& e) {
  const Expr half = (e * 0.5).unary("Floor"), two = x.number(2);
  return x * two.binary("Pow", half) * two.binary("Pow", e - half);
}

// aten::frexp: self = mantissa · 2 ** exponent, the mantissa in [0.5, 1)
Results frexp(Call& c) {
  const Tensor given = c.tensor("self");
  const Expr x(c.b, c.b.cast(given, given.dtype() == DType::Float64 ? DType::Float64 : DType::Float32));
  const Expr size = abs(x);
  const Expr isPlain = size > 0.0 && size < INFINITY;  // others keep exponent 0
  const Expr logarithm = log(where(isPlain, size, x.number(1))) * M_LOG2E;
  Expr exponent = logarithm.unary("Floor") + 1;
  // The logarithm is rounded: the mantissa tells on which side of a power of two.
  Expr mantissa = scaledByPower(x, -exponent);
  const Expr below = where(abs(mantissa) < 0.5, x.number(1), x.number(0));
  const Expr above = where(abs(mantissa) < 1.0, x.number(0), x.number(1));
  exponent = where(isPlain, exponent - below + above, x.number(0));
  mantissa = where(isPlain, mantissa * (1.0 + below) * (1.0 - 0.5 * above), x);
  return {c.b.cast(mantissa, given.dtype()), c.b.cast(exponent, DType::Int32)};
}

}  // namespace

std::vector<Row> special() {
  std::vector<Row> rows = {
      {"aten::polygamma(n, self)", polygamma, "an order that a run decides"},
      {"aten::special_polygamma(n, self)", polygamma, "an order that a run decides"},
      {"aten::frexp.Tensor(self)", frexp, "exactness of numbers too small for their full precision"},
      {"aten::special_entr(self)", special(entr)},
      {"aten::special_i0e(self)", special(i0e)},
      {"aten::special_i1e(self)", special(i1e)},
      {"aten::special_log_ndtr(self)", special(logNdtr)},
      {"aten::special_ndtr(self)", special(ndtr)},
      {"aten::special_ndtri(self)", special(ndtri)},
  };
  addRows(rows, {"aten::digamma(self)", "aten::special_digamma(self)", "aten::special_psi(self)"}, special(digamma));
  addRows(rows, {"aten::erfc(self)", "aten::special_erfc(self)"}, special(erfc));
  addRows(rows, {"aten::erfinv(self)", "aten::special_erfinv(self)"}, special(erfinv));
  addRows(rows, {"aten::i0(self)", "aten::special_i0(self)", "aten::special_modified_bessel_i0(self)"}, special(i0));
  addRows(rows, {"aten::special_i1(self)", "aten::special_modified_bessel_i1(self)"}, special(i1));
  addRows(rows, {"aten::lgamma(self)", "aten::special_gammaln(self)"}, special(lgamma));
  addRows(rows, {"aten::mvlgamma(self, p)", "aten::special_multigammaln(self, p)"}, mvlgamma);
  addRefusing(rows,
         {"aten::igamma(self, other)", "aten::igammac(self, other)", "aten::special_gammainc(self, other)",
          "aten::special_gammaincc(self, other)"}, "the incomplete gamma functions have no ONNX form");
  for (const char* name : {"chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v", "chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he", "laguerre_polynomial_l", "legendre_polynomial_p", "shifted_chebyshev_polynomial_t", "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v", "shifted_chebyshev_polynomial_w"})
    for (const char* overload : {"", ".x_scalar", ".n_scalar"})
      rows.push_back(refusing((std::string("aten::special_") + name + overload + "(x)").c_str(), "polynomials of an order that a tensor gives"));
  addRefusing(rows,
         {"aten::special_airy_ai(x)", "aten::special_bessel_j0(self)", "aten::special_bessel_j1(self)",
          "aten::special_bessel_y0(self)", "aten::special_bessel_y1(self)", "aten::special_modified_bessel_k0(self)",
          "aten::special_modified_bessel_k1(self)", "aten::special_scaled_modified_bessel_k0(x)",
          "aten::special_scaled_modified_bessel_k1(x)", "aten::special_spherical_bessel_j0(x)",
          "aten::special_erfcx(self)", "aten::special_zeta(self)", "aten::special_zeta.self_scalar(self)",
          "aten::special_zeta.other_scalar(self)"}, "this special function has no ONNX form");
  return rows;
}

}  // namespace deploytool::exporter::ops
