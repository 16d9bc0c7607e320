// Operators of libtorch's `quantized` namespace, with packed parameters made in the text.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const CaseOptions kWide{.low = -4, .high = 4};
/// libtorch 2.6 on oneDNN answers with other numbers than the same convolution of the dequantized weights.
const CaseOptions kTransposed{.low = -4, .high = 4, .libtorch = "1."};

/// A program whose `q` is the quantized input and whose result `y` is quantized.
std::string rounded(const std::string& y, const std::string& before = "") {
  return "def f(x):\n  q = torch.quantize_per_tensor(x, 0.037, 110, 13)\n" + before + "  return torch.dequantize(" + y + ")";
}

std::string packed(const char* kind, const std::string& weight, const std::string& rest, const char* call) {
  return rounded(call, "  w = torch.quantize_per_tensor(" + weight + ", 0.013, 0, 12)\n  p = ops.quantized." + kind + "(w, " + rest + ")\n");
}

std::string sines(const char* dims, int count) {
  return "torch.sin(torch.arange(" + std::to_string(count) + ".0)).reshape(" + dims + ")";
}

std::string linear(const char* call) {
  return packed("linear_prepack", sines("4, 3", 12), "torch.arange(4.0)", call);
}
std::string conv1d(const char* call) {
  return packed("conv1d_prepack", sines("4, 2, 3", 24), "torch.arange(4.0), [2], [1], [1], 1", call);
}
std::string conv2d(const char* call) {
  return packed("conv2d_prepack", sines("4, 1, 3, 3", 36), "torch.arange(4.0), [2, 1], [1, 0], [1, 1], 2", call);
}
std::string conv3d(const char* call) {
  return packed("conv3d_prepack", sines("2, 2, 2, 2, 2", 32), "None, [1, 1, 1], [1, 0, 0], [1, 1, 1], 1", call);
}

const std::vector<std::string> kX{"x:f32[b=2,3]"}, kSignal{"x:f32[b=2,2,9]"}, kImage{"x:f32[b=2,2,8,7]"},
    kVolume{"x:f32[b=2,2,4,4,4]"};

const Cases kLayers("quantized_layers", {
    {linear("ops.quantized.linear(q, p, 0.061, 120)"), kX, kWide},
    {linear("ops.quantized.linear_relu(q, p, 0.061, 10)"), kX, kWide},
    {conv1d("ops.quantized.conv1d(q, p, 0.061, 120)"), kSignal, kWide},
    {conv1d("ops.quantized.conv1d_relu(q, p, 0.061, 0)"), kSignal, kWide},
    {conv2d("ops.quantized.conv2d(q, p, 0.061, 120)"), kImage, kWide},
    {packed("conv_transpose1d_prepack", sines("2, 4, 3", 24), "torch.arange(4.0), [2], [1], [0], [1], 1",
            "ops.quantized.conv_transpose1d(q, p, 0.061, 120)"), kSignal, kTransposed},
    {packed("conv_transpose2d_prepack", sines("2, 4, 3, 3", 72), "torch.arange(4.0), [2, 1], [1, 0], [0, 0], [1, 1], 1",
            "ops.quantized.conv_transpose2d(q, p, 0.061, 120)"), kImage, kTransposed},
    {packed("conv_transpose3d_prepack", sines("2, 4, 2, 2, 2", 64), "None, [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1], 1",
            "ops.quantized.conv_transpose3d(q, p, 0.061, 120)"), kVolume, kTransposed},
    {conv2d("ops.quantized.conv2d_relu(q, p, 0.061, 3)"), kImage, kWide},
    {conv2d("ops.quantized.conv2d(q, p, [2, 1], [1, 0], [1, 1], 2, 0.061, 120)"), kImage, kWide},
    {conv2d("ops.quantized.conv2d_relu(q, p, [2, 1], [1, 0], [1, 1], 2, 0.061, 3)"), kImage, kWide},
    {conv3d("ops.quantized.conv3d(q, p, 0.061, 120)"), kVolume, kWide},
    {conv3d("ops.quantized.conv3d_relu(q, p, 0.061, 3)"), kVolume, kWide},
    {conv3d("ops.quantized.conv3d(q, p, [1, 1, 1], [1, 0, 0], [1, 1, 1], 1, 0.061, 120)"), kVolume, kWide},
    {conv3d("ops.quantized.conv3d_relu(q, p, [1, 1, 1], [1, 0, 0], [1, 1, 1], 1, 0.061, 3)"), kVolume, kWide},
});

const Cases kArithmetic("quantized_arithmetic", {
    {rounded("ops.quantized.add(q, q.flip([1]), 0.071, 100)"), kX, kWide},
    {rounded("ops.quantized.add_relu(q, q.flip([1]), 0.071, 9)"), kX, kWide},
    {rounded("ops.quantized.mul(q, q.flip([1]), 0.071, 100)"), kX, kWide},
    {rounded("ops.quantized.mul_relu(q, q.flip([1]), 0.071, 0)"), kX, kWide},
    {rounded("ops.quantized.matmul(q, q.t(), 0.271, 90)"), kX, kWide},
    {rounded("ops.quantized.cat([q, q.flip([1])], 1, 0.071, 100)"), kX, kWide},
    {rounded("ops.quantized.cat([q, q.flip([1])], 0, None, None)"), kX, kWide},
    {rounded("ops.quantized.cat_relu([q, q.flip([1])], 1, 0.071, 0)"), kX, kWide},
    {rounded("ops.quantized.add(q, 1.7)"), kX, kWide},
    {rounded("ops.quantized.add(1.7, q)"), kX, kWide},
    {rounded("ops.quantized.add_relu(q, -0.3)"), kX, kWide},
    {rounded("ops.quantized.add_relu(-0.3, q)"), kX, kWide},
    {rounded("ops.quantized.add_scalar(q, 1.7)"), kX, kWide},
    {rounded("ops.quantized.add_scalar(q, 9.7)"), kX, kWide},
    {rounded("ops.quantized.add_scalar(q, -9.7)"), kX, kWide},
    {rounded("ops.quantized.add_scalar_relu(q, 0.4)"), kX, kWide},
    {rounded("ops.quantized.add_scalar(q, torch.tensor(1.7))"), kX, kWide},
    {rounded("ops.quantized.add_scalar_relu(q, torch.tensor(-0.4))"), kX, kWide},
    {rounded("ops.quantized.mul(q, 1.7)"), kX, kWide},
    {rounded("ops.quantized.mul(1.7, q)"), kX, kWide},
    {rounded("ops.quantized.mul_relu(q, 1.7)"), kX, kWide},
    {rounded("ops.quantized.mul_relu(1.7, q)"), kX, kWide},
    {rounded("ops.quantized.mul_scalar(q, 0.7)"), kX, kWide},
    {rounded("ops.quantized.mul_scalar(q, -2)"), kX, kWide},
    {rounded("ops.quantized.mul_scalar(q, 0)"), kX, kWide},
    {rounded("ops.quantized.mul_scalar_relu(q, -2)"), kX, kWide},
    {rounded("ops.quantized.mul_scalar(q, torch.tensor(0.7))"), kX, kWide},
    {rounded("ops.quantized.mul_scalar_relu(q, torch.tensor(-0.7))"), kX, kWide},
    {rounded("torch.mean(ops.quantized.mul_scalar(q, -2), [1])"), kX, kWide},
});

const Cases kActivation("quantized_activation", {
    {rounded("ops.quantized.sigmoid(q, 0.00390625, 0)"), kX, kWide},
    {rounded("ops.quantized.hardswish(q, 0.041, 20)"), kX, kWide},
    {rounded("ops.quantized.leaky_relu(q, 0.2, False, 0.041, 60)"), kX, kWide},
    {rounded("ops.quantized.elu(q, 0.041, 60, 0.9)"), kX, kWide},
    {rounded("ops.quantized.elu(q, 0.041, 60, 0.9, 1.1, 0.8)"), kX, kWide},
    {rounded("ops.quantized.celu(q, 0.041, 60, 0.9)"), kX, kWide},
    {rounded("ops.quantized.prelu(q, torch.quantize_per_tensor(torch.tensor([0.1, 0.4, 0.2]), 0.01, 0, 13), 0.041, 60)"), kX, kWide},
    {rounded("ops.quantized.softmax(q, 1, 0.00390625, 0)"), kX, kWide},
    {rounded("ops.quantized.relu6(q)"), kX, kWide},
    {rounded("ops.quantized.clamp(q, -1, 2.5)"), kX, kWide},
    {rounded("ops.quantized.threshold(q, 0.5, -1.3)"), kX, kWide},
    {rounded("ops.quantized.max_pool1d(q, [3], [2], [1], [1], False)"), kSignal, kWide},
    {rounded("ops.quantized.max_pool2d(q, [3, 2], [2, 1], [1, 0], [1, 1], False)"), kImage, kWide},
});

std::string batchNorm(const char* name) {
  return rounded(std::string("ops.quantized.") + name +
                 "(q, torch.tensor([0.7, 1.3]), torch.tensor([0.2, -0.4]), torch.tensor([0.1, -0.2]), torch.tensor([0.8, 1.4]), "
                 "1e-5, 0.043, 70)");
}

const Cases kNorm("quantized_norm", {
    {batchNorm("batch_norm"), kImage, kWide},
    {batchNorm("batch_norm_relu"), kImage, kWide},
    {batchNorm("batch_norm1d"), kSignal, kWide},
    {batchNorm("batch_norm1d_relu"), kSignal, kWide},
    {batchNorm("batch_norm2d"), kImage, kWide},
    {batchNorm("batch_norm2d_relu"), kImage, kWide},
    {batchNorm("batch_norm3d"), kVolume, kWide},
    {batchNorm("batch_norm3d_relu"), kVolume, kWide},
    {rounded("ops.quantized.layer_norm(q, [7], torch.arange(7.0), torch.ones([7]), 1e-5, 0.083, 70)"), kImage, kWide},
    {rounded("ops.quantized.layer_norm(q, [8, 7], None, None, 1e-5, 0.043, 70)"), kImage, kWide},
    {rounded("ops.quantized.group_norm(q, 2, torch.arange(2.0), torch.ones([2]), 1e-5, 0.043, 70)"), kImage, kWide},
    {rounded("ops.quantized.instance_norm(q, torch.arange(2.0), torch.ones([2]), 1e-5, 0.043, 70)"), kImage, kWide},
});

std::string dynamic(const char* kind, const std::string& weight, const std::string& rest, const char* call) {
  return "def f(x):\n  w = torch.quantize_per_tensor(" + weight + ", 0.013, 0, 12)\n  p = ops.quantized." + kind + "(w, " + rest +
         ")\n  return " + call;
}

/// A recurrent cell with three inputs and a state of two.
std::string cell(int gates, const char* call) {
  const std::string rows = std::to_string(2 * gates);
  const auto weight = [&](int columns) {
    return "ops.quantized.linear_prepack(torch.quantize_per_tensor(" +
           sines((rows + ", " + std::to_string(columns)).c_str(), 2 * gates * columns) + ", 0.013, 0, 12), b)";
  };
  return "def f(x, h):\n  b = torch.arange(" + rows + ".0) * 0.1\n  i = " + weight(3) + "\n  r = " + weight(2) + "\n  return " + call;
}

const std::vector<std::string> kXandState{"x:f32[b=2,3]", "h:f32[b=2,2]"};
/// Cells ask for activations of 7 bits, which not every engine heeds; the export gives them 8.
const CaseOptions kSevenBits{.tolerance = 0.02};
/// A step of rounding, where one of many elements is a tie.
const CaseOptions kDynamicTransposed{.tolerance = 0.01, .libtorch = "1."};

const Cases kDynamic("quantized_dynamic", {
    {dynamic("linear_prepack", sines("4, 3", 12), "torch.arange(4.0)", "ops.quantized.linear_dynamic(x, p, False)"), kX},
    {dynamic("linear_prepack", sines("4, 3", 12), "None", "ops.quantized.linear_relu_dynamic(x, p, False)"), kX},
    {dynamic("conv1d_prepack", sines("4, 2, 3", 24), "torch.arange(4.0), [2], [1], [1], 1", "ops.quantized.conv1d_dynamic(x, p)"), kSignal},
    {dynamic("conv2d_prepack", sines("4, 1, 3, 3", 36), "None, [2, 1], [1, 0], [1, 1], 2", "ops.quantized.conv2d_dynamic(x, p)"), kImage},
    {dynamic("conv_transpose1d_prepack", sines("2, 4, 3", 24), "None, [2], [1], [0], [1], 1", "ops.quantized.conv_transpose1d_dynamic(x, p)"), kSignal, kDynamicTransposed},
    {dynamic("conv_transpose2d_prepack", sines("2, 4, 3, 3", 72), "None, [2, 1], [1, 0], [0, 0], [1, 1], 1", "ops.quantized.conv_transpose2d_dynamic(x, p)"), kImage, kDynamicTransposed},
    {dynamic("conv_transpose3d_prepack", sines("2, 4, 2, 2, 2", 64), "None, [1, 1, 1], [0, 0, 0], [0, 0, 0], [1, 1, 1], 1",
             "ops.quantized.conv_transpose3d_dynamic(x, p)"), kVolume, kDynamicTransposed},
    {dynamic("conv3d_prepack", sines("2, 2, 2, 2, 2", 32), "None, [1, 1, 1], [1, 0, 0], [1, 1, 1], 1", "ops.quantized.conv3d_dynamic(x, p)"), kVolume},
    {cell(4, "ops.quantized.quantized_lstm_cell_dynamic(x, [h, h * 0.5], i, r, b, b)"), kXandState, kSevenBits},
    {cell(3, "ops.quantized.quantized_gru_cell_dynamic(x, h, i, r, b, b)"), kXandState, kSevenBits},
    {cell(1, "ops.quantized.quantized_rnn_tanh_cell_dynamic(x, h, i, r, b, b)"), kXandState, kSevenBits},
    {cell(1, "ops.quantized.quantized_rnn_relu_cell_dynamic(x, h, i, r, b, b)"), kXandState, kSevenBits},
});

}  // namespace

}  // namespace deploytool::testing
