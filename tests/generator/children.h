// Numbered work in a child process: one that dies (libtorch crashes on some arguments) costs the item it was at, no more.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace deploytool::testing::generator {

/// Does one item and says what came of it.
using Work = std::function<std::string(size_t)>;

struct ChildrenOptions {
  size_t first = 0, count = 0;
  unsigned seconds = 120;  ///< longest processor time for one item
};

/// Remembers what a child is about to do; where it dies, `died` is told.
void aboutTo(const std::string& what);

/// `prepare` runs in each child before its first item. Results are consumed here, in order; `died` gets the item and what
/// ended the child. False when a child cannot even prepare.
bool runInChildren(const ChildrenOptions& options, const std::function<Work()>& prepare,
                   const std::function<void(size_t, const std::string&)>& consume,
                   const std::function<void(size_t, const std::string&)>& died);

}  // namespace deploytool::testing::generator
