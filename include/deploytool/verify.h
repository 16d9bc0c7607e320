// Numerical equality of two models, or of a model and recorded data.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deploytool/status.h"

namespace deploytool {

namespace runtime {
class ReferenceMemory;
}

/// Where random values of an input lie: integers from lo to hi − 1, floating numbers from lo up to hi.
struct InputRange {
  std::string input;  ///< empty: every input that has no range of its own
  double lo = 0;
  double hi = 1;
};

/// Parses `LO:HI` or `NAME:LO:HI`.
Result<InputRange> parseInputRange(const std::string& text);
/// Parses `NAME=2,3,5`: sizes of a dynamic axis, one case after the other.
Result<std::pair<std::string, std::vector<int64_t>>> parseAxisSizes(const std::string& text);

struct VerifyOptions {
  /// A TorchScript archive or an ONNX file: what is right.
  std::string reference;
  /// What is compared with it: an archive, an ONNX file, or recorded data (a folder of `test_data_set_N`, or an `.npz`;
  /// then the recorded outputs are what is right and `reference` is what is compared).
  std::string candidate;
  /// Recorded inputs to run both models on, instead of random ones.
  std::string data;

  std::string method = "forward";          ///< of an archive
  std::vector<std::string> inputs;         ///< `NAME:SPEC` as for an export; needed when no ONNX file says what they are
  std::string dynamicAxes;                 ///< `input:0=batch`: names for axes of `inputs`, as for an export
  std::vector<InputRange> ranges;
  std::map<std::string, std::vector<int64_t>> sizes;  ///< of dynamic axes by name; else several are tried
  uint64_t seed = 0;
  size_t mostCases = 0;                    ///< of recorded or random inputs, the first ones; 0: all
  std::optional<double> rtol;              ///< default 1e-3, for float16 and bfloat16 1e-2
  std::optional<double> atol;              ///< times the largest element of the output; the same defaults
  /// A difference up to 4 × that between the reference archive in float32 and in float64 is no mismatch, unless that is
  /// more than a tenth of the output's largest element; nor is one from the answer of one of libtorch's engines for
  /// quantized operators where another gives what the candidate gives.
  bool allowSpread = true;
  int threads = 0;                         ///< 0: the runtime's default
  uint64_t memoryLimit = 0;                ///< bytes for each model's process; 0: by the size of the file
  double timeoutSeconds = 0;               ///< for each model's process; 0: the default of workers
  bool showOutput = false;                 ///< let the processes print what their libraries say
  std::function<void(std::string_view)> onStage;  ///< told what is being done
  std::string referenceName, candidateName;  ///< what messages call the files; empty: by their paths
  /// Shared by calls that compare several candidates with one reference: it is run only once on the same inputs.
  std::shared_ptr<runtime::ReferenceMemory> referenceMemory;
};

/// Over the elements of floating outputs, to add up over outputs and cases.
struct ErrorSums {
  double signal = 0;      ///< Σ reference²
  double noise = 0;       ///< Σ (candidate − reference)²
  double magnitude = 0;   ///< Σ |reference|
  double difference = 0;  ///< Σ |candidate − reference|
};

struct VerifiedOutput {
  std::string name;
  bool equal = false;
  std::string verdict;           ///< `equal`, or what differs
  std::string dtype;             ///< of the reference
  std::vector<int64_t> dims;
  int64_t elements = 0;
  int64_t mismatches = 0;
  double maxAbsolute = 0;        ///< largest |candidate − reference|
  double maxRelative = 0;        ///< the same over |reference|, of elements that are not next to zero
  double cosine = 1;
  double sqnr = 0;               ///< signal to quantization noise in dB, infinite when equal
  ErrorSums sums;
  std::optional<double> spread;  ///< float32–float64 difference of the reference, where it was measured
};

struct VerifiedCase {
  /// Refused: the reference itself cannot run these inputs, which says nothing about the candidate.
  /// Failed: the reference answers, the candidate does not.
  enum class Outcome { Equal, Different, Refused, Failed };
  std::string name;                        ///< `batch=1 time=4`, or the name of the data set
  std::map<std::string, int64_t> sizes;
  Outcome outcome = Outcome::Refused;
  std::string message;                     ///< what the model said that could not run, or why outputs do not pair up
  std::vector<VerifiedOutput> outputs;
};

struct VerifyReport {
  bool equal = false;                      ///< at least one case was compared, and none was Different or Failed
  std::vector<VerifiedCase> cases;
  Diagnostics diagnostics;                 ///< notes and warnings
};

/// Runs both models on the same inputs, each in a process of its own (libtorch and ONNX Runtime never share one), and
/// compares what they answer: flattened outputs in order, dtype and shape exactly, integers and bools exactly, floating
/// numbers by |a − b| ≤ rtol·|b| + atol·max|b|. Inputs are random, reproducibly, at several sizes of the dynamic axes, 1
/// among them. Errors: Usage (inputs that nothing describes, no case that the reference can run, ONNX Runtime missing),
/// BadInput, Io, and what the processes report.
Result<VerifyReport> verify(const VerifyOptions& options);

}  // namespace deploytool
