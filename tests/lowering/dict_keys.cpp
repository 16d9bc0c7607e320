// Every dict operator for every type of key.
#include <cctype>

#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

struct KeyType {
  const char *type, *first, *second, *third;  ///< three different keys
};
constexpr KeyType kKeys[] = {
    {"int", "1", "-2", "7"},
    {"float", "1.5", "-2.0", "0.25"},
    {"bool", "True", "False", "True"},
    {"complex", "complex(1., 2.)", "complex(0., 2.)", "complex(1., 0.)"},
    {"Tensor", "a", "b", "c"},
    {"str", "\"a\"", "\"b\"", "\"c\""},
};

/// A function whose first lines make the dict `d` of two elements; A, B, C in `body` stand for keys, K for their type.
Case keyed(const KeyType& key, const std::string& body) {
  std::string code = "def f(x):\n  a = x + 1\n  b = x * 2\n  c = x * 3\n  d: Dict[K, Tensor] = {}\n  d[A] = a\n  d[B] = b\n  " + body;
  const std::pair<const char*, const char*> words[] = {{"K", key.type}, {"A", key.first}, {"B", key.second}, {"C", key.third}};
  std::string result;
  for (size_t i = 0; i < code.size(); ++i) {
    const auto isWordPart = [&](size_t at) { return at < code.size() && (std::isalnum(static_cast<unsigned char>(code[at])) || code[at] == '_'); };
    const bool alone = !isWordPart(i + 1) && (i == 0 || !isWordPart(i - 1));
    const char* replacement = nullptr;
    for (const auto& [word, by] : words)
      if (alone && code[i] == *word) replacement = by;
    if (replacement) result += replacement;
    else result += code[i];
  }
  return {result, {"x:f32[n]"}};
}

constexpr const char* kBodies[] = {
    "return d[A] + d[B]",
    "y = d.get(B)\n  return x if y is None else y + 1",
    "return d.get(C, x * 5)",
    "y = d.setdefault(A, x * 5) + d.setdefault(C, x * 7)\n  return y, d[C]",
    "d[A] = x * 4\n  return d[A], len(d)",
    "y = d.pop(A)\n  return y, len(d)",
    "y = d.pop(A)\n  z = d.pop(A, x * 9)\n  return y, z, len(d)",
    "del d[A]\n  return d[B], len(d)",
    "k, v = d.popitem()\n  return v, len(d)",
    "d.clear()\n  d[B] = x\n  return d[B], len(d)",
    "e: Dict[K, Tensor] = {}\n  e[B] = x * 6\n  e[C] = x\n  d.update(e)\n  return d[A], d[B], d[C], len(d)",
    "return x + 1 if A in d else x",
    "return x + len(d)",
    "s = x\n  for k in d.keys():\n    s = s * 2 + d[k]\n  return s",
    "return torch.stack(list(d.values()))",
    "y = x\n  for k, v in d.items():\n    y = y * 2 + v\n  return y",
    "e = d.copy()\n  e[B] = x\n  return d[B], e[B]",
    "e = dict(d)\n  e[B] = x\n  return d[B], e[B]",
    "e = dict([(A, x), (B, x + 1)])\n  return e[A], e[B]",
    "e = torch.dict([(A, x), (B, x + 1)])\n  return e[A], e[B]",
};

std::vector<Case> all() {
  std::vector<Case> cases;
  for (const KeyType& key : kKeys)
    for (const char* body : kBodies) cases.push_back(keyed(key, body));
  cases.push_back({"def f(x):\n  d = torch.dict()\n  d[\"a\"] = x\n  return d[\"a\"]", {"x:f32[n]"}});
  return cases;
}

const Cases kDictKeys("dict_keys", all());

}  // namespace

}  // namespace deploytool::testing
