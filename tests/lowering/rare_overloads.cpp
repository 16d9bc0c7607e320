// Overloads that programs seldom reach: of sorting, special functions, reductions, spectra, norms.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kRareOverloads("rare_overloads", {
    {"torch.any(x > 1, [0, -1], True)", {"x:f32[n,3,4]"}, {.reference = "torch.any(torch.any(x > 1, 0, True), -1, True)"}},
    {"torch.all(x > -1, [0, 2])", {"x:f32[n,3,4]"}, {.reference = "torch.all(torch.all(x > -1, 2), 0)"}},
    {"def f(x):\n  y, i, c = torch.unique_dim_consecutive(x, 0, True, True)\n  return y, i, c", {"x:i64[n,1]"}, {.low = 0, .high = 2}},
    {"torch.bucketize(x.sum().item(), torch.sort(y)[0])", {"x:f32[n]", "y:f32[4]"}},
    {"torch.bucketize(0.3, torch.sort(y)[0], right=True)", {"y:f32[4]"}},
    {"torch.searchsorted(torch.sort(y)[0], 0.3)", {"y:f32[4]"}},
    {"torch.searchsorted(torch.sort(y)[0], x.sum().item(), right=True)", {"x:f32[n]", "y:f32[4]"}},
    {"torch.isin(2, x)", {"x:i64[n,3]"}},
    {"torch.isin(x.sum().item(), y, invert=True)", {"x:i64[n]", "y:i64[4]"}},
    {"torch.stft(x, 8, 4, None, w, center=False, onesided=True, return_complex=False)", {"x:f32[2,n=32]", "w:f32[8]"},
     {.smallest = 8, .reference = "torch.stft(x, 8, 4, None, w, False, True, False)"}},
    {"torch.frobenius_norm(x)", {"x:f32[n,3]"}, {.libtorch = "1."}},
    {"torch._prelu_kernel(x, w)", {"x:f32[n,3]", "w:f32[3]"}, {.reference = "torch.where(x > 0, x, x * w)"}},
});

}  // namespace

}  // namespace deploytool::testing
