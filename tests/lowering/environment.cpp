// Questions about the run: gradients, autocast, scripting.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kEnvironment("environment", {
    {"x + 1 if torch.is_grad_enabled() else x + 1", {"x:f32[n]"}},
    {"def f(x):\n  y = x\n  if torch.is_autocast_enabled():\n    y = y + 1\n  return y", {"x:f32[n]"}},
    {"def f(x):\n  y = x\n  if torch.is_autocast_cpu_enabled():\n    y = y + 1\n  return y", {"x:f32[n]"}},
    {"def f(x):\n  return x + int(torch.get_autocast_dtype(\"cpu\")) * 10 + int(torch.get_autocast_dtype(\"cuda\"))", {"x:f32[n]"}, {.libtorch = "2."}},
    {"def f(x):\n  y = x\n  if torch.is_scripting():\n    y = y + 1\n  return y", {"x:f32[n]"}},
    {"def f(x):\n  y = x\n  if torch.is_grad_enabled():\n    y = y + 1\n  return y", {"x:f32[n]"},
     {.renamed = {{"aten::is_grad_enabled", "aten::is_scripting"}}, .reference = "x + 1"}},
});

}  // namespace

}  // namespace deploytool::testing
