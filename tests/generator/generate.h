// Random modules from the operator table.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "export/table.h"
#include "tests/generator/arguments.h"
#include "tests/generator/module.h"
#include "tests/generator/phrases.h"
#include "torchscript/module.h"

namespace deploytool::testing::generator {

/// A form of a row of the operator table, with its schema in this libtorch.
struct Form {
  ts::Schema schema;
  bool isInPlace = false;  ///< the form with `_`: called on a copy
};

struct Operator {
  std::string row;
  uint64_t hash = 0;  ///< of the row's name
  Domain domain;
  std::vector<Form> forms;
  std::vector<Phrase> phrases;  ///< instead of forms
};

class Generator {
 public:
  Generator(ts::TorchModule& torch, ts::Evaluator& evaluator, uint64_t seed);

  /// The n-th module of the seed: up to eight calls. Every call ran in libtorch on each set of inputs.
  Module make(size_t number) const;
  /// One call of the operator, another one in each turn; no call where it cannot be made.
  Module makeFor(const Operator& op, size_t turn) const;
  /// Rows met so far that this libtorch has a schema for, but no kernel.
  const std::set<std::string>& withoutKernel() const { return withoutKernel_; }
  const std::vector<Operator>& operators() const { return operators_; }
  /// Rows that no module has a call of, by the reason.
  const std::map<std::string, std::vector<std::string>>& leftOutRows() const { return leftOut_; }
  /// Only modules that begin with a call of this row.
  void only(const std::string& row) { only_ = row; }
  /// Prints why calls do not run.
  void verbose(bool on) { isVerbose_ = on; }

 private:
  ts::TorchModule& torch_;
  ts::Evaluator& evaluator_;
  uint64_t seed_;
  std::vector<Operator> operators_;
  std::map<std::string, std::vector<std::string>> leftOut_;
  std::string only_;
  bool isVerbose_ = false;
  mutable std::set<std::string> withoutKernel_;

  std::vector<const Operator*> chosen(size_t number) const;
  bool tryCall(const Operator& op, size_t number, Module& module, Scope& scope) const;
  bool addCall(const Operator& op, const Form& form, Module& module, Scope& scope, RandomSource& random) const;
  bool addPhrase(const Operator& op, const Phrase& phrase, Module& module, Scope& scope, RandomSource& random) const;
  /// What a phrase gives in libtorch, result by result; nothing where it does not run.
  std::optional<std::vector<Values>> resultsOf(const Operator& op, const Phrase& phrase, const std::vector<Argument>& arguments) const;
  void readTable();
};

}  // namespace deploytool::testing::generator
