// Normalisations.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kChannels{"x:T[n,3,s]", "w:T[3]", "b:T[3]", "m:T[3]", "v:T[3]"};
const CaseOptions kPositiveVariance{.ranges = {{"v", {0.5, 2}}}};

const Cases kNormalization("normalization", {
    {"torch.batch_norm(x, w, b, m, v, False, 0.1, 1e-5, True)", kChannels, {.dtypes = "f32 f64 f16", .ranges = {{"v", {0.5, 2}}}}},
    {"torch.batch_norm(x, None, None, x, x, False, 0.1, 1e-5, True)", {"x:f32[n]"}, {.refuses = "axis of channels"}},
    {"torch.batch_norm(x, None, None, m, v, False, 0.1, 1e-5, True)", {"x:f32[n,3,s,2]", "m:f32[3]", "v:f32[3]"}, kPositiveVariance},
    {"torch.batch_norm(x, None, b, m, v, False, 0.1, 1e-5, True)", {"x:f32[n,3]", "b:f32[3]", "m:f32[3]", "v:f32[3]"}, kPositiveVariance},
    {"torch.batch_norm(x, w, b, None, None, True, 0.1, 1e-5, True)", {"x:f32[n,3,s]", "w:f32[3]", "b:f32[3]"}, {.smallest = 2}},
    {"torch.batch_norm(x, w, b, None, None, True, 0.1, 1e-3, True)", {"x:f32[n,3]", "w:f32[3]", "b:f32[3]"}, {.smallest = 2}},
    {"def f(x, w, b, m, v):\n  y, a, c = torch.native_batch_norm(x, w, b, m, v, False, 0.1, 1e-5)\n  return torch.outer(a, x[0, 0])",
     kChannels, kPositiveVariance},
    {"def f(x, w, b, m, v):\n  y, a, c = torch.native_batch_norm(x, w, b, m, v, False, 0.1, 1e-5)\n  return y", kChannels, kPositiveVariance},
    {"torch.instance_norm(x, w, b, None, None, True, 0.1, 1e-5, True)", {"x:T[n,3,s]", "w:T[3]", "b:T[3]"}, {.dtypes = "f32 f64", .smallest = 2}},
    {"torch.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, True)", {"x:f32[n,3,s,2]"}},
    {"torch.instance_norm(x, w, b, m, v, False, 0.1, 1e-5, True)", kChannels, kPositiveVariance},
    {"torch.layer_norm(x, [4], w, b)", {"x:T[n,s,4]", "w:T[4]", "b:T[4]"}, {.dtypes = "f32 f64 f16", .opsets = {13, 17}}},
    {"torch.layer_norm(x, [3, 4], w, None, 1e-3)", {"x:f32[n,3,4]", "w:f32[3,4]"}, {.opsets = {13, 17}}},
    {"torch.layer_norm(x, [4])", {"x:f32[n,s,4]"}, {.opsets = {13, 17}}},
    {"torch.layer_norm(x, [x.size(-1)])", {"x:f32[n,s]"}, {.smallest = 2}},
    {"def f(x, w, b):\n  y, m, r = torch.native_layer_norm(x, [3, 4], w, b, 1e-5)\n  return y, m, r",
     {"x:f32[n,3,4]", "w:f32[3,4]", "b:f32[3,4]"}, {.opsets = {13, 17}}},
    {"def f(x, w, b, m, v):\n  y, s, t = torch.native_batch_norm(x, w, b, m, v, True, 0.1, 1e-5)\n  return y, s, t", kChannels, kPositiveVariance},
    {"torch._native_batch_norm_legit_no_training(x, w, b, m, v, 0.1, 1e-5)[0]", kChannels,
     {.ranges = {{"v", {0.5, 2}}}, .reference = "torch.batch_norm(x, w, b, m, v, False, 0.1, 1e-5, False)"}},
    {"torch._native_batch_norm_legit(x, w, b, True, 0.1, 1e-5)[0]", {"x:f32[n,3,s]", "w:f32[3]", "b:f32[3]"},
     {.reference = "torch.batch_norm(x, w, b, None, None, True, 0.1, 1e-5, False)"}},
    {"torch._native_batch_norm_legit(x, w, b, m, v, False, 0.1, 1e-5)[0]", kChannels,
     {.ranges = {{"v", {0.5, 2}}}, .reference = "torch.batch_norm(x, w, b, m, v, False, 0.1, 1e-5, False)"}},
    {"def f(x, w, b):\n  y, m, r = torch.native_group_norm(x, w, b, x.size(0), 6, x.size(2), 3, 1e-5)\n  return y, m, r",
     {"x:f32[n,6,s]", "w:f32[6]", "b:f32[6]"}},
    {"def f(v, g):\n  w, n = torch._weight_norm_interface(v, g, 0)\n  return w, n", {"v:f32[5,n,3]", "g:f32[5,1,1]"}},
    {"torch.norm_except_dim(x, 2, 1)", {"x:f32[n,4,3]"}},
    {"torch.norm_except_dim(x, 2, -1)", {"x:f32[n,4,3]"}},
    {"torch.rms_norm(x, [4], w, 1e-5)", {"x:f32[n,s,4]", "w:f32[4]"}},
    {"torch.rms_norm(x, [4], w)", {"x:f32[n,4]", "w:f64[4]"}},
    {"torch.rms_norm(x, [3, 4])", {"x:f32[n,3,4]"}},
    {"torch.group_norm(x, 2, w, b)", {"x:T[n,4,s]", "w:T[4]", "b:T[4]"}, {.dtypes = "f32 f64", .smallest = 2}},
    {"torch.group_norm(x, 3, w, b)", {"x:f32[n,6,s,2]", "w:f32[6]", "b:f32[6]"}},
    {"torch.group_norm(x, 4)", {"x:f32[n,8]"}},
    {"torch._weight_norm(v, g, 0)", {"v:T[n,3,4]", "g:T[n,1,1]"}, {.dtypes = "f32 f64"}},
    {"torch._weight_norm(v, g, 2)", {"v:f32[n,3,4]", "g:f32[1,1,4]"}},
    {"torch._weight_norm(v, g, -1)", {"v:f32[n,3,4]", "g:f32[]"}},
});

}  // namespace

}  // namespace deploytool::testing
