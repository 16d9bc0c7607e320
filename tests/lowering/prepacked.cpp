// Operators of archives optimised for mobile devices.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kPrepacked("prepacked", {
    {"ops.prepacked.linear_clamp_run(x, ops.prepacked.linear_clamp_prepack(torch.arange(12.0).reshape(4, 3), torch.ones([4]), "
     "None, 1.5))", {"x:f32[b=2,3]"}},
    {"ops.prepacked.conv2d_clamp_run(x, ops.prepacked.conv2d_clamp_prepack(torch.arange(72.0).reshape(4, 2, 3, 3), None, "
     "[2, 1], [1, 0], [1, 1], 1, 0.0, 6.0))", {"x:f32[b=2,2,8,7]"}},
    {"ops.prepacked.conv2d_transpose_clamp_run(x, ops.prepacked.conv2d_transpose_clamp_prepack("
     "torch.arange(54.0).reshape(2, 3, 3, 3), torch.ones([3]), [2, 2], [1, 1], [1, 1], [1, 1], 1, None, None))",
     {"x:f32[b=2,2,5,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
