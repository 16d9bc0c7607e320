// Several names for one tensor: variables, views and attributes that share memory, written in branches and loops.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kViews("program_views", {
    // pieces of one tensor, written one after the other
    {"def f(x):\n  x = x.clone()\n  l = x.unbind(1)\n  c = x.chunk(3, 1)\n  l[0].add_(1)\n  c[2].mul_(2)\n  return x, l[0], c[2], l[2]", {"x:f32[n=4,3]"}},
    // out forms whose overload is named otherwise than what they are forms of
    {"def f(x):\n  r = torch.empty(0)\n  s = torch.empty(0)\n  torch.sum(x, [1], out=r)\n  torch.max(x, x * x, out=s)\n  return r, s, torch.prod(x, 1, out=torch.empty(0)), torch.norm(x, 2, [1], out=torch.empty(0))", {"x:f32[n=4,3]"}},
    {"def f(x):\n  v = torch.empty(0)\n  i = torch.empty(0, dtype=torch.int64)\n  a = torch.empty(0)\n  b = torch.empty(0, dtype=torch.int64)\n"
     "  c = torch.empty(0)\n  d = torch.empty(0, dtype=torch.int64)\n  torch.sort(x, 1, True, values=v, indices=i)\n"
     "  torch.topk(x, 2, values=a, indices=b)\n  torch.max(x, 1, max=c, max_values=d)\n  return v, i, a, b, c, d", {"x:f32[n=4,3]"}},
    {"def f(x):\n  o = torch.empty_like(x)\n  torch.add(x, 1, out=o)\n  torch.mul(o, o, out=o)\n  z = torch.empty(0)\n  torch.cat([x, o], out=z)\n  return o, z", {"x:f32[n=4,3]"}},
    // a view that a loop carries stays a view
    {"def f(x):\n  x = x.clone()\n  v = x[:, 0]\n  while bool(v.sum() < 5):\n    v += 1\n  return x, v", {"x:f32[n=4,3]"}},
    {"def f(x):\n  x = x.clone()\n  v = x[0]\n  if bool(v.sum() > 0):\n    v.mul_(2)\n    w = v\n  else:\n    w = v\n  w.add_(1)\n  return x, v, w", {"x:f32[n=4,3]"}},
    // a view of all is another object, with the same elements
    {"def f(x):\n  v = x.expand([-1, -1])\n  d: Dict[Tensor, Tensor] = {}\n  d[v] = v * 2\n  d[x] = x * 3\n  d[x.contiguous()] = x * 5\n  return d[v], d[x], len(d), x[:] is x, x.to(6) is x", {"x:f32[n=4,3]"}},
    {"def f(x):\n  x = x.clone()\n  v = x.view(x.size())\n  w = v[:]\n  w.add_(1)\n  x.mul_(2)\n  return x, v, w", {"x:f32[n=4,3]"}},
    // what a loop gives back early, or not at all
    {"def f(x):\n  n = 0\n  while True:\n    x = x * 0.7\n    n += 1\n    if bool(x.abs().sum() < 1):\n      break\n    if n >= 3:\n      return x * 0, n\n  return x, n", {"x:f32[n=4,3]"}},
    {"def f(x):\n  t : Optional[Tuple[Tensor, int]] = None\n  if bool(x.sum() > 0):\n    t = (x * 2, int(x.argmax()))\n  if t is not None:\n    return t[0] + t[1]\n  return x", {"x:f32[n=4,3]"}},
});

// Which tensor a name stands for is decided at run time.
const Cases kDecided("program_decided_names", {
    {"def f(x):\n  a = x.clone()\n  b = a + 1\n  c = a if bool(x.sum() > 0) else b\n  c.add_(10)\n  a.mul_(2)\n  b.sub_(1)\n  return a, b, c", {"x:f32[n=4,3]"}},
    {"def f(x):\n  y = x.clone()\n  z = y\n  if bool(x.sum() > 0):\n    z = torch.cat([y, y])\n  z += 1\n  return y, z", {"x:f32[n=4,3]"}},
    {"def f(x):\n  y = x.clone()\n  v = y[0]\n  w = y[:, 0]\n  z = v if bool(x.sum() > 0) else torch.zeros(3)\n  z += 1\n  w.mul_(2)\n  return y, z, v, w", {"x:f32[n=4,3]"}},
    {"def f(x):\n  a = x.clone()\n  b = x * 2\n  c = x * 3\n  d = a if bool(x.sum() > 0) else b\n  e = d if bool(x[0, 0] > 0) else c\n  e.mul_(0.5)\n  b.add_(1)\n  return a, b, c, d, e", {"x:f32[n=4,3]"}},
    {"def f(x):\n  t = x + 1\n  if bool(x.sum() > 0):\n    a = t\n    b = t\n  else:\n    a = x * 2\n    b = x * 3\n  a.add_(1)\n  return a, b", {"x:f32[n=4,3]"}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    t = x + 1\n    a = t\n    b = t\n  else:\n    a = x * 2\n    b = x * 3\n  a.add_(1)\n  return a, b", {"x:f32[n=4,3]"}},
    {"def f(x):\n  y = x.clone()\n  o : Optional[Tensor] = None\n  if bool(x.sum() > 0):\n    o = y\n  if o is not None:\n    o.add_(3)\n  return y", {"x:f32[n=4,3]"}},
    // the first round writes to what nobody reads any more
    {"def f(x):\n  s = torch.zeros(3)\n  for i in range(x.size(0)):\n    s += x[i]\n    s = s * 2\n  return s", {"x:f32[n=4,3]"}},
    {"def f(x):\n  a = x.clone()\n  b = a\n  for i in range(x.size(0)):\n    b[i] += 1\n    b = b.clone()\n  return a, b", {"x:f32[n=4,3]"}, {.refuses = "may be the same as another"}},
    // items of lists whose length a run decides
    {"def f(x):\n  l : List[Tensor] = []\n  for i in range(x.size(0)):\n    y = x[i].clone()\n    l.append(y)\n    y.add_(1)\n  l[0].add_(5)\n  for t in l:\n    t.mul_(2)\n  return torch.stack(l)", {"x:f32[n=4,3]"}},
    // a refusal takes back what was computed on the way to it, views of the tensor too
    {"def f(x):\n  y = x.clone()\n  v = y.view(x.size(0), -1)\n  q = y[:, 1:]\n  d = y[:, :4] if x.size(1) >= 4 else y\n  d.add_(10)\n  y[0] = y[0] * 0.5\n  y.add_(1)\n  return y + q.sum() + v.sum()",
     {"x:f32[n=4,m=7]"}, {.refuses = "may be the same as another"}},
    {"def f(x):\n  l = [x]\n  m = [x, x]\n  k = l if bool(x.sum() > 0) else m\n  k.append(x)\n  return len(k), x", {"x:f32[n=4,3]"}},
    {"def f(x):\n  l = [x]\n  m = [x, x]\n  k = l if bool(x.sum() > 0) else m\n  k.append(x)\n  return len(l), len(m), x", {"x:f32[n=4,3]"}, {.refuses = "the same list, dict or object"}},
});

const Cases kAttributes("program_view_attributes", {
    // one branch gives the attribute another tensor, the other writes into the view that it holds
    {"class State:\n  total : Tensor\n  count : int\n  def __init__(self: __torch__.State, x: Tensor) -> NoneType:\n    self.total = x\n    self.count = 0\n    return None\n"
     "class Model(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
     "  def f(self: __torch__.Model, x: Tensor) -> Tuple[Tensor, int]:\n    state = __torch__.State.__new__(__torch__.State)\n    y = torch.clone(x)\n    _0 = (state).__init__(y[0], )\n"
     "    if bool(torch.gt(torch.sum(x), 0)):\n      state.total = torch.add(state.total, x[-1])\n      state.count = 1\n    else:\n      _1 = torch.mul_(state.total, 0.5)\n    return (state.total, state.count)\n",
     {"x:f32[n=3,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
