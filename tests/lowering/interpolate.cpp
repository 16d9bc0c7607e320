// F.interpolate in one operator.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const char* const kImage = "x:f32[n=2,3,4,h=6]";

const Cases kInterpolate("interpolate", {
    {"torch.__interpolate(x, [8, 9], None, \"bilinear\", False)", {kImage}},
    {"torch.__interpolate(x, [8, 9], None, \"bilinear\", True)", {kImage}},
    {"torch.__interpolate(x, [y.size(0), 12])", {"x:f32[1,2,4,4]", "y:f32[m=8,2]"}, {.sizes = {{{"m", 8}}, {{"m", 12}}}}},
    {"torch.__interpolate(x, [(5 if x.size(2) <= 8 else x.size(3)), 4], None, \"bilinear\", False)", {"x:f32[1,2,h=7,w=6]"}},
    {"torch.__interpolate(x, None, [2.0, 1.5], \"nearest\")", {kImage}},
    {"torch.__interpolate(x, None, [2.0, 1.5], \"bilinear\", False, True)", {kImage}, {.sizes = {{{"n", 1}, {"h", 6}}, {{"n", 2}, {"h", 7}}}}},
    {"torch.__interpolate(x, None, [2.0, 1.5], \"bicubic\", False, False)", {kImage}},
    {"torch.__interpolate(x, [2, 3], None, \"area\")", {"x:f32[n=2,3,4,6]"}},
    {"def f(x, s: int): return torch.__interpolate(x, s, None, \"linear\", False)", {"x:f32[n=2,3,5]", "s:8"}},
    {"def f(x, s: float): return torch.__interpolate(x, None, s, \"trilinear\", False)", {"x:f32[n=1,2,3,4,5]", "s:2.0"}},
    {"def f(x, s: int): return torch.__interpolate(x, s, [2.0, 2.0], \"nearest\")", {"x:f32[n=2,3,5,4]", "s:8"}, {.refuses = "one of size"}},
    {"def f(x, s: float): return torch.__interpolate(x, [7, 8], s, \"nearest\")", {"x:f32[n=2,3,5,4]", "s:2.0"}, {.refuses = "one of size"}},
    {"def f(x, s: Optional[int]): return torch.__interpolate(x, s, [1.0, 2.0], \"bilinear\")", {"x:f32[n=2,3,5,4]", "s:none"}},
    {"def f(x, s: Optional[List[int]]): return torch.__upsample_bilinear(x, s, [2, 1])", {kImage, "s:none"}},
    {"torch.__interpolate(x, None, [0.5, 0.5], \"area\")", {kImage}, {.refuses = "area"}},
    {"torch.__interpolate(x, [8, 9], None, \"linear\", False)", {kImage}, {.refuses = "interpolation mode 'linear'"}},
    {"torch.__upsample(x, [8, 9], None, \"bilinear\", True)", {kImage}},
    {"def f(x, s: int): return torch.__upsample(x, None, s)", {kImage, "s:2"}},
    {"torch.__upsample_nearest(x, [8, 12])", {"x:f32[n=2,3,4,6]"}},
    {"def f(x, s: int): return torch.__upsample_nearest(x, None, s)", {kImage, "s:2"}},
    {"torch.__upsample_bilinear(x, [8, 9])", {kImage}},
    {"torch.__upsample_bilinear(x, 8)", {kImage}},
    {"torch.__upsample_bilinear(x, None, [2, 2])", {kImage}},
    {"def f(x, s: Optional[int]): return torch.__upsample_bilinear(x, s, [2, 2])", {kImage, "s:none"}},
});

}  // namespace

}  // namespace deploytool::testing
