// Window functions.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kWindows("windows", {
    {"torch.hann_window(x.size(0))", {"x:f32[b=7]"}},
    {"torch.hann_window(x.size(0), False)", {"x:f32[b=7]"}},
    {"torch.hamming_window(x.size(0))", {"x:f32[b=7]"}},
    {"torch.hamming_window(x.size(0), False)", {"x:f32[b=7]"}},
    {"torch.hamming_window(x.size(0), True, 0.6)", {"x:f32[b=7]"}},
    {"torch.hamming_window(x.size(0), True, 0.6, 0.3)", {"x:f32[b=7]"}},
    {"torch.blackman_window(x.size(0))", {"x:f32[b=7]"}},
    {"torch.blackman_window(x.size(0), False)", {"x:f32[b=7]"}},
    {"torch.bartlett_window(x.size(0))", {"x:f32[b=7]"}},
    {"torch.bartlett_window(x.size(0), False)", {"x:f32[b=7]"}},
    {"torch.kaiser_window(x.size(0))", {"x:f32[b=7]"}},
    {"torch.kaiser_window(x.size(0), False)", {"x:f32[b=7]"}},
    {"torch.kaiser_window(x.size(0), True, 8.0)", {"x:f32[b=7]"}},
});

}  // namespace

}  // namespace deploytool::testing
