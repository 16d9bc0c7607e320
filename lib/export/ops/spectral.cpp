// Short-time Fourier transforms, there and back.
#include <cmath>

#include "export/ops/families.h"
#include "export/ops/fourier.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// The window with zeros around it to make it `size` long; ones where none is given.
Tensor windowOf(const Call& c, DType dtype, int64_t size) {
  const int64_t length = c.has("win_length") ? c.integer("win_length") : size;
  const Tensor window = c.has("window") ? c.b.cast(c.tensor("window"), dtype) : c.b.full(dtype, {length}, 1);
  const int64_t before = (size - length) / 2;
  return size == length ? window : c.b.pad(window, {{before, size - length - before}});
}

int64_t hopOf(const Call& c, int64_t size) { return c.has("hop_length") ? c.integer("hop_length") : size / 4; }
bool isOneSided(const Call& c, bool otherwise) { return c.has("onesided") ? c.boolean("onesided") : otherwise; }

/// Overlapping frames of the last axis: [*, frames, size].
Tensor framed(Builder& b, const Tensor& x, int64_t size, int64_t hop) {
  const Dim count = ir::floorDiv(x.dim(-1) - Dim(size), hop) + Dim(1);
  const Tensor starts = b.unsqueeze(progression(b, count, 0, hop), {1});
  return b.gather(x, b.add(starts, b.unsqueeze(progression(b, size, 0, 1), {0})), -1);
}

Tensor centred(const Call& c, const Tensor& x, int64_t size) {
  if (!c.has("center") || !c.boolean("center")) return x;
  std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
  pads.back() = {size / 2, size / 2};
  const std::string mode = c.text("pad_mode");
  if (mode == "constant") return c.b.pad(x, pads);
  if (mode == "reflect") return c.b.pad(x, pads, 0, "reflect");
  if (mode == "replicate") return c.b.pad(x, pads, 0, "edge");
  c.refuse("stft with pad_mode '" + mode + "'");
}

// aten::stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex), .center and what newer PyTorchs made of them
Results stft(Call& c) {
  if (c.has("align_to_window") && c.boolean("align_to_window")) c.refuse("stft with frames aligned to the window");
  const int64_t size = c.integer("n_fft"), hop = hopOf(c, size);
  const Tensor self = c.tensor("self");
  const bool isComplex = ir::isComplex(self.dtype());
  const ComplexParts signal = isComplex ? partsOf(c.b, self) : ComplexParts{self, {}};
  const Tensor window = windowOf(c, signal.real.dtype(), size);
  const auto frames = [&](const Tensor& x) { return c.b.mul(framed(c.b, centred(c, x, size), size, hop), window); };
  Transform t;
  t.size = size;
  if (c.boolean("normalized")) t.scale = 1 / std::sqrt(static_cast<double>(size));
  const int64_t bins = isOneSided(c, !isComplex) ? size / 2 + 1 : size;
  const ComplexParts z =
      transformed(c.b, {frames(signal.real), isComplex ? frames(signal.imaginary) : Tensor()}, t, bins);
  const int64_t rank = z.real.rank();
  const Tensor result =
      complexTensor(c.b, c.b.swapAxes(z.real, rank - 2, rank - 1), c.b.swapAxes(z.imaginary, rank - 2, rank - 1));
  return {Value(c.boolean("return_complex") ? result : packComplex(c.b, result))};
}

/// Frames [batch, frames, size] added up at steps of `hop`: [batch, 1, length].
Tensor overlapped(Builder& b, const Tensor& frames, int64_t size, int64_t hop) {
  std::vector<double> unit(static_cast<size_t>(size * size), 0);
  for (int64_t i = 0; i < size; ++i) unit[static_cast<size_t>(i * size + i)] = 1;
  const std::vector<float> narrow(unit.begin(), unit.end());
  const Tensor kernel(std::make_shared<const ir::Tensor>(ir::Tensor::of(DType::Float32, {size, 1, size}, narrow)));
  const Tensor sum = b.op("ConvTranspose", {b.swapAxes(b.cast(frames, DType::Float32), 1, 2), kernel},
                          {{"strides", std::vector<int64_t>{hop}}});
  Dims dims = sum.dims();
  dims.at(2) = (frames.dim(1) - Dim(1)) * Dim(hop) + Dim(size);
  return b.cast(knownDims(sum, dims), frames.dtype());
}

// aten::istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex)
Results istft(Call& c) {
  if (c.boolean("return_complex")) c.refuse("istft of a complex signal");
  Builder& b = c.b;
  const int64_t size = c.integer("n_fft"), hop = hopOf(c, size);
  const Tensor self = c.tensor("self");
  const ComplexParts z = partsOf(b, ir::isComplex(self.dtype()) ? self : unpackComplex(b, self));
  const int64_t rank = z.real.rank();
  const auto batched = [&](const Tensor& x) {
    const Tensor swapped = b.swapAxes(x, rank - 2, rank - 1);
    return rank == 2 ? b.unsqueeze(swapped, {0}) : swapped;
  };
  Transform t;
  t.size = size;
  t.inverse = true;
  t.perSample = c.boolean("normalized") ? -0.5 : -1;
  const Tensor window = windowOf(c, z.real.dtype(), size);
  const ComplexParts spectrum{batched(z.real), batched(z.imaginary)};
  const Tensor frames = isOneSided(c, true) ? realInverse(b, spectrum, t) : transformed(b, spectrum, t, size).real;
  const Tensor weights = b.expand(b.mul(window, window), {1, frames.dim(1), size});
  const Tensor sum = overlapped(b, b.mul(frames, window), size, hop), norm = overlapped(b, weights, size, hop);
  const Dim start = c.boolean("center") ? size / 2 : 0;
  Dim end = sum.dim(2) - start;
  if (c.has("length")) end = start + c.dim("length");
  const Dim have = ir::min(end, sum.dim(2));
  Tensor signal = b.div(b.slice(sum, 2, start, have), b.slice(norm, 2, start, have));
  if (ir::less(sum.dim(2), end) != false) signal = b.pad(signal, {{0, 0}, {0, 0}, {0, end - have}});
  signal = b.squeeze(signal, {1});
  return {Value(rank == 2 ? b.squeeze(signal, {0}) : signal)};
}

}  // namespace

std::vector<Row> spectral() {
  constexpr const char* kLimit = "sizes of frames decided at run time, frames aligned to the window";
  return {
      {"aten::stft(self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex)", stft, kLimit},
      {"aten::stft.center(self, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, "
       "return_complex)",
       stft, kLimit},
      {"aten::istft(self, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex)",
       istft, "sizes of frames decided at run time; complex signals"},
  };
}

}  // namespace deploytool::exporter::ops
