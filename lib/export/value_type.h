// TorchScript types of values: what prim::isinstance asks.
#pragma once

#include <optional>
#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

/// The TorchScript type of a value, as exactly as it is known.
ts::TypePtr typeOf(const Value& value);
/// Whether the value is of one of the types; nothing when a run decides it.
std::optional<bool> isInstanceOf(const Value& value, const std::vector<ts::TypePtr>& types);

}  // namespace deploytool::exporter
