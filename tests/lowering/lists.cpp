// Lists, of known length and as ONNX sequences.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kLists("lists", {
    {"def f(x):\n  xs = [x, x + 1, x * 2, x * 3]\n"
     "  return torch.stack(xs[::-1] + xs[1:-1] + xs[::2] + xs[-2:0:-1] + xs[:5] + xs[3:1])\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  ys = [x]\n"
     "  for i in range(x.size(0)):\n"
     "    ys.append(x * i)\n"
     "  return torch.stack(ys[::-1]) + torch.stack(ys[::-2])[0]\n",
     {"x:f32[n=5]"}},
    {"def f(x):\n"
     "  ys = [x]\n"
     "  for i in range(x.size(0)):\n"
     "    ys.append(x * i)\n"
     "  ys.reverse()\n  return torch.stack(ys)\n",
     {"x:f32[n=5]"}},
    {"def f(x):\n"
     "  ys = [x]\n"
     "  for i in range(x.size(0)):\n"
     "    ys.append(x * i)\n"
     "  return torch.stack(ys + ys)\n",
     {"x:f32[n=5]"}},
    {"def f(x):\n"
     "  ys = [x]\n"
     "  for i in range(x.size(0)):\n"
     "    ys.append(x * i)\n"
     "  ys.extend(ys[1:])\n  return torch.stack(ys)\n",
     {"x:f32[n=5]"}},
    {"def f(x):\n"
     "  ys = [x]\n"
     "  for i in range(x.size(0)):\n"
     "    ys.append(x * i)\n"
     "  return torch.stack(ys[-3:]) + torch.stack(ys[::2])[0] + torch.stack(ys[:x.size(0)])[0]\n",
     {"x:f32[n=5]"}},
    {"def f(x):\n  xs = [x]\n  xs.append(x + 1)\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x]\n  xs.extend([x + 1, x * 2])\n  return torch.cat(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x]\n  xs += [x + 1]\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x] + [x + 1, x]\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  ys = [torch.zeros(0, 3)] * x.size(0)\n"
     "  for i in range(x.size(0)):\n"
     "    ys[i] = x[i, :i + 1]\n"
     "  return torch.cat(ys), len(ys)\n",
     {"x:f32[n=3,4,3]"}},
    {"def f(x):\n  ys = x.size(0) * [1.5, 2.5]\n  ys *= x.size(1)\n  return torch.tensor(ys)\n", {"x:f32[n=3,m=2]"}},
    {"def f(x):\n  s = [x.size(0)] * 2\n  return torch.zeros(s)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x + 1]\n  xs.insert(1, x * 2)\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x + 1]\n  return xs[-1]\n", {"x:f32[b=2]"}},
    {"def f(x, i):\n"
     "  xs = [x, x + 1, x * 3]\n"
     "  return xs[int(i)]\n"
     "",
     {"x:f32[b=2]", "i:i64[]"}, {.ranges = {{"i", {0, 3}}}}},
    {"def f(x, i):\n"
     "  s = x.size()\n"
     "  return s[int(i)] + 1\n"
     "",
     {"x:f32[b=2,3]", "i:i64[]"}, {.ranges = {{"i", {0, 2}}}}},
    {"def f(x):\n  xs = [x, x + 1]\n  xs[0] = x * 5\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x, i):\n"
     "  xs = [x, x + 1, x * 7]\n"
     "  xs[int(i)] = x * 5\n"
     "  return torch.stack(xs)\n"
     "",
     {"x:f32[b=2]", "i:i64[]"}, {.ranges = {{"i", {0, 3}}}}},
    {"def f(x, y, n: int):\n  xs = [x]\n  for i in range(n):\n    xs.append(x + i)\n  xs[0] = y\n  return xs[n]",
     {"x:f32[3]", "y:i64[3]", "n:i64[]"}, {.refuses = "different dtypes"}},
    {"def f(x, y, n: int):\n  xs = [x, y]\n  return xs[n]", {"x:f32[3]", "y:i64[3]", "n:i64[]"}, {.refuses = "different dtypes"}},
    {"def f(x):\n  xs = [x, x + 1, x * 2]\n  y = xs.pop(0)\n  return y + torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x + 1, x * 2]\n  del xs[1]\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x + 1]\n  xs.clear()\n  xs.append(x)\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x + 1]\n  xs.reverse()\n  return torch.stack(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  xs = [x, x + 1]\n"
     "  ys = xs.copy()\n"
     "  ys.append(x)\n"
     "  return torch.stack(ys), torch.stack(xs)\n"
     "",
     {"x:f32[b=2]"}},
    {"def f(x):\n  ys = list(x.size())\n  ys.append(2)\n  return torch.zeros(ys)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  xs = [x, x]\n  return x + len(xs)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  return x.reshape(x.size()[1:] + x.size()[:1])\n", {"x:f32[b=2,3,4]"}},
    {"def f(x):\n  s = [x.size(0), 3, 7]\n  s.remove(3)\n  return torch.zeros(s)\n", {"x:f32[4]"}},
    {"def f(x):\n  s = [5, 3]\n  return x + s.index(3)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  s = [x.size(0), 3, 3]\n  return x + s.count(3)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  s = [3, 1, 2]\n  s.sort()\n  return x + s[0]\n", {"x:f32[b=2]"}},
    {"def f(x):\n  return x + sorted([3, 1, 2])[0]\n", {"x:f32[b=2]"}},
    {"def f(x, n):\n"
     "  xs: List[Tensor] = []\n"
     "  for i in range(int(n)):\n"
     "    xs.append(x + i)\n"
     "  return torch.stack(xs)\n"
     "",
     {"x:f32[b=2]", "n:i64[]"}, {.ranges = {{"n", {1, 5}}}}},
    {"def f(x, n):\n"
     "  xs = [x]\n"
     "  for i in range(int(n)):\n"
     "    xs.append(x + i)\n"
     "  return x + len(xs)\n"
     "",
     {"x:f32[b=2]", "n:i64[]"}, {.ranges = {{"n", {1, 5}}}}},
    {"def f(x, n):\n"
     "  xs = [x]\n"
     "  for i in range(int(n)):\n"
     "    xs.append(x + i)\n"
     "  y = xs.pop()\n"
     "  return y + torch.cat(xs).sum()\n"
     "",
     {"x:f32[b=2]", "n:i64[]"}, {.ranges = {{"n", {1, 5}}}}},
    {"def f(x, n):\n"
     "  xs = [x]\n"
     "  for i in range(int(n)):\n"
     "    xs.append(x + i)\n"
     "  return torch.stack(xs[1:])\n"
     "",
     {"x:f32[b=2]", "n:i64[]"}, {.ranges = {{"n", {1, 5}}}}},
    // Equal, one the beginning of the other, different; and compared with a list of known length.
    {"def f(x, n):\n"
     "  a : List[int] = []\n"
     "  b : List[int] = []\n"
     "  for i in range(int(n[0])):\n"
     "    a.append(i)\n"
     "  for i in range(int(n[1])):\n"
     "    b.append(i if i < 3 else 7)\n"
     "  return a == b, a != b, a[1:] == b[1:], a == [0, 1], a[:2] == b[:x.size(0)]\n",
     {"x:f32[b=2]", "n:i64[2]"}, {.ranges = {{"n", {0, 6}}}}},
    {"def f(x):\n"
     "  a : List[float] = []\n"
     "  for i in range(x.size(0)):\n"
     "    a.append(float(x[i]))\n"
     "  b = a[:]\n"
     "  b.reverse()\n"
     "  return a == b\n",
     {"x:f32[b=2]"}},
});

}  // namespace

}  // namespace deploytool::testing
