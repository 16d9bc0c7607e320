// Programs rather than operators: control flow, containers, values that only a run decides.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

// What an If gives where its branches do not fit together: the example sizes decide (a size is written `n=2`).
const Cases kBranches("branches", {
    {"def f(x):\n  if x.size(0) > 1:\n    y = x[0]\n  else:\n    y = x\n  return y * 2", {"x:f32[n=2,3]"}, {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  if not (x.size(0) == 1 or x.size(0) < 1):\n    y = (x * 3).long()\n  else:\n    y = x\n  return y",
     {"x:f32[n=2,3]"}, {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    y = x[0]\n  else:\n    y = x\n  return y", {"x:f32[n=2,3]"}, {.refuses = "rank 1 on one path and 2"}},
    {"def f(x):\n  if bool(x.sum() > 0):\n    y = x[0]\n  else:\n    y = x\n  return x + 1", {"x:f32[n=2,3]"}},
    // None or a tensor
    {"def f(x):\n  y : Optional[Tensor] = None\n  if x.size(0) > 1:\n    y = x + 1\n  return y", {"x:f32[n=2,3]"},
     {.sizes = {{{"n", 2}}, {{"n", 5}}}}},
    {"def f(x):\n  y : Optional[Tensor] = None\n  for i in range(x.size(0)):\n    y = x[i]\n  return y", {"x:f32[n=2,3]"}},
});

}  // namespace

}  // namespace deploytool::testing
