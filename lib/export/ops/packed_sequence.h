// Packed sequences: torch's form (the valid steps of all sequences, step by step, and how many sequences reach each step)
// and the padded form that ONNX's recurrent operators take.
#pragma once

#include "export/call.h"

namespace deploytool::exporter::ops {

struct PaddedSequence {
  Tensor x;           ///< [time, batch, …], sequences sorted by falling length; time is the longest length
  Tensor lengths;     ///< int64[batch]
  Tensor batchSizes;  ///< int64[time]
};

/// From a time-major padded tensor and its lengths; steps beyond the longest sequence are cut off.
PaddedSequence paddedFrom(Call& c, const Tensor& x, const Tensor& lengths);
/// The packed data, [sum of lengths, …].
Tensor pack(Call& c, const PaddedSequence& padded);
/// Back. Data that pack() made is recognised; other data is scattered into zeros.
PaddedSequence unpack(Call& c, const Tensor& data, const Tensor& batchSizes);
/// x with its padding set to `value`.
Tensor fillPadding(Call& c, const PaddedSequence& padded, double value);

}  // namespace deploytool::exporter::ops
