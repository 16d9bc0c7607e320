// Operators that libtorch's own operators call inside.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kMasked{"x:f32[n,4]", "i:i64[n]", "m:bool[n]"};
const std::string kInside = "torch.clamp(i, -x.size(0), x.size(0) - 1)";

const Cases kInnerForms("inner_forms", {
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [i]\n  return torch._unsafe_masked_index(x, m.unsqueeze(1), l, 2.5)", kMasked,
     {.ranges = {{"i", {-20, 20}}}, .reference = "x[" + kInside + "].masked_fill(~m.unsqueeze(1), 2.5)"}},
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [None, i]\n  return torch._unsafe_masked_index(x, m, l, 0)", {"x:f32[2,n]", "i:i64[n]", "m:bool[n]"},
     {.ranges = {{"i", {-20, 20}}}, .reference = "x[:, torch.clamp(i, -x.size(1), x.size(1) - 1)].masked_fill(~m, 0)"}},
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [i]\n  return torch._unsafe_masked_index_put_accumulate(x, m.unsqueeze(1), l, x * 2)", kMasked,
     {.ranges = {{"i", {-20, 20}}}, .reference = "x.index_put([" + kInside + "], (x * 2).masked_fill(~m.unsqueeze(1), 0), True)"}},
    {"torch._logcumsumexp(x, 1)", {"x:f32[n,3]"}},
    {"torch.native_norm(x, 2)", {"x:f32[n,3]"}, {.reference = "torch.norm(x, 2)"}},
    {"torch._pdist_forward(x, 2.0)", {"x:f32[4,3]"}},
    {"torch.rrelu_with_noise(x, torch.zeros_like(x), 0.1, 0.3, False)", {"x:f32[n,3]"}},
    {"torch._embedding_bag_forward_only(w, i, torch.tensor([0, 2]), False, 1)[0]", {"w:f32[7,3]", "i:i64[5]"}, {.ranges = {{"i", {0, 7}}}}},
    {"torch._add_relu(x, y, alpha=2)", {"x:f32[n,3]", "y:f32[n,3]"}},
    {"torch._add_relu(x, 0.5)", {"x:f32[n,3]"}, {.reference = "torch.relu(x + 0.5)"}},
    {"torch._slow_conv2d_forward(x, w, [3, 3], b, [2, 1], [1, 0])", {"x:f32[n=2,4,h=7,8]", "w:f32[6,4,3,3]", "b:f32[6]"}, {.smallest = 3}},
    {"torch.slow_conv3d_forward(x, w, [3, 3, 3], b, [1, 2, 1], [1, 0, 1])", {"x:f32[n=2,2,d=5,6,7]", "w:f32[3,2,3,3,3]", "b:f32[3]"}, {.smallest = 3}},
    {"torch._conv_depthwise2d(x, w, [3, 3], b, [2, 1], [1, 0], [1, 1])", {"x:f32[n=2,4,h=7,8]", "w:f32[8,1,3,3]", "b:f32[8]"},
     {.smallest = 3, .reference = "torch.conv2d(x, w, b, [2, 1], [1, 0], [1, 1], 4)"}},
    {"torch.conv_depthwise3d(x, w, [3, 3, 3], b, [1, 2, 1], [1, 0, 1], [1, 1, 1])", {"x:f32[n=2,2,d=5,6,7]", "w:f32[2,1,3,3,3]", "b:f32[2]"},
     {.smallest = 3, .reference = "torch.conv3d(x, w, b, [1, 2, 1], [1, 0, 1], [1, 1, 1], 2)"}},
    {"(x.element_size(), x)", {"x:f16[n,3]"}},
    {"(x.itemsize, x.nbytes, x)", {"x:f64[n,3]"}, {.libtorch = "2."}},
});

}  // namespace

}  // namespace deploytool::testing
