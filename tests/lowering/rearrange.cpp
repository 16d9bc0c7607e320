// Flips, rolls, windows and pixel shuffles.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kRearrange("rearrange", {
    {"x.flip([0, -1])", {"x:f32[b=2,3]"}},
    {"x.fliplr()", {"x:i64[b=2,3]"}},
    {"x.flipud()", {"x:bool[b=2,3]"}},
    {"torch.rot90(x, 1, [0, 1])", {"x:f32[b=2,3]"}},
    {"torch.rot90(x, -1, [0, 2])", {"x:f32[b=2,3,4]"}},
    {"torch.rot90(x, 2, [0, 1])", {"x:f32[b=2,3]"}},
    {"x.roll([1, -2], [0, 1])", {"x:f32[b=2,3]"}},
    {"x.roll([3])", {"x:f32[b=2,3]"}},
    {"x.roll([-7], [1])", {"x:f32[2,n=5]"}},
    {"torch.pixel_shuffle(x, 2)", {"x:f32[b=2,8,3,4]"}},
    {"torch.pixel_unshuffle(x, 2)", {"x:f32[b=2,3,4,6]"}},
    {"torch.channel_shuffle(x, 2)", {"x:f32[b=2,6,3,3]"}},
    {"torch.native_channel_shuffle(x, 3)", {"x:f32[b=2,6,3,3]"}},
    {"x.unfold(1, 3, 2)", {"x:f32[b=2,8]"}},
    {"x.unfold(0, 2, 1)", {"x:f32[n=6,3]"}, {.smallest = 2}},
    {"torch.im2col(x, [2, 3], [1, 2], [1, 0], [2, 1])", {"x:f32[b=2,3,6,7]"}},
    {"torch.col2im(x, [5, 6], [2, 3], [1, 1], [1, 0], [2, 1])", {"x:f32[b=2,18,12]"}},
    {"x.as_strided([2, 3], [1, 2], 1)", {"x:f32[4,3]"}},
    {"torch.as_strided_scatter(x, y, [2, 3], [1, 2], 1)", {"x:f32[4,3]", "y:f32[2,3]"}},
    {"torch.as_strided_scatter(x, y, [2, 3], [1, 2], 1)", {"x:f32[4,3]", "y:i64[2,3]"}},
    {"torch.fft_fftshift(x)", {"x:f32[n,5]"}},
    {"torch.fft_ifftshift(x, [-1])", {"x:i64[3,n]"}},
    {"torch.view_as_real(torch.fft_fftshift(torch.view_as_complex(x), [0]))", {"x:f32[n,3,2]"}},
});

}  // namespace

}  // namespace deploytool::testing
