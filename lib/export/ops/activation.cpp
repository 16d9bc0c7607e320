// Activation functions.
#include "export/ops/activation.h"

#include <cmath>

#include "export/ops/expression.h"
#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

Expr self(Call& c) { return {c.b, realOperand(c, "self")}; }

/// Between two numbers; one Clip where ONNX Runtime has it.
Tensor clip(const Expr& x, double low, double high) {
  if (ir::isFloating(x.dtype()))
    return x.builder().op("Clip", {x, x.number(low).tensor(), x.number(high).tensor()});
  return min(max(x, low), high);
}

// aten::relu: integers too. ONNX Runtime does not load a Clip behind a Relu of float64
Results relu(Call& c) {
  const Expr x = self(c);
  if (!ir::isFloating(x.dtype()) || x.dtype() == DType::Float64) return {max(x, 0).tensor()};
  return {x.unary("Relu").tensor()};
}

// aten::relu6
Results relu6(Call& c) { return {clip(self(c), 0, 6)}; }

// aten::hardtanh
Results hardtanh(Call& c) { return {clip(self(c), c.number("min_val"), c.number("max_val"))}; }

// aten::leaky_relu
Results leakyRelu(Call& c) { return {c.b.op("LeakyRelu", {self(c)}, {{"alpha", c.number("negative_slope")}})}; }

// aten::rrelu: outside training the middle of the two slopes
Results rrelu(Call& c) {
  if (c.boolean("training")) c.refuse("rrelu in training mode draws random slopes");
  return {c.b.op("LeakyRelu", {self(c)}, {{"alpha", (c.number("lower") + c.number("upper")) / 2}})};
}

// aten::prelu
Results prelu(Call& c) { return {preluOf(c, realOperand(c, "self"), c.tensor("weight"))}; }

// aten::_prelu_kernel: the slope has the input's rank already
Results preluKernel(Call& c) {
  const Expr x = self(c);
  return {where(x > 0.0, x, x * Expr(c.b, c.tensor("weight"))).tensor()};
}

// aten::elu, aten::celu
Results elu(Call& c) { return {eluOf(c, self(c))}; }
Results celu(Call& c) { return {celuOf(c, self(c))}; }

// aten::selu: ONNX's default constants are torch's
Results selu(Call& c) { return {c.b.op("Selu", {self(c)}, {})}; }

// aten::sigmoid, also of integers. In float64 without Sigmoid: ONNX Runtime 1.21 fuses x · sigmoid(x) into an operator that
// it has no kernel for
Results lowerSigmoid(Call& c) {
  const Expr x(c.b, floatOperand(c, "self"));
  if (x.dtype() == DType::Float64) return {(1.0 / (exp(-x) + 1.0)).tensor()};
  return {sigmoid(x).tensor()};
}

// aten::log_sigmoid: -softplus(-x)
Results logSigmoid(Call& c) { return {(-softplus(-self(c))).tensor()}; }

// aten::log_sigmoid_forward: the second result is what the backward pass keeps, e^-|x|
Results logSigmoidForward(Call& c) {
  const Expr x = self(c);
  return {(-softplus(-x)).tensor(), exp(-abs(x)).tensor()};
}

// aten::silu. In float64 without Sigmoid, as above
Results silu(Call& c) {
  const Expr x = self(c);
  if (x.dtype() == DType::Float64) return {(x / (exp(-x) + 1.0)).tensor()};
  return {(x * sigmoid(x)).tensor()};
}

// aten::mish: x · tanh(softplus(x))
Results mish(Call& c) {
  const Expr x = self(c);
  return {(x * tanh(softplus(x))).tensor()};
}

// aten::softplus: linear above the threshold
Results lowerSoftplus(Call& c) {
  const Expr x = self(c);
  const double beta = c.number("beta"), threshold = c.number("threshold");
  const Expr scaledInput = beta == 1 ? x : x * beta;
  const Expr smooth = beta == 1 ? softplus(x) : softplus(scaledInput) / beta;
  if (threshold >= 20) return {smooth.tensor()};  // there softplus(x) is x in float32
  return {where(scaledInput > threshold, x, smooth).tensor()};
}

// aten::gelu: the exact form in the pattern that ONNX Runtime fuses
Results gelu(Call& c) {
  const Expr x = self(c);
  if (c.has("approximate") && c.text("approximate") == "tanh") {
    const Expr inner = (x + x * x * x * 0.044715) * std::sqrt(2 / M_PI);
    return {(x * 0.5 * (tanh(inner) + 1.0)).tensor()};
  }
  return {(x * (erf(x / M_SQRT2) + 1.0) * 0.5).tensor()};
}

/// clip(x/6 + 1/2, 0, 1)
Expr hardSigmoidOf(const Expr& x) {
  Builder& b = x.builder();
  if (x.dtype() == DType::Float64) return Expr(b, clip(x + 3.0, 0, 6)) / 6.0;
  return {b, b.op("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}})};
}

// aten::hardsigmoid
Results hardsigmoid(Call& c) { return {hardSigmoidOf(self(c)).tensor()}; }

// aten::hardswish
Results hardswish(Call& c) {
  const Expr x = self(c);
  return {(x * hardSigmoidOf(x)).tensor()};
}

// aten::hardshrink: 0 within [-lambd, lambd]
Results hardshrink(Call& c) {
  const Expr x = self(c);
  return {where(abs(x).compare("LessOrEqual", x.number(c.number("lambd"))), 0, x).tensor()};
}

// aten::softshrink: towards 0 by lambd
Results softshrink(Call& c) {
  const Expr x = self(c);
  const double lambda = c.number("lambd");
  return {(x - Expr(c.b, clip(x, -lambda, lambda))).tensor()};
}

// aten::threshold: `value` up to the threshold
Results threshold(Call& c) {
  const Expr x = self(c);
  const Expr isLow = x.compare("LessOrEqual", Expr(c.b, operand(c, "threshold", x.dtype())));  // false for NaN
  return {where(isLow, Expr(c.b, operand(c, "value", x.dtype())), x).tensor()};
}

// aten::glu: the first half gated by the second
Results glu(Call& c) {
  const Tensor x = realOperand(c, "self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dim half = ir::floorDiv(x.dim(axis), Dim(2));
  const Tensors halves = c.b.split(x, axis, {half, half});
  return {c.b.mul(halves[0], c.b.unary("Sigmoid", halves[1]))};
}

}  // namespace

Tensor eluOf(Call& c, const Expr& x) {
  const double alpha = c.number("alpha"), scale = c.number("scale"), inputScale = c.number("input_scale");
  if (scale == 1 && inputScale == 1) return c.b.op("Elu", {x}, {{"alpha", alpha}});
  return where(x > 0.0, x * scale, expm1(min(x, 0) * inputScale) * (alpha * scale)).tensor();
}

Tensor celuOf(Call& c, const Expr& x) {
  const double alpha = c.number("alpha");
  return where(x > 0.0, x, expm1(min(x, 0) / alpha) * alpha).tensor();
}

Tensor preluOf(Call& c, const Tensor& x, Tensor slope) {
  if (slope.rank() <= 1) {
    Dims dims(static_cast<size_t>(std::max<int64_t>(x.rank() - 1, 0)), Dim(1));
    if (x.rank() >= 2 && slope.rank() == 1) dims[0] = slope.dim(0);
    slope = c.b.reshape(slope, dims);
  }
  return c.b.op("PRelu", {x, slope});
}

std::vector<Row> activation() {
  std::vector<Row> rows = {
      {"aten::_prelu_kernel(self, weight)", preluKernel},
      {"aten::celu(self, alpha)", celu},
      {"aten::elu(self, alpha, scale, input_scale)", elu},
      {"aten::gelu(self, approximate)", gelu},
      {"aten::glu(self, dim)", glu},
      {"aten::hardshrink(self, lambd)", hardshrink},
      {"aten::hardsigmoid(self)", hardsigmoid},
      {"aten::hardswish(self)", hardswish},
      {"aten::hardtanh(self, min_val, max_val)", hardtanh},
      {"aten::leaky_relu(self, negative_slope)", leakyRelu},
      {"aten::log_sigmoid(self)", logSigmoid},
      {"aten::log_sigmoid_forward(self)", logSigmoidForward},
      {"aten::mish(self)", mish},
      {"aten::prelu(self, weight)", prelu},
      {"aten::relu(self)", relu},
      {"aten::relu6(self)", relu6},
      {"aten::rrelu(self, lower, upper, training)", rrelu, "training mode"},
      {"aten::rrelu_with_noise(self, lower, upper, training)", rrelu, "training mode"},
      {"aten::selu(self)", selu},
      {"aten::silu(self)", silu},
      {"aten::softplus(self, beta, threshold)", lowerSoftplus},
      {"aten::softshrink(self, lambd)", softshrink},
      {"aten::threshold(self, threshold, value)", threshold},
  };
  addRows(rows, {"aten::sigmoid(self)", "aten::special_expit(self)"}, lowerSigmoid);
  return rows;
}

}  // namespace deploytool::exporter::ops
