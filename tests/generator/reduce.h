// Shrinking a module that goes wrong.
#pragma once

#include <functional>

#include "tests/generator/module.h"

namespace deploytool::testing::generator {

/// The smallest module found that still goes wrong: fewer outputs, calls cut off at the front by making their results
/// inputs, and cut out in the middle. `isWrong` decides.
Module reduce(Module module, const std::function<bool(const Module&)>& isWrong);

}  // namespace deploytool::testing::generator
