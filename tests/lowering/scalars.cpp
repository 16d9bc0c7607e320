// Python numbers that are decided at run time: ints from sizes and contents, floats and bools from contents.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// `def f(x): a = <int>; b = <float>; …` with names for numbers of each kind.
Case numbers(const std::string& expression, CaseOptions options = {}) {
  return {"def f(x, y):\n  i = x.size(0)\n  j = x.size(1)\n  k = int(y[0])\n  u = float(x.sum())\n  v = float(y.sum()) + 0.5\n"
          "  p = bool(u > 1.0)\n  q = bool(v > 5.0)\n  s = y[0].item()\n  t = x[0, 0].item()\n  return " + expression + "\n",
          {"x:f32[n,m]", "y:i64[3]"}, std::move(options)};
}

std::vector<Case> numberCases(std::initializer_list<const char*> expressions) {
  std::vector<Case> cases;
  for (const char* expression : expressions) cases.push_back(numbers(expression));
  return cases;
}

const Cases kScalarArithmetic("scalar_arithmetic", numberCases({
    "i + j", "u + v", "i + v", "v + i", "s + t", "k + 1",
    "i - j", "u - v", "i - v", "v - i", "s - t", "3 - k",
    "i * j", "u * v", "i * v", "v * i", "s * t", "k * k",
    "i / j", "u / v", "s / t", "(k + 1) / i",
    "i // j", "u // v", "i // v", "v // i", "(k - 5) // 2", "s // 3", "(u * 0 + 1.0) // 0.1", "(u * 0 - 1.0) // 0.0",
    "i % j", "u % v", "i % v", "v % i", "(k - 5) % 3", "s % 3",
    "torch.fmod(i, j)", "torch.fmod(u, v)", "torch.fmod(i, v)", "torch.fmod(v, i)", "torch.fmod(s, t)",
    "torch.atan2(i, j)", "torch.atan2(u, v)", "torch.atan2(i, v)", "torch.atan2(v, i)", "torch.atan2(s, t)",
    "torch.copysign(i, -j)", "torch.copysign(v, u)", "torch.copysign(i, u)", "torch.copysign(u, i)", "torch.copysign(s, t)",
    "torch.ldexp(u, j)",
    "torch.pow(i, j)", "torch.pow(v, v)", "torch.pow(i, v)", "torch.pow(v, i)", "torch.pow(s, 2)", "v ** 2", "i ** 2",
    "divmod(i, j)", "divmod(u, v)", "divmod(i, v)", "divmod(v, i)",
    "max(i, j)", "max(u, v)", "max(i, v)", "max(v, i)", "max(s, t)", "max(k, 3)",
    "min(i, j)", "min(u, v)", "min(i, v)", "min(v, i)", "min(s, t)", "min(k, 3)",
    "max([i, j, k])", "max([u, v])", "min([i, j, k])", "min([u, v])",
    "-i", "-u", "-s", "abs(k - 3)", "abs(u)", "abs(t)",
    "torch.floor(u)", "torch.floor(i)", "torch.floor(t)", "torch.ceil(u)", "torch.ceil(i)", "torch.ceil(t)",
    "torch.round(u)", "torch.round(i)", "round(t)",
    "k << 2", "k >> 1", "(k - 5) >> 1",
    "torch.sqrt(i)", "torch.sqrt(v)", "torch.sqrt(s)", "torch.exp(i)", "torch.exp(t)", "torch.exp(v * 0.1)",
    "torch.log(i)", "torch.log(v)", "torch.log(s + 1)", "torch.log(i, j + 1)", "torch.log(v, i + 1)", "torch.log(i, v)",
    "torch.log(v, v + 1)", "torch.log(s + 1, 3)",
    "torch.sin(i)", "torch.sin(v)", "torch.sin(s)", "torch.cos(i)", "torch.cos(v)", "torch.cos(s)",
    "torch.tan(i)", "torch.tan(v)", "torch.tan(s)",
    "torch.asin(1 // i)", "torch.asin(1 / v)", "torch.asin(s * 0.1)", "torch.acos(1 // i)", "torch.acos(1 / (v + 1))",
    "torch.acos(s * 0.1)", "torch.atan(i)", "torch.atan(v)", "torch.atan(s)",
    "torch.sinh(i)", "torch.sinh(v * 0.1)", "torch.sinh(s)", "torch.cosh(i)", "torch.cosh(v * 0.1)", "torch.cosh(s)",
    "torch.sinh(i + 100)", "torch.cosh(i + 100)",
    "torch.tanh(i)", "torch.tanh(v)", "torch.tanh(s)",
    "torch.asinh(i)", "torch.asinh(v)", "torch.asinh(s)", "torch.acosh(i)", "torch.acosh(v + 1)", "torch.acosh(s + 1)",
    "torch.atanh(1 // (i + 1))", "torch.atanh(0.5 / (v + 1))", "torch.atanh(s * 0.1)",
    "torch.erf(i)", "torch.erf(v)", "torch.erf(s)", "torch.fabs(i)", "torch.fabs(u)", "torch.fabs(t)",
    "torch.log1p(i)", "torch.log1p(v)", "torch.log1p(s)", "torch.expm1(i)", "torch.expm1(v * 0.1)", "torch.expm1(s)",
    "torch.log10(i)", "torch.log10(v)", "torch.log10(s + 1)",
    "torch.degrees(i)", "torch.degrees(v)", "torch.degrees(s)", "torch.radians(i)", "torch.radians(v)", "torch.radians(s)",
}));

const Cases kImplicit("scalars", {
    {"def g(a: float):\n  return a * 2.0\n\ndef f(x):\n  return g(x[0])", {"x:f32[n]"}},
    {"def g(a: int):\n  return a * 2\n\ndef f(x):\n  return g(x[0])", {"x:i64[n]"}},
});

const Cases kScalars("scalars", numberCases({
    "i == j", "u == v", "i == v", "v == i", "s == t", "i == i", "k == 3",
    "i != j", "u != v", "i != v", "v != i", "s != t", "k != 3",
    "i < j", "u < v", "i < v", "v < i", "s < t", "k < 3",
    "i > j", "u > v", "i > v", "v > i", "s > t", "k > 3",
    "i <= j", "u <= v", "i <= v", "v <= i", "s <= t", "k <= 3",
    "i >= j", "u >= v", "i >= v", "v >= i", "s >= t", "k >= 3",
    "p == q", "p != q", "p ^ q", "p and q", "p or q", "not p", "p & q", "p | q",
    "[i, j] == [j, i]", "[i, j] != [j, i]", "[i, j] == [i, j]", "x.size() == [5, 6]",
    "any([p, q])", "all([p, q])", "any([i, k])", "all([i, k])",
    "k & 7",
    "int(u)", "int(-v)", "int(p)", "int(t)", "int(s)", "int(y[1])", "int(x[0, 0] * 3)", "float(p)", "float(i)", "float(s)", "float(y[1])",
    "bool(k)", "bool(u)", "bool(y[1])", "bool(x[0, 0] > 0)",
    "x[0, 0].item()", "y[0].item()", "(y[0] > 2).item()", "torch._local_scalar_dense(y[0])",
    "torch.isnan(u)", "torch.isinf(v)", "torch.isfinite(v)",
    "torch.select(y, 0, torch.clamp(y[0], 0, 2))", "torch.add(x, x, alpha=y[0])",
}));

}  // namespace

}  // namespace deploytool::testing
