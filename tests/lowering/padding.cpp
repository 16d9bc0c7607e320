// Padding.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kPadding("padding", {
    {"def f(x, v: int): return torch.constant_pad_nd(x, [1, 0, 2, 2], v)", {"x:T[n,3]", "v:int64[]"}, {.dtypes = "f32 i64"}},
    {"def f(x, v: float): return torch.constant_pad_nd(x, [1, 2], v)", {"x:f32[n,3]", "v:float64[]"}},
    {"torch.constant_pad_nd(x, [1, 2, 0, 1], 0.5)", {"x:f32[b=2,3]"}},
    {"torch.constant_pad_nd(x, [-1, 2])", {"x:i64[b=2,3]"}},
    {"torch.constant_pad_nd(x, [1, 0], 1)", {"x:bool[b=2,3]"}},
    {"torch.reflection_pad1d(x, [1, 2])", {"x:f32[b=2,3,4]"}},
    {"torch.reflection_pad2d(x, [1, 2, 0, 1])", {"x:f32[b=2,3,4,4]"}},
    {"torch.reflection_pad3d(x, [1, 2, 0, 1, 1, 1])", {"x:f32[b=2,3,4,4,4]"}},
    {"torch.replication_pad1d(x, [1, 2])", {"x:f32[b=2,3,4]"}},
    {"torch.replication_pad2d(x, [1, -1, 3, 1])", {"x:f32[b=2,3,4,4]"}},
    {"torch.replication_pad3d(x, [1, 2, 0, 1, 1, 1])", {"x:f64[b=2,3,4,4,4]"}},
    {"torch.pad(x, [1, 2], \"constant\", 2.)", {"x:f32[b=2,3]"}},
    {"torch.pad(x, [1, 2], \"circular\")", {"x:f32[b=2,3,n=4]"}, {.smallest = 3}},
    {"torch.pad(x, [x.size(0), 2], \"constant\", 2.)", {"x:f32[b=2,3]"}},
    {"torch.pad(x, [1, -1, 2, 0], \"circular\")", {"x:f32[b=2,3,4,4]"}},
    {"torch.pad(x, [1, 2], \"replicate\")", {"x:f32[b=2,3,n=4]"}, {.smallest = 3}},
    {"torch.pad(x, [1, 2], \"reflect\")", {"x:f32[b=2,3,n=4]"}, {.smallest = 3}},
    {"torch._pad_enum(x, [1, 2], 2)", {"x:f32[b=2,3,n=4]"}, {.smallest = 3}},
    {"torch._pad_circular(x, [1, 2])", {"x:f32[b=2,3,n=4]"}, {.smallest = 3}},
    {"def f(x):\n  ys = [x]\n  for i in range(x.size(0)):\n    ys.append(x[i:])\n"
     "  return torch.pad_sequence(ys, True, 0.5), torch.pad_sequence(ys[1:])\n", {"x:f32[n=5,2]"}},
    {"torch.pad_sequence([x, y], True, 0.5)", {"x:f32[n=2,3]", "y:f64[m=5,1]"}},
    {"torch.pad_sequence([x, y], True, 0.5)", {"x:f32[n=2,3]", "y:f32[m=5,3]"}},
    {"torch.pad_sequence([x, y], True, 0.5, \"left\")", {"x:f32[n=2,3]", "y:f32[m=5,3]"},
     {.reference = "torch.flip(torch.pad_sequence([torch.flip(x, [0]), torch.flip(y, [0])], True, 0.5), [1])"}},
});

}  // namespace

}  // namespace deploytool::testing
