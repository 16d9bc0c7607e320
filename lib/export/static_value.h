// Between the walker's values and the static values of the border.
#pragma once

#include <optional>

#include "export/cell.h"
#include "export/value.h"

namespace deploytool::exporter {

/// The static value, or nothing when any part of it is decided at run time (or is an object).
std::optional<ts::Value> toStatic(const Value& value, Heap& heap);
/// A fresh value; tensors become fresh variables, lists fresh lists.
Value fromStatic(const ts::Value& value);

}  // namespace deploytool::exporter
