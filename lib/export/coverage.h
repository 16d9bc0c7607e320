// Which operators of a program have no lowering: the quick answer to "will it export?", without a walk.
#pragma once

#include <string>
#include <vector>

#include "torchscript/program.h"

namespace deploytool::exporter {

struct MissingOperator {
  std::string name;  ///< `aten::geqrf`
  size_t count = 0;
  std::string reason;               ///< why there is none, where that is known
  std::vector<std::string> places;  ///< the first few, innermost location each
};

/// Operators on tensors without a row in the table, and instructions that the walk does not know, by name. Applied to
/// constants only, or in a branch that is not taken, they do no harm; operators on numbers and strings, which are mostly
/// known at export, are not looked at.
std::vector<MissingOperator> operatorsWithoutLowering(const ts::Program& program);

}  // namespace deploytool::exporter
