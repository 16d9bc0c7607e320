// Inputs to try a model with: sizes for its dynamic axes, and random numbers that are the same on every machine.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "deploytool/status.h"
#include "ir/tensor.h"

namespace deploytool::runtime {

/// One input as it must be filled: an axis has a size, or the name of a symbol that gets one per case.
struct InputTemplate {
  struct Axis {
    int64_t size = 0;    ///< when `symbol` is empty
    std::string symbol;  ///< axes of the same symbol get the same size
    std::optional<int64_t> example;
  };
  std::string name;
  ir::DType dtype = ir::DType::Undefined;
  std::vector<Axis> axes;
  std::optional<ir::Tensor> value;  ///< given (a file): used as it is
};

/// Where random values of an input lie: integers from lo to hi − 1, floating numbers from lo up to hi.
struct ValueRange {
  double lo = 0;
  double hi = 1;
};

struct InputPlan {
  std::vector<InputTemplate> inputs;
  std::map<std::string, ValueRange> ranges;               ///< by input name; "" for every other input
  std::map<std::string, std::vector<int64_t>> sizes;      ///< by symbol: used in turn instead of ours
  uint64_t seed = 0;
};

/// A usage error for a size of an axis, or a range of an input, that is not there.
Status checkNames(const InputPlan& plan);

using Sizes = std::map<std::string, int64_t>;

/// Sizes of the symbols, case by case. None is an example size (a multiple of it where one is given, so that a model
/// that needs divisible sizes gets them); every symbol is 1 in one case; within a case symbols differ. `round` is how
/// often the model refused everything: sizes grow fourfold with it. Without symbols: two empty cases.
std::vector<Sizes> planSizes(const InputPlan& plan, int round);

/// Random tensors for one case. Without a range floating numbers are about normal (mean 0, deviation 1), uint8 covers
/// 0…255, bools are even, other integers small (token ids, class numbers, lengths): below 8, from 1 up to 3, below 2, and
/// 1 by turns of `variant`. The same seed, case and input give the same numbers.
std::vector<ir::Tensor> fillInputs(const InputPlan& plan, const Sizes& sizes, uint64_t caseNumber, int variant);

}  // namespace deploytool::runtime
