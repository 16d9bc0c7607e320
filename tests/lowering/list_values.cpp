// Numbers from lists, ranges, identity, texts.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kListValues("list_values", {
    {"def f(x):\n  return x + sum(x.size())\n", {"x:f32[b=2,3]"}},
    {"def f(x, y):\n  return x.size() == y.size()\n", {"x:f32[b=2,3]", "y:f32[c=2,3]"}},
    {"def f(x, y):\n  return x.size() != y.size()\n", {"x:f32[b=2,3]", "y:f32[c=2,3]"}},
    {"def f(x):\n  return 3 in x.size()\n", {"x:f32[b=2,c=3]"}},
    {"def f(x):\n  return x + max(x.size())\n", {"x:f32[b=2,3]"}},
    {"def f(x):\n  return x + min(x.size())\n", {"x:f32[b=2,3]"}},
    {"def f(x):\n  return any([bool(x.sum() > 0), False])\n", {"x:f32[b=2]"}},
    {"def f(x):\n  return all([bool(x.sum() > 0), True])\n", {"x:f32[b=2]"}},
    {"def f(x):\n  s = 0\n  for i in range(1, x.size(0), 2):\n    s += i\n  return x + s\n", {"x:f32[b=7]"}},
    {"def f(x):\n  y = x\n  for i in range(5, -1, -2):\n    y = y * i + 1\n  return y\n", {"x:f32[b=7]"}},
    {"def f(x):\n  a: List[int] = x.tolist()\n  return torch.tensor(a) + a[0]\n", {"x:i64[3]"}},
    {"def f(x):\n  a: List[List[float]] = x.tolist()\n  return torch.tensor(a)\n", {"x:f32[3,2]"}},
    {"def f(x):\n  a: List[int] = x.tolist()\n  s = 0\n  for i in a:\n    s += i\n  return x + s\n", {"x:i64[n=3]"}},
    {"def f(x, y: Optional[Tensor]):\n  return x if y is None else x + y\n", {"x:f32[3]", "y:f32[3]"}},
    {"def f(x, y: Optional[Tensor]):\n  return x + y if y is not None else x\n", {"x:f32[3]", "y:none"}},
    {"def f(x):\n  return not bool(x.sum() > 0)\n", {"x:f32[3]"}},
    {"def f(x):\n  s = \"{} and {}\".format(x.size(0), x)\n  return x + len(s) * 0\n", {"x:f32[3]"}},
    {"def f(x):\n  s = str(x.size(0))\n  return x + len(s) * 0\n", {"x:f32[3]"}},
});

}  // namespace

}  // namespace deploytool::testing
