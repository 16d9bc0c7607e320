#include "runtime/verify_cases.h"

#include <fmt/format.h>

namespace deploytool::runtime {
namespace {

std::string caseName(const Sizes& sizes, size_t number) {
  if (sizes.empty()) return fmt::format("random {}", number);
  std::string name;
  for (const auto& [symbol, size] : sizes) name += fmt::format("{}{}={}", name.empty() ? "" : " ", symbol, size);
  return name;
}

}  // namespace

Result<std::vector<Case>> recordedCases(const std::string& path, bool needOutputs, size_t most) {
  auto sets = readDataSets(path);
  if (!sets) return sets.error();
  std::vector<Case> cases;
  for (auto& set : *sets) {
    if (most > 0 && cases.size() == most) break;
    if (needOutputs && set.outputs.empty()) {
      auto error = makeError(ExitCode::BadInput, "has no recorded outputs",
                             "in an .npz they are the arrays output, output_0, output_1, ...");
      error.file = path;
      return error;
    }
    cases.push_back({set.name, {}, std::move(set.inputs), std::move(set.outputs)});
  }
  return cases;
}

std::vector<Case> randomCases(const InputPlan& plan, int round, size_t first, size_t most) {
  std::vector<Case> cases;
  for (auto& sizes : planSizes(plan, round)) {
    if (most > 0 && cases.size() == most) break;
    const size_t number = first + cases.size();
    auto tensors = fillInputs(plan, sizes, number, static_cast<int>(number));
    Case item;
    item.name = caseName(sizes, number + 1);
    item.sizes = std::move(sizes);
    for (size_t i = 0; i < tensors.size(); ++i) item.inputs.push_back({plan.inputs[i].name, std::move(tensors[i])});
    cases.push_back(std::move(item));
  }
  return cases;
}

}  // namespace deploytool::runtime
