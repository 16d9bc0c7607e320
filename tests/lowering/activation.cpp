// Activation functions and softmax.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

constexpr const char* kFloats = "f32 f64 f16";

const Cases kActivation("activation", {
    {"torch.relu(x)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16 bf16 i64 i32 i8 u8"}},
    {"torch.relu(x)", {"x:f32[]"}},
    {"torch.threshold(torch.sqrt(x), 0, 2)", {"x:T[n,9]"}, {.dtypes = "f32 f64"}},
    {"torch.clamp(torch.relu(x), -0.5, 1)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.relu6(x * 4)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16 i64"}},
    {"torch.hardtanh(x, -0.5, 0.75)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.hardtanh(x, -1, 2)", {"x:i64[n,3]"}},
    {"torch.leaky_relu(x, 0.2)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.rrelu(x, 0.1, 0.3)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.rrelu(x, 0.1, 0.3, True)", {"x:f32[n,3]"}, {.refuses = "training"}},
    {"torch.prelu(x, w)", {"x:T[n,3,m]", "w:T[3]"}, {.dtypes = kFloats}},
    {"torch.prelu(x, w)", {"x:f32[n,3]", "w:f32[1]"}},
    {"torch.prelu(x, w)", {"x:f32[n]", "w:f32[1]"}},
    {"torch.prelu(x, w)", {"x:f32[n,m]", "w:f32[m]"}},
    {"torch.elu(x, 0.7)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.elu(x, 0.7, 1.5, 2.0)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.celu(x, 0.6)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.celu(x, -0.6)", {"x:T[n,3]"}, {.low = -1, .high = 1}},
    {"torch.selu(x)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.sigmoid(x)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16 i64 u8 bool"}},
    {"torch.sigmoid(x) * x", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.sigmoid(x * 1000)", {"x:f64[n,3]"}},
    {"torch.special_expit(x)", {"x:T[n,3]"}, {.dtypes = "f32 i32"}},
    {"torch.log_sigmoid(x * 30)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"def f(x):\n  y, b = torch.log_sigmoid_forward(x)\n  return y, b", {"x:f32[n,3]"}},
    {"torch.silu(x)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.mish(x * 5)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.softplus(x * 15)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.softplus(x, 2.0, 1.0)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.softplus(x, 0.5)", {"x:f32[n,3]"}},
    {"torch.gelu(x)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.gelu(x, approximate=\"tanh\")", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.hardsigmoid(x * 4)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.hardswish(x * 4)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.hardshrink(x, 0.4)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.softshrink(x, 0.4)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.threshold(x, 0.1, 20)", {"x:T[n,3]"}, {.dtypes = kFloats}},
    {"torch.threshold(x, 2, 20)", {"x:i64[n,3]"}},
    {"torch.glu(x)", {"x:T[n,6]"}, {.dtypes = kFloats}},
    {"torch.glu(x, 0)", {"x:f32[n,3]"}, {.sizes = {{{"n", 8}}, {{"n", 2}}}}},
    {"def f(x):\n  y = x.clone()\n  torch.relu_(y)\n  return y", {"x:f32[n,3]"}},
});

const Cases kSoftmax("softmax", {
    {"torch.softmax(x, 1)", {"x:T[n,3,m]"}, {.dtypes = kFloats}},
    {"torch.softmax(x, -3)", {"x:f32[n,3,m]"}},
    {"torch.softmax(x, 0)", {"x:f32[]"}},
    {"torch.softmax(x, 0, dtype=7)", {"x:T[n,3]"}, {.dtypes = "f32 i64"}},
    {"torch.log_softmax(x, 1)", {"x:T[n,3,m]"}, {.dtypes = kFloats}},
    {"torch.log_softmax(x, 0)", {"x:f32[]"}},
    {"torch.special_softmax(x, 1)", {"x:f32[n,m]"}},
    {"torch.special_log_softmax(x, 1, dtype=7)", {"x:f32[n,m]"}},
    {"torch._softmax(x, 1, False)", {"x:T[n,m]"}, {.dtypes = "f32 f64"}},
    {"torch._log_softmax(x, 1, False)", {"x:T[n,m]"}, {.dtypes = "f32 f64"}},
});

}  // namespace

}  // namespace deploytool::testing
