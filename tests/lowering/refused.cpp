// Operators that are refused with a reason: one of each kind.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kRefused("refused", {
    {"torch.nextafter(x, x)", {"x:f32[n,3]"}, {.refuses = "bits of floating-point"}},
    {"torch.fractional_max_pool2d(x, [2, 2], [3, 3], s)[0]", {"x:f32[1,2,8,8]", "s:f32[1,2,2]"}, {.refuses = "random samples"}},
    {"torch.special_bessel_j0(x)", {"x:f32[n,3]"}, {.refuses = "special function"}},
});

}  // namespace

}  // namespace deploytool::testing
