// What a quantized tensor is made of, and fake quantization with a mask or learnt scales.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::string kQuantized = "torch.quantize_per_tensor(x, 0.1, 100, 13)";
const std::string kChannels = "torch.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.05]), torch.tensor([0, 10, -3]), 1, 12)";
const CaseOptions kWide{.low = -8, .high = 8};

const Cases kQuantizedParts("quantized_parts", {
    {"torch.int_repr(" + kQuantized + ")", {"x:f32[n,3]"}, kWide},
    {"torch.int_repr(torch.relu(" + kQuantized + ").t())", {"x:f32[n,3]"}, kWide},
    {"torch.int_repr(torch.quantize_per_tensor(x, 0.1, -5, 12)).float().mean()", {"x:f32[n,3]"}, kWide},
    {"(torch.q_scale(" + kQuantized + "), torch.q_zero_point(" + kQuantized + "), x)", {"x:f32[n,3]"}, kWide},
    {"def f(x):\n  q = " + kQuantized + "\n  return (torch.int_repr(q).float() - torch.q_zero_point(q)) * torch.q_scale(q)", {"x:f32[n,3]"}, kWide},
    {"torch.int_repr(" + kChannels + ")", {"x:f32[n,3]"}, kWide},
    {"def f(x):\n  q = " + kChannels + "\n  return torch.q_per_channel_scales(q), torch.q_per_channel_zero_points(q), torch.q_per_channel_axis(q), x",
     {"x:f32[n,3]"}, kWide},
    {"torch.dequantize(torch.quantized_max_pool1d(" + kQuantized + ", [2], [1], [0], [1], False))", {"x:f32[n,2,6]"}, kWide},
    {"torch.dequantize(torch.quantized_max_pool2d(" + kQuantized + ", [2, 2], [1, 2], [1, 0], [1, 1], False))", {"x:f32[n,2,6,6]"}, kWide},
    {"torch.dequantize(torch.quantized_batch_norm(" + kQuantized + ", torch.ones(3), torch.ones(3), torch.zeros(3), torch.ones(3), 1e-5, 0.1, 90))",
     {"x:f32[n,3,4,5]"}, kWide},
    {"torch.dequantize(ops.quantized.dropout(" + kQuantized + ", 0.1, 100, 0.5, False))", {"x:f32[n,3]"}, kWide},
    {"torch.fake_quantize_per_tensor_affine_cachemask(x, 0.0625, 3, 0, 63)", {"x:f32[n,3]"}, kWide},
    {"torch.fake_quantize_per_channel_affine_cachemask(x, torch.tensor([0.125, 0.25, 0.0625]), torch.tensor([0, 1, -2]).to(3), 1, -8, 7)",
     {"x:f32[n,3]"}, kWide},
    {"torch._fake_quantize_learnable_per_tensor_affine(x, torch.tensor([0.125]), torch.tensor([3.4]), 0, 255, 1.0)", {"x:f32[n,3]"}, kWide},
    {"torch._fake_quantize_learnable_per_channel_affine(x, torch.tensor([0.125, 0.25, 0.0625]), torch.tensor([0.3, 1.6, -300.0]), 1, -128, 127, 1.0)",
     {"x:f32[n,3]"}, kWide},
});

}  // namespace

}  // namespace deploytool::testing
