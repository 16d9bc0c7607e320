// All cases by family, and their results (cases.h).
#include "tests/lowering/cases.h"

#include <fmt/format.h>

#include <cstdlib>
#include <sstream>

#include "tests/lowering/run_case.h"

namespace deploytool::testing {

namespace {

std::map<std::string, std::vector<Case>>& allCases() {
  static std::map<std::string, std::vector<Case>> cases;
  return cases;
}

std::set<std::string>& exercised() {
  static std::set<std::string> rows;
  return rows;
}

/// DEPLOYTOOL_CASE=text runs only the cases that hold the text.
bool isWanted(const Case& test) {
  const char* text = std::getenv("DEPLOYTOOL_CASE");
  return !text || test.code.find(text) != std::string::npos;
}

FamilyResult runFamily(const std::vector<Case>& cases) {
  FamilyResult result;
  for (const Case& test : cases) {
    if (!isWanted(test)) continue;
    std::istringstream dtypes(test.options.dtypes);
    for (std::string dtype; dtypes >> dtype;)
      for (int64_t opset : test.options.opsets) {
        const std::string problem = runCase(test, dtype, opset, exercised());
        if (problem.empty()) ++result.passed;
        else result.failures.push_back(fmt::format("{} [{}, opset {}]: {}", test.code, dtype, opset, problem));
      }
  }
  return result;
}

}  // namespace

Cases::Cases(const char* family, std::vector<Case> cases) {
  auto& all = allCases()[family];
  all.insert(all.end(), cases.begin(), cases.end());
}

std::vector<std::string> familyNames() {
  std::vector<std::string> names;
  for (const auto& [name, cases] : allCases()) names.push_back(name);
  return names;
}

const FamilyResult& resultOf(const std::string& family) {
  static std::map<std::string, FamilyResult> results;
  auto it = results.find(family);
  if (it == results.end()) it = results.emplace(family, runFamily(allCases().at(family))).first;
  return it->second;
}

bool isExercised(const std::string& row) { return exercised().count(row) != 0; }

}  // namespace deploytool::testing
