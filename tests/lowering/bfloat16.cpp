// Operators on bfloat16 that libtorch computes on float32 and rounds once. Compared as float32: a second rounding on the
// way shows in some of the many elements.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const CaseOptions kMany{.sizes = {{{"n", 64}}}};

Case rounded(const std::string& expression) {
  return {"def f(v):\n  x = v.to(15)\n  w = torch.linspace(-1, 1, 64).view(8, 8).to(15)\n  b = w[1]\n  return (" + expression + ").to(6)",
          {"v:f32[n=64,8]"}, kMany};
}

const Cases kBFloat16("bfloat16", {
    rounded("torch.linear(x, w, b)"),
    rounded("torch.gelu(x)"),
    rounded("torch.glu(x, -1)"),
    rounded("torch.hardswish(x)"),
    rounded("torch.lerp(x, x * b, 0.3)"),
    rounded("torch.log1p(x * x)"),
    rounded("torch.rsqrt(x * x + 1)"),
    rounded("torch.zeros_like(x) + x"),
});

}  // namespace

}  // namespace deploytool::testing
