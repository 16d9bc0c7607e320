// Calls of operators under names that libtorch's compiler never writes: aliases, and operators of other versions.
#pragma once

#include <map>
#include <string>

#include "torchscript/program.h"

namespace deploytool::testing {

/// Turns calls of `aten::abs` into calls of `aten::absolute`, where `names` says so. Empty when every new name occurs
/// afterwards, else what the program calls.
std::string renameCalls(ts::LoadedModel& loaded, const std::map<std::string, std::string>& names);

}  // namespace deploytool::testing
