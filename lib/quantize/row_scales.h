// Which products can have a scale for each row (token) of their activation without being noticeably slower.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "quantize/plan.h"

namespace deploytool::quantize {

/// Whether rows take at most a tenth of the time of the product itself: three passes over the activation [M, inner], one
/// over the product [M, columns] and one for its bias, which no longer joins the kernel. M does not matter.
bool rowsAreCheap(int64_t inner, int64_t columns);

/// Sets the method of weights with integer products to `per-token`: all of them when `always`, else cheap ones that take
/// at most 3.5 % of the time of all products together.
void chooseRowScales(Plan& plan, bool always);

}  // namespace deploytool::quantize
