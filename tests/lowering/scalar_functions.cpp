// Functions of Python's math module.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

Case number(const std::string& expression, CaseOptions options = {}) {
  return {"def f(x, y):\n  i = x.size(0)\n  k = int(y[0])\n  l = int(y[1])\n  u = float(x.sum())\n  v = float(y.sum()) + 0.5\n"
          "  s = y[0].item()\n  return " + expression, {"x:f32[n,3]", "y:i64[3]"}, std::move(options)};
}

const Cases kScalarFunctions("scalar_functions", {
    number("torch.gamma(i)"), number("torch.gamma(v)"), number("torch.gamma(-v)"), number("torch.gamma(s + 1)"),
    number("torch.lgamma(i) + 1"), number("torch.lgamma(v)"), number("torch.lgamma(s + 2) + 1"),
    number("torch.erfc(i)"), number("torch.erfc(u)"), number("torch.erfc(s)"),
    number("torch.factorial(k)"), number("torch.modf(u)"), number("torch.modf(v * 7)"),
    number("torch.mathremainder(u, v)"), number("torch.mathremainder(i, 3)"), number("torch.mathremainder(v, i)"),
    number("torch.mathremainder(i, v)"), number("torch.mathremainder(s, 3)"),
    number("torch.__round_to_zero_floordiv(k - 5, 2)"), number("torch.__round_to_zero_floordiv(i, 2)"),
    number("k & l"), number("(k - 3) | l"), number("(k - 3) ^ l"), number("(i + 5) & 6"),
});

}  // namespace

}  // namespace deploytool::testing
