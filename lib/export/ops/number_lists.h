// Lists of numbers whose length a run decides: ONNX sequences of rank-0 tensors, computed with as vectors.
#pragma once

#include "export/call.h"

namespace deploytool::exporter::ops {

/// The numbers as one tensor, after `first` where that is given (an ONNX sequence of none cannot be joined).
Tensor vectorOf(Call& c, const ListValue& list, std::optional<double> first = {});
Tensor sortedNumbers(Call& c, const ListValue& list, bool descending);
/// int64[]: the position of the first number that is equal; 0 where none is, where the program raises.
Tensor firstEqual(Call& c, const ListValue& list, const Value& item);
/// int64[]
Tensor howManyEqual(Call& c, const ListValue& list, const Value& item);
/// Rank-0 bool: the same numbers. A run decides the length of at least one of them.
Tensor areEqualLists(Call& c, const ListValue& a, const ListValue& b);
/// Rank 0: the sum, 0 of none; the largest or smallest.
Tensor sumOf(Call& c, const ListValue& list);
Tensor extremeOf(Call& c, const ListValue& list, bool largest);
/// Rank-0 bool: whether all, resp. any, are not 0.
Tensor allOf(Call& c, const ListValue& list, bool all);

}  // namespace deploytool::exporter::ops
