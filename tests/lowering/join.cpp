// Joining tensors, grids, repetition.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kJoin("join", {
    {"torch.cat([x, y], 1)", {"x:f32[b=2,3]", "y:f32[b=2,4]"}},
    {"torch.cat([x, y], -1)", {"x:f32[b=2,3]", "y:i64[b=2,4]"}},
    {"torch.cat([x, y])", {"x:u8[n=2]", "y:bool[m=3]"}},
    {"torch.concat([x, y], 0)", {"x:f32[n=2,3]", "y:f32[m=4,3]"}},
    {"torch.concatenate([x, y], 0)", {"x:f32[n=2,3]", "y:f32[m=4,3]"}},
    {"torch.stack([x, y], -1)", {"x:f32[b=2,3]", "y:f32[b=2,3]"}},
    {"torch.stack([x, y])", {"x:f32[]", "y:f32[]"}},
    {"torch.hstack([x, y])", {"x:f32[b=2]", "y:f32[3]"}},
    {"torch.hstack([x, y])", {"x:f32[b=2,3]", "y:f32[b=2,4]"}},
    {"torch.vstack([x, y])", {"x:f32[3]", "y:f32[b=2,3]"}},
    {"torch.row_stack([x, y])", {"x:f32[3]", "y:f32[3]"}},
    {"torch.dstack([x, y])", {"x:f32[b=2,3]", "y:f32[b=2,3]"}},
    {"torch.column_stack([x, y])", {"x:f32[b=2]", "y:f32[b=2,3]"}},
    {"torch.block_diag([x, y])", {"x:f32[2,b=3]", "y:f32[n=4]"}},
    {"torch.meshgrid([x, y])", {"x:f32[b=2]", "y:f32[n=3]"}},
    {"torch.meshgrid([x, y], indexing=\"xy\")", {"x:f32[b=2]", "y:f32[n=3]"}},
    {"torch.cartesian_prod([x, y])", {"x:f32[b=2]", "y:f32[n=3]"}},
    {"torch.combinations(x, 2)", {"x:f32[b=5]"}},
    {"torch.combinations(x, 3, True)", {"x:f32[4]"}},
    {"x.repeat(2, 1, 3)", {"x:f32[b=2,3]"}},
    {"x.repeat(y.size(0), 1)", {"x:f32[2,3]", "y:f32[n=4]"}},
    {"x.tile([2])", {"x:f32[b=2,3]"}},
    {"x.repeat_interleave(2, 1)", {"x:f32[b=2,3]"}},
    {"x.repeat_interleave(2, 0)", {"x:f32[b=2,b=2,3]"}, {.sizes = {{{"b", 0}}, {{"b", 3}}}, .opsets = {14, 18}}},
    {"x.repeat_interleave(3)", {"x:f32[b=2,3]"}},
    {"x.repeat_interleave(torch.tensor([1, 0, 2]), 0)", {"x:f32[3,b=2]"}},
    {"x.repeat_interleave(n, 0)", {"x:f32[b=3,2]", "n:i64[b=3]"}, {.ranges = {{"n", {0, 4}}}}},
    {"torch.repeat_interleave(n)", {"n:i64[b=4]"}, {.ranges = {{"n", {0, 4}}}}},
});

}  // namespace

}  // namespace deploytool::testing
