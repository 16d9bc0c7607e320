#include "runtime/reference_memory.h"

#include <algorithm>

namespace deploytool::runtime {
namespace {

using Case = std::vector<NamedTensor>;

bool sameCase(const Case& a, const Case& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
    return x.name == y.name && ir::identical(x.tensor, y.tensor);
  });
}

}  // namespace

Result<std::vector<ModelRun>> ReferenceMemory::runs(const ModelToRun& model, const std::vector<Case>& cases) {
  for (const Remembered& known : runs_) {
    if (std::equal(known.cases.begin(), known.cases.end(), cases.begin(), cases.end(), sameCase)) return known.runs;
  }
  auto made = runModel(model, cases);
  if (made) runs_.push_back({cases, *made});
  return made;
}

Result<std::vector<Port>> ReferenceMemory::inputs(const ModelToRun& model) {
  if (inputs_) return *inputs_;
  auto made = onnxInputs(model);
  if (made) inputs_ = *made;
  return made;
}

}  // namespace deploytool::runtime
