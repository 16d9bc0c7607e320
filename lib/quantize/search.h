// Finding out which layers cost most, and the smallest model within a budget: trials with other options, each run
// elsewhere.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "runtime/output_error.h"

namespace deploytool::quantize {

/// What a model must keep to.
struct Budget {
  std::optional<double> minSqnr;      ///< dB
  std::optional<double> maxError;     ///< mean relative output error, 0.01 for 1 %
  std::optional<double> maxSizeRatio;

  bool needsOutputs() const { return minSqnr || maxError; }
  bool any() const { return needsOutputs() || maxSizeRatio; }
};

/// `sqnr>=30`, `error<=1%`, `size<=0.3`, or several with commas. Usage error else.
Status parseBudget(const std::string& text, Budget& budget);

struct TrialResult {
  QuantizeReport report;
  double sizeRatio = 1;
  runtime::OutputError error;
};
using Trial = std::function<Result<TrialResult>(const QuantizeOptions& options)>;

/// Why the result is outside the budget, one sentence each; empty when inside.
std::vector<std::string> violations(const Budget& budget, const TrialResult& result);

/// One layer quantized alone.
struct LayerSensitivity {
  std::string layer;
  std::vector<std::string> weights;
  uint64_t bytesBefore = 0, bytesAfter = 0;
  double sqnr = 0;
  double meanRelative = 0;
  double share = 0;  ///< of the sum of all layers' noise
};

/// Every quantized layer of `full` alone, the worst first.
Result<std::vector<LayerSensitivity>> sensitivities(const QuantizeOptions& options, const QuantizeReport& full,
                                                    const Trial& trial);
/// The fewest layers, from the worst on, without which the noise is at most half; at most a third of the layers.
std::vector<LayerSensitivity> proposedExclusions(const std::vector<LayerSensitivity>& ranked);

struct AutoResult {
  QuantizeOptions options;
  TrialResult result;
  bool withinBudget = false;
  int trials = 0;
  std::string summary;  ///< what was chosen, for people
};

/// How a search tries what it thinks of: `thorough` on all inputs, `quick` on some, for ranking layers.
struct Trials {
  Trial thorough, quick;
};

/// The smallest model within the budget, of those the fastest first: as the options say, then (ONNX) a scale for each
/// token, then the layers with most noise for their size with float products, then with a scale for every 32 elements,
/// then with float16 weights, then with float32 weights.
Result<AutoResult> searchWithinBudget(const QuantizeOptions& options, const Budget& budget, bool isOnnx,
                                      const Trials& trials);

}  // namespace deploytool::quantize
