// Dicts whose keys are known, while a run decides which of them are there: caches that loops fill, entries of one branch.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// A function whose loop runs over the rows of x with an empty dict of tensors `d` and a sum `y`.
Case looped(const std::string& body, const std::string& result = "y") {
  return {"def f(x):\n  d: Dict[str, Tensor] = {}\n  y = torch.zeros(3)\n  for i in range(x.size(0)):\n" + body + "  return " + result,
          {"x:f32[n=4,3]"}};
}

/// A function whose dict `d` gets the key "b" in one branch.
Case branched(const std::string& body) {
  return {"def f(x):\n  d: Dict[str, Tensor] = {\"a\": x}\n  if bool(x.sum() > 0):\n    d[\"b\"] = x * 2\n" + body, {"x:f32[n=4,3]"}};
}

const Cases kDictEntries("dict_entries", {
    looped("    if \"prev\" in d:\n      y = y + d[\"prev\"]\n    d[\"prev\"] = x[i] + 1\n"),
    looped("    p = d.get(\"prev\")\n    if p is not None:\n      y = y + p * i\n    d[\"prev\"] = x[i]\n"),
    looped("    y = y + d.get(\"prev\", torch.ones(3))\n    d[\"prev\"] = x[i]\n    d[\"all\"] = x[:i]\n", "y, d[\"all\"].sum(0), len(d)"),
    looped("    y = y + d.setdefault(\"first\", x[i])\n", "y, d"),
    looped("    d[\"x\"] = x[i]\n    d[\"s\"] = x.sum() + i\n", "d"),
    looped("    if i % 2 == 0:\n      d[\"even\"] = x[i]\n    else:\n      d[\"odd\"] = x[i] * 2\n",
           "\"odd\" in d, len(d), d.get(\"odd\", y), d.get(\"none\", y)"),
    looped("    if i % 2 == 0:\n      d[\"held\"] = x[i]\n    else:\n      y = y + d.pop(\"held\")\n", "y, len(d)"),
    looped("    for k in [\"a\", \"b\"]:\n      if k in d:\n        d[k] = d[k] + x[i]\n      else:\n        d[k] = x[i]\n    d.clear()\n    d[\"b\"] = x[i]\n", "y, d[\"b\"], len(d)"),
    // The state of a decoder, by layers and names.
    {"def f(x):\n"
     "  state: Dict[str, Dict[str, Optional[Tensor]]] = {}\n"
     "  y = torch.zeros(1, 3)\n"
     "  for i in range(x.size(0)):\n"
     "    for name in [\"l0\", \"l1\"]:\n"
     "      saved: Dict[str, Optional[Tensor]] = {}\n"
     "      if name in state:\n"
     "        saved = state[name]\n"
     "      k = x[i:i + 1] + y\n"
     "      if \"key\" in saved:\n"
     "        before = saved[\"key\"]\n"
     "        assert before is not None\n"
     "        k = torch.cat([before, k])\n"
     "      saved[\"key\"] = k\n"
     "      saved[\"mask\"] = None\n"
     "      state[name] = saved\n"
     "      y = k.mean(0, keepdim=True)\n"
     "  return y\n",
     {"x:f32[n=4,3]"}, {.refuses = "may be the same list, dict or object"}},
    {"def f(x):\n  d: Dict[int, int] = {}\n  for i in range(x.size(0)):\n    for k in range(3):\n      if bool(x[i, k] > 0):\n        d[k] = d.get(k, 0) + 1\n  return d.get(0, 0), d.get(1, 0), d.get(2, 0), len(d)",
     {"x:f32[n=4,3]"}},
    branched("  return x + 1 if \"b\" in d else x, len(d)"),
    branched("  d[\"c\"] = x * 3\n  return d.get(\"b\", x), d[\"c\"]"),
    branched("  return torch.stack(list(d.values())).sum(0)"),
    branched("  y = x\n  for v in d.values():\n    y = y * 2 + v\n  return y"),
    branched("  e = d.copy()\n  e.update({\"a\": x * 7})\n  return e[\"a\"], len(e)"),
    branched("  e: Dict[str, Tensor] = {\"b\": x * 5}\n  e.update(d)\n  return e[\"b\"]"),
    branched("  y = x\n  if \"b\" in d:\n    y = d[\"b\"] + 1\n    del d[\"b\"]\n  return y, len(d)"),
    branched("  if \"b\" not in d:\n    d[\"b\"] = x * 9\n  y = x\n  for v in d.values():\n    y = y * 2 + v\n  return y, d[\"b\"]"),
    branched("  if bool(x.max() > 1):\n    d[\"z\"] = x\n  d[\"b\"] = x + 1\n  return d[\"b\"], len(d)"),
    {"def f(x):\n  d: Dict[str, Tensor] = {\"a\": x}\n  for i in range(x.size(0)):\n    if i % 2 == 0:\n      d[\"b\"] = x\n    else:\n      d[\"c\"] = x + i\n"
     "  y = x\n  for v in d.values():\n    y = y * 2 + v\n  return y",
     {"x:f32[n=4,3]"}, {.refuses = "in which order the keys"}},
});

/// A function whose loop counts the numbers in x with the dict `c`.
Case counted(const std::string& rest, const std::string& type = "int", const std::string& one = "1") {
  return {"def f(x):\n  c: Dict[int, " + type + "] = {}\n  for i in range(x.size(0)):\n    k = int(x[i])\n    c[k] = c.get(k, 0) + " + one + "\n  " + rest,
          {"x:i64[n]"}, {.low = 0, .high = 4}};
}

// Keys that a run decides.
const Cases kRuntimeKeys("dict_runtime_keys", {
    counted("return len(c), 2 in c, c.get(3, -1)"),
    counted("return list(c.keys()), list(c.values())"),
    counted("best = -1\n  most = 0\n  for k in sorted(c.keys()):\n    if c[k] > most:\n      best = k\n      most = c[k]\n  return best, most"),
    counted("s = 0\n  for k, v in c.items():\n    s = s * 10 + k * v\n  return s"),
    counted("n = c.pop(int(x[0]))\n  return n, len(c)"),
    counted("d = c.copy()\n  d[7] = 5\n  return len(c), len(d), d[7]"),
    counted("c.clear()\n  c[1] = 3\n  return c[1], len(c)"),
    counted("return c.setdefault(9, 5), c.setdefault(int(x[0]), 7), len(c)"),
    {"def f(x):\n  c: Dict[int, int] = {}\n  for i in range(x.size(0)):\n    c[int(x[i])] = i\n  return c", {"x:i64[n]"}, {.refuses = "keys a run decides"}},
    {"def f(x, ids):\n  d: Dict[int, Tensor] = {}\n  for i in range(x.size(0)):\n    d[int(ids[i])] = x[i].clone()\n  t = d[int(ids[0])]\n  t.add_(1)\n  return d[int(ids[0])]",
     {"x:f32[n,3]", "ids:i64[n]"}, {.refuses = "also in a dict whose keys"}},
    {"def f(x, ids):\n  d: Dict[int, Tensor] = {}\n  t = x[0].clone()\n  for i in range(x.size(0)):\n    d[int(ids[i])] = t\n  t.add_(1)\n  return d[int(ids[0])]",
     {"x:f32[n,3]", "ids:i64[n]"}, {.refuses = "read later"}},
    {"def f(x, ids):\n  d: Dict[int, Tensor] = {5: x[0]}\n  for i in range(x.size(0)):\n    d[int(ids[i])] = x[i]\n  d[5] = d[5] + 1\n  return d[5], len(d)",
     {"x:f32[n,3]", "ids:i64[n]"}, {.ranges = {{"ids", {0, 4}}}}},
    {"def f(x):\n  d: Dict[int, int] = {1: 2, 3: 4}\n  k = int(x[0])\n  return d[k] if k in d else -1", {"x:i64[n]"}, {.low = 0, .high = 4}},
    {"def f(x, ids):\n  d: Dict[int, Tensor] = {}\n  for i in range(x.size(0)):\n    k = int(ids[i])\n    if k in d:\n      d[k] = d[k] + x[i]\n    else:\n      d[k] = x[i]\n"
     "  o = torch.zeros(3)\n  for k, v in d.items():\n    o = o * 2 + v * k\n  return o, len(d)", {"x:f32[n,3]", "ids:i64[n]"}, {.ranges = {{"ids", {0, 4}}}}},
    {"def f(x):\n  d: Dict[int, int] = {}\n  for i in range(x.size(0)):\n    d[int(x[i])] = i\n  s = 0\n  for i in range(x.size(0)):\n    s += d[int(x[i])]\n  return s",
     {"x:i64[n]"}, {.low = 0, .high = 4}},
    {"def f(x, ids):\n  d: Dict[int, List[Tensor]] = {}\n  for i in range(x.size(0)):\n    d[int(ids[i])] = [x[i]]\n  return len(d)", {"x:f32[n,3]", "ids:i64[n]"},
     {.refuses = "a tensor or number is needed"}},
});

}  // namespace

}  // namespace deploytool::testing
