// Softmax and what becomes of slices that are hidden as a whole.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kHeads{"q:f32[n,2,s=3,4]", "k:f32[n,2,t=2,4]", "v:f32[n,2,t=2,4]", "m:f32[s=3,t=2]"};
const std::string kHidden = "torch.zeros(m.shape).masked_fill(m < 0, float(\"-inf\"))";

const Cases kSoftmax("softmax", {
    {"torch.softmax(x, 1)", {"x:T[n,3,m]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.softmax(x, -1, 7)", {"x:T[n,3]"}, {.dtypes = "f32 i64"}},
    {"torch.log_softmax(x, 0)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16"}},
    {"torch.softmax(x, 0)", {"x:f32[]"}},
    {"torch._safe_softmax(torch.zeros(m.shape).masked_fill(m < 0, float(\"-inf\")), -1)", {"m:f32[n,2]"}},
    {"torch.scaled_dot_product_attention(q, k, v, m > 0)", kHeads},
    {"torch.scaled_dot_product_attention(q, k, v, " + kHidden + ")", kHeads},
});

}  // namespace

}  // namespace deploytool::testing
