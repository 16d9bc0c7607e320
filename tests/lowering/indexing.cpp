// Reading and filling parts of tensors.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kIndexing("indexing", {
    {"x.select(1, -1)", {"x:f32[b=2,3]"}},
    {"x[x.size(0) - 1]", {"x:f32[b=4,3]"}},
    {"x[:, 1:-1]", {"x:f32[b=2,5]"}},
    {"x[1:, ::2]", {"x:bool[b=4,5]"}},
    {"x[-3:]", {"x:f32[b=4]"}},
    {"x[1:-1, ::int(k[0])]", {"x:f32[b=4,5]", "k:i64[1]"}, {.ranges = {{"k", {1, 4}}}}},
    {"def f(x, k):\n  x[1::int(k[0]), 1:] = 0\n  return x", {"x:f32[b=4,5]", "k:i64[1]"}, {.ranges = {{"k", {1, 4}}}}},
    {"x[x.size(0) // 2:x.size(0)]", {"x:f32[b=5,2]"}},
    {"x.narrow(1, 1, 2)", {"x:f32[b=2,5]"}},
    {"x.narrow(0, -2, 2)", {"x:f32[b=4,2]"}, {.smallest = 2}},
    {"x.narrow(0, s, 2)", {"x:f32[5,2]", "s:i64[]"}, {.ranges = {{"s", {0, 3}}}}},
    {"x.narrow_copy(0, 1, 2)", {"x:f32[5,2]"}},
    {"x.index_select(1, i)", {"x:f32[b=2,5]", "i:i64[n=3]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.index_select(0, i)", {"x:f32[5]", "i:i32[]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.take(i)", {"x:f32[3,4]", "i:i64[n=2,3]"}, {.ranges = {{"i", {0, 12}}}}},
    {"x.gather(1, i)", {"x:f32[3,4]", "i:i64[2,5]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.gather(0, i)", {"x:f32[]", "i:i64[]"}, {.ranges = {{"i", {0, 1}}}}},
    {"torch.take_along_dim(x, i, 1)", {"x:f32[b=3,4]", "i:i64[1,2]"}, {.ranges = {{"i", {0, 4}}}}},
    {"torch.take_along_dim(x, i)", {"x:f32[3,4]", "i:i64[n=5]"}, {.ranges = {{"i", {0, 12}}}}},
    {"x.masked_select(x > 0)", {"x:f32[b=3,4]"}},
    {"x.masked_select(m)", {"x:f32[b=3,4]", "m:bool[4]"}},
    {"x.nonzero()", {"x:bool[b=3,4]"}},
    {"x.nonzero()", {"x:i64[]"}},
    {"torch.argwhere(x > 0)", {"x:f32[b=3,4]"}},
    {"torch.nonzero_numpy(x > 0)", {"x:f32[3,4]"}},
    {"torch.where(x > 0)", {"x:f32[3,4]"}},
    {"torch.where(x > 0, x, y)", {"x:f32[b=3,1]", "y:f64[4]"}},
    {"torch.where(x > 0, x, 0.)", {"x:f32[b=3]"}},
    {"torch.where(x > 0, 1, x)", {"x:i64[b=3]"}},
    {"torch.where(x > 0, 1., 2.)", {"x:f32[b=3]"}},
    {"torch.where(x > 0, 1, 2)", {"x:f32[b=3]"}},
    {"x.masked_fill(x > 0, -1.)", {"x:f32[b=3,4]"}},
    {"x.masked_fill(m, float(\"-inf\"))", {"x:f32[b=3,4]", "m:bool[4]"}},
    {"x.masked_fill(x > 0, v)", {"x:i64[b=3,4]", "v:i64[]"}},
    {"x.masked_scatter(x > 0, y)", {"x:f32[b=3,4]", "y:f32[20]"}},
    {"x.clone().fill_(2)", {"x:f32[b=3,4]"}},
    {"torch.fill(x, v)", {"x:f32[b=3,4]", "v:f32[]"}},
    {"x.clone().zero_()", {"x:f32[b=3,4]"}},
    {"x.clone().copy_(y)", {"x:f32[b=3,4]", "y:i64[4]"}},
    {"def f(x, y, i: int): return torch.select_scatter(x, y, 1, -i)", {"x:f32[3,4]", "y:f32[3]", "i:int64[]"}, {.low = 0, .high = 4}},
    {"def f(x, i: int): return torch.narrow(x, 1, -i, 1)", {"x:f32[n,4]", "i:int64[]"}, {.low = 1, .high = 5}},
    {"torch.select_scatter(x, y, 1, -1)", {"x:f32[b=3,4]", "y:f32[b=3]"}},
    {"torch.slice_scatter(x, y, 1, 0, 9223372036854775807, 2)", {"x:f32[b=3,4]", "y:f32[b=3,2]"}},
});

}  // namespace

}  // namespace deploytool::testing
