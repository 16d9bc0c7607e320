// Making tensors.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kCreation("creation", {
    {"torch.zeros([x.size(0), 2])", {"x:f32[b=2]"}},
    {"torch.ones([x.size(0), 2], dtype=4)", {"x:f32[b=2]"}},
    {"torch.empty([x.size(0), 2]).zero_()", {"x:f32[b=2]"}},
    {"torch.zeros_like(x)", {"x:i64[b=2,3]"}},
    {"torch.ones_like(x, dtype=11)", {"x:f32[b=2,3]"}},
    {"torch.empty_like(x).fill_(3)", {"x:f32[b=2,3]"}},
    {"x.new_zeros([x.size(0), 2])", {"x:f64[b=2]"}},
    {"x.new_ones([3, x.size(0)], dtype=3)", {"x:f32[b=2]"}},
    {"x.new_empty([3, x.size(0)]).zero_()", {"x:f32[b=2]"}},
    {"torch.full([x.size(0), 2], 3)", {"x:f32[b=2]"}},
    {"torch.full([2, 2], x.size(0), dtype=6)", {"x:f32[b=2]"}},
    {"torch.full([x.size(0)], 1, dtype=11)", {"x:f32[b=2]"}},
    {"torch.full([x.size(0)], float(x.sum()))", {"x:f32[b=2]"}},
    {"torch.full_like(x, 2.5)", {"x:f32[b=2,3]"}},
    {"x.new_full([x.size(0), 1], 7)", {"x:f32[b=2,3]"}},
    {"torch.tensor([x.size(0), 5])", {"x:f32[b=2]"}},
    {"torch.tensor([[float(x[0]), 1.5], [2.5, 3.5]])", {"x:f32[b=2]"}},
    {"torch.tensor(x.size(0), dtype=6)", {"x:f32[b=2]"}},
    {"torch.tensor(float(x.sum()))", {"x:f32[b=2]"}},
    {"torch.tensor(bool(x.sum() > 0))", {"x:f32[b=2]"}},
    {"torch.as_tensor(x, dtype=4)", {"x:f32[b=2]"}},
    {"torch.as_tensor([x.size(0), x.size(1)])", {"x:f32[b=2,3]"}},
    {"torch.as_tensor(x.size(0))", {"x:f32[b=2,3]"}},
    {"torch.scalar_tensor(x.size(0), dtype=3)", {"x:f32[b=2]"}},
    {"torch.arange(x.size(0))", {"x:f32[b=2]"}},
    {"torch.arange(1, x.size(0))", {"x:f32[b=5]"}},
    {"torch.arange(x.size(0), -3, -2)", {"x:f32[b=5]"}},
    {"torch.arange(0, x.size(0), 2, dtype=6)", {"x:f32[b=5]"}},
    {"torch.arange(0.5, x.size(0), 0.3)", {"x:f32[b=5]"}},
    {"torch.arange(int(x))", {"x:i64[]"}, {.ranges = {{"x", {3, 9}}}}},
    {"torch.range(1, x.size(0))", {"x:f32[b=5]"}},
    {"torch.range(1, x.size(0), 0.5)", {"x:f32[b=5]"}},
    {"torch._dim_arange(x, 1)", {"x:f32[2,b=5]"}},
    {"torch.linspace(0, 1, x.size(0))", {"x:f32[b=5]"}},
    {"torch.linspace(-1, x.size(0), 7)", {"x:f32[b=5]"}},
    {"torch.logspace(0, 1, x.size(0), 2.)", {"x:f32[b=5]"}},
    {"torch.eye(x.size(0))", {"x:f32[b=3]"}},
    {"torch.eye(x.size(0), 4, dtype=4)", {"x:f32[b=3]"}},
    {"torch.one_hot(x, 5)", {"x:i64[b=4]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.one_hot(x)", {"x:i64[b=4,2]"}, {.ranges = {{"x", {0, 5}}}}},
    {"torch.vander(x, 4)", {"x:f32[b=3]"}},
    {"torch.vander(x, increasing=True)", {"x:f32[b=3]"}},
    {"torch.as_tensor(float(x.sum()))", {"x:f32[b=2]"}},
    {"torch.as_tensor(bool(x.sum() > 0))", {"x:f32[b=2]"}},
    {"def f(x):\n  return torch.add(x, torch.tensor(x.sum().item()))", {"x:f32[b=2]"}},
    {"torch.linspace(x, y, 5)", {"x:f32[]", "y:f32[]"}, {.reference = "torch.linspace(x.item(), y.item(), 5)"}},
    {"torch.linspace(x, 2, 5)", {"x:f32[]"}, {.reference = "torch.linspace(x.item(), 2, 5)"}},
    {"torch.linspace(-1.5, y, 5)", {"y:f32[]"}, {.reference = "torch.linspace(-1.5, y.item(), 5)"}},
    {"torch.logspace(x, y, 5)", {"x:f32[]", "y:f32[]"}, {.reference = "torch.logspace(x.item(), y.item(), 5)"}},
    {"torch.logspace(x, 2, 5, 2.0)", {"x:f32[]"}, {.reference = "torch.logspace(x.item(), 2, 5, 2.0)"}},
    {"torch.logspace(-1.5, y, 5)", {"y:f32[]"}, {.reference = "torch.logspace(-1.5, y.item(), 5)"}},
});

}  // namespace

}  // namespace deploytool::testing
