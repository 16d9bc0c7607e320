// Several names for one tensor: variables, views and attributes that share memory, written in branches and loops.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kViews("program_views", {
    // pieces of one tensor, written one after the other
    {"def f(x):\n  x = x.clone()\n  l = x.unbind(1)\n  c = x.chunk(3, 1)\n  l[0].add_(1)\n  c[2].mul_(2)\n  return x, l[0], c[2], l[2]", {"x:f32[n=4,3]"}},
    {"def f(x):\n  o = torch.empty_like(x)\n  torch.add(x, 1, out=o)\n  torch.mul(o, o, out=o)\n  z = torch.empty(0)\n  torch.cat([x, o], out=z)\n  return o, z", {"x:f32[n=4,3]"}},
    // a view that a loop carries stays a view
    {"def f(x):\n  x = x.clone()\n  v = x[:, 0]\n  while bool(v.sum() < 5):\n    v += 1\n  return x, v", {"x:f32[n=4,3]"}},
    {"def f(x):\n  x = x.clone()\n  v = x[0]\n  if bool(v.sum() > 0):\n    v.mul_(2)\n    w = v\n  else:\n    w = v\n  w.add_(1)\n  return x, v, w", {"x:f32[n=4,3]"}},
    // what a loop gives back early, or not at all
    {"def f(x):\n  n = 0\n  while True:\n    x = x * 0.7\n    n += 1\n    if bool(x.abs().sum() < 1):\n      break\n    if n >= 3:\n      return x * 0, n\n  return x, n", {"x:f32[n=4,3]"}},
    {"def f(x):\n  t : Optional[Tuple[Tensor, int]] = None\n  if bool(x.sum() > 0):\n    t = (x * 2, int(x.argmax()))\n  if t is not None:\n    return t[0] + t[1]\n  return x", {"x:f32[n=4,3]"}},
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
