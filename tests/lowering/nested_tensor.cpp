// Nested tensors, as transformer encoders make of padded sequences.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::string kNested =
    "def f(x, n, w, b, p, q):\n"
    "  mask = torch.arange(x.size(1)) < n.unsqueeze(1)\n"
    "  y = torch._nested_tensor_from_mask(x, mask)\n";
const std::string kLayer =
    "  y = torch._transformer_encoder_layer_fwd(y, 4, 2, w, b, p, q, True, False, 1e-5, q, q, q, q, p, q, p, q)\n";
const std::vector<std::string> kInputs{"x:f32[n,t,4]", "n:i64[n]", "w:f32[12,4]", "b:f32[12]", "p:f32[4,4]", "q:f32[4]"};
const CaseOptions kPadded{.ranges = {{"n", {1, 4}}}, .sizes = {{{"n", 1}, {"t", 3}}, {{"n", 3}, {"t", 6}}}};

const Cases kNestedTensors("nested_tensor", {
    {kNested + "  return y.to_padded_tensor(0.5, x.size())", kInputs, kPadded},
    {kNested + "  return y.to_padded_tensor(0.0)", kInputs, kPadded},
    {kNested + "  return y.is_nested, x.is_nested", kInputs, kPadded},
    {kNested + kLayer + kLayer + "  return y.to_padded_tensor(0.0, x.size())", kInputs, kPadded},
    {kNested + "  if torch._nested_tensor_from_mask_left_aligned(x, mask):\n    return y.to_padded_tensor(0.0, x.size())\n"
               "  return x", kInputs, kPadded},
    {kNested + "  return torch._nested_tensor_size(y), torch.nested_to_padded_tensor(y, 0.5)", kInputs, kPadded},
    {kNested + "  z = torch.nested_to_padded_tensor(y, 0.0) * 2\n  z = torch._nested_from_padded_and_nested_example(z, y)\n"
               "  return z.to_padded_tensor(-1.0), z.to_padded_tensor(0.5, x.size())", kInputs, kPadded},
    // Padding at the beginning: libtorch takes the other path.
    {"def f(x, n):\n"
     "  mask = torch.arange(x.size(1)) >= n.unsqueeze(1)\n"
     "  if torch._nested_tensor_from_mask_left_aligned(x, mask):\n"
     "    return torch._nested_tensor_from_mask(x, mask).to_padded_tensor(0.0)\n"
     "  return x.masked_fill(~mask.unsqueeze(2), 0.0)", {"x:f32[n,t,4]", "n:i64[n]"},
     {.ranges = {{"n", {1, 3}}}, .sizes = {{{"n", 1}, {"t", 3}}, {{"n", 3}, {"t", 6}}}}},
    {kNested + "  return torch.softmax(y, 1)", kInputs, {.refuses = "aten::softmax.int of a nested tensor"}},
});

}  // namespace

}  // namespace deploytool::testing
