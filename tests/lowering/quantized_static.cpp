// Quantizing and dequantizing.
#include <sstream>

#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kX{"x:f32[n,3]"};
const CaseOptions kWide{.low = -8, .high = 8};

/// `range`: both ends, the limits of the integers, and whether it is symmetric.
std::string observed(int observer, int quantize, const std::string& range = "-2.0 2.5 0,255 False", bool rows = false) {
  std::istringstream in(range);
  std::string low, high, integers, symmetric;
  in >> low >> high >> integers >> symmetric;
  const std::string flags = "torch.tensor([" + std::to_string(observer) + "]), torch.tensor([" + std::to_string(quantize) + "])";
  return "torch.fused_moving_avg_obs_fake_quant(x, " + flags +
         ", torch.tensor([" + low + "]), torch.tensor([" + high + "]), torch.ones(" + (rows ? "3" : "1") + "), torch.zeros(" +
         (rows ? "3" : "1") + ").to(3), 0.01, " + integers + ", 1, " + (rows ? "True" : "False") + ", " + symmetric + ")";
}

const Cases kQuantizedStatic("quantized_static", {
    // Constants keep their integers.
    {"x + torch.fake_quantize_per_channel_affine(torch.linspace(-3, 3, 12).view(3, 4), torch.tensor([0.1, 0.2, 0.05]), torch.tensor([0, 0, 0]).to(3), 0, -127, 127)", {"x:f32[n=3,4]"}, {.sizes = {{{"n", 3}}}}},
    {"x + torch.fake_quantize_per_tensor_affine(torch.linspace(-3, 3, 4), torch.tensor([0.1]), torch.tensor([3]).to(3), 0, 255)", {"x:f32[n=3,4]"}},
    {"def f(x):\n  q = torch.quantize_per_tensor(x, 0.1, 3, 13)\n  y = x + 1 if q.is_quantized else x\n"
     "  return y if q.dequantize().is_quantized else y * (3 if q.view(-1).is_quantized else 5)", {"x:f32[n,3]"}},
    {"def f(x):\n  w = torch.fake_quantize_per_channel_affine(torch.sin(torch.arange(36)).view(2, 2, 3, 3), torch.tensor([0.01, 0.02]), torch.tensor([0, 0]).to(3), 0, -128, 127)\n"
     "  return torch.conv2d(torch.fake_quantize_per_tensor_affine(x, 0.02, 128, 0, 255), w)", {"x:f32[n=3,2,8,8]"}},
    {observed(0, 0), kX, kWide},
    {observed(0, 1), kX, kWide},
    {observed(0, 1, "-2.0 2.5 -128,127 True"), kX, kWide},
    {observed(0, 1, "0.5 2.0 0,127 True"), kX, kWide},
    {observed(0, 1, "0.0 0.0 0,255 False"), kX, kWide},
    {observed(0, 1, "-1e-5 2e-6 0,255 False"), kX, kWide},
    {observed(0, 1, "-2.,-1.,0. 1.,2.,3. -128,127 True", true), kX, kWide},
    {observed(1, 1), kX, {.refuses = "disable_observer"}},
    {"torch.fake_quantize_per_tensor_affine(x, 0.1, 3, 0, 255)", kX, kWide},
    {"torch.fake_quantize_per_tensor_affine(x, 0.0625, -3, -128, 127)", kX, kWide},
    {"torch.fake_quantize_per_tensor_affine(x, 0.25, 30, 0, 127)", kX, kWide},
    {"torch.fake_quantize_per_tensor_affine(x, torch.tensor([0.1]), torch.tensor([3]).to(3), 0, 255)", kX, kWide},
    {"torch.fake_quantize_per_channel_affine(x, torch.tensor([0.1, 0.2, 0.05]), torch.tensor([0, 10, 120]).to(3), 1, 0, 255)", kX, kWide},
    {"torch.fake_quantize_per_channel_affine(x, torch.tensor([0.1, 0.2, 0.05]), torch.tensor([0, 1, -2]).to(3), 1, -8, 7)", kX, kWide},
    {"torch.dequantize(torch.quantize_per_tensor(x, 0.1, 100, 13))", kX, kWide},
    {"torch.dequantize(torch.quantize_per_tensor(x, 0.0625, -5, 12))", kX, kWide},
    {"torch.dequantize(torch.quantize_per_tensor(x, 0.001, 7, 14))", kX, kWide},
    {"torch.dequantize(torch.quantize_per_tensor(x, torch.tensor(0.125), torch.tensor(90), 13))", kX, kWide},
    {"torch.dequantize(torch.quantize_per_channel(x, torch.tensor([0.1, 0.2, 0.05]), torch.tensor([128, 10, 100]), 1, 13))", kX, kWide},
    // Operators on quantized tensors round what they give; on what was dequantized or only faked they do not.
    {"torch.dequantize(torch.avg_pool1d(torch.quantize_per_tensor(x, 0.5, 100, 13).unsqueeze(0), [2]))", {"x:f32[n,4]"}, kWide},
    {"torch.dequantize(torch.mean(torch.quantize_per_tensor(x, 0.5, 100, 13), [1]))", kX, kWide},
    {"torch.dequantize(torch.sigmoid(torch.quantize_per_tensor(x, 0.1, 100, 13)))", kX, kWide},
    {"torch.dequantize(torch.tanh(torch.quantize_per_tensor(x, 0.1, -5, 12)))", kX, kWide},
    {"torch.dequantize(torch.relu(torch.quantize_per_tensor(x, 0.5, 100, 13)).t())", kX, kWide},
    {"torch.dequantize(torch.cat([torch.quantize_per_tensor(x, 0.5, 100, 13), torch.quantize_per_tensor(x, 0.125, 100, 13)], 1))", kX, kWide},
    {"torch.sigmoid(torch.dequantize(torch.quantize_per_tensor(x, 0.5, 100, 13)).t())", kX, kWide},
    {"torch.mean(torch.dequantize(torch.relu(torch.quantize_per_tensor(x, 0.5, 100, 13))), [1])", kX, kWide},
    {"(torch.mean(torch.fake_quantize_per_tensor_affine(x, 0.5, 100, 0, 255), [1]), torch.dequantize(torch.quantize_per_tensor(x, 0.5, 100, 13)))", kX, kWide},
    {"(torch.dequantize(torch.quantize_per_tensor(x, 0.5, 100, 13)), torch.mean(torch.fake_quantize_per_tensor_affine(x, 0.5, 100, 0, 255), [1]))", kX, kWide},
    {"torch.dequantize(qtensor=torch.quantize_per_tensor(x, 0.1, 100, 13))", kX, kWide},
    {"torch.dequantize(x)", {"x:T[n,3]"}, {.dtypes = "f32 f64 i64 bool"}},
});

}  // namespace

}  // namespace deploytool::testing
