// deploytool --version.
#pragma once

#include "deploytool/console.h"

namespace deploytool::cli {

int printVersion(Console& console);

}  // namespace deploytool::cli
