// What a branch knows of its condition, and operators that must know what a run decides.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// With `mask` None or a tensor, as the flag says.
Case optional(const std::string& rest, CaseOptions options = {}) {
  return {"def f(x, m, use: bool):\n  mask : Optional[Tensor] = None\n  if use:\n    mask = m\n  " + rest,
          {"x:f32[n,3]", "m:f32[3]", "use:bool[]"}, std::move(options)};
}

Case flagged(const std::string& rest, CaseOptions options = {}) {
  return {"def f(x, flag: bool):\n  " + rest, {"x:f32[n,3]", "flag:bool[]"}, std::move(options)};
}

const Cases kDecisions("decisions", {
    optional("return torch.layer_norm(x, [3], mask, None)"),
    optional("return torch.layer_norm(x, [3], mask, mask)"),
    optional("return torch.linear(x, torch.ones(3, 3), mask)"),
    optional("return torch.clamp(x, m - 1, mask)"),
    // Another rank where there is one; what is None stays so.
    optional("if mask is not None:\n    mask = mask.unsqueeze(0)\n  if mask is not None:\n    x = x + mask\n  return x"),
    optional("if mask is not None and bool(x.sum() > 0):\n    mask = mask.unsqueeze(0)\n    x = x * mask\n  return x"),
    // What follows from a condition that joins others.
    optional("causal = not use\n  if causal:\n    return x + 1\n  assert mask is not None\n  return x * mask"),
    optional("if use and bool(x.sum() > 0):\n    if use:\n      return x + m\n    else:\n      return x.sum(0)\n  return x"),
    optional("if use or bool(x.sum() > 0):\n    return x + m\n  else:\n    if use:\n      return x.sum(0)\n  return x"),
    optional("if not use:\n    if use:\n      return x.sum(0)\n  return x + m"),
    // An operator on either path: its flag, its results, what it writes.
    flagged("return torch.sort(x, -1, flag)"),
    flagged("return torch.topk(x, 2, -1, flag, True)[0]"),
    flagged("return torch.var(x, 1, flag)"),
    flagged("y = x.clone()\n  y.index_put_([torch.tensor([0, 0])], torch.ones(3), flag)\n  return y"),
    flagged("return torch.sum(x, 1, keepdim=flag)", {.refuses = "has rank 2 on one path and 1 on another"}),
});

}  // namespace

}  // namespace deploytool::testing
