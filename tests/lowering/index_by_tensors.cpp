// Indexing by tensors.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kIndexByTensors("index_by_tensors", {
    {"x[i]", {"x:f32[b=5,3]", "i:i64[n=2,2]"}, {.ranges = {{"i", {-4, 4}}}, .smallest = 4}},
    {"x[:, i]", {"x:f32[b=5,4]", "i:i64[n=2]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x[i, j]",
     {"x:f32[b=5,4,3]", "i:i64[n=2]", "j:i64[n=2]"}, {.ranges = {{"i", {-4, 4}}, {"j", {0, 4}}}, .smallest = 4}},
    {"x[:, i, j]", {"x:f32[b=5,4,3]", "i:i64[2,1]", "j:i64[3]"}, {.ranges = {{"i", {0, 4}}, {"j", {0, 3}}}}},
    {"x[i, :, j]", {"x:f32[5,4,3]", "i:i64[2]", "j:i64[2]"}, {.ranges = {{"i", {0, 4}}, {"j", {0, 3}}}}},
    {"x[x > 0]", {"x:f32[b=5,4]"}},
    {"x[m]", {"x:f32[b=5,4]", "m:bool[b=5]"}},
    {"x[:, m]", {"x:f32[b=5,4]", "m:bool[4]"}},
    {"x[m, i]", {"x:f32[5,4,2]", "m:bool[5]", "i:i64[1]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x[i, 0]", {"x:f32[5,4]", "i:i64[]"}, {.ranges = {{"i", {0, 4}}}}},
    {"x.index_put([i], v)", {"x:f32[5,4]", "i:i64[2]", "v:f32[4]"}, {.ranges = {{"i", {0, 1}}}}},
    {"x.index_put([i], v, True)",
     {"x:f32[b=5,4]", "i:i64[n=7]", "v:f32[n=7,4]"}, {.ranges = {{"i", {-4, 4}}}, .smallest = 4}},
    {"x.index_put([i, j], v, True)",
     {"x:f32[b=5,4]", "i:i64[n=7]", "j:i64[n=7]", "v:f32[n=7]"}, {.ranges = {{"i", {-4, 4}}, {"j", {-4, 4}}}, .smallest = 4}},
    {"x.index_put([x > 0], v)", {"x:f32[b=5,4]", "v:f32[]"}},
    {"x.index_put([m], v)", {"x:f32[5,4]", "m:bool[5]", "v:f32[4]"}},
});

}  // namespace

}  // namespace deploytool::testing
