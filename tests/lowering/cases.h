// Numeric tests of lowerings, as data rows: a TorchScript expression, its inputs, and what else the case needs. Each is
// compiled by libtorch, exported, and run by libtorch and by ONNX Runtime at several sizes of the dynamic axes.
//
//   const Cases kActivation("activation", {
//       {"torch.relu(x)", {"x:T[n,3]"}, {.dtypes = "f32 f64 f16 i64"}},
//       {"def f(x, k: int): return torch.select(x, 0, k)", {"x:f32[n,3]", "k:0"}},
//   });
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/random_inputs.h"

namespace deploytool::testing {

struct CaseOptions {
  std::string dtypes = "f32";  ///< each in turn stands for `T` in the inputs
  double low = 0, high = 0;    ///< range of all random inputs where low < high; integers up to high - 1
  std::map<std::string, runtime::ValueRange> ranges = {};  ///< by input
  int64_t smallest = 1;        ///< smallest size of a dynamic axis that the operator takes
  std::vector<std::map<std::string, int64_t>> sizes = {};  ///< of dynamic axes, instead of ours
  double tolerance = 0;        ///< relative and absolute, where the operator itself is less exact
  std::vector<int64_t> opsets = {13, 18};
  std::string refuses = {};    ///< the export must fail, with this in its message
  bool shapeOnly = false;      ///< random results: dtype and dims are compared
  bool distribution = false;   ///< random results: dtype and dims, and that both samples have one distribution
  /// Operators that libtorch's compiler writes under another name (aliases), and names it never writes: the export gets
  /// the call under the second name.
  std::map<std::string, std::string> renamed = {};
  std::string reference = {};  ///< what libtorch runs where it has no kernel for the operator, or under `renamed`
  std::string libtorch = {};   ///< only for versions that begin so (`1.`)
};

struct Case {
  /// An expression of the inputs' names, a whole `def f(…): …`, or classes with `Model` and its method `f` among them.
  std::string code;
  std::vector<std::string> inputs;  ///< `NAME:SPEC`
  CaseOptions options = {};
};

/// The cases of a family. Made once, as a constant at file scope.
class Cases {
 public:
  Cases(const char* family, std::vector<Case> cases);
};

/// What came of one family's cases; they are run when first asked for.
struct FamilyResult {
  size_t passed = 0;
  std::vector<std::string> failures;
};
std::vector<std::string> familyNames();
const FamilyResult& resultOf(const std::string& family);
/// Rows of the operator table that a case has exercised so far.
bool isExercised(const std::string& row);

}  // namespace deploytool::testing
