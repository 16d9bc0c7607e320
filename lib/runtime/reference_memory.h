// What a reference model answered, for comparing many candidates with it.
#pragma once

#include <optional>
#include <vector>

#include "runtime/model_runs.h"

namespace deploytool::runtime {

/// For one model: it is run once on each list of cases and asked once what its inputs are.
class ReferenceMemory {
 public:
  Result<std::vector<ModelRun>> runs(const ModelToRun& model, const std::vector<std::vector<NamedTensor>>& cases);
  Result<std::vector<Port>> inputs(const ModelToRun& model);

 private:
  struct Remembered {
    std::vector<std::vector<NamedTensor>> cases;
    std::vector<ModelRun> runs;
  };
  std::vector<Remembered> runs_;
  std::optional<std::vector<Port>> inputs_;
};

}  // namespace deploytool::runtime
