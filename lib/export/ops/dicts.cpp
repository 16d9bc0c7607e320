// TorchScript's dict operators. Keys are known when exporting, though a run may decide whether they are there; values may be
// anything.
#include <algorithm>

#include "export/contradiction.h"
#include "export/join.h"
#include "export/ops/containers.h"
#include "export/ops/families.h"
#include "export/ops/runtime_dicts.h"
#include "export/spec_scanner.h"

namespace deploytool::exporter::ops {

namespace {

using Items = std::vector<std::pair<Value, Value>>;

/// Of an entry that may be missing, else null.
const OptionalValue* optionalEntry(const Value& item) {
  const auto* optional = item.as<std::shared_ptr<OptionalValue>>();
  return optional && (*optional)->isEntry ? optional->get() : nullptr;
}

/// Where the answer shapes what follows: a run that decides it makes two paths of the operator.
bool isThere(Call& c, const Value& item) {
  const OptionalValue* entry = optionalEntry(item);
  if (!entry) return true;
  const auto known = c.host().decided(entry->present);
  if (!known) throw Refusal{"a run decides whether the dict has this key", {}, entry->present};
  return *known;
}

const Value& contentOf(const Value& item) {
  const OptionalValue* entry = optionalEntry(item);
  return entry ? entry->value : item;
}

/// An entry for the key, though it may be one that is missing.
Items::iterator find(Call& c, DictValue& dict, const Value& key) {
  return std::find_if(dict.items.begin(), dict.items.end(),
                      [&](const auto& item) { return isSameKey(c, item.first, key); });
}

/// The entry of a key that is there.
Items::iterator findThere(Call& c, DictValue& dict, const Value& key) {
  const auto it = find(c, dict, key);
  return it == dict.items.end() || isThere(c, it->second) ? it : dict.items.end();
}

/// What the dict holds, in order.
Items entriesOf(Call& c, const DictValue& dict) {
  if (isRuntimeDict(dict)) c.refuse("this operator on a dict whose keys a run decides");
  Items items;
  for (const auto& [key, item] : dict.items)
    if (isThere(c, item)) items.emplace_back(key, contentOf(item));
  if (dict.disordered && items.size() > 1) c.refuse("a run decides in which order the keys of this dict came");
  return items;
}

void assign(Call& c, DictValue& dict, const Value& key, const Value& value) {
  if (isRuntimeKey(c, dict, key)) {
    dict = runtimeForm(c, dict);
    return setEntry(c, dict, key, value);
  }
  auto it = find(c, dict, key);
  if (it != dict.items.end()) {
    const OptionalValue* entry = optionalEntry(it->second);
    const auto known = entry ? c.host().decided(entry->present) : std::optional(true);
    if (known != false) {
      // A key that was missing comes last.
      dict.disordered = dict.disordered || (!known && it + 1 != dict.items.end());
      it->second = value;
      return;
    }
    dict.items.erase(it);
  }
  dict.items.emplace_back(key, value);
}

ts::TypePtr pairType(const DictValue& dict) {
  auto type = std::make_shared<ts::Type>();
  type->kind = ts::Type::Kind::Tuple;
  type->elements = {dict.keyType, dict.valueType};
  return type;
}

Value pairOf(const std::pair<Value, Value>& item) {
  auto tuple = std::make_shared<TupleValue>();
  tuple->items = {item.first, item.second};
  return tuple;
}

std::string keyText(const Value& key) {
  const auto* text = key.as<std::string>();
  const auto* number = key.as<Dim>();
  return text ? quoted(*text) : number ? number->text() : "of this value";
}

/// The program raises a KeyError.
Contradiction noSuchKey(const Value& key) { return {"the dict has no key " + keyText(key)}; }

/// The entry of a key without which the program raises.
Items::iterator findExpected(Call& c, DictValue& dict, const Value& key) {
  const auto it = find(c, dict, key);
  if (it == dict.items.end()) throw noSuchKey(key);
  if (const OptionalValue* entry = optionalEntry(it->second)) {
    const auto known = c.host().decided(entry->present);
    if (known == false) throw noSuchKey(key);
    if (!known) c.host().assumeHere("that the dict has the key " + keyText(key));
  }
  return it;
}

// aten::__getitem__.Dict_*(self, key)
Results getItem(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeKey(c, *dict, c.arg("key"))) return {entryAt(c, runtimeForm(c, *dict), c.arg("key"))};
  return {contentOf(findExpected(c, *dict, c.arg("key"))->second)};
}

// aten::get.*(self, key), aten::get.default_*(self, key, default_value)
Results get(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeKey(c, *dict, c.arg("key")))
    return {entryOr(c, runtimeForm(c, *dict), c.arg("key"), c.arg("default_value"))};
  const auto at = find(c, *dict, c.arg("key"));
  const OptionalValue* entry = at == dict->items.end() ? nullptr : optionalEntry(at->second);
  if (entry && entry->value.isTensor() && !c.has("default_value") && !c.host().decided(entry->present)) {
    auto optional = std::make_shared<OptionalValue>();
    optional->present = entry->present;
    optional->value = entry->value;
    return {optional};
  }
  const auto it = findThere(c, *dict, c.arg("key"));
  return {it == dict->items.end() ? c.arg("default_value") : contentOf(it->second)};
}

// aten::setdefault.*(self, key, default_value)
Results setDefault(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeKey(c, *dict, c.arg("key"))) {
    const Value value = entryOr(c, runtimeForm(c, *dict), c.arg("key"), c.arg("default_value"));
    c.host().willChange(dict);
    assign(c, *dict, c.arg("key"), value);
    return {value};
  }
  const auto it = findThere(c, *dict, c.arg("key"));
  if (it != dict->items.end()) return {contentOf(it->second)};
  c.host().willChange(dict);
  assign(c, *dict, c.arg("key"), c.arg("default_value"));
  return {c.arg("default_value")};
}

// aten::_set_item.*(l, idx, v)
Results setItem(Call& c) {
  const Dict dict = dictOf(c, "l");
  c.host().willChange(dict);
  assign(c, *dict, c.arg("idx"), c.arg("v"));
  return {};
}

// aten::pop.Dict_*(self, key), aten::pop.Dict_default_*(self, key, default_value)
Results pop(Call& c) {
  const Dict dict = dictOf(c, "self");
  const bool withDefault = c.schema().arguments.size() > 2;
  if (isRuntimeKey(c, *dict, c.arg("key"))) {
    if (withDefault) c.refuse("pop with a default of a key that a run decides");
    DictValue fresh = runtimeForm(c, *dict);
    const Value value = entryAt(c, fresh, c.arg("key"));
    eraseEntry(c, fresh, c.arg("key"));
    c.host().willChange(dict);
    dict->items = fresh.items;
    return {value};
  }
  const auto it = withDefault ? findThere(c, *dict, c.arg("key")) : findExpected(c, *dict, c.arg("key"));
  if (it == dict->items.end()) return {c.arg("default_value")};
  const Value value = contentOf(it->second);
  const auto at = it - dict->items.begin();
  c.host().willChange(dict);
  dict->items.erase(dict->items.begin() + at);
  return {value};
}

// aten::Delete.Dict_*(self, key)
Results deleteItem(Call& c) {
  pop(c);
  return {};
}

// aten::popitem.*(self): TorchScript takes the one added first
Results popItem(Call& c) {
  const Dict dict = dictOf(c, "self");
  Items items = entriesOf(c, *dict);
  if (items.empty()) c.refuse("the dict is empty");
  const Value item = pairOf(items.front());
  items.erase(items.begin());
  c.host().willChange(dict);
  dict->items = std::move(items);
  return {item};
}

// aten::clear.*(self)
Results clear(Call& c) {
  const Dict dict = dictOf(c, "self");
  c.host().willChange(dict);
  dict->items.clear();
  dict->disordered = false;
  return {};
}

// aten::update.*(self, to_add)
Results update(Call& c) {
  const Dict dict = dictOf(c, "self"), added = dictOf(c, "to_add");
  const Items items = entriesOf(c, *added);
  c.host().willChange(dict);
  for (const auto& [key, value] : items) assign(c, *dict, key, value);
  return {};
}

// aten::__contains__.*(dict, key)
Results contains(Call& c) {
  const Dict dict = dictOf(c, "dict");
  if (isRuntimeKey(c, *dict, c.arg("key"))) return {RuntimeScalar{containsKey(c, runtimeForm(c, *dict), c.arg("key"))}};
  const auto it = find(c, *dict, c.arg("key"));
  if (it == dict->items.end()) return {false};
  const OptionalValue* entry = optionalEntry(it->second);
  if (!entry) return {true};
  const auto known = c.host().decided(entry->present);
  return {known ? Value(*known) : Value(RuntimeScalar{entry->present})};
}

// aten::len.Dict_*(self)
Results length(Call& c) {
  if (const Dict dict = dictOf(c, "self"); isRuntimeDict(*dict))
    return {c.b.toDim(c.b.op("SequenceLength", {keysOf(c, *dict).sequence}))};
  Dim count = 0;
  for (const auto& item : dictOf(c, "self")->items) {
    const OptionalValue* entry = optionalEntry(item.second);
    count = count + (entry ? c.b.toDim(c.b.cast(entry->present, DType::Int64)) : Dim(1));
  }
  return {count};
}

// aten::keys.*(self), aten::values.*, aten::items.*
Results keys(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeDict(*dict)) return {Value(std::make_shared<ListValue>(keysOf(c, *dict)))};
  std::vector<Value> result;
  for (const auto& item : entriesOf(c, *dict)) result.push_back(item.first);
  return {makeList(dict->keyType, result)};
}

Results values(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeDict(*dict)) return {Value(std::make_shared<ListValue>(valuesOf(c, *dict)))};
  std::vector<Value> result;
  for (const auto& item : entriesOf(c, *dict)) result.push_back(item.second);
  return {makeList(dict->valueType, result)};
}

Results items(Call& c) {
  const Dict dict = dictOf(c, "self");
  if (isRuntimeDict(*dict)) {
    auto list = std::make_shared<ListValue>();
    list->elementType = pairType(*dict);
    list->form = pairOf({Value(0), Value(0)});
    list->items = {std::make_shared<ListValue>(keysOf(c, *dict)), std::make_shared<ListValue>(valuesOf(c, *dict))};
    return {list};
  }
  std::vector<Value> result;
  for (const auto& item : entriesOf(c, *dict)) result.push_back(pairOf(item));
  return {makeList(pairType(*dict), result)};
}

// aten::copy.Dict_*(self), aten::dict.Dict_*(self)
Results copy(Call& c) {
  const Dict dict = dictOf(c, "self");
  auto result = std::make_shared<DictValue>();
  result->keyType = dict->keyType;
  result->valueType = dict->valueType;
  result->items = dict->items;
  result->disordered = dict->disordered;
  return {result};
}

// aten::dict(): empty, of the schema's types
Results empty(Call& c) {
  auto result = std::make_shared<DictValue>();
  const auto& type = c.schema().returns.at(0).type;
  if (type && type->elements.size() == 2) {
    result->keyType = type->elements[0];
    result->valueType = type->elements[1];
  }
  return {result};
}

// aten::dict.*(inputs): of pairs
Results fromPairs(Call& c) {
  auto result = std::make_shared<DictValue>();
  const auto list = listOf(c, "inputs");
  if (list->isSequence()) c.refuse("a dict of pairs whose number is decided at run time");
  if (list->elementType && list->elementType->elements.size() == 2) {
    result->keyType = list->elementType->elements[0];
    result->valueType = list->elementType->elements[1];
  }
  for (const Value& item : list->items) {
    const auto* pair = item.as<std::shared_ptr<TupleValue>>();
    if (!pair || (*pair)->items.size() != 2) c.refuse("a dict is made of pairs");
    assign(c, *result, (*pair)->items[0], (*pair)->items[1]);
  }
  return {result};
}

}  // namespace

std::vector<Row> dicts() {
  std::vector<Row> rows;
  const auto add = [&](const std::string& signature, const Lowering& lowering) {
    rows.emplace_back(signature.c_str(), lowering, "", Row::Static::Always);
  };
  add("aten::dict()", empty);
  for (const char* key : {"str", "int", "float", "bool", "complex", "Tensor"}) {
    add(fmt::format("aten::__getitem__.Dict_{}(self, key)", key), getItem);
    add(fmt::format("aten::get.{}(self, key)", key), get);
    add(fmt::format("aten::get.default_{}(self, key, default_value)", key), get);
    add(fmt::format("aten::setdefault.{}(self, key, default_value)", key), setDefault);
    add(fmt::format("aten::_set_item.{}(l, idx, v)", key), setItem);
    add(fmt::format("aten::pop.Dict_{}(self, key)", key), pop);
    add(fmt::format("aten::pop.Dict_default_{}(self, key, default_value)", key), pop);
    add(fmt::format("aten::Delete.Dict_{}(self, key)", key), deleteItem);
    add(fmt::format("aten::popitem.{}(self)", key), popItem);
    add(fmt::format("aten::clear.{}(self)", key), clear);
    add(fmt::format("aten::update.{}(self, to_add)", key), update);
    add(fmt::format("aten::__contains__.{}(dict, key)", key), contains);
    add(fmt::format("aten::len.Dict_{}(self)", key), length);
    add(fmt::format("aten::keys.{}(self)", key), keys);
    add(fmt::format("aten::values.{}(self)", key), values);
    add(fmt::format("aten::items.{}(self)", key), items);
    add(fmt::format("aten::copy.Dict_{}(self)", key), copy);
    add(fmt::format("aten::dict.Dict_{}(self)", key), copy);
    add(fmt::format("aten::dict.{}(inputs)", key), fromPairs);
  }
  return rows;
}

}  // namespace deploytool::exporter::ops
