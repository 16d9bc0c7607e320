// torchaudio's recursive filters. Where torchaudio is not at hand, our own reference kernels are what they are compared with.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kAudio("audio", {
    {"torch.ops.torchaudio._lfilter(x, torch.tensor([[2.0, -0.9, 0.3]]), torch.tensor([[0.4, 0.2, 0.1]]))", {"x:f32[n,1,t=9]"}},
    {"torch.ops.torchaudio._lfilter(x, torch.cat([a.abs() + 2, a], 1), b)", {"x:T[n,c,t=9]", "a:T[c,1]", "b:T[c,2]"}, {.dtypes = "f32 f64"}},
    {"torch.ops.torchaudio._lfilter(x, a, b)", {"x:f32[2,2,t=9]", "a:f32[2,1]", "b:f32[2,1]"}, {.low = 1, .high = 2}},
    {"def f(x, a):\n  y = torch.zeros([x.size(0), x.size(1), x.size(2) + 2])\n"
     "  torch.ops.torchaudio._lfilter_core_loop(x, a * 0.3, y)\n  return y[:, :, 2:] + 1", {"x:f32[n,2,t=9]", "a:f32[2,3]"}},
    {"def f(x, a, b):\n  y = torch.zeros_like(x)\n  z = y[:, 1:]\n"
     "  torch.ops.torchaudio._overdrive_core_loop(x, x + 1, a, b, y)\n  return y, z", {"x:f32[n,t=9]", "a:f32[n]", "b:f32[n]"}},
});

}  // namespace

}  // namespace deploytool::testing
