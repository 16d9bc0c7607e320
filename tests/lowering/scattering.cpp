// Writing to places that an index tensor names.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kScattering("scattering", {
    {"x.scatter(1, torch.tensor([[0, 2], [1, 3]]), y)", {"x:f32[3,4]", "y:f32[2,3]"}},
    {"x.scatter(0, i, 2.5)", {"x:f32[b=5,4]", "i:i64[2,4]"}, {.ranges = {{"i", {0, 4}}}, .smallest = 4}},
    {"x.scatter(0, i, y, reduce=\"add\")", {"x:f32[5,4]", "i:i64[6,4]", "y:f32[6,4]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.scatter(0, i, 2., reduce=\"multiply\")",
     {"x:f32[b=5,4]", "i:i64[6,4]"}, {.ranges = {{"i", {0, 4}}}, .smallest = 4}},
    {"x.scatter_add(1, i, y)", {"x:f32[b=3,4]", "i:i64[b=3,n=6]", "y:f32[b=3,n=6]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.scatter_add(0, i, y)", {"x:i64[4]", "i:i64[n=6]", "y:i64[n=6]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.scatter_reduce(0, i, y, \"sum\")", {"x:f32[5,4]", "i:i64[6,4]", "y:f32[6,4]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.scatter_reduce(0, i, y, \"prod\", include_self=False)",
     {"x:f32[5,4]", "i:i64[6,4]", "y:f32[6,4]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.scatter_reduce(1, i, y, \"mean\")", {"x:f32[5,4]", "i:i64[5,6]", "y:f32[5,6]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.scatter_reduce(1, i, y, \"mean\", include_self=False)",
     {"x:f32[5,4]", "i:i64[5,6]", "y:f32[5,6]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.scatter_reduce(0, i, y, \"amax\")",
     {"x:f32[n=5,4]", "i:i64[6,4]", "y:f32[6,4]"}, {.ranges = {{"i", {0, 4}}}, .smallest = 4}},
    {"x.scatter_reduce(0, i, y, \"amin\", include_self=False)",
     {"x:i64[5,4]", "i:i64[6,4]", "y:i64[6,4]"}, {.ranges = {{"i", {0, 5}}}}},
    {"x.index_add(1, i, y, alpha=2)", {"x:f32[b=3,4]", "i:i64[n=6]", "y:f32[b=3,n=6]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.index_add(0, torch.tensor([0, 1, 0]), y)", {"x:f32[4,2]", "y:f32[3,2]"}},
    {"x.index_copy(1, torch.tensor([2, 0]), y)", {"x:f32[b=3,4]", "y:f32[b=3,2]"}},
    {"x.index_fill(1, i, 2.)", {"x:f32[b=3,4]", "i:i64[2]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.index_fill(0, i, v)", {"x:f32[4,b=3]", "i:i64[2]", "v:f32[]"}, {.ranges = {{"i", {0, 4}}}}},
    {"torch.index_reduce(x, 0, i, y, \"amax\")",
     {"x:f32[4,3]", "i:i64[n=6]", "y:f32[n=6,3]"}, {.ranges = {{"i", {0, 4}}}}},
    {"torch.index_reduce(x, 0, i, y, \"mean\", include_self=False)",
     {"x:f32[4,3]", "i:i64[n=6]", "y:f32[n=6,3]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.put(i, v, True)", {"x:f32[3,4]", "i:i64[n=5]", "v:f32[n=5]"}, {.ranges = {{"i", {-12, 12}}}}},
});

}  // namespace

}  // namespace deploytool::testing
