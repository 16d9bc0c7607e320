// The lowering of rows that say why an operator is refused.
#pragma once

#include "export/call.h"

namespace deploytool::exporter {

/// Told from other lowerings by `row.lower.target<Refusing>()`.
struct Refusing {
  const char* reason;
  Results operator()(Call& c) const { c.refuse(reason); }
};

}  // namespace deploytool::exporter
