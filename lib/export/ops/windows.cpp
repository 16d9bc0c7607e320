// Window functions of signal processing, of a length that may be known at run time only.
#include <cmath>
#include <vector>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// i / length for i in [0, window_length): a periodic window is one longer, its last element left out.
Tensor phase(Call& c) {
  const Dim size = c.dim("window_length");
  const bool periodic = !c.has("periodic") || c.boolean("periodic");
  const Dim length = periodic ? size : size - Dim(1);
  const Tensor i = c.b.cast(progression(c.b, size, 0, 1), DType::Float64);
  const Tensor total = c.b.cast(c.b.dim(length), DType::Float64);
  return c.b.div(i, c.b.binary("Max", total, c.b.scalarLike(total, 1)));
}

Results windowOf(Call& c, const Tensor& values) {
  // One element alone is 1.
  const Tensor isOne = c.b.compare("Equal", c.b.dim(c.dim("window_length")), c.b.int64(1));
  const Tensor window = c.b.where(isOne, c.b.scalarLike(values, 1), values);
  return {c.b.cast(window, c.dtype("dtype").value_or(DType::Float32))};
}

/// Σ coefficient[k] · cos(2π k i / length)
Results cosines(Call& c, const std::vector<double>& coefficients) {
  const Tensor at = phase(c);
  Tensor sum = c.b.scalar(DType::Float64, coefficients[0]);
  for (size_t k = 1; k < coefficients.size(); ++k) {
    // As a sine: ONNX Runtime has no cosine of float64.
    const Tensor angle = c.b.addScalar(c.b.mulScalar(at, 2 * M_PI * static_cast<double>(k)), M_PI / 2);
    const Tensor wave = c.b.unary("Sin", angle);
    sum = c.b.add(sum, c.b.mulScalar(wave, coefficients[k]));
  }
  return windowOf(c, sum);
}

Results hann(Call& c) { return cosines(c, {0.5, -0.5}); }
Results blackman(Call& c) { return cosines(c, {0.42, -0.5, 0.08}); }

Results hamming(Call& c) {
  const double alpha = c.has("alpha") ? c.number("alpha") : 0.54, beta = c.has("beta") ? c.number("beta") : 0.46;
  return cosines(c, {alpha, -beta});
}

// 1 - |2 i / length - 1|
Results bartlett(Call& c) {
  const Tensor slope = c.b.unary("Abs", c.b.addScalar(c.b.mulScalar(phase(c), 2), -1));
  return windowOf(c, c.b.sub(c.b.scalarLike(slope, 1), slope));
}

/// Terms of I0's power series in t = (x / 2)² that float64 can tell apart up to t = most.
int termsOfBessel(double most) {
  double term = 1, sum = 1;
  int count = 1;
  for (; term > 1e-17 * sum; ++count) {
    term *= most / (static_cast<double>(count) * count);
    sum += term;
  }
  return count;
}

// I0(β √(1 - (2 i / length - 1)²)) / I0(β), I0 as its power series (Abramowitz & Stegun 9.6.10)
Results kaiser(Call& c) {
  const double beta = c.has("beta") ? c.number("beta") : 12, most = beta * beta / 4;
  const Tensor at = c.b.addScalar(c.b.mulScalar(phase(c), 2), -1);
  const Tensor t = c.b.mulScalar(c.b.sub(c.b.scalarLike(at, 1), c.b.mul(at, at)), most);
  Tensor sum = c.b.scalarLike(at, 1);
  double whole = 1;
  for (int k = termsOfBessel(most); k > 0; --k) {
    const double factor = 1 / (static_cast<double>(k) * k);
    sum = c.b.addScalar(c.b.mul(sum, c.b.mulScalar(t, factor)), 1);
    whole = whole * most * factor + 1;
  }
  return windowOf(c, c.b.mulScalar(sum, 1 / whole));
}

}  // namespace

std::vector<Row> windows() {
  return {
      {"aten::hann_window(window_length, dtype)", hann},
      {"aten::hann_window.periodic(window_length, periodic, dtype)", hann},
      {"aten::hamming_window(window_length, dtype)", hamming},
      {"aten::hamming_window.periodic(window_length, periodic, dtype)", hamming},
      {"aten::hamming_window.periodic_alpha(window_length, periodic, alpha, dtype)", hamming},
      {"aten::hamming_window.periodic_alpha_beta(window_length, periodic, alpha, beta, dtype)", hamming},
      {"aten::blackman_window(window_length, dtype)", blackman},
      {"aten::blackman_window.periodic(window_length, periodic, dtype)", blackman},
      {"aten::bartlett_window(window_length, dtype)", bartlett},
      {"aten::bartlett_window.periodic(window_length, periodic, dtype)", bartlett},
      {"aten::kaiser_window(window_length, dtype)", kaiser},
      {"aten::kaiser_window.periodic(window_length, periodic, dtype)", kaiser},
      {"aten::kaiser_window.beta(window_length, periodic, beta, dtype)", kaiser},
  };
}

}  // namespace deploytool::exporter::ops
