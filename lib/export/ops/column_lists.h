// List operators on lists that are kept by columns (columns.h).
#pragma once

#include "export/table.h"

namespace deploytool::exporter::ops {

/// The same lowering, applied to each column where the list has some: `el` is taken apart, and what it gives is put together.
/// Also where an index decided at run time makes columns of a list of containers.
Lowering eachColumn(Lowering lower);

}  // namespace deploytool::exporter::ops
