// Conversions between element types.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kCast("cast", {
    {"x.to(4)", {"x:f32[b=2,3]"}},
    {"x.to(11)", {"x:f32[b=2,3]"}},
    {"x.to(4).to(11)", {"x:T[b=2,3]"}, {.dtypes = "f32 f64 f16"}},
    {"x.to(7)", {"x:i32[b=2,3]"}},
    {"x.to(torch.device(\"cpu\"), 5)", {"x:f32[b=2,3]"}},
    {"x.to(\"cpu\")", {"x:f32[b=2,3]"}},
    {"x.to(dtype=3)", {"x:f64[b=2,3]"}},
    {"x.to(y)", {"x:f32[b=2,3]", "y:i64[1]"}},
    {"torch._to_copy(x, dtype=7)", {"x:f32[b=2,3]"}},
    {"x.type_as(y)", {"x:f32[b=2,3]", "y:i64[1]"}},
    {"torch._cast_Byte(x)", {"x:i64[b=2,3]"}, {.ranges = {{"x", {0, 200}}}}},
    {"torch._cast_Char(x)", {"x:i64[b=2,3]"}, {.ranges = {{"x", {-100, 100}}}}},
    {"torch._cast_Double(x)", {"x:i64[b=2,3]"}},
    {"torch._cast_Float(x)", {"x:i64[b=2,3]"}},
    {"torch._cast_Half(x)", {"x:i64[b=2,3]"}, {.ranges = {{"x", {-100, 100}}}}},
    {"torch._cast_Int(x)", {"x:f32[b=2,3]"}},
    {"torch._cast_Long(x)", {"x:f32[b=2,3]"}},
    {"torch._cast_Short(x)", {"x:f32[b=2,3]"}},
});

}  // namespace

}  // namespace deploytool::testing
