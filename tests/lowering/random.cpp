// Random operators: dtypes, dims, and that both runtimes draw from one distribution.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

Case random(const char* code, CaseOptions options = {}) {
  options.distribution = true;
  return {code, {"x:T[n=60,100]"}, std::move(options)};
}

/// `z.<call>` of a copy of the input.
Case inPlace(const std::string& call, CaseOptions options = {}) {
  options.distribution = true;
  return {"def f(x):\n  z = x.clone()\n  z." + call + "\n  return z", {"x:T[n=60,100]"}, std::move(options)};
}

const CaseOptions kProbabilities{.low = 0, .high = 1};
constexpr const char* kFloats = "f32 f64 f16";

const Cases kRandom("random", {
    random("torch.rand([x.size(0), 100])"),
    random("torch.rand([60, 100], dtype=7)"),
    random("torch.rand([x.size(0), 100], generator=None)"),
    random("torch.rand_like(x)", {.dtypes = kFloats}),
    random("torch.randn([x.size(0), 100])"),
    random("torch.randn([x.size(0), 100], generator=None)"),
    random("torch.randn_like(x)", {.dtypes = kFloats}),
    random("torch.randint(20, [x.size(0), 100])"),
    random("torch.randint(20, [60, 100], generator=None)"),
    random("torch.randint(-5, x.size(0), [x.size(0), 100])"),
    random("torch.randint(-5, 8, [60, 100], dtype=6)"),
    random("torch.randint(-5, 8, [60, 100], generator=None)"),
    random("torch.randint_like(x, 9)", {.dtypes = "f32 i64"}),
    random("torch.randint_like(x, -3, 9)"),
    random("torch.randperm(x.size(0) * 50)"),
    random("torch.randperm(500, generator=None, dtype=3)"),
    random("torch.uniform(x, -2.0, 3.0)", {.dtypes = kFloats}),
    inPlace("uniform_(-2.0, 3.0)"),
    inPlace("normal_(1.0, 2.0)", {.dtypes = kFloats}),
    random("torch.normal_functional(x, 1.0, 2.0)"),
    random("torch.normal(x, x.abs() + 1)"),
    random("torch.normal(x, 2.0)"),
    random("torch.normal(2.0, x.abs() + 1)"),
    random("torch.normal(2.0, 0.5, [x.size(0), 100])"),
    random("torch.log_normal(x, 0.5, 0.25)"),
    random("torch.exponential(x, 2.0)"),
    random("torch.cauchy(x, 1.0, 2.0)"),
    random("torch.geometric(x, 0.3)"),
    inPlace("log_normal_()"),
    inPlace("exponential_()"),
    inPlace("cauchy_()"),
    inPlace("geometric_(0.7)"),
    random("torch.random(x)", {.dtypes = "f32 i64 u8"}),
    random("torch.random(x, 17)", {.dtypes = "f32 i64"}),
    random("torch.random(x, -17, 30)", {.dtypes = "f32 i64"}),
    random("torch.bernoulli(x)", kProbabilities),
    random("torch.bernoulli(x, 0.3)"),
    random("torch.bernoulli(x, x)", kProbabilities),
    inPlace("bernoulli_(x)", kProbabilities),
    inPlace("bernoulli_(0.2)", {.dtypes = "f32 i64"}),
    random("torch.multinomial(x, 50)", {.low = 0.5, .high = 1}),
    random("torch.multinomial(x, 400, True)", kProbabilities),
    random("torch.multinomial(x[0], 100)", {.low = 0.5, .high = 1}),
    random("torch.dropout(x, 0.3, True)", {.dtypes = kFloats}),
    random("torch.dropout(x, 0.3, False)"),
    inPlace("sub_(1)\n  torch.dropout_(z, 0.3, True)"),
    random("torch.feature_dropout(x.reshape([-1, 50, 2]), 0.4, True)"),
    inPlace("sub_(1)\n  torch.feature_dropout_(z, 0.4, True)"),
    random("torch.alpha_dropout(x, 0.3, True)"),
    inPlace("sub_(1)\n  torch.alpha_dropout_(z, 0.3, True)"),
    random("torch.feature_alpha_dropout(x.reshape([-1, 50, 2]), 0.4, True)"),
    inPlace("sub_(1)\n  torch.feature_alpha_dropout_(z, 0.4, True)"),
    {"def f(x):\n  y, m = torch.native_dropout(x, 0.25, True)\n  return y, m.float()", {"x:f32[n=60,100]"}, {.distribution = true}},
    {"def f(x):\n  y, m = torch.native_dropout(x, 0.25, False)\n  return y, m", {"x:f32[n,3]"}},
    {"torch.poisson(x)", {"x:f32[n]"}, {.refuses = "no random operator"}},
    {"torch.binomial(x, x)", {"x:f32[n]"}, {.refuses = "no random operator"}},
    {"torch._standard_gamma(x)", {"x:f32[n]"}, {.refuses = "no random operator"}},
    {"torch._sample_dirichlet(x)", {"x:f32[n]"}, {.refuses = "no random operator"}},
});

}  // namespace

}  // namespace deploytool::testing
