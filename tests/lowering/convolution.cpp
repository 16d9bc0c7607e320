// Convolutions.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kConvolution("convolution", {
    {"torch.conv1d(x, w)", {"x:T[n,3,s=9]", "w:T[4,3,3]"}, {.dtypes = "f32 f64 f16", .smallest = 3}},
    {"torch.conv1d(x, w, b, 2, 1, 2)", {"x:f32[n,3,s=9]", "w:f32[4,3,3]", "b:f32[4]"}, {.smallest = 4}},
    {"torch.conv1d(x, w)", {"x:f32[3,s=9]", "w:f32[4,3,3]"}, {.smallest = 3}},
    {"torch.conv2d(x, w)", {"x:f64[n,3,9,9]", "w:f32[4,3,3,3]"}, {.refuses = "the input is float64, the weight float32"}},
    {"torch.conv_transpose1d(x, w)", {"x:i64[n,3,9]", "w:f32[3,4,3]"}, {.refuses = "the input is int64, the weight float32"}},
    {"torch.conv1d(x, w, b)", {"x:f32[2,3,9]", "w:f32[n,3,3]", "b:f32[n]"}},
    {"torch.conv1d(x, w)", {"x:f32[0,3,9]", "w:f32[4,3,3]"}},
    {"torch.conv2d(x, w, b)", {"x:T[n,3,s=9,9]", "w:T[4,3,3,3]", "b:T[4]"}, {.dtypes = "f32 f64 f16", .smallest = 3}},
    {"torch.conv2d(x, w, None, [2, 1], [1, 0], [1, 2], 3)", {"x:f32[n,3,s=9,t=8]", "w:f32[6,1,3,2]"}, {.smallest = 3}},
    {"torch.conv2d(x, w, None, 1, 0, 1, 2)", {"x:f32[n,4,5,5]", "w:f32[6,2,3,3]"}},
    {"torch.conv2d(x, w)", {"x:f32[3,s=9,9]", "w:f32[4,3,3,3]"}, {.smallest = 3}},
    // As many groups as images.
    {"def f(x, w):\n"
     "  n, c, h, s = x.shape\n"
     "  y = torch.conv2d(x.view(1, n * c, h, s), w.view(n * 5, c, 3, 3), None, 1, 1, 1, n)\n"
     "  return y.view(n, 5, h, s)\n",
     {"x:T[n,4,s=9,t=7]", "w:T[n,5,4,3,3]"}, {.dtypes = "f32 f64 f16"}},
    {"def f(x, w, b):\n"
     "  n, c, h = x.shape\n"
     "  return torch.conv_transpose1d(x.reshape(1, n * c, h), w.reshape(n * c, 5, 3), b.reshape(n * 5), 2, groups=n)\n",
     {"x:f32[n,4,s=9]", "w:f32[n,4,5,3]", "b:f32[n,5]"}},
    {"torch.conv1d(x, w, groups=x.shape[1])", {"x:f32[n,c=3,s=9]", "w:f32[c=3,1,3]"}, {.smallest = 3}},
    {"torch.conv2d(x, w)", {"x:f32[n,c,9,9]", "w:f32[4,c,3,3]"}},
    {"torch.conv2d(x, w)", {"x:f32[2,3,9,9]", "w:f32[4,3,k=3,3]"}},
    {"torch.conv1d(x, w.repeat(x.size(1), 1, 1), None, 1, 1, 1, x.size(1))", {"x:T[2,n,s=9]", "w:T[1,1,3]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.conv2d(x.reshape(1, -1, x.size(2), x.size(3)), w.flatten(0, 1), b.flatten(), [2, 1], [1, 0], [1, 2], x.size(0))",
     {"x:f32[n,3,s=9,t=8]", "w:f32[n,4,3,3,2]", "b:f32[n,4]"}, {.smallest = 3}},
    {"torch.conv1d(x, w, None, 1, w.size(-1) - 1)", {"x:f32[n,3,s=9]", "w:f32[4,3,k=3]"}},
    {"torch.conv2d(x, w, None, 1, [w.size(2) // 2, 1])", {"x:f32[n,3,s=9,8]", "w:f32[4,3,k=3,3]"}, {.smallest = 2}},
    {"torch.conv1d(x, w, b, 1, \"same\", 1, x.size(0))", {"x:f32[n,s=9]", "w:f32[n,1,3]", "b:f32[n]"}, {.smallest = 3}},
    {"torch.conv3d(x, w, b, [1, 2, 1], 1)", {"x:T[n,2,s=5,5,6]", "w:T[3,2,3,3,3]", "b:T[3]"}, {.dtypes = "f32 f64", .smallest = 2}},
    {"torch.conv3d(x, w)", {"x:f32[2,s=5,5,6]", "w:f32[3,2,3,3,3]"}, {.smallest = 3}},
    {"torch.conv1d(x, w, None, 1, \"same\")", {"x:f32[n,3,s=9]", "w:f32[4,3,3]"}},
    {"torch.conv1d(x, w, None, 1, \"same\", 2)", {"x:f32[n,3,s=9]", "w:f32[4,3,4]"}},
    {"torch.conv1d(x, w, b, 2, \"valid\")", {"x:f32[n,3,s=9]", "w:f32[4,3,4]", "b:f32[4]"}, {.smallest = 4}},
    {"torch.conv2d(x, w, None, 1, \"same\")", {"x:f32[n,3,s=9,8]", "w:f32[4,3,2,3]"}},
    {"torch.conv2d(x, w, None, 1, \"same\", [2, 1])", {"x:f32[3,s=9,8]", "w:f32[4,3,2,3]"}},
    {"torch.conv2d(x, w, None, 2, \"valid\")", {"x:f32[n,3,s=9,8]", "w:f32[4,3,2,3]"}, {.smallest = 2}},
    {"torch.conv3d(x, w, None, 1, \"same\")", {"x:f32[n,2,4,5,6]", "w:f32[3,2,2,3,3]"}},
    {"torch.conv3d(x, w, None, 1, \"valid\")", {"x:f32[n,2,4,5,6]", "w:f32[3,2,2,3,3]"}},
    {"torch._convolution_mode(x, w, b, [1], \"same\", [1], 1)", {"x:f32[n,3,s=9]", "w:f32[4,3,4]", "b:f32[4]"}},
    {"torch._convolution_mode(x, w, b, [1, 1], \"same\", [2, 2], 1)", {"x:f32[n,3,s=9,9]", "w:f32[4,3,3,2]", "b:f32[4]"}},
    {"torch.convolution(x, w, b, [2, 1], [1, 0], [1, 1], False, [0, 0], 1)", {"x:f32[n,3,s=9,9]", "w:f32[4,3,3,3]", "b:f32[4]"}},
    {"torch.convolution(x, w, None, [2, 1], [1, 0], [1, 1], True, [1, 0], 3)", {"x:f32[n,3,s=4,5]", "w:f32[3,2,3,3]"}},
    {"torch._convolution(x, w, None, [2], [1], [1], True, [1], 1, False, False, True, True)", {"x:f32[n,3,s=4]", "w:f32[3,2,3]"}},
    {"torch._convolution(x, w, b, [1], [1], [1], False, [0], 1, False, False, True)", {"x:f32[n,3,s=4]", "w:f32[2,3,3]", "b:f32[2]"}},
    {"torch.conv_transpose1d(x, w)", {"x:T[n,3,s=4]", "w:T[3,2,3]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.conv_transpose1d(x, w, b, 3, 1, 2, 1, 2)", {"x:f32[n,4,s=4]", "w:f32[4,2,3]", "b:f32[2]"}},
    {"torch.conv_transpose1d(x, w, None, 2, 1, 1, 2)", {"x:f32[n,4,s=4]", "w:f32[4,3,3]"}},
    {"torch.conv_transpose1d(x, w)", {"x:f32[3,s=4]", "w:f32[3,2,3]"}},
    {"torch.conv_transpose2d(x, w, b, 2, [1, 0], [1, 0])", {"x:T[n,3,s=4,5]", "w:T[3,2,3,2]", "b:T[2]"}, {.dtypes = "f32 f64"}},
    {"torch.conv_transpose2d(x, w, b, [3, 2], [1, 3], [1, 3], 1, [1, 4])", {"x:f32[n,3,s=4,5]", "w:f32[3,2,3,2]", "b:f32[2]"}},
    {"torch.conv_transpose1d(x, w, None, 1, 0, 1, 1, 2)", {"x:f32[n,3,s=4]", "w:f32[3,2,3]"}, {.refuses = "output_padding"}},
    {"torch.conv_transpose2d(x, w, None, 1, 0, 0, 1, [2, 1])", {"x:f32[3,s=4,5]", "w:f32[3,2,3,2]"}},
    {"torch.conv_transpose3d(x, w, b, [1, 2, 1])", {"x:f32[n,2,s=3,3,2]", "w:f32[2,3,2,2,3]", "b:f32[3]"}},
    {"torch.conv_transpose2d(x.flatten(0, 1).unsqueeze(0), w.flatten(0, 1), None, 2, [1, 0], [1, 0], x.size(0))",
     {"x:f32[n,3,s=4,5]", "w:f32[n,3,2,3,2]"}},
    {"torch.conv_transpose1d(x, w, b, 3, 4, 0, x.size(1), 2)", {"x:f32[2,n,s=4]", "w:f32[n,1,3]", "b:f32[n]"}, {.smallest = 3}},
    {"torch.conv_tbc(x, w, b, 1)", {"x:f32[t=5,n,3]", "w:f32[3,3,4]", "b:f32[4]"}},
});

}  // namespace

}  // namespace deploytool::testing
