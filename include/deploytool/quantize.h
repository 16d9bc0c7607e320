// INT8 dynamic quantization of weights: ONNX to ONNX and TorchScript to TorchScript.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/status.h"

namespace deploytool {

/// How the integers of a weight and its scale are chosen. Unset fields take the default of the format at hand:
/// TorchScript exactly PyTorch's settings, ONNX the best SQNR at equal speed.
struct WeightScheme {
  enum class Type { QInt8, QUInt8 };
  enum class Search { MinMax, Mse, Percentile };
  std::optional<Type> type;
  std::optional<bool> perChannel;
  std::optional<bool> symmetric;
  std::optional<bool> reduceRange;   ///< 7 bits, against saturation where the CPU has no VNNI
  std::optional<Search> search;
  double percentile = 99.99;         ///< of |w|, for Search::Percentile
};

/// What of a model is quantized.
struct QuantizeSelection {
  std::vector<std::string> types{"linear", "lstm"};  ///< linear, lstm, gru, rnn, embedding, conv
  /// Patterns: a name or glob (`encoder.*`), an operator (`op:MatMul`) or a size (`size>=1MB`). When `include` is not
  /// empty, only what matches one of its patterns is quantized, whatever its type; `exclude` comes last.
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<std::string> weightOnly;  ///< ONNX: these keep float products, whatever the format
  /// ONNX: these too, with a scale for every 32 elements of a channel: an eighth larger, and up to 4 dB more exact.
  std::vector<std::string> grouped;
  /// ONNX: these too, stored as float16 instead of integers: half the size, and next to exact.
  std::vector<std::string> float16;
  uint64_t minSize = 0;              ///< bytes of a weight below which it stays
};

struct QuantizeOptions {
  /// ONNX only: Dynamic (quantized activations, ONNX Runtime's kernels), Qdq (standard operators), WeightOnly.
  enum class Format { Dynamic, Qdq, WeightOnly };
  QuantizeSelection selection;
  WeightScheme scheme;
  Format format = Format::Dynamic;
  /// ONNX: a scale for each row of an activation. Unset: for products so large that this costs next to no time.
  std::optional<bool> perTokenActivations;
  bool externalData = false;
};

/// One weight: what was done with it, or why not. Weights shared by several operators are listed once.
struct WeightReport {
  std::string name;               ///< of the parameter or initializer
  std::string op;                 ///< who uses it: `aten::linear`, `MatMul`; the first user of a shared one
  std::string type;               ///< linear, lstm, gru, rnn, embedding or conv
  std::string layer;              ///< ONNX: weights of one layer can only be quantized together
  std::vector<int64_t> dims;
  bool quantized = false;
  std::string method;             ///< ONNX: `dynamic` (integer products), `per-token` (the same, with a
                                  ///< scale for each row of the activation), `weight-only` (float products), `grouped`
                                  ///< or `float16`
  std::string reason;             ///< why it was skipped
  uint64_t bytesBefore = 0;
  uint64_t bytesAfter = 0;        ///< scales and zero points included
  double sqnr = 0;                ///< of the weight, in dB; infinite where the integers hold it exactly
  double minScale = 0, maxScale = 0;  ///< 0 where there are none: float16
};

struct QuantizeReport {
  std::vector<WeightReport> weights;  ///< in the order of the program
  std::string dataFile;           ///< name of the file with the weights beside an ONNX model; empty for none
  bool unchanged = false;         ///< the file is the input, byte for byte
  Diagnostics diagnostics;
};

}  // namespace deploytool
