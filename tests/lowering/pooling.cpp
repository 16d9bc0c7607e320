// Pooling by kernels and by output sizes.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// Two results of an operator.
std::string pair(const std::string& call) { return "def f(x):\n  y, i = " + call + "\n  return y, i"; }

const Cases kPooling("pooling", {
    {"torch.max_pool1d(x, 3)", {"x:T[n,3,s=9]"}, {.dtypes = "f32 f64 f16", .smallest = 3}},
    {"torch.max_pool1d(x, 3, 2, 1, 2)", {"x:f32[n,3,s=9]"}, {.smallest = 4}},
    {"torch.max_pool1d(x, 3, 2, 1, 1, True)", {"x:f32[n,3,s=8]"}, {.smallest = 2}},
    {"torch.max_pool1d(x, 3)", {"x:f32[3,s=9]"}, {.smallest = 3}},
    {"torch.max_pool2d(x, [2, 3], [3, 2], [0, 1], [1, 1], True) * 2", {"x:f32[3,m=5,6,n=7]"}, {.smallest = 3}},  // a window behind the image
    {"torch.max_pool2d(x, [3, 2], [2, 1], [1, 0])", {"x:T[n,3,s=9,8]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.max_pool2d(x, 2, 2, 0, 1, True)", {"x:f32[n,3,7,9]"}},
    {"torch.max_pool2d(x, 2, 2, 0, 1, True)", {"x:f32[n,3,s=7,t=9]"}},
    {"torch.max_pool2d(x, 2, 3, 1, 1, True)", {"x:f32[n,3,s=7,t=9]"}},
    {"torch.max_pool2d(x, 2)", {"x:f32[3,s=7,9]"}, {.smallest = 2}},
    {"torch.max_pool3d(x, 2, 2, 1)", {"x:f32[n,2,s=5,5,6]"}},
    {"torch.max_pool3d(x, 2, [1, 2, 3], 0, 1, True)", {"x:f32[2,s=5,5,6]"}, {.smallest = 2}},
    {pair("torch.max_pool1d_with_indices(x, 3, 2, 1)"), {"x:f32[n,3,s=9]"}},
    {pair("torch.max_pool2d_with_indices(x, 2, 2, 0, 1, True)"), {"x:f32[n,3,s=7,8]"}},
    {pair("torch.max_pool2d_with_indices(x, 2, 1)"), {"x:f32[3,s=7,8]"}, {.smallest = 2}},
    {pair("torch.max_pool3d_with_indices(x, 2, 2)"), {"x:f32[n,2,s=5,5,6]"}, {.smallest = 2}},
    // A window as large as the axis, whose size a run decides.
    {"torch.max_pool1d(x, x.size(2))", {"x:T[n,3,s=7]"}, {.dtypes = "f32 f64"}},
    // Padding that counts as zero, and what averages and convolutions make of it.
    {"torch.max_pool2d(torch.constant_pad_nd(x.abs().neg(), [0, 1, 1, 1], 0), 3, 2)", {"x:f32[n,3,s=7,8]"}},
    {"torch.max_pool1d(torch.constant_pad_nd(x.abs().neg(), [1, 2], 0), 3, 2)", {"x:f32[n,3,s=7]"}},
    {"torch.avg_pool2d(torch.constant_pad_nd(x, [0, 1, 1, 1], 0), 3, 2, 0, True)", {"x:f32[n,3,s=7,8]"}},
    {"torch.avg_pool2d(torch.constant_pad_nd(x, [0, 1, 1, 1], 0), 3, 2, 1, False, False)", {"x:f32[n,3,s=7,8]"}},
    {"torch.max_pool2d(x, [2, x.shape[3]])", {"x:f32[n,3,6,s=7]"}},
    {"torch.max_pool2d(x, [2, x.shape[3]], [1, x.shape[3]])", {"x:f32[n,3,6,s=7]"}},
    {"torch.avg_pool2d(x, x.shape[2:])", {"x:T[n,3,s=6,t=7]"}, {.dtypes = "f32 f64"}},
    {"torch.avg_pool1d(x, x.size(1))", {"x:f32[3,s=6]"}},
    {"torch.avg_pool2d(x.abs(), [x.shape[2], 1], ceil_mode=True)", {"x:f32[n,3,s=6,5]"}},
    {"def f(x, n: int): return torch.max_pool1d(x, n)", {"x:f32[3,s=6]", "n:i64[]"}, {.refuses = "other than the whole axis"}},
    {"torch.avg_pool1d(x, 3)", {"x:T[n,3,s=9]"}, {.dtypes = "f32 f64", .smallest = 3}},
    {"torch.avg_pool1d(x, 3, 2, 1, True, False)", {"x:f32[n,3,s=8]"}, {.smallest = 2}},
    {"torch.avg_pool1d(x, 3, 2, 1, True, True)", {"x:f32[n,3,s=8]"}, {.smallest = 2}},
    {"torch.avg_pool1d(x, 3, 2, 1)", {"x:f32[3,s=8]"}},
    {"torch.avg_pool2d(x, 3, 2, 1)", {"x:i64[n,3,s=9,8]"}, {.low = -50, .high = 50}},
    {"torch.avg_pool2d(x, 3, 1, 1, True, False, 2)", {"x:i64[1,3,9,9]"}, {.low = -9, .high = 9}},
    {"torch.avg_pool1d(x, 3, 2, 1, True)", {"x:i64[1,3,s=8]"}, {.low = -9, .high = 9}},
    {"torch.avg_pool2d(x, [3, 2], [2, 1], [1, 0])", {"x:f32[n,3,s=9,8]"}},
    {"torch.avg_pool2d(x, [3, 2], [2, 1], [1, 0], False, False)", {"x:f32[n,3,s=9,8]"}},
    {"torch.avg_pool2d(x, 2, 2, 0, True)", {"x:f32[n,3,s=7,9]"}},
    {"torch.avg_pool2d(x, 2, 2, 1, False, True, 3)", {"x:f32[n,3,s=7,9]"}},
    {"torch.avg_pool2d(x, 2, 2, 1, True, True, 3)", {"x:f32[n,3,s=7,9]"}},
    {"torch.avg_pool2d(x, 2)", {"x:f32[3,s=7,9]"}, {.smallest = 2}},
    {"torch.avg_pool3d(x, 2, 2, 1)", {"x:f32[n,2,s=5,5,6]"}, {.smallest = 2}},
    {"torch.avg_pool3d(x, 3, 2, 1, True, False)", {"x:f32[n,2,s=5,5,6]"}, {.smallest = 3}},
});

const Cases kAdaptive("adaptive_pooling", {
    {"torch.adaptive_avg_pool1d(x, 1)", {"x:T[n,3,s=9]"}, {.dtypes = "f32 f64"}},
    {"torch.adaptive_avg_pool1d(x, 4)", {"x:f32[n,3,s=9]"}},
    {"torch.adaptive_avg_pool1d(x, 3)", {"x:f32[3,9]"}},
    {"torch.adaptive_avg_pool2d(x, [1, 1])", {"x:f32[n,3,s=9,8]"}},
    {"torch.adaptive_avg_pool2d(x, [1, 1])", {"x:f32[3,s=9,8]"}},
    {"torch.adaptive_avg_pool2d(x, [3, 4])", {"x:f32[n,3,9,8]"}},
    {"torch.adaptive_avg_pool2d(x, [3, 5])", {"x:f32[n,3,s=7,t=8]"}},
    {"torch.adaptive_avg_pool2d(x, [x.size(2), 5])", {"x:f32[n,3,s=7,t=8]"}},
    {"torch.adaptive_avg_pool2d(1 / torch.relu(x), [3, 5])", {"x:f32[n,3,s=7,t=8]"}},  // infinite pixels
    {"torch._adaptive_avg_pool2d(x, [7, 7])", {"x:f32[n,3,s=7,t=8]"}},
    {"torch.adaptive_avg_pool3d(x, [1, 1, 1])", {"x:f32[n,3,s=5,t=6,4]"}},
    {"torch.adaptive_avg_pool3d(x, [2, 3, 2])", {"x:f32[n,3,s=5,t=6,4]"}},
    {pair("torch.adaptive_max_pool1d(x, 1)"), {"x:T[n,3,s=9]"}, {.dtypes = "f32 f64"}},
    {pair("torch.adaptive_max_pool1d(x, 4)"), {"x:f32[n,3,s=9]"}},
    {pair("torch.adaptive_max_pool1d(x, 3)"), {"x:f32[3,9]"}},
    {pair("torch.adaptive_max_pool2d(x, [1, 1])"), {"x:f32[n,3,s=9,8]"}},
    {pair("torch.adaptive_max_pool2d(x, [3, 4])"), {"x:f32[n,3,9,8]"}},
    {pair("torch.adaptive_max_pool2d(x, [3, 5])"), {"x:f32[3,s=7,t=8]"}},
    {pair("torch.adaptive_max_pool3d(x, [2, 3, 2])"), {"x:f32[n,3,s=5,t=6,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
