// Sizes, element types and other questions to a tensor.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kProperties("properties", {
    {"x.size()", {"x:f32[b=2,3]"}},
    {"x.size(-1)", {"x:f32[2,b=3]"}},
    {"x.numel()", {"x:f32[b=2,3]"}},
    {"x.dim()", {"x:f32[b=2,3]"}},
    {"len(x)", {"x:f32[b=2,3]"}},
    {"torch._shape_as_tensor(x)", {"x:f32[b=2,3]"}},
    {"x.stride()", {"x:f32[b=2,3,4]"}},
    {"x.stride(0)", {"x:f32[b=2,n=3,4]"}},
    {"x.storage_offset()", {"x:f32[b=2,3]"}},
    {"torch.is_same_size(x, y)", {"x:f32[b=2,3]", "y:f32[n=2,3]"}},
    {"x.is_contiguous()", {"x:f32[b=2,3]"}},
    {"torch.is_nonzero(x)", {"x:f32[]"}},
    {"x.is_floating_point()", {"x:f32[b=2]"}},
    {"torch.is_complex(x)", {"x:f32[b=2]"}},
    {"torch.is_signed(x)", {"x:u8[b=2]"}},
    {"torch.result_type(x, y)", {"x:i64[b=2]", "y:f32[]"}},
    {"torch.result_type(x, 1.5)", {"x:i64[b=2]"}},
    {"x.dtype", {"x:f16[b=2]"}},
    {"x.is_cuda", {"x:f32[b=2]"}},
    {"x.requires_grad", {"x:f32[b=2]"}},
});

}  // namespace

}  // namespace deploytool::testing
