// What both models of a comparison are run on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/data_file.h"
#include "runtime/random_inputs.h"

namespace deploytool::runtime {

/// One set of inputs with what is known about it.
struct Case {
  std::string name;
  Sizes sizes;
  std::vector<NamedTensor> inputs;
  std::optional<std::vector<NamedTensor>> expected;  ///< recorded outputs
};

/// The first `most` data sets (0: all). BadInput where outputs are needed and a set has none.
Result<std::vector<Case>> recordedCases(const std::string& path, bool needOutputs, size_t most);
/// Random inputs for the sizes of a round, at most `most` (0: all); numbered from `first` on.
std::vector<Case> randomCases(const InputPlan& plan, int round, size_t first, size_t most);

}  // namespace deploytool::runtime
