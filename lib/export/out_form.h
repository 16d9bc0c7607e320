// Forms of operators that write their results into tensors that they are given for that.
#pragma once

#include "torchscript/program.h"

namespace deploytool::exporter {

bool isOutForm(const ts::Schema& schema);

}  // namespace deploytool::exporter
