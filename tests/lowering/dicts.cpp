// Dicts.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kDicts("dicts", {
    {"def f(x):\n  d: Dict[str, Tensor] = {}\n  d[\"a\"] = x\n  d[\"b\"] = x + 1\n  return d\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x, \"b\": x + 1}\n  return d[\"b\"]\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  y = d.get(\"a\")\n  return x if y is None else y + 1\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  return d.get(\"c\", x * 2)\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  d = {\"a\": x}\n"
     "  return d.setdefault(\"a\", x * 2) + d.setdefault(\"b\", x * 3)\n"
     "",
     {"x:f32[b=2]"}},
    {"def f(x):\n  d = {1: x}\n  d[2] = x + 2\n  d[1] = x * 3\n  return d[1], d[2]\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x, \"b\": x + 1}\n  y = d.pop(\"a\")\n  return y, len(d)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  y = d.pop(\"b\", x * 2)\n  return y, len(d)\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x, \"b\": x + 1}\n  del d[\"a\"]\n  return d\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x, \"b\": x + 1}\n  k, v = d.popitem()\n  return v, d\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  d.clear()\n  d[\"z\"] = x\n  return d\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  d.update({\"a\": x + 1, \"b\": x})\n  return d\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  return x + 1 if \"a\" in d else x\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  return x + len(d)\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  d = {\"a\": x, \"bc\": x + 1}\n"
     "  s = 0\n"
     "  for k in d.keys():\n"
     "    s += len(k)\n"
     "  return x + s\n"
     "",
     {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x, \"b\": x + 1}\n  return torch.stack(list(d.values()))\n", {"x:f32[b=2]"}},
    {"def f(x):\n"
     "  d = {\"a\": x, \"b\": x + 1}\n"
     "  y = x\n"
     "  for k, v in d.items():\n"
     "    y = y * 2 + v\n"
     "  return y\n"
     "",
     {"x:f32[b=2]"}},
    {"def f(x):\n  d = {\"a\": x}\n  e = d.copy()\n  e[\"b\"] = x\n  return len(d), e\n", {"x:f32[b=2]"}},
    {"def f(x):\n  d = dict([(\"a\", x), (\"b\", x + 1)])\n  return d\n", {"x:f32[b=2]"}},
});

}  // namespace

}  // namespace deploytool::testing
