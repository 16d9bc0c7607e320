// Declares the families named in families.def.
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

#define DEPLOYTOOL_FAMILY(name) std::vector<Row> name();
#include "export/ops/families.def"
#undef DEPLOYTOOL_FAMILY

}  // namespace deploytool::exporter::ops
