// Short-time Fourier transforms.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kSpectral("spectral", {
    {"torch.stft(x, 8, 3, 6, torch.hann_window(6), True, True, False)", {"x:f32[b=2,n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 8, None, None, None, False, False, False)", {"x:f64[n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 8, 2, 8, torch.hann_window(8), True, True, True).abs()", {"x:f32[b=2,n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 8, 2, 8, torch.hann_window(8), True, True, True, False).abs()", {"x:f32[b=2,n=32]"},
     {.smallest = 16, .reference = "torch.stft(x, 8, 2, 8, torch.hann_window(8), True, True, True).abs()"}},
    {"torch.stft(x, 8, align_to_window=True, return_complex=True).abs()", {"x:f32[b=2,n=32]"},
     {.refuses = "aligned to the window"}},
    {"torch.stft(x, 8, 2, 8, torch.hann_window(8), center=True, pad_mode='reflect', normalized=False, return_complex=True).abs()",
     {"x:f32[b=2,n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 8, center=True, pad_mode='constant', return_complex=True).angle().cos()", {"x:f32[n=32]"}, {.smallest = 16}},
    // the first frame is its own mirror image: no imaginary part at all
    {"torch.stft(x, 8, 2, center=True, pad_mode='reflect', return_complex=True).imag[:, 0] == 0", {"x:f32[n=32]"}, {.smallest = 16}},
    {"torch.stft(x, 9, 3, 9, torch.hann_window(9), return_complex=True).abs()", {"x:f32[b=2,n=32]"}, {.smallest = 16}},
    {"torch.istft(torch.stft(x, 8, 2, 8, torch.hann_window(8) + 0.5, False, True, True), 8, 2, 8, torch.hann_window(8) + 0.5, False)",
     {"x:f32[b=2,n=32]"}, {.smallest = 16, .tolerance = 1e-4}},
    {"torch.istft(torch.stft(x, 8, 2, 8, torch.hann_window(8) + 0.5, True, True, True), 8, 2, 8, torch.hann_window(8) + 0.5, "
     "True, True, None, x.size(1) - 10)", {"x:f32[b=2,n=32]"}, {.smallest = 16, .tolerance = 1e-4}},
});

}  // namespace

}  // namespace deploytool::testing
