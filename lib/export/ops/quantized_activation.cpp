// Activations and pooling of quantized tensors, as ONNX's QDQ form.
#include "export/ops/activation.h"
#include "export/ops/families.h"
#include "export/ops/pooling.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::sigmoid, hardswish, leaky_relu, elu, celu, prelu, softmax
Tensor logistic(Call& c) { return c.b.unary("Sigmoid", realTensor(c, "qx")); }
Tensor hardSwish(Call& c) {
  const Tensor x = realTensor(c, "input");
  return c.b.mul(x, c.b.op("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}}));
}
Tensor leakyRelu(Call& c) {
  return c.b.op("LeakyRelu", {realTensor(c, "qx")}, {{"alpha", c.number("negative_slope")}});
}
Tensor elu(Call& c) { return eluOf(c, {c.b, realTensor(c, "self")}); }
Tensor celu(Call& c) { return celuOf(c, {c.b, realTensor(c, "self")}); }
Tensor prelu(Call& c) { return preluOf(c, realTensor(c, "qx"), realTensor(c, "weight")); }
Tensor softmax(Call& c) {
  const Tensor x = realTensor(c, "qx");
  return c.b.op("Softmax", {x}, {{"axis", c.axis("dim", x.rank())}});
}

/// Keeps scale and zero point of `qx`.
Lowering keeping(Tensor (*real)(Call&, const Tensor& x)) {
  return [real](Call& c) -> Results {
    const Rounding rounding = roundingOf(c, "qx");
    return {requantized(c, real(c, realTensor(c, "qx")), rounding)};
  };
}

// quantized::relu6, clamp, threshold
Tensor relu6(Call& c, const Tensor& x) { return c.b.op("Clip", {x, c.b.scalarLike(x, 0), c.b.scalarLike(x, 6)}); }
Tensor clamp(Call& c, const Tensor& x) {
  const auto bound = [&](const char* name) { return c.has(name) ? c.b.scalarLike(x, c.number(name)) : Tensor(); };
  return c.b.op("Clip", {x, bound("min"), bound("max")});
}
Tensor threshold(Call& c, const Tensor& x) {
  return c.b.where(c.b.compare("Greater", x, c.b.scalarLike(x, c.number("threshold"))), x, c.b.scalarLike(x, c.number("value")));
}

// quantized::max_pool1d, max_pool2d: what they give is among what they are given
template <size_t Spatial>
Results maxPool(Call& c) { return {maxPooled(c, realTensor(c, c.has("qx") ? "qx" : "self"), Spatial)}; }

// quantized::dropout: nothing to drop outside training
Results dropout(Call& c) {
  if (c.boolean("training")) c.refuse("dropout in training mode");
  return {realTensor(c, "self")};
}

}  // namespace

std::vector<Row> quantized_activation() {
  return {
      {"quantized::sigmoid(qx, output_scale, output_zero_point)", roundedAfter(logistic)},
      {"quantized::hardswish(input, output_scale, output_zero_point)", roundedAfter(hardSwish)},
      {"quantized::leaky_relu(qx, negative_slope, output_scale, output_zero_point)", roundedAfter(leakyRelu)},
      {"quantized::elu(self, output_scale, output_zero_point, alpha, scale, input_scale)", roundedAfter(elu)},
      {"quantized::celu(self, output_scale, output_zero_point, alpha)", roundedAfter(celu)},
      {"quantized::prelu(qx, weight, output_scale, output_zero_point)", roundedAfter(prelu)},
      {"quantized::softmax(qx, dim, output_scale, output_zero_point)", roundedAfter(softmax)},
      {"quantized::relu6(qx)", keeping(relu6)},
      {"quantized::clamp(qx, min, max)", keeping(clamp)},
      {"quantized::threshold(qx, threshold, value)", keeping(threshold)},
      {"quantized::max_pool1d(qx, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<1>},
      {"quantized::max_pool2d(qx, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<2>},
      {"aten::quantized_max_pool1d(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<1>},
      {"aten::quantized_max_pool2d(self, kernel_size, stride, padding, dilation, ceil_mode)", maxPool<2>},
      {"quantized::dropout(self, training)", dropout, "training mode"},
  };
}

}  // namespace deploytool::exporter::ops
