// Functions of Python's math module, numerical gradients, tensors that take another size, parts of quantized tensors, and
// what kernels call themselves inside other operators.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

Case number(const std::string& expression, CaseOptions options = {}) {
  return {"def f(x, y):\n  i = x.size(0)\n  k = int(y[0])\n  l = int(y[1])\n  u = float(x.sum())\n  v = float(y.sum()) + 0.5\n"
          "  s = y[0].item()\n  return " + expression, {"x:f32[n,3]", "y:i64[3]"}, std::move(options)};
}

const Cases kScalarFunctions("scalar_functions", {
    number("torch.gamma(i)"), number("torch.gamma(v)"), number("torch.gamma(-v)"), number("torch.gamma(s + 1)"),
    number("torch.lgamma(i) + 1"), number("torch.lgamma(v)"), number("torch.lgamma(s + 2) + 1"),
    number("torch.erfc(i)"), number("torch.erfc(u)"), number("torch.erfc(s)"),
    number("torch.factorial(k)"), number("torch.modf(u)"), number("torch.modf(v * 7)"),
    number("torch.mathremainder(u, v)"), number("torch.mathremainder(i, 3)"), number("torch.mathremainder(v, i)"),
    number("torch.mathremainder(i, v)"), number("torch.mathremainder(s, 3)"),
    number("torch.__round_to_zero_floordiv(k - 5, 2)"), number("torch.__round_to_zero_floordiv(i, 2)"),
    number("k & l"), number("(k - 3) | l"), number("(k - 3) ^ l"), number("(i + 5) & 6"),
});

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

const Cases kResized("resized", {
    {"def f(x):\n  y = x.clone()\n  y.resize_([3, 2])\n  return y", {"x:f32[2,3]"}},
    {"def f(x):\n  y = x.clone()\n  y.resize_([2, 2])\n  return y + 1", {"x:f32[2,4]"}},
    {"def f(x):\n  y = x.clone()\n  y.resize_([x.size(1), x.size(0)])\n  return y", {"x:f32[n,m]"}},
    {"def f(x):\n  y = torch.zeros(0)\n  y.resize_([x.size(0), 3])\n  y.copy_(x)\n  return y", {"x:f32[n,3]"}},
    {"def f(x, z):\n  y = x.clone()\n  y.resize_as_(z)\n  return y.sum() if y.numel() <= x.numel() else x.sum()", {"x:f32[n=4,3]", "z:f32[6]"}, {.smallest = 2}},
    {"torch.resize(x, [x.size(0), 2])", {"x:i64[n,3]"}},
    {"torch.resize_as(x, z)", {"x:f32[n=4,3]", "z:f32[6]"}, {.smallest = 2}},
});

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

const std::vector<std::string> kMasked{"x:f32[n,4]", "i:i64[n]", "m:bool[n]"};
const std::string kInside = "torch.clamp(i, -x.size(0), x.size(0) - 1)";

const Cases kInnerForms("inner_forms", {
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [i]\n  return torch._unsafe_masked_index(x, m.unsqueeze(1), l, 2.5)", kMasked,
     {.ranges = {{"i", {-20, 20}}}, .reference = "x[" + kInside + "].masked_fill(~m.unsqueeze(1), 2.5)"}},
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [None, i]\n  return torch._unsafe_masked_index(x, m, l, 0)", {"x:f32[2,n]", "i:i64[n]", "m:bool[n]"},
     {.ranges = {{"i", {-20, 20}}}, .reference = "x[:, torch.clamp(i, -x.size(1), x.size(1) - 1)].masked_fill(~m, 0)"}},
    {"def f(x, i, m):\n  l: List[Optional[Tensor]] = [i]\n  return torch._unsafe_masked_index_put_accumulate(x, m.unsqueeze(1), l, x * 2)", kMasked,
     {.ranges = {{"i", {-20, 20}}}, .reference = "x.index_put([" + kInside + "], (x * 2).masked_fill(~m.unsqueeze(1), 0), True)"}},
    {"torch._logcumsumexp(x, 1)", {"x:f32[n,3]"}},
    {"torch.native_norm(x, 2)", {"x:f32[n,3]"}, {.reference = "torch.norm(x, 2)"}},
    {"torch._pdist_forward(x, 2.0)", {"x:f32[4,3]"}},
    {"torch.rrelu_with_noise(x, torch.zeros_like(x), 0.1, 0.3, False)", {"x:f32[n,3]"}},
    {"torch._embedding_bag_forward_only(w, i, torch.tensor([0, 2]), False, 1)[0]", {"w:f32[7,3]", "i:i64[5]"}, {.ranges = {{"i", {0, 7}}}}},
    {"torch._add_relu(x, y, alpha=2)", {"x:f32[n,3]", "y:f32[n,3]"}},
    {"torch._add_relu(x, 0.5)", {"x:f32[n,3]"}, {.reference = "torch.relu(x + 0.5)"}},
    {"torch._slow_conv2d_forward(x, w, [3, 3], b, [2, 1], [1, 0])", {"x:f32[n=2,4,h=7,8]", "w:f32[6,4,3,3]", "b:f32[6]"}, {.smallest = 3}},
    {"torch.slow_conv3d_forward(x, w, [3, 3, 3], b, [1, 2, 1], [1, 0, 1])", {"x:f32[n=2,2,d=5,6,7]", "w:f32[3,2,3,3,3]", "b:f32[3]"}, {.smallest = 3}},
    {"torch._conv_depthwise2d(x, w, [3, 3], b, [2, 1], [1, 0], [1, 1])", {"x:f32[n=2,4,h=7,8]", "w:f32[8,1,3,3]", "b:f32[8]"},
     {.smallest = 3, .reference = "torch.conv2d(x, w, b, [2, 1], [1, 0], [1, 1], 4)"}},
    {"torch.conv_depthwise3d(x, w, [3, 3, 3], b, [1, 2, 1], [1, 0, 1], [1, 1, 1])", {"x:f32[n=2,2,d=5,6,7]", "w:f32[2,1,3,3,3]", "b:f32[2]"},
     {.smallest = 3, .reference = "torch.conv3d(x, w, b, [1, 2, 1], [1, 0, 1], [1, 1, 1], 2)"}},
    {"(x.element_size(), x)", {"x:f16[n,3]"}},
    {"(x.itemsize, x.nbytes, x)", {"x:f64[n,3]"}, {.libtorch = "2."}},
});

}  // namespace

}  // namespace deploytool::testing
