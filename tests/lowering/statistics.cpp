// Number theory, covariance, unpooling.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const CaseOptions kIntegers{.dtypes = "i64 i32 u8", .low = 0, .high = 120};

const Cases kNumberTheory("number_theory", {
    {"torch.gcd(x, y)", {"x:T[n=6,5]", "y:T[5]"}, kIntegers},
    {"torch.lcm(x, y)", {"x:T[n=6,5]", "y:T[5]"}, {.dtypes = "i64 i32", .low = 0, .high = 120}},
    {"torch.gcd(x, y)", {"x:T[n=6]", "y:T[1]"}, {.dtypes = "i64 i32", .low = -50, .high = 50}},
    {"torch.lcm(x, y)", {"x:i64[n=6]", "y:i64[n=6]"}, {.low = -50, .high = 50, .sizes = {{{"n", 6}}, {{"n", 0}}}}},
    {"torch.gcd(x, x.new_full([2], 12))", {"x:i64[n=6,2]"}, {.low = -99, .high = 99}},
});

const Cases kEnvironment("environment", {
    {"x + torch.get_device(x)", {"x:f32[n=2,3]"}},
    {"x.reshape(torch.Size([3, x.size(0)]))", {"x:f32[n=2,3]"}},
});

const Cases kCovariance("covariance", {
    {"torch.cov(x)", {"x:T[3,n=7]"}, {.dtypes = "f32 f64", .smallest = 2}},
    {"torch.matmul(x, x.t())", {"x:f64[3,n=7]"}},
    {"torch.bmm(x.transpose(1, 2), y)", {"x:f64[b=2,3,n=7]", "y:f64[b=2,3,2]"}},
    {"torch.cov(x)", {"x:f32[n=7]"}, {.smallest = 2}},
    {"torch.cov(x, correction=0)", {"x:i64[3,n=7]"}, {.low = -9, .high = 9}},
    {"torch.cov(x, correction=1, fweights=f)", {"x:f32[3,5]", "f:i64[5]"}, {.ranges = {{"f", {1, 5}}}}},
    {"torch.cov(x, correction=1, fweights=f, aweights=a)", {"x:f32[3,5]", "f:i64[5]", "a:f32[5]"}, {.ranges = {{"f", {2, 5}}, {"a", {0.5, 2}}}}},
    {"torch.cov(x, correction=0, aweights=a)", {"x:f32[2,n=5]", "a:f32[n=5]"}, {.ranges = {{"a", {0.5, 2}}}}},
    {"torch.corrcoef(x)", {"x:T[3,n=7]"}, {.dtypes = "f32 f64", .smallest = 3}},
    {"torch.corrcoef(x)", {"x:f32[n=7]"}, {.smallest = 2}},
    {"torch.corrcoef(x)", {"x:f64[]"}},  // of one observation: NaN
    {"torch.corrcoef(x)", {"x:f32[1,1]"}},
});

const Cases kUnpooling("unpooling", {
    {"def f(x):\n  y, i = torch.max_pool2d_with_indices(x, [2, 2], [2, 2])\n  return torch.max_unpool2d(y, i, [6, 8])", {"x:T[n=2,3,6,8]"}, {.dtypes = "f32 f64"}},
    {"def f(x):\n  y, i = torch.max_pool2d_with_indices(x, [2, 2], [2, 2])\n  return torch.max_unpool2d(y, i, x.size()[2:])",
     {"x:f32[n=2,3,h=6,8]"}, {.sizes = {{{"n", 2}, {"h", 6}}, {{"n", 1}, {"h", 9}}}}},
    {"def f(x):\n  y, i = torch.max_pool2d_with_indices(x, [2, 2], [2, 2])\n  return torch.max_unpool2d(y, i, [6, 8])", {"x:f32[3,6,8]"}},
    {"def f(x):\n  y, i = torch.max_pool3d_with_indices(x, [2, 2, 2], [2, 2, 2])\n  return torch.max_unpool3d(y, i, [4, 6, 4], [2, 2, 2], [0, 0, 0])",
     {"x:f32[n=2,3,4,6,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
