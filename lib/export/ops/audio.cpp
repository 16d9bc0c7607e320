// torchaudio's recursive filters: one Scan along time.
#include "export/ops/convolution.h"
#include "export/ops/families.h"
#include "export/ops/scan.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// y[t] = x[t] - Σ a[k] y[t - k]: `x` [batch, channels, time], `tail` [channels, order] holds a[order] … a[1], `past`
/// [batch, channels, order] the results before the first.
Tensor recursion(Builder& b, const Tensor& x, const Tensor& tail, const Tensor& past) {
  const Dim order = tail.dim(1);
  if (order == Dim(0)) return x;
  const ScanStep done = scanAlong(b, {past}, {x}, 2, false, [&](const Tensors& states, const Tensors& elements) {
    const Tensor y = b.sub(elements[0], b.reduce("ReduceSum", b.mul(states[0], tail), {2}, false));
    const Tensor next = b.concat({b.slice(states[0], 2, 1, order), b.unsqueeze(y, {2})}, 2);
    return ScanStep{{knownDims(next, states[0].dims())}, {y}};
  });
  return done.results[0];
}

/// [channels, order + 1], the newest last, without the newest
Tensor withoutLast(Builder& b, const Tensor& flipped) { return b.slice(flipped, 1, 0, flipped.dim(1) - Dim(1)); }

/// The coefficients reversed along time.
Tensor newestLast(Builder& b, const Tensor& x) {
  const Tensor indices = progression(b, x.dim(1), x.dim(1) - Dim(1), -1);
  return b.gather(x, indices, 1);
}

// torchaudio::_lfilter: a[0] y[t] + a[1] y[t - 1] + … = b[0] x[t] + b[1] x[t - 1] + …, for each channel
Results lfilter(Call& c) {
  Builder& b = c.b;
  const Tensor x = c.tensor("waveform");
  const Tensor a = newestLast(b, c.tensor("a_coeffs")), taps = newestLast(b, c.tensor("b_coeffs"));
  const Dim order = a.dim(1) - Dim(1);
  const Tensor padded = b.pad(x, {{0, 0}, {0, 0}, {order, 0}});
  Geometry g;
  g.groups = x.dim(1);
  const Tensor windows = convolve(b, padded, b.unsqueeze(taps, {1}), {}, g);
  const Tensor first = b.slice(a, 1, order, a.dim(1));  // [channels, 1]
  const Tensor past = b.full(x.dtype(), {x.dim(0), x.dim(1), order}, 0);
  return {recursion(b, b.div(windows, first), b.div(withoutLast(b, a), first), past)};
}

// torchaudio::_lfilter_core_loop(windows, a_flipped, padded_output) -> (): writes what follows the first `order`
// elements
Results lfilterLoop(Call& c) {
  Builder& b = c.b;
  const Tensor output = c.tensor("padded_output_waveform");
  const Tensor tail = withoutLast(b, c.tensor("a_coeff_flipped"));
  const Tensor past = b.slice(output, 2, 0, tail.dim(1));
  const Tensor fresh = recursion(b, c.tensor("input_signal_windows"), tail, past);
  return {knownDims(b.concat({past, fresh}, 2), output.dims())};
}

// torchaudio::_overdrive_core_loop(waveform, temp, last_in, last_out, output) -> (): a high pass of `temp`, mixed in
Results overdriveLoop(Call& c) {
  Builder& b = c.b;
  const Tensor temp = c.tensor("temp");
  const ScanStep done = scanAlong(b, {c.tensor("last_in"), c.tensor("last_out")}, {temp}, 1, false,
                                  [&](const Tensors& last, const Tensors& now) {
                                    const Tensor change = b.sub(now[0], last[0]);
                                    const Tensor out = b.add(change, b.mulScalar(last[1], 0.995));
                                    return ScanStep{{now[0], out}, {out}};
                                  });
  return {b.add(b.mulScalar(c.tensor("waveform"), 0.5), b.mulScalar(done.results[0], 0.75))};
}

}  // namespace

std::vector<Row> audio() {
  return {
      {"torchaudio::_lfilter(waveform, a_coeffs, b_coeffs)", lfilter},
      {"torchaudio::_lfilter_core_loop(input_signal_windows, a_coeff_flipped, padded_output_waveform)", lfilterLoop},
      {"torchaudio::_overdrive_core_loop(waveform, temp, last_in, last_out, output_waveform)", overdriveLoop},
  };
}

}  // namespace deploytool::exporter::ops
