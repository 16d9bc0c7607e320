// How much larger than its inputs the result of an operator will be, before it is run.
#pragma once

#include <cstdint>

#include "torchscript/program.h"

namespace deploytool::ts {

/// Folding may add at most this many bytes beyond those of the inputs.
inline constexpr int64_t kMaxGrowth = int64_t{1} << 20;

/// Bytes of all tensors in it.
int64_t byteSize(const Value& value);
/// True when the result would be more than kMaxGrowth larger than the inputs, as far as cheap arithmetic on the
/// arguments tells (creation from a size, repetition, broadcasting, products).
bool wouldGrow(const Schema& schema, const std::vector<Value>& arguments);

}  // namespace deploytool::ts
