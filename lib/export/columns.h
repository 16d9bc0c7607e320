// Lists of containers (tuples, dicts, lists) whose length a run decides are kept by columns: ONNX has no sequences of
// containers, so there is a list for each part of an element.
#pragma once

#include <vector>

#include "export/value.h"

namespace deploytool::exporter {

using Columns = std::vector<std::shared_ptr<ListValue>>;

/// Whether a value can be an element of a list that is kept by columns: its parts are known one by one.
bool isRow(const Value& value);
/// Of a row, in order.
std::vector<Value> partsOf(const Value& row);
/// Whether two rows are of one kind, with as many parts, and the same keys.
bool sameForm(const Value& a, const Value& b);
/// A row like `form` with other parts.
Value assembled(const Value& form, std::vector<Value> parts);
/// Empty lists for the parts of elements like `form`.
Columns emptyColumns(const ts::TypePtr& elementType, const Value& form);
/// The columns of a list that is kept by them, copied; or of rows. Refuses rows that differ in form.
Columns columnsOf(const ListValue& list, const Value& form);

}  // namespace deploytool::exporter
