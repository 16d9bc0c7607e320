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

/// Known when exporting, or the very object from before.
bool isStaticKey(const Value& key, const Outside& outside) {
  if (const auto* number = key.as<Dim>()) return number->isLiteral();
  return !key.is<RuntimeScalar>() && (!key.isTensor() || outside.knows(key));
}

/// One list of a dict in the form of two.
Picture listPicture(const ts::TypePtr& type, std::vector<Picture> parts) {
  auto list = std::make_shared<ListValue>();
  list->elementType = type;
  Picture picture;
  picture.value = list;
  picture.parts = std::move(parts);
  return picture;
}

std::vector<Picture> keyPictures(const std::vector<Value>& keys) {
  std::vector<Picture> pictures(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) pictures[i].value = keys[i];
  return pictures;
}

Joined joinRuntimeDicts(const Joined& a, const Picture& b, const Outside& outside) {
  Joined result = a;
  result.kind = Kind::Dict;
  if (!hasRuntimeKeys(a.same.keys)) {
    result.same = runtimeDict(a.same);
    result.parts = {lift(result.same.parts[0]), lift(result.same.parts[1])};
    for (Joined& list : result.parts) list.kind = Kind::List;
    if (a.kind == Kind::Dict) result.parts[1].parts = a.parts;
  }
  const Picture other = runtimeDict(b);
  for (size_t i : {0, 1}) {
    result.parts[i] = join(result.parts[i], other.parts.at(i), outside);
    if (result.parts[i].kind == Kind::Conflict) return result.parts[i];
  }
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

bool hasRuntimeKeys(const std::vector<Value>& keys) {
  const auto* first = keys.empty() ? nullptr : keys[0].as<std::string>();
  return first && *first == kRuntimeKeys;
}

bool isRuntimeDict(const DictValue& dict) { return !dict.items.empty() && hasRuntimeKeys({dict.items[0].first}); }

Picture runtimeDict(const Picture& dict) {
  if (hasRuntimeKeys(dict.keys)) return dict;
  const auto& value = **dict.value.as<std::shared_ptr<DictValue>>();
  Picture result = dict;
  result.keys = {Value(kRuntimeKeys), Value(kRuntimeValues)};
  result.parts = {listPicture(value.keyType, keyPictures(dict.keys)), listPicture(value.valueType, dict.parts)};
  return result;
}

Joined joinDicts(const Joined& a, const Picture& b, const Outside& outside) {
  if (hasRuntimeKeys(a.same.keys) || hasRuntimeKeys(b.keys)) return joinRuntimeDicts(a, b, outside);
  Joined result = a;
  result.kind = Kind::Dict;
  result.same.disordered = a.same.disordered || b.disordered;
  result.same.keys = mergedKeys(a.same.keys, b.keys, result.same.disordered);
  result.parts.clear();
  for (const Value& key : result.same.keys) {
    const auto left = positionOf(a.same.keys, key), right = positionOf(b.keys, key);
    if ((!left || !right) && !isStaticKey(key, outside)) return joinRuntimeDicts(a, b, outside);
    result.parts.push_back(
        joinEntry(left ? &a.parts.at(*left) : nullptr, right ? &b.parts.at(*right) : nullptr, outside));
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
