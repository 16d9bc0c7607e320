// Work in independent pieces on all cores.
#pragma once

#include <cstddef>
#include <functional>

namespace deploytool {

/// Calls `work(i)` for every i below `count`, each once, on several threads, in no particular order. `work` must not
/// throw.
void inParallel(size_t count, const std::function<void(size_t)>& work);

}  // namespace deploytool
