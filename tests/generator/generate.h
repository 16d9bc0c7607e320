// Random modules from the operator table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "export/table.h"
#include "tests/generator/arguments.h"
#include "tests/generator/module.h"

namespace deploytool::testing::generator {

/// A row of the operator table with its schema in this libtorch.
struct Operator {
  std::string row;
  ts::Schema schema;
  Domain domain;
  bool isInPlace = false;  ///< the form with `_`: called on a copy
};

class Generator {
 public:
  Generator(ts::Evaluator& evaluator, uint64_t seed);

  /// The n-th module of the seed: one to eight calls. Every call ran in libtorch on each set of inputs.
  Module make(size_t number) const;
  /// One call of the row, else nothing.
  const std::vector<Operator>& operators() const { return operators_; }
  /// Only modules that begin with a call of this row.
  void only(const std::string& row) { only_ = row; }

 private:
  ts::Evaluator& evaluator_;
  uint64_t seed_;
  std::vector<Operator> operators_;
  std::vector<size_t> order_;
  std::string only_;

  bool addCall(const Operator& op, Module& module, Scope& scope, RandomSource& random) const;
};

}  // namespace deploytool::testing::generator
