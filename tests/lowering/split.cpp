// Splitting tensors into lists.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kSplit("split", {
    {"torch.chunk(x, 3, 1)", {"x:f32[2,n=7]"}, {.smallest = 6}},
    {"torch.chunk(x, 4, -1)", {"x:f32[b=2,8]"}},
    {"torch.unsafe_chunk(x, 2, 0)", {"x:i64[5,3]"}},
    {"torch.split(x, 2, 1)", {"x:f32[b=3,5]"}},
    {"torch.split(x, 2)", {"x:T[b=5,4]"}, {.dtypes = "f32 f64 f16 i64 i32 u8 i8 bool", .sizes = {{{"b", 5}}, {{"b", 1}}, {{"b", 0}}}}},
    {"torch.unbind(x)", {"x:T[b=5,4]"}, {.dtypes = "u8 bool"}},
    {"torch.split(x, 2)[1]", {"x:f32[b=5,4]"}, {.smallest = 3}},
    {"torch.cat(torch.split(x, 2), 1)", {"x:f32[b=4,3]"}, {.sizes = {{{"b", 4}}, {{"b", 2}}, {{"b", 6}}}}},
    {"torch.unsafe_split(x, 3, 0)", {"x:f32[7,2]"}},
    {"torch.split(x, [1, 4], 1)", {"x:f32[b=2,5]"}},
    {"torch.split_with_sizes(x, [2, 0, 3], -1)", {"x:f32[b=2,5]"}},
    {"torch.split_with_sizes(y, [x.size(0), y.size(0) - x.size(0)], 0)", {"x:f32[n=2]", "y:f32[m=5,3]"}},
    {"torch.unsafe_split_with_sizes(x, [2, 3], 0)", {"x:f32[5,2]"}},
    {"def f(x):\n  a, b = x.unbind(0)\n  return a - b", {"x:f32[n=2,3]"}, {.sizes = {{{"n", 2}}}}},
    {"torch.unbind(x, 1)", {"x:f32[b=2,3]"}},
    {"torch.stack(torch.unbind(x, 0), 1)", {"x:f32[b=4,3]"}},
    {"torch.unbind(x, 0)[-1]", {"x:i64[b=4]"}},
    {"torch.tensor_split(x, 3, 0)", {"x:f32[7,2]"}},
    {"torch.tensor_split(x, 3, 0)", {"x:f32[n=8,2]"}},
    {"torch.tensor_split(x, [1, 3], 1)", {"x:f32[b=2,5]"}},
    {"torch.tensor_split(x, [-2, 9], 1)", {"x:f32[2,5]"}},
    {"torch.tensor_split(x, torch.tensor([1, 2]), 0)", {"x:f32[5,2]"}},
    {"torch.hsplit(x, 2)", {"x:f32[b=3,4]"}},
    {"torch.hsplit(x, [1, 3])", {"x:f32[4]"}},
    {"torch.vsplit(x, 2)", {"x:f32[4,3]"}},
    {"torch.vsplit(x, [1])", {"x:f32[4,3]"}},
    {"torch.dsplit(x, 2)", {"x:f32[b=2,3,4]"}},
    {"torch.dsplit(x, [1, 2])", {"x:f32[b=2,3,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
