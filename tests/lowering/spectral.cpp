// Short-time Fourier transforms.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kSpectral("spectral", {
    {"torch.stft(x, 8, 3, 6, torch.hann_window(6), True, True, False)", {"x:f32[b=2,n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 8, None, None, None, False, False, False)", {"x:f64[n=32]"}, {.smallest = 16}},
});

}  // namespace

}  // namespace deploytool::testing
