// Programs rather than operators: control flow, containers, values that only a run decides.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

// What an If gives where its branches do not fit together: the example sizes decide (a size is written `n=2`).
const Cases kBranches("branches", {
    {"def f(x):\n  if x.size(0) > 1:\n    y = x[0]\n  else:\n    y = x\n  return y * 2", {"x:f32[n=2,3]"}, {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  if not (x.size(0) == 1 or x.size(0) < 1):\n    y = (x * 3).long()\n  else:\n    y = x\n  return y",
     {"x:f32[n=2,3]"}, {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    y = x[0]\n  else:\n    y = x\n  return y", {"x:f32[n=2,3]"}, {.refuses = "rank 1 on one path and 2"}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    y = x[0]\n  else:\n    y = x\n  return x + 1", {"x:f32[n=2,3]"}},
    // None or a tensor
    {"def f(x):\n  y : Optional[Tensor] = None\n  if x.size(0) > 1:\n    y = x + 1\n  return y", {"x:f32[n=2,3]"},
     {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  y : Optional[Tensor] = None\n  for i in range(x.size(0)):\n    y = x[i]\n  return y", {"x:f32[n=2,3]"}},
});

const Cases kContainers("program_containers", {
    {"def f(x: Dict[str, Tensor]): return {\"sum\": x[\"a\"] + x[\"b\"], \"first\": x[\"a\"]}", {"x:{a:f32[n=2,3],b:f32[n=2,3]}"}},
    {"def f(x: List[Tensor]): return [t * 2 for t in x]", {"x:[f32[n=2,3],f32[n=2,4]]"}},
    {"def f(x: Tuple[Tensor, Tuple[Tensor, int]]): return (x[1][0] * x[1][1], (x[0], x[1][1]))", {"x:(f32[n=2,3],(f32[n=2,3],3))"}},
    {"def f(x: Tuple[Tensor, int]): return x[0] * x[1], x[1] + 1", {"x:(f32[n=2,3],int64[])"}, {.ranges = {{"x.1", {1, 5}}}}},
    {"def f(x, k: int, s: float, b: bool):\n  if b:\n    return x * k\n  return x * s", {"x:f32[n=2,3]", "k:int64[]", "s:float64[]", "b:bool[]"}},
    {"def f(x, y: Optional[Tensor]):\n  if y is not None:\n    x = x + y\n  return x", {"x:f32[n=2,3]", "y:none"}},
    {"def f(x, y: Optional[Tensor]):\n  if y is not None:\n    x = x + y\n  return x", {"x:f32[n=2,3]", "y:f32[3]"}},
    {"def f(x, d: Dict[str, List[Tensor]]): return d[\"k\"][0] + d[\"k\"][1] + x", {"x:f32[n=2,3]", "d:{k:[f32[3],f32[3]]}"}},
    {"def f(x):\n  d : Dict[str, Tensor] = {}\n  for i in range(3):\n    d[str(i)] = x * i\n  out = x\n  for k, v in d.items():\n    out = out + v\n  return out, d", {"x:f32[n=2,3]"}},
    {"def f(x):\n  l : List[Tuple[Tensor, int]] = []\n  for i in range(2):\n    l.append((x[:, i], i))\n  return l[0][0] * l[0][1] + l[1][0] * l[1][1]", {"x:f32[n=2,3]"}},
    {"def f(x): return x.size(0), float(x.size(1)) / 2, x.size(0) > 3, x", {"x:f32[n=2,m=3]"}},
    {"def f(x):\n  a, b = torch.split(x, [1, 2], 1)\n  c : Tuple[Tensor, Optional[Tensor], Tensor] = (b, None, a)\n  return c", {"x:f32[n=2,3]"}},
});

const Cases kLoops("program_loops", {
    {"def f(x):\n  l : List[Tensor] = []\n  for i in range(x.size(0)):\n    l.append(x[i] * i)\n  return torch.stack(l)", {"x:f32[n=2,3]"}},
    {"def f(x):\n  l : List[Tensor] = []\n  for i in range(x.size(0)):\n    if i % 2 == 0:\n      l.append(x[i:i + 1])\n    else:\n      l.append(x[i:i + 1] * 2)\n  return torch.cat(l, 0)", {"x:f32[n=2,3]"}},
    {"def f(x):\n  l : List[int] = []\n  for i in range(x.size(0)):\n    l.append(i * i)\n  return torch.tensor(l) + 1", {"x:f32[n=2,3]"}},
    {"def f(x):\n  s = torch.zeros(3)\n  for i in range(x.size(0)):\n    if bool(x[i].sum() > 0):\n      continue\n    s = s + x[i]\n  return s", {"x:f32[n=4,3]"}},
    {"def f(x):\n  s = torch.zeros(3)\n  for i in range(x.size(0)):\n    s = s + x[i]\n    if bool(s.sum() > 1):\n      break\n  return s", {"x:f32[n=4,3]"}},
    {"def f(x):\n  for i in range(x.size(0)):\n    if bool(x[i].sum() > 0):\n      return x[i]\n  return x[0] * 10", {"x:f32[n=4,3]"}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    return x * 2\n  if bool(x.max() > 0):\n    return x * 3\n  return x", {"x:f32[n=2,3]"}},
    {"def f(x):\n  s = torch.zeros(1)\n  for i in range(x.size(0)):\n    for j in range(i):\n      s = s + x[i, 0] * x[j, 1]\n  return s", {"x:f32[n=4,3]"}},
    {"def f(x):\n  n = 0\n  while bool(x.abs().max() > 0.1):\n    x = x * 0.5\n    n += 1\n  return x, n", {"x:f32[n=4,3]"}},
    {"def f(x):\n  i = 0\n  while i < x.size(0):\n    j = 0\n    while bool(x[i].abs().max() > 0.2):\n      x[i] = x[i] * 0.5\n      j += 1\n    i += 1\n  return x", {"x:f32[n=4,3]"}},
    {"def f(x):\n  out = torch.zeros_like(x)\n  for i in range(x.size(0)):\n    out[i] = x[i] + (out[i - 1] if i > 0 else torch.zeros(3))\n  return out", {"x:f32[n=4,3]"}},
    {"def f(x):\n  d = {\"s\": torch.zeros(3), \"p\": torch.ones(3)}\n  for i in range(x.size(0)):\n    d[\"s\"] = d[\"s\"] + x[i]\n    d[\"p\"] *= x[i]\n  return d", {"x:f32[n=4,3]"}},
    {"def f(x):\n  best : Optional[Tensor] = None\n  for i in range(x.size(0)):\n    if best is None:\n      best = x[i]\n    elif bool(x[i].sum() > best.sum()):\n      best = x[i]\n  assert best is not None\n  return best", {"x:f32[n=4,3]"}},
    {"def f(x):\n  l = [x, x * 2]\n  for i in range(x.size(0)):\n    l[0] = l[0] + 1\n    l[1] = l[0] + l[1]\n  return l", {"x:f32[n=4,3]"}},
    {"def f(x):\n  l = [x[0]]\n  while len(l) < x.size(0):\n    l.append(l[-1] + x[len(l)])\n  return torch.stack(l)", {"x:f32[n=4,3]"}},
    {"def f(x):\n  q = [x]\n  n = 0\n  while len(q) > 0:\n    t = q.pop(0)\n    n += 1\n    if n < 4:\n      q.append(t + 1)\n      x = x + t\n  return x", {"x:f32[n=4,3]"}},
    {"def f(x):\n  y = x.unbind(0)[0]\n  k = int(x.abs().sum().item()) % 3\n  for i in range(k):\n    y = y * 2\n  return y", {"x:f32[n=4,3]"}},
    {"def f(x):\n  a = x\n  b = x * 2\n  for i in range(x.size(0)):\n    a, b = b, a + 1\n  return a - b", {"x:f32[n=4,3]"}},
    // An integer from outside, asked for in a round; -1 counts from the end in what it writes, too.
    {"def f(x, n):\n  y = x.clone()\n  for b in range(x.size(0)):\n    k = int(n)\n    y[b, k] = float(b)\n    y[b, :k] = 1.\n  y[int(n)] += 1\n  y[:, int(n)] *= 2\n  return y",
     {"x:f32[n=4,m=3]", "n:i64[]"}, {.ranges = {{"n", {-1, 1}}}, .sizes = {{{"n", 4}, {"m", 3}}, {{"n", 1}, {"m", 1}}, {{"n", 2}, {"m", 5}}}}},
    {"def f(x, n):\n  y = x.clone()\n  y[int(n)] = 5.\n  y[0, int(n)] = 6.\n  return y",
     {"x:f32[b=4,m=3]", "n:i64[]"}, {.ranges = {{"n", {-1, 0}}}, .sizes = {{{"b", 4}, {"m", 3}}, {{"b", 1}, {"m", 1}}}}},
    // The first round leaves another rank or dtype than it is given.
    {"def f(x):\n  out = torch.zeros([0])\n  for i in range(x.size(0)):\n    y = x[i:i + 1] * (i + 1)\n"
     "    if len(out) == 0:\n      out = y\n    else:\n      out = torch.cat([out, y + out[-1:]])\n  return out", {"x:f32[n=4,3]"}},
    {"def f(x, n: int):\n  h = torch.zeros([0])\n  k = 0\n  while k < n:\n    if len(h) == 0:\n      h = x.clone()\n    h = h * 0.5 + k\n    k += 1\n  return h, k",
     {"x:f32[n=4,3]", "n:int64[]"}, {.ranges = {{"n", {1, 5}}}}},
    {"def f(x):\n  total = torch.zeros([1], dtype=torch.int64)\n  last = torch.zeros([0])\n  for i in range(x.size(0)):\n"
     "    if i > 0:\n      last = last + x[i].sum()\n    else:\n      last = torch.zeros(2, 2)\n    total = total + last.sum()\n  return total, last",
     {"x:f32[n=4,3]"}},
});

const Cases kClasses("program_classes", {
    // A module of a list, as an interface that it has.
    {"class Step(ModuleInterface):\n  def forward(self: __torch__.Step, x: Tensor) -> Tensor:\n    pass\n"
     "class Scale(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  weight : Tensor\n  training : bool\n"
     "  def forward(self: __torch__.Scale, x: Tensor) -> Tensor:\n    return torch.mul(x, self.weight)\n"
     "class Shift(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
     "  def forward(self: __torch__.Shift, x: Tensor) -> Tensor:\n    return torch.add(x, 1)\n"
     "class ModuleList(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
     "  __annotations__[\"0\"] = __torch__.Scale\n  __annotations__[\"1\"] = __torch__.Shift\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  steps : __torch__.ModuleList\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    steps = self.steps\n    a : __torch__.Step = steps[1]\n"
     "    b : __torch__.Step = steps[0]\n    return torch.add((a).forward(x, ), (b).forward(x, ))\n",
     {"x:f32[b=4,2,3]"}},
    {"class Scale(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  weight : Tensor\n  training : bool\n"
     "  def forward(self: __torch__.Scale, x: Tensor) -> Tensor:\n    return torch.mul(x, self.weight)\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  first : __torch__.Scale\n  second : __torch__.Scale\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    first = self.first\n    second = self.second\n    return torch.add((second).forward((first).forward(x, ), ), x)\n",
     {"x:f32[b=4,2,3]"}},
    {"class Point(NamedTuple):\n  x : Tensor\n  y : Tensor\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
     "  def f(self: __torch__.Model, x: Tensor) -> __torch__.Point:\n    return __torch__.Point(torch.add(x, 1), torch.mul(x, 2))\n",
     {"x:f32[n=2,3]"}},
    {"class Coder:\n  scale : float\n  def encode(self: __torch__.Coder, x: Tensor) -> Tensor:\n    return torch.mul(x, self.scale)\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  coder : __torch__.Coder\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    coder = self.coder\n    return (coder).encode(x, )\n",
     {"x:f32[n=2,3]"}},
    {"class Mode(Enum):\n  FAST = 1\n  SLOW = 2\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  mode : __torch__.Mode\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    if torch.eq(self.mode, __torch__.Mode.FAST):\n      y = torch.add(x, 1)\n    else:\n      y = torch.sub(x, 1)\n    return torch.mul(y, (self.mode).value)\n",
     {"x:f32[n=2,3]"}},
    {"class State:\n  total : Tensor\n  count : int\n  def __init__(self: __torch__.State, x: Tensor) -> NoneType:\n    self.total = x\n    self.count = 0\n    return None\n"
     "  def push(self: __torch__.State, x: Tensor) -> NoneType:\n    self.total = torch.add(self.total, x)\n    self.count = torch.add(self.count, 1)\n    return None\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tuple[Tensor, int]:\n    state = __torch__.State.__new__(__torch__.State)\n    _0 = (state).__init__(x[0], )\n"
     "    for i in range(torch.size(x, 0)):\n      _1 = (state).push(x[i], )\n    return (state.total, state.count)\n",
     {"x:f32[n=3,4]"}},
    {"class Model(Module):\n  __parameters__ = []\n  __buffers__ = [\"seen\", ]\n  seen : Tensor\n  training : bool\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    self.seen = torch.sum(x, [0])\n    return torch.mul(x, self.seen)\n",
     {"x:f32[n=4,2,3]"}},
    // An attribute that one path sets before anything has read it.
    {"class Model(Module):\n  __parameters__ = []\n  __buffers__ = [\"seen\", ]\n  seen : Tensor\n  training : bool\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    if torch.gt(torch.size(x, 0), 3):\n      self.seen = torch.sum(x, [0])\n"
     "    else:\n      pass\n    return torch.mul(x, self.seen)\n",
     {"x:f32[n=4,2,3]"}, {.sizes = {{{"n", 4}}, {{"n", 2}}}}},
    {"class Layer(Module):\n  __parameters__ = [\"weight\", ]\n  __buffers__ = []\n  weight : Tensor\n  training : bool\n"
     "  def forward(self: __torch__.Layer, x: Tensor) -> Tensor:\n    return torch.mul(x, self.weight)\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n  layers : Dict[str, float]\n  table : List[Tensor]\n  layer : __torch__.Layer\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tensor:\n    y = x\n    for k in torch.keys(self.layers):\n      y = torch.mul(y, (self.layers)[k])\n    for i in range(2):\n      y = torch.add(y, (self.table)[i])\n"
     "    later = fork(self.layer.forward, x)\n    return torch.add(y, torch.wait(later))\n",
     {"x:f32[n=4,2,3]"}},
});

const Cases kStranger("program_stranger", {
    {"def f(x: List[Tensor]):\n  n = [t.size(0) for t in x]\n  m = max(n)\n  out = torch.zeros(len(x), m, 2)\n  for i, t in enumerate(x):\n    out[i, :t.size(0)] = t\n  return out, n", {"x:[f32[n=2,2],f32[m=3,2]]"}},
    {"def f(x, k):\n  rows : List[List[int]] = []\n  for i in range(2):\n    rows.append([i, i + 1])\n  s = 0\n  for r in rows:\n    for v in r:\n      s += v\n  return x + s", {"x:f32[n=2,2]", "k:f32[1]"}},
    {"def f(x):\n  l = [3, 1, 2]\n  l.sort()\n  l.reverse()\n  l.insert(0, 7)\n  l.extend([5])\n  del l[1]\n  return x * l[0] + l[-1] + len(l[1:3])", {"x:f32[n=2,2]"}},
    {"def f(x):\n  a, b, c = x.shape\n  return x.view(a * b, c).t().reshape(c, a, b)[:, :-1].sum(-1)", {"x:f32[a=2,b=3,c=4]"}},
    {"def f(x):\n  s = \"{} {}\".format(x.size(0), 3)\n  if len(s) > 1000:\n    x = x + 1\n  return x", {"x:f32[2,3]"}},
    {"def f(x):\n  i = int(x.argmax())\n  return x.flatten()[i] + i", {"x:f32[n=2,3]"}},
    {"def f(x):\n  y = x.clone()\n  for i in range(1, x.size(0)):\n    y[i] += y[i - 1]\n  return y", {"x:f32[n=4,3]"}},
    {"def f(x):\n  y = x.clone()\n  for i in range(x.size(0)):\n    for j in range(x.size(1)):\n      if bool(y[i, j] > 0):\n        y[i, j] = y[i, j] * 2\n      else:\n        y[i, j] = 0\n  return y", {"x:f32[n=4,m=3]"}},
    {"def f(x):\n  l : List[Tensor] = []\n  for i in range(x.size(0)):\n    if bool(x[i].sum() > 0):\n      l.append(x[i])\n  if len(l) == 0:\n    return torch.zeros(1, 3)\n  return torch.stack(l)", {"x:f32[n=4,3]"}},
    {"def f(x):\n  h = torch.zeros(1, 3)\n  c = torch.zeros(1, 3)\n  out : List[Tensor] = []\n  for t in x.unbind(0):\n    h, c = torch.tanh(h + t), c + h\n    out.append(c)\n  return torch.cat(out), (h, c)", {"x:f32[4,3]"}},
    {"def f(x):\n  keep = torch.nonzero(x.sum(1) > 0).squeeze(1)\n  return x[keep].max(0)[0] if keep.numel() > 0 else x[0]", {"x:f32[n=4,3]"}},
    {"def f(x):\n  total = 0.0\n  for i in range(x.size(0)):\n    total += float(x[i].sum())\n  return total, x * total", {"x:f32[n=4,3]"}},
    {"def f(x):\n  best = -1.0\n  where = -1\n  for i in range(x.size(0)):\n    v = float(x[i].max())\n    if v > best:\n      best = v\n      where = i\n  return best, where", {"x:f32[n=4,3]"}},
    {"def f(x, lengths):\n  out : List[Tensor] = []\n  at = 0\n  sizes : List[int] = lengths.tolist()\n  for n in sizes:\n    k = int(n)\n    out.append(x[at:at + k].sum(0))\n    at += k\n  return torch.stack(out)", {"x:f32[12,3]", "lengths:i64[4]"}, {.ranges = {{"lengths", {1, 3}}}}},
    {"def f(x):\n  m = torch.zeros(x.size(0), x.size(0), dtype=torch.bool)\n  for i in range(x.size(0)):\n    m[i, :i + 1] = True\n  return torch.where(m, x @ x.t(), torch.zeros(1))", {"x:f32[n=4,3]"}},
    {"def f(x):\n  p : Optional[Tuple[Tensor, Tensor]] = None\n  for i in range(x.size(0)):\n    if p is None:\n      p = (x[i], x[i])\n    else:\n      a, b = p\n      p = (torch.max(a, x[i]), torch.min(b, x[i]))\n  assert p is not None\n  return p", {"x:f32[n=4,3]"}},
    {"def f(x):\n  d : Dict[int, Tensor] = {}\n  for i in range(3):\n    d[i] = x[:, i]\n  if 2 in d:\n    d.pop(2)\n  return [v for v in d.values()], len(d)", {"x:f32[n=4,3]"}},
    {"def f(x):\n  tokens = torch.zeros(1, 1, dtype=torch.int64)\n  for _ in range(6):\n    scores = x[tokens[0, -1]]\n    token = scores.argmax().view(1, 1)\n    tokens = torch.cat([tokens, token], 1)\n    if int(token) == 2:\n      break\n  return tokens", {"x:f32[5,5]"}},
    {"def f(x):\n  tokens = torch.zeros(1, 1, dtype=torch.int64)\n  while tokens.size(1) < x.size(0):\n    token = x[tokens[0, -1] % x.size(0)].argmax().view(1, 1)\n    tokens = torch.cat([tokens, token], 1)\n  return tokens", {"x:f32[n=5,5]"}},
    {"def f(x):\n  y = x\n  for i in range(x.size(0)):\n    y = torch.cat([y, x[i:i + 1]], 0)\n  return y", {"x:f32[n=5,5]"}},
    {"def f(x, flag: bool):\n  if flag:\n    y = x.sum(0)\n  else:\n    y = x.sum(1)\n  return y", {"x:f32[n=5,5]", "flag:bool[]"}, {.sizes = {{{"n", 5}}, {{"n", 2}}}}},
    // A number that the model computes is no size: nothing is assumed about it.
    {"def f(x):\n"
     "  last : Optional[int] = None\n"
     "  total = 0\n"
     "  for i in range(x.size(0)):\n"
     "    y = int(x[i])\n"
     "    if y == 1:\n"
     "      total += 100\n"
     "    else:\n"
     "      if last is not None:\n"
     "        total += last\n"
     "      last = y\n"
     "  return total\n",
     {"x:i64[n=5]"}, {.low = 0, .high = 3}},
    {"def f(x, flag: bool):\n  y = x.long() if flag else x\n  return y.float() + 1", {"x:f32[n=5,5]", "flag:bool[]"}, {.refuses = "int64 on one path and float32"}},
});

}  // namespace

}  // namespace deploytool::testing
