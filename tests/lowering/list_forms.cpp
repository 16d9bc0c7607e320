// List operators for every type of element: floats, bools, strings, tensors.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// `def f(x)` over a list `a` of three numbers, the middle one decided at run time.
Case floats(const std::string& rest) { return {"def f(x):\n  a = [1.5, float(x.sum()), -2.0]\n  b = [1.5, float(x.sum()), 3.0]\n  " + rest, {"x:f32[n]"}}; }
Case bools(const std::string& rest) { return {"def f(x):\n  a = [True, bool(x.sum() > 0), False]\n  b = [True, True, False]\n  " + rest, {"x:f32[n]"}}; }
Case known(const std::string& rest) { return {"def f(x):\n  a = [1.5, 0.5, -2.0]\n  " + rest, {"x:f32[n]"}}; }
Case flags(const std::string& rest) { return {"def f(x):\n  a = [True, False, True]\n  " + rest, {"x:f32[n]"}}; }
Case texts(const std::string& rest) { return {"def f(x):\n  a = [\"b\", \"a\", \"c\", \"a\"]\n  " + rest, {"x:f32[n]"}}; }
Case tensors(const std::string& rest) { return {"def f(x):\n  a = [x, x * 2, x + 1]\n  " + rest, {"x:f32[1]"}}; }

const Cases kListForms("list_forms", {
    floats("return x + sum(a)"),
    floats("return a == b, a != b"),
    floats("return any(a), all(a)"),
    floats("return 1.5 in a, float(x.sum()) in a"),
    bools("return x + sum(a)"),
    bools("return a == b, a != b"),
    bools("return max(a), min(a)"),
    known("a.remove(0.5)\n  return x + a[0] + len(a) * 10"),
    known("return x + a.index(0.5) + a.count(1.5) * 10"),
    known("a.sort()\n  return x + a[0]"),
    known("a.sort(reverse=True)\n  return x + a[0]"),
    known("return x + sorted(a)[0]"),
    flags("a.remove(True)\n  return x + len(a), a[0]"),
    flags("return x + a.index(False) + a.count(True) * 10"),
    flags("a.sort()\n  return x, a[0], a[2]"),
    flags("b = sorted(a)\n  return x, b[0], b[2]"),
    texts("a.remove(\"b\")\n  return x + len(a), a == [\"a\", \"c\", \"a\"], a != [\"a\"]"),
    texts("return x + a.index(\"c\") + a.count(\"a\") * 10, \"c\" in a, \"z\" in a"),
    texts("a.sort()\n  return x, a[0] == \"a\", a[3] == \"c\""),
    texts("b = sorted(a)\n  return x, b[0] == \"a\", b[3] == \"c\""),
    tensors("return a == [x, x * 2, x + 1], a != [x, x, x]"),
    {"def f(x):\n  y = torch.log(x)\n  return [y, y] == [y, y], [y] != [y], [y, y].count(y)", {"x:f32[1]"}},  // NaN or not
    tensors("a.remove(x)\n  return torch.stack(a)"),
    tensors("return x + a.index(x) + a.count(x) * 10"),
    {"def f(x):\n  a = [x[0], x[1], x[2]]\n  return torch.stack(2 * a)", {"x:f32[3]"}},
    {"def f(x):\n  a = [x, x + 1]\n  a *= 2\n  return torch.stack(a)", {"x:f32[n]"}},
    {"def f(x):\n  a = [x, x + 1]\n  return torch.select(a, 1)", {"x:f32[n]"}},
    {"def f(x):\n  a: List[Any] = [x, 1, 2.0]\n  return x + len(a)", {"x:f32[n]"}},
    {"def f(x):\n  a = [(2, 1.0), (1, 5.0)]\n  a.sort()\n  return x + a[0][1]", {"x:f32[n]"}},
    {"def f(x):\n  return x + sorted([(2, 1.0), (1, 5.0)])[0][1]", {"x:f32[n]"}},
    {"def f(x):\n  s = \"%d and %s\" % (x.size(0), \"z\")\n  return x + len(s) * 0", {"x:f32[3]"}},
    {"def f(x):\n  s = \"%s\" % (x,)\n  return x + len(s) * 0", {"x:f32[3]"}},
    {"x.device == torch.device(\"cpu\")", {"x:f32[3]"}},
    {"x.device != y.device", {"x:f32[3]", "y:f32[3]"}},
    {"torch.pow(x.size(0), 2)", {"x:f32[n,m]"}, {.renamed = {{"aten::pow.int", "aten::pow.int_to_int"}}, .reference = "int(torch.pow(x.size(0), 2))"}},
    {"float(x.size(0)) * 0.5", {"x:f32[n,m]"}, {.renamed = {{"aten::Float.Scalar", "aten::Float.int"}}}},
    {"def f(x):\n  a: List[Any] = [x, 1, 2.0]\n  return x + len(a)", {"x:f32[n]"}, {.renamed = {{"aten::len.t", "aten::len.any"}}}},
    {"def f(x):\n  s = str(float(x.sum()))\n  return x + len(s) * 0", {"x:f32[3]"}},
});

}  // namespace

}  // namespace deploytool::testing
