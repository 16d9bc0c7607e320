// Tensors that take another size in place.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kResized("resized", {
    {"def f(x):\n  y = x.clone()\n  y.resize_([3, 2])\n  return y", {"x:f32[2,3]"}},
    {"def f(x):\n  y = x.clone()\n  y.resize_([2, 2])\n  return y + 1", {"x:f32[2,4]"}},
    {"def f(x):\n  y = x.clone()\n  y.resize_([x.size(1), x.size(0)])\n  return y", {"x:f32[n,m]"}},
    {"def f(x):\n  y = torch.zeros(0)\n  y.resize_([x.size(0), 3])\n  y.copy_(x)\n  return y", {"x:f32[n,3]"}},
    {"def f(x, z):\n  y = x.clone()\n  y.resize_as_(z)\n  return y.sum() if y.numel() <= x.numel() else x.sum()", {"x:f32[n=4,3]", "z:f32[6]"}, {.smallest = 2}},
    {"torch.resize(x, [x.size(0), 2])", {"x:i64[n,3]"}},
    {"torch.resize_as(x, z)", {"x:f32[n=4,3]", "z:f32[6]"}, {.smallest = 2}},
});

}  // namespace

}  // namespace deploytool::testing
