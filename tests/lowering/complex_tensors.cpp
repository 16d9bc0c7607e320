// Complex tensors: made, worked on and read again.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kComplex("complex tensors", {
    {"torch.view_as_real(torch.complex(x, y))", {"x:f32[b=2,3]", "y:f32[b=2,1]"}},
    {"torch.view_as_real(torch.polar(torch.exp(x), y))", {"x:f32[b=2,3]", "y:f32[b=2,3]"}},
    {"torch.view_as_real(torch.view_as_complex(x) * torch.view_as_complex(y))", {"x:f32[b=2,3,2]", "y:f32[3,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x) * y)", {"x:f64[b=2,3,2]", "y:f64[3]"}},
    {"torch.view_as_real(2.5 * torch.view_as_complex(x) - 1)", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x) / torch.view_as_complex(y))", {"x:f32[b=2,3,2]", "y:f32[3,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x) / (x.sum(-1).abs() + 1))", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(1.0 / torch.view_as_complex(x))", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_complex(x).abs() + torch.view_as_complex(x).imag", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_complex(x).angle()", {"x:f32[b=4,3,2]"}},
    {"torch.complex(x, torch.zeros_like(x)).angle()", {"x:f32[b=4,3]"}},
    {"torch.view_as_real(torch._conj(torch.exp(torch.view_as_complex(x)).conj()) * torch.view_as_complex(x))", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x).pow(3))", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x) ** 2 + torch.view_as_complex(x).sgn())", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(torch.matmul(torch.view_as_complex(x), torch.view_as_complex(y)))",
     {"x:f32[b=2,3,4,2]", "y:f32[4,5,2]"}},
    {"torch.view_as_real(torch.einsum('bi,ij->bj', torch.view_as_complex(x), torch.view_as_complex(y)))",
     {"x:f32[b=2,3,2]", "y:f32[3,5,2]"}},
    {"torch.view_as_real(torch.view_as_complex(x).transpose(0, 1).reshape(-1).sum().unsqueeze(0))", {"x:f32[b=2,3,2]"}},
    {"torch.view_as_real(torch.cat([torch.view_as_complex(x), torch.complex(y, y)], 1)[:, 1:])",
     {"x:f32[b=2,3,2]", "y:f32[b=2,2]"}},
    {"torch.view_as_real(torch.where(y > 0, torch.view_as_complex(x), torch.zeros_like(torch.view_as_complex(x))))",
     {"x:f32[b=2,3,2]", "y:f32[3]"}},
    {"torch.view_as_real(x.to(9)).flatten(1)", {"x:f32[b=2,3]"}},
    {"torch.view_as_real((torch.view_as_complex(x).mH @ torch.view_as_complex(x)))", {"x:f32[b=2,3,3,2]"}},
    {"torch.view_as_real(torch.linalg_solve(torch.view_as_complex(x), torch.view_as_complex(y)))",
     {"x:T[n,3,3,2]", "y:T[n,3,4,2]"}, {.dtypes = "f32 f64", .tolerance = 1e-3}},
    {"torch.view_as_real(torch.resolve_conj(torch.linalg_solve(torch.view_as_complex(x), torch.view_as_complex(y), left=False)))",
     {"x:f64[n,3,3,2]", "y:f64[n,2,3,2]"}},
    {"torch.view_as_real(torch.linalg_solve(torch.view_as_complex(x), torch.view_as_complex(y)))", {"x:f64[3,3,2]", "y:f64[3,2]"}},
    {"torch.view_as_real(torch.linalg_inv(torch.view_as_complex(x)) + torch.inverse(torch.view_as_complex(x)))", {"x:f64[n,3,3,2]"}},
    {"torch.view_as_complex(x).eq(torch.view_as_complex(y))", {"x:f32[b=2,3,2]", "y:f32[3,2]"}},
});

const Cases kFourier("fourier", {
    {"torch.view_as_real(torch.fft_fft(x))", {"x:f32[b=2,6]"}},
    {"torch.view_as_real(torch.fft_fft(x, 9, 0, 'ortho'))", {"x:f32[n=6,2]"}},
    {"torch.view_as_real(torch.fft_fft(x, None, 0, 'forward'))", {"x:f32[n=6,2]"}, {.tolerance = 1e-4}},
    {"torch.fft_ifft(torch.fft_fft(x)).real", {"x:f32[b=2,7]"}},
    {"torch.view_as_real(torch.fft_ifft(torch.view_as_complex(x), 4, -1, 'ortho'))", {"x:f64[b=2,7,2]"}},
    {"torch.fft_rfft(x).abs()", {"x:f32[b=2,8]"}},
    {"torch.view_as_real(torch.fft_rfft(x, None, 1))", {"x:f32[b=2,n=7,3]"}, {.tolerance = 1e-4}},
    {"torch.fft_irfft(torch.fft_rfft(x))", {"x:f32[b=2,8]"}},
    {"torch.fft_irfft(torch.fft_rfft(x), 7)", {"x:f32[b=2,7]"}},
    {"torch.fft_irfft(torch.fft_rfft(x), x.size(1), 1, 'ortho')", {"x:f32[b=2,n=9]"}, {.tolerance = 1e-4}},
    {"torch.fft_fft2(x).real", {"x:f32[b=2,4,6]"}},
    {"torch.fft_fftn(x, None, [1, 2]).real", {"x:f32[b=2,4,6]"}},
    {"torch.fft_irfft2(torch.fft_rfft2(x, None, [-2, -1], 'ortho'), None, [-2, -1], 'ortho')", {"x:f32[b=2,4,6]"}},
    {"torch.fft_ifftn(torch.fft_fftn(x)).real + torch.fft_ifft2(torch.fft_fft2(x)).real", {"x:f32[b=2,4,3]"}},
    {"torch.fft_irfftn(torch.fft_rfftn(x, [5, 4]), [5, 4])", {"x:f32[b=2,4,6]"}},
});

}  // namespace

}  // namespace deploytool::testing
