// Short-time Fourier transforms of real signals, as products with the transform's matrix.
#include <cmath>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Tensor constantOf(DType dtype, std::vector<int64_t> dims, const std::vector<double>& values) {
  if (dtype == DType::Float64) return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(dtype, std::move(dims), values)));
  const std::vector<float> narrow(values.begin(), values.end());
  return Tensor(std::make_shared<const ir::Tensor>(ir::Tensor::of(DType::Float32, std::move(dims), narrow)));
}

/// scale · f(2π i k / n), i down, k across: [n, bins].
Tensor waves(DType dtype, int64_t n, int64_t bins, double scale, double (*wave)(double)) {
  std::vector<double> values;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < bins; ++k)  // reduced first: the angle stays exact
      values.push_back(scale * wave(2 * M_PI * static_cast<double>(i * k % n) / static_cast<double>(n)));
  return constantOf(dtype, {n, bins}, values);
}

/// The window with zeros around it to make it `size` long; ones where none is given.
Tensor windowOf(Call& c, DType dtype, int64_t size, int64_t length) {
  const Tensor window = c.has("window") ? c.b.cast(c.tensor("window"), dtype) : c.b.full(dtype, {length}, 1);
  const int64_t before = (size - length) / 2;
  return c.b.pad(window, {{before, size - length - before}});
}

/// Overlapping frames of the last axis: [*, frames, size].
Tensor framed(Builder& b, const Tensor& x, int64_t size, int64_t hop) {
  const Dim count = ir::floorDiv(x.dim(-1) - Dim(size), hop) + Dim(1);
  const Tensor starts = b.unsqueeze(progression(b, count, 0, hop), {1});
  return b.gather(x, b.add(starts, b.unsqueeze(progression(b, size, 0, 1), {0})), -1);
}

Tensor centred(Call& c, const Tensor& x, int64_t size) {
  if (!c.has("center") || !c.boolean("center")) return x;
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  pads.back() = {size / 2, size / 2};
  const std::string mode = c.text("pad_mode");
  if (mode == "constant") return c.b.pad(x, pads);
  if (mode == "reflect") return c.b.pad(x, pads, 0, "reflect");
  if (mode == "replicate") return c.b.pad(x, pads, 0, "edge");
  c.refuse("stft with pad_mode '" + mode + "'");
}

// aten::stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex), .center
Results stft(Call& c) {
  if (c.boolean("return_complex")) c.refuse("stft with return_complex=True: ONNX has no complex tensors");
  const int64_t size = c.integer("n_fft");
  const int64_t hop = c.has("hop_length") ? c.integer("hop_length") : size / 4;
  const int64_t length = c.has("win_length") ? c.integer("win_length") : size;
  const Tensor x = centred(c, c.tensor("self"), size);
  const int64_t bins = c.has("onesided") && !c.boolean("onesided") ? size : size / 2 + 1;
  const double scale = c.boolean("normalized") ? 1 / std::sqrt(static_cast<double>(size)) : 1;
  const Tensor frames = c.b.mul(framed(c.b, x, size, hop), windowOf(c, x.dtype(), size, length));
  const Tensor real = c.b.matmul(frames, waves(x.dtype(), size, bins, scale, std::cos));
  const Tensor imaginary = c.b.matmul(frames, waves(x.dtype(), size, bins, -scale, std::sin));
  const Tensor parts = c.b.stack({real, imaginary}, real.rank());
  return {c.b.swapAxes(parts, parts.rank() - 3, parts.rank() - 2)};
}

}  // namespace

std::vector<Row> spectral() {
  constexpr const char* kReal = "return_complex=True; complex signals; sizes of frames decided at run time";
  return {
      {"aten::stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex)", stft, kReal},
      {"aten::stft.center(self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, "
       "return_complex)", stft, kReal},
  };
}

}  // namespace deploytool::exporter::ops
