// Sorting, searching, counting.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kSorting("sorting", {
    {"x.topk(3, 1)", {"x:f32[b=2,5]"}},
    {"x.topk(2, 0, False)", {"x:f64[n=4,3]"}, {.smallest = 2}},
    {"x.topk(x.size(1) // 2)", {"x:f32[2,n=6]"}},
    {"x.topk(1)", {"x:f32[]"}},
    {"x.sort(0, True)", {"x:f32[n=4,3]"}},
    {"x.sort()", {"x:u8[b=2,5]"}},
    {"x.sort(stable=True, dim=1, descending=True)", {"x:i64[b=2,9]"}, {.ranges = {{"x", {0, 3}}}}},
    {"x.argsort(1)", {"x:f32[b=2,5]"}},
    {"x.argsort(stable=True, dim=1, descending=True)", {"x:i64[b=2,9]"}, {.ranges = {{"x", {0, 3}}}}},
    {"x.msort()", {"x:f32[b=4,3]"}},
    {"x.kthvalue(2, 1)", {"x:f32[b=2,5]"}},
    {"x.kthvalue(3, 0, True)", {"x:f32[4,b=5]"}},
    {"torch._unique(x, True, True)", {"x:i64[b=3,4]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch._unique2(x, True, True, True)", {"x:i64[b=3,4]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch._unique2(x)", {"x:f32[b=3,4]"}},
    // Without an order: each value at the places that the indices say, as often as the counts say.
    {"def f(x):\n  v, i, c = torch._unique2(x, False, True, True)\n  return v[i], c[i], v.sort()[0]", {"x:i64[b=3,4]"}, {.ranges = {{"x", {0, 5}}}}},
    {"def f(x):\n  v, i = torch._unique(x, False, True)\n  return v[i], v.sort()[0]", {"x:f32[b=3,4]"}},
    {"torch.unique_dim(x, 1, True, True, True)", {"x:i64[2,b=6]"}, {.ranges = {{"x", {0, 2}}}}},
    {"torch.unique_consecutive(x, True, True)", {"x:i64[n=9]"}, {.ranges = {{"x", {0, 2}}}}},
    {"torch.unique_consecutive(x, True, True, 0)", {"x:i64[n=9,2]"}, {.ranges = {{"x", {0, 2}}}}},
    {"torch.bucketize(x, torch.tensor([-0.5, 0., 0.5]))", {"x:f32[b=3,4]"}},
    {"torch.bucketize(torch.sqrt(x), torch.tensor([-0.5, 0., 0.5]))", {"x:f32[b=3,9]"}},  // NaN
    {"torch.bucketize(x, torch.tensor([1, 2, 3]), right=True, out_int32=True)",
     {"x:i64[b=9]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.searchsorted(s.sort()[0], x)", {"s:f32[b=2,5]", "x:f32[b=2,n=3]"}},
    {"torch.searchsorted(s.sort()[0], x, side=\"right\")",
     {"s:i64[5]", "x:i64[n=3]"}, {.ranges = {{"s", {0, 5}}, {"x", {0, 5}}}}},
    {"torch.isin(x, y)", {"x:i64[b=3,4]", "y:i64[n=2]"}, {.ranges = {{"x", {0, 5}}, {"y", {0, 5}}}}},
    {"torch.isin(x, 2, invert=True)", {"x:i64[b=3,4]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.bincount(x)", {"x:i64[n=9]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.bincount(x, w, 7)", {"x:i64[n=9]", "w:f32[n=9]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.histc(x, 5, -1, 1)", {"x:f32[b=3,4]"}},
    {"torch.histc(x, 4)", {"x:f32[b=30]"}},
    {"def f(x):\n  h, e = torch.histogram(x, 5)\n  return h, e", {"x:T[b=30]"}, {.dtypes = "f32 f64"}},
    {"def f(x, w):\n  h, e = torch.histogram(x, 6, range=[-1., 1.], weight=w, density=True)\n  return h, e", {"x:f32[b=30,2]", "w:f32[b=30,2]"},
     {.ranges = {{"w", {0.1, 1}}}}},
    {"def f(x, e):\n  h, g = torch.histogram(x, torch.sort(e)[0])\n  return h, g", {"x:f32[b=30]", "e:f32[5]"}},
});

}  // namespace

}  // namespace deploytool::testing
