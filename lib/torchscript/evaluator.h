// Running single operators on static values, on ATen.
#pragma once

#include <memory>

#include "torchscript/program.h"

namespace deploytool::ts {

std::unique_ptr<Evaluator> makeEvaluator();

}  // namespace deploytool::ts
