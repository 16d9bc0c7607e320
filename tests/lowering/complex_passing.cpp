// Programs that pass through complex numbers.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const CaseOptions kBoth{.dtypes = "f32 f64"};

const Cases kPassing("passing through complex", {
    {"torch.view_as_real(torch.view_as_complex(x))", {"x:T[n=3,4,2]"}, kBoth},
    {"torch.real(torch.complex(x, y)), torch.imag(torch.complex(x, y))", {"x:T[n=3,4]", "y:T[n=3,4]"}, kBoth},
    {"torch.abs(torch.complex(x, y))", {"x:f32[n=3,4]", "y:f32[4]"}},
    {"torch.angle(torch.complex(x, y))", {"x:T[n=9,4]", "y:T[n=9,4]"}, kBoth},
    {"torch.angle(x)", {"x:T[n=9,4]"}, {.dtypes = "f32 i64"}},
    {"torch.view_as_real(torch.polar(x, y))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.complex(x, y) * torch.polar(y, x))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.complex(x, y) / torch.complex(y + 3, x))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}, {.low = -1, .high = 1}},
    {"torch.view_as_real(torch.complex(x, y) * 2 + x - torch.complex(y, x))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.exp(torch.complex(x, y)))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}, {.low = -1, .high = 1}},
    {"torch.view_as_real(torch.matmul(torch.complex(x, y), torch.complex(y, x).t()))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.resolve_conj(torch.conj(torch.complex(x, y)).reshape([-1])[1:]))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch._conj_physical(torch.complex(x, y)))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.conj_physical(torch.complex(x, y)).transpose(0, 1).unsqueeze(0))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.abs(torch.resolve_conj(torch._conj(torch.complex(x, y))))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.cat([torch.complex(x, y), torch.complex(y, y)], 1).sum(0))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(torch.mul(x, torch.complex(y, y)).unflatten(1, [2, 2]).flip([1]))", {"x:f32[n=3,4]", "y:f32[n=3,4]"}},
    {"torch.view_as_real(x.to(torch.complex64)) + int(torch.is_complex(torch.complex(x, x)))", {"x:f32[n=3,4]"}},
    {"torch.real(x), torch.conj(x), torch.resolve_conj(x)", {"x:f32[n=3,4]"}},
    // rotary position embedding, as LLaMA has it
    {"def f(x):\n  t = torch.arange(x.size(1), dtype=torch.float32)\n  freqs = torch.outer(t, torch.tensor([1.0, 0.1, 0.01]))\n"
     "  turn = torch.polar(torch.ones_like(freqs), freqs)\n  z = torch.view_as_complex(x.reshape([x.size(0), x.size(1), 4, 3, 2]))\n"
     "  return torch.view_as_real(z * turn.view([1, x.size(1), 1, 3])).flatten(3)", {"x:f32[b=2,s=5,4,6]"}},
    {"torch.complex(x, x)", {"x:f32[n=3,4]"}, {.refuses = "complex"}},
});

const Cases kTransforms("passing through transforms", {
    {"torch.view_as_real(torch.fft_rfft(x))", {"x:T[b=2,8]"}, kBoth},
    {"torch.view_as_real(torch.fft_rfft(x, None, 0, \"ortho\"))", {"x:f32[n=7,3]"}},
    {"torch.abs(torch.fft_rfft(x, 12, -1, \"forward\"))", {"x:f32[b=2,9]"}},
    {"torch.abs(torch.fft_rfft(x, 6))", {"x:f32[b=2,9]"}},
    {"torch.view_as_real(torch.fft_fft(x))", {"x:f32[b=2,n=6]"}},
    {"torch.view_as_real(torch.fft_ifft(torch.fft_fft(x, 5), None, -1, \"backward\"))", {"x:f32[b=2,7]"}},
    {"torch.fft_irfft(torch.fft_rfft(x), x.size(1))", {"x:f32[b=2,n=7]"}, {.smallest = 2}},
    {"torch.fft_irfft(torch.view_as_complex(x))", {"x:f32[b=2,5,2]"}},
    {"torch.abs(torch.stft(x, 16, 4, 16, w, True, \"reflect\", False, True, True))", {"x:f32[b=2,n=40]", "w:f32[16]"}, {.smallest = 20}},
    {"torch.istft(torch.stft(x, 16, 4, 16, w, True, \"reflect\", False, True, True), 16, 4, 16, w)", {"x:f32[b=2,n=40]", "w:f32[16]"},
     {.ranges = {{"w", {0.5, 1}}}, .smallest = 20}},
    {"torch.istft(torch.stft(x, 16, 4, 12, w, True, \"reflect\", True, True, True), 16, 4, 12, w, True, True, True, 36)", {"x:f32[n=40]", "w:f32[12]"},
     {.ranges = {{"w", {0.5, 1}}}, .sizes = {{{"n", 40}}, {{"n", 44}}}}},
    {"torch.istft(torch.stft(x, 8, 2, 8, w, True, \"reflect\", False, False, True), 8, 2, 8, w, True, False, False)", {"x:f32[n=40]", "w:f32[8]"},
     {.ranges = {{"w", {0.5, 1}}}, .smallest = 20}},
});

}  // namespace

}  // namespace deploytool::testing
