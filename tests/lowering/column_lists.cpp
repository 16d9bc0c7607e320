// Lists of containers whose length a run decides, and numbers in lists of such a length.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

/// Over a list of pairs, as many as `x` has rows.
std::string pairs(const std::string& rest) {
  return "def f(x):\n"
         "  rows : List[Tuple[Tensor, int]] = []\n"
         "  for i in range(x.size(0)):\n"
         "    rows.append((x[i] * i, i))\n  " + rest;
}

/// Over numbers that a run decides, as many as `x` has.
Case numbers(const std::string& rest, const std::string& type = "i64") {
  const std::string python = type == "i64" ? "int" : type == "f32" ? "float" : "bool";
  return {"def f(x):\n  a : List[" + python + "] = x.tolist()\n  " + rest, {"x:" + type + "[n]"}, {.low = 0, .high = 4}};
}

const Cases kColumnLists("column_lists", {
    {pairs("a, b = rows[-1]\n  return a, b, len(rows)"), {"x:f32[n,3]"}},
    {pairs("out = torch.zeros(3)\n  for a, b in rows:\n    out = out * 2 + a + b\n  return out"), {"x:f32[n,3]"}},
    {pairs("rows.insert(0, (x[0] - 1, 7))\n  a, b = rows[0]\n  c, d = rows[1]\n  return a, b, c, d, len(rows)"), {"x:f32[n,3]"}},
    {pairs("a, b = rows.pop()\n  return a, b, len(rows)"), {"x:f32[n,3]"}},
    {pairs("rows[0] = (x[0] + 5, 9)\n  a, b = rows[0]\n  return a, b, len(rows)"), {"x:f32[n,3]"}},
    {pairs("del rows[0]\n  return len(rows)"), {"x:f32[n,3]"}},
    {pairs("both = rows + rows[1:]\n  a, b = both[-1]\n  rows.reverse()\n  c, d = rows[0]\n  return a, b, c, d, len(both)"), {"x:f32[n,3]"}, {.smallest = 2}},
    {pairs("other = rows.copy()\n  rows.clear()\n  rows.append((x[0], 1))\n  a, b = rows[0]\n  c, d = other[-1]\n  return a, b, c, d"), {"x:f32[n,3]"}},
    {pairs("rows.extend(rows[:1])\n  a, b = rows[-1]\n  return a, b"), {"x:f32[n,3]"}},
    {pairs("return [t[0] for t in rows][-1], torch.tensor([t[1] for t in rows])"), {"x:f32[n,3]"}},
    // One that begins with elements, and what a branch adds.
    {"def f(x):\n"
     "  rows = [(x.sum(0), 1.5, True)]\n"
     "  if bool(x.sum() > 0):\n"
     "    rows.append((x.max(0)[0], float(x.sum()), False))\n"
     "  a, b, c = rows[-1]\n"
     "  return a, b, c, len(rows)\n",
     {"x:f32[n,3]"}},
    // Dicts, and dicts in tuples, as detectors give them.
    {"def f(x):\n"
     "  found : List[Dict[str, Tensor]] = []\n"
     "  for i in range(x.size(0)):\n"
     "    keep = x[i] > 0\n"
     "    found.append({\"scores\": x[i][keep], \"labels\": torch.nonzero(keep).squeeze(1)})\n"
     "  total = torch.zeros(1)\n"
     "  for d in found:\n"
     "    total = total + d[\"scores\"].sum() + d[\"labels\"].sum()\n"
     "  return total, found[0][\"scores\"], found[-1][\"labels\"]\n",
     {"x:f32[n,5]"}},
    {"def f(x):\n"
     "  steps : List[Tuple[int, Dict[str, Tensor], Tuple[Tensor, Tensor]]] = []\n"
     "  h = x[0]\n"
     "  for i in range(x.size(0)):\n"
     "    h = torch.tanh(h + x[i])\n"
     "    steps.append((i, {\"h\": h}, (h + 1, h * 2)))\n"
     "  n, d, (a, b) = steps[-1]\n"
     "  return n, d[\"h\"], a, b\n",
     {"x:f32[n,3]"}},
    // Rows of a list of lists, as many as a run decides, and an index that a run decides.
    {"def f(x):\n"
     "  rows : List[List[int]] = []\n"
     "  for i in range(x.size(0)):\n"
     "    rows.append([i, i * i])\n"
     "  return torch.tensor(rows), rows[-1][1]\n",
     {"x:f32[n,3]"}},
    {"def f(x, k: int):\n  rows = [(x, 1), (x + 1, 2), (x * 2, 3)]\n  a, b = rows[k]\n  return a, b\n", {"x:f32[n]", "k:i64[]"}, {.ranges = {{"k", {0, 3}}}}},
    {"def f(x):\n  rows : List[List[int]] = x.tolist()\n  s = 0\n  for r in rows:\n    s += r[0] * 10 + r[2]\n  return s, len(rows), torch.tensor(rows)\n", {"x:i64[n,3]"}},
    {"def f(x):\n  rows : List[List[List[float]]] = x.tolist()\n  return torch.tensor(rows[-1])\n", {"x:f32[n,2,3]"}},
    // A list that holds what is written later, and containers of two forms.
    {"def f(x):\n"
     "  rows : List[Tuple[Tensor, int]] = []\n"
     "  for i in range(x.size(0)):\n"
     "    y = x[i] * 2\n"
     "    rows.append((y, i))\n"
     "    y += 1\n"
     "  return rows[0][0]\n",
     {"x:f32[n,3]"}, {.refuses = "is also in a list whose length"}},
    {"def f(x):\n"
     "  rows : List[Dict[str, Tensor]] = []\n"
     "  d = {\"a\": x}\n"
     "  for i in range(x.size(0)):\n"
     "    rows.append(d)\n"
     "  d[\"a\"] = x + 1\n"
     "  return rows[0][\"a\"]\n",
     {"x:f32[n,3]"}, {.refuses = "is also in a list whose length"}},
    {"def f(x):\n"
     "  rows : List[List[int]] = [[1]]\n"
     "  for i in range(x.size(0)):\n"
     "    rows.append([i, i])\n"
     "  return len(rows)\n",
     {"x:f32[n,3]"}, {.refuses = "of different forms"}},
});

// Lists that a loop shortens.
const Cases kPopping("popping", {
    {"def f(x):\n"
     "  l : List[Tensor] = []\n"
     "  last = x[0]\n"
     "  for i in range(x.size(0)):\n"
     "    l.append(x[i] * i)\n"
     "  for i in range(x.size(0)):\n"
     "    last = last * 2 + l.pop()\n"
     "  for i in range(x.size(0)):\n"
     "    l.append(x[i])\n"
     "    last = last + l.pop(0)\n"
     "  return last, len(l)\n",
     {"x:f32[n,3]"}},
    {"def f(x):\n"
     "  l : List[Tuple[Tensor, int]] = []\n"
     "  total = 0\n"
     "  for i in range(x.size(0)):\n"
     "    l.append((x[i] * i, i))\n"
     "  while len(l) > 1:\n"
     "    a, n = l.pop()\n"
     "    b, m = l.pop()\n"
     "    l.append((a + b, n * m))\n"
     "    total += n\n"
     "  y, n = l[0]\n"
     "  return y, n, total\n",
     {"x:f32[n,3]"}},
});

const Cases kNumberLists("number_lists", {
    numbers("return sum(a), max(a), min(a)"),
    numbers("return sum(a), max(a), min(a)", "f32"),
    numbers("return sum(a), any(a), all(a)", "bool"),
    numbers("return any(a), all(a)", "f32"),
    numbers("return max(a), min(a)", "bool"),
    numbers("return sum(a[1:]), any(a[1:]), all(a[1:])"),
    numbers("a.sort()\n  return torch.tensor(a)"),
    numbers("a.sort(reverse=True)\n  return torch.tensor(a)", "f32"),
    numbers("return torch.tensor(sorted(a)), torch.tensor(a)"),
    numbers("return torch.tensor(sorted(a)), torch.tensor(a)", "bool"),
    numbers("b = sorted(a[1:])\n  return len(b)"),
    numbers("return 2 in a, 7 in a, a.count(2), a.count(9), a.index(a[-1])"),
    numbers("return 2.5 in a, a[0] in a, a.count(a[0]), a.index(a[-1])", "f32"),
    numbers("return a.count(True), a.index(a[0])", "bool"),
    numbers("a.remove(a[-1])\n  return len(a), sum(a)"),
    {"def f(x):\n  a = list(x.unbind(0))\n  return x + a.count(x[0])\n", {"x:f32[n,2]"}, {.refuses = "other than numbers"}},
});

}  // namespace

}  // namespace deploytool::testing
