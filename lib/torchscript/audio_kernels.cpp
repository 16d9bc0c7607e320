// Reference implementations of torchaudio's recursive filters, as its Python fallbacks define them. Written for
// clarity.
#include "torchscript/audio_kernels.h"

namespace deploytool::ts {

namespace {

using at::Tensor;

/// output[.., t + order] = windows[.., t] - Σ output[.., t + k] a[.., k], for each channel
void lfilterLoop(const Tensor& windows, const Tensor& flipped, const Tensor& output) {
  const int64_t order = flipped.size(1) - 1;
  const Tensor tail = flipped.narrow(1, 0, order);
  for (int64_t t = 0; t < windows.size(2); ++t) {
    const Tensor fed = (output.narrow(2, t, order) * tail).sum(2);
    output.select(2, t + order).copy_(windows.select(2, t) - fed);
  }
}

Tensor lfilter(const Tensor& waveform, const Tensor& a, const Tensor& b) {
  const int64_t order = a.size(1) - 1;
  const Tensor padded = at::constant_pad_nd(waveform, {order, 0}, 0);
  const Tensor first = a.narrow(1, 0, 1);
  const Tensor kernel = b.flip({1}).unsqueeze(1);
  const int64_t one = 1;
  const int64_t none = 0;
  const Tensor windows = at::conv1d(padded, kernel, {}, c10::IntArrayRef(one), c10::IntArrayRef(none),
                                    c10::IntArrayRef(one), waveform.size(1)) /
                         first;
  const Tensor output = at::zeros_like(padded);
  lfilterLoop(windows, a.flip({1}) / first, output);
  return output.narrow(2, order, waveform.size(2));
}

void overdriveLoop(const Tensor& waveform, const Tensor& temp, const Tensor& lastIn, const Tensor& lastOut,
                   const Tensor& output) {
  Tensor before = lastIn;
  Tensor out = lastOut;
  for (int64_t t = 0; t < waveform.size(1); ++t) {
    out = temp.select(1, t) - before + 0.995 * out;
    before = temp.select(1, t);
    output.select(1, t).copy_(waveform.select(1, t) * 0.5 + out * 0.75);
  }
}

}  // namespace

bool implementAudio(torch::Library& library, const std::string& key) {
  auto implement = [&](const char* name, auto* function) {
    library.impl(name, torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, function));
    return true;
  };
  if (key == "torchaudio::_lfilter") return implement("_lfilter", &lfilter);
  if (key == "torchaudio::_lfilter_core_loop") return implement("_lfilter_core_loop", &lfilterLoop);
  if (key == "torchaudio::_overdrive_core_loop") return implement("_overdrive_core_loop", &overdriveLoop);
  return false;
}

}  // namespace deploytool::ts
