// Dicts where paths meet: see join.h. A key that not all paths have stays, with a bool that says whether it is there.
#include <algorithm>

#include "export/join.h"

namespace deploytool::exporter {

namespace {

using Kind = Joined::Kind;

bool sameKey(const Value& a, const Value& b) {
  Picture x, y;
  x.value = a;
  y.value = b;
  return sameLeaf(x, y);
}

std::optional<size_t> positionOf(const std::vector<Value>& keys, const Value& key) {
  for (size_t i = 0; i < keys.size(); ++i)
    if (sameKey(keys[i], key)) return i;
  return {};
}

constexpr const char* kRuntimeKey =
    "a run decides a key of this dict; a tensor that the key indexes (torch.bincount, index_add_), or two lists of keys and "
    "values, can be exported";

/// Known when exporting, or the very object from before.
bool isStaticKey(const Value& key, const Outside& outside) {
  if (const auto* number = key.as<Dim>()) return number->isLiteral();
  return !key.is<RuntimeScalar>() && (!key.isTensor() || outside.knows(key));
}

Joined conflict(const char* why) {
  Joined result;
  result.kind = Kind::Conflict;
  result.conflict = why;
  return result;
}

Joined entryOf(Joined value) {
  if (value.kind == Kind::Conflict) return value;
  auto model = std::make_shared<OptionalValue>();
  model->isEntry = true;
  Joined result;
  result.kind = Kind::Optional;
  result.same.value = model;
  result.parts = {std::move(value)};
  return result;
}

/// One key: `a` or `b` is null where a path does not have it.
Joined joinEntry(const Joined* a, const Picture* b, const Outside& outside) {
  const bool certain = a && b && !isEntry(a->same.value) && !isEntry(b->value);
  if (certain) return join(*a, *b, outside);
  std::optional<Joined> known;
  if (a) {
    const Joined general = generalise(*a, outside);
    known = isEntry(a->same.value) && general.kind == Kind::Optional ? general.parts.at(0) : general;
  }
  const Picture* inside = b && isEntry(b->value) ? &b->parts.at(0) : b;
  if (!known) return entryOf(generalise(*inside, outside));
  return entryOf(inside ? join(*known, *inside, outside) : *known);
}

/// The keys of both in one order in which those of each stand; nothing where there is none.
std::vector<Value> mergedKeys(const std::vector<Value>& a, const std::vector<Value>& b, bool& disordered) {
  std::vector<Value> keys = a;
  size_t next = 0;  // behind the key of b that came last
  for (const Value& key : b) {
    if (const auto at = positionOf(keys, key)) {
      disordered = disordered || *at < next;
      next = *at + 1;
    } else {
      keys.insert(keys.begin() + static_cast<std::ptrdiff_t>(next++), key);
    }
  }
  return keys;
}

}  // namespace

bool isEntry(const Value& value) {
  const auto* optional = value.as<std::shared_ptr<OptionalValue>>();
  return optional && (*optional)->isEntry;
}

Joined joinDicts(const Joined& a, const Picture& b, const Outside& outside) {
  Joined result = a;
  result.kind = Kind::Dict;
  result.same.disordered = a.same.disordered || b.disordered;
  result.same.keys = mergedKeys(a.same.keys, b.keys, result.same.disordered);
  result.parts.clear();
  for (const Value& key : result.same.keys) {
    const auto left = positionOf(a.same.keys, key), right = positionOf(b.keys, key);
    if ((!left || !right) && !isStaticKey(key, outside)) return conflict(kRuntimeKey);
    result.parts.push_back(joinEntry(left ? &a.parts.at(*left) : nullptr, right ? &b.parts.at(*right) : nullptr, outside));
    if (result.parts.back().kind == Kind::Conflict) return result.parts.back();
  }
  return result;
}

const Picture& partOf(const Joined& joined, const Picture& picture, size_t i) {
  static const Picture kAbsent{Value(Uninitialized{}), {}, {}, {}, false};
  if (joined.kind != Kind::Dict) return i < picture.parts.size() ? picture.parts[i] : kAbsent;
  const auto at = positionOf(picture.keys, joined.same.keys.at(i));
  return at ? picture.parts.at(*at) : kAbsent;
}

const Picture& insideOf(const Joined& optional, const Picture& picture) {
  const bool isOptional = picture.value.is<std::shared_ptr<OptionalValue>>();
  return isOptional && isEntry(picture.value) == isEntry(optional.same.value) ? picture.parts.at(0) : picture;
}

}  // namespace deploytool::exporter
