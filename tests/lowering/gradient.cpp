// Numerical gradients.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kGradients("gradient", {
    {"torch.gradient(x)", {"x:f32[n=4,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=0.5, dim=1, edge_order=2)", {"x:f64[n=4,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=2, dim=[0, -1])", {"x:f32[n=4,2,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, dim=[1], edge_order=2)", {"x:f32[n=4,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=[torch.tensor(0.5).item(), torch.tensor(2.0).item()], edge_order=2)", {"x:f32[n=4,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=[torch.tensor(0.5).item(), torch.tensor(2.0).item()], dim=[1, 0])", {"x:f32[n=4,m=5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=[torch.tensor([0., 1., 3., 4., 8.])], dim=1, edge_order=2)", {"x:f32[n=4,5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=[torch.tensor([0., 1., 3., 4., 8.]), torch.arange(x.size(0)) * 2.0], dim=[1, 0])", {"x:f32[n=4,5]"}, {.smallest = 3}},
    {"torch.gradient(x, spacing=[torch.tensor(0.5).item()], dim=0)", {"x:f32[n=4,5]"}, {.smallest = 3}},
    {"torch.gradient(x)", {"x:i64[n=4]"}, {.smallest = 3}},
});

}  // namespace

}  // namespace deploytool::testing
