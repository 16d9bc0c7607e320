// TorchScript's dict operators. Keys are known when exporting; values may be anything.
#include <algorithm>

#include "export/contradiction.h"
#include "export/ops/containers.h"
#include "export/ops/families.h"
#include "export/spec_scanner.h"

namespace deploytool::exporter::ops {

namespace {

using Dict = std::shared_ptr<DictValue>;
using Items = std::vector<std::pair<Value, Value>>;

Items::iterator find(Call& c, DictValue& dict, const Value& key) {
  return std::find_if(dict.items.begin(), dict.items.end(),
                      [&](const auto& item) { return isSameKey(c, item.first, key); });
}

void assign(Call& c, DictValue& dict, const Value& key, const Value& value) {
  auto it = find(c, dict, key);
  if (it == dict.items.end()) dict.items.emplace_back(key, value);
  else it->second = value;
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

// The program raises a KeyError.
Contradiction noSuchKey(const Value& key) {
  const auto* text = key.as<std::string>();
  const auto* number = key.as<Dim>();
  return {"the dict has no key " + (text ? quoted(*text) : number ? number->text() : "of this value")};
}

// aten::__getitem__.Dict_*(self, key)
Results getItem(Call& c) {
  const Dict dict = dictOf(c, "self");
  auto it = find(c, *dict, c.arg("key"));
  if (it == dict->items.end()) throw noSuchKey(c.arg("key"));
  return {it->second};
}

// aten::get.*(self, key), aten::get.default_*(self, key, default_value)
Results get(Call& c) {
  const Dict dict = dictOf(c, "self");
  auto it = find(c, *dict, c.arg("key"));
  return {it == dict->items.end() ? c.arg("default_value") : it->second};
}

// aten::setdefault.*(self, key, default_value)
Results setDefault(Call& c) {
  const Dict dict = dictOf(c, "self");
  auto it = find(c, *dict, c.arg("key"));
  if (it != dict->items.end()) return {it->second};
  c.host().willChange(dict);
  dict->items.emplace_back(c.arg("key"), c.arg("default_value"));
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
  auto it = find(c, *dict, c.arg("key"));
  if (it == dict->items.end()) {
    const bool withDefault = c.schema().arguments.size() > 2;
    if (!withDefault) throw noSuchKey(c.arg("key"));
    return {c.arg("default_value")};
  }
  const Value value = it->second;
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
  if (dict->items.empty()) c.refuse("the dict is empty");
  const Value item = pairOf(dict->items.front());
  c.host().willChange(dict);
  dict->items.erase(dict->items.begin());
  return {item};
}

// aten::clear.*(self)
Results clear(Call& c) {
  const Dict dict = dictOf(c, "self");
  c.host().willChange(dict);
  dict->items.clear();
  return {};
}

// aten::update.*(self, to_add)
Results update(Call& c) {
  const Dict dict = dictOf(c, "self"), added = dictOf(c, "to_add");
  c.host().willChange(dict);
  const Items items = added->items;
  for (const auto& [key, value] : items) assign(c, *dict, key, value);
  return {};
}

// aten::__contains__.*(dict, key)
Results contains(Call& c) {
  const Dict dict = dictOf(c, "dict");
  return {find(c, *dict, c.arg("key")) != dict->items.end()};
}

// aten::len.Dict_*(self)
Results length(Call& c) { return {static_cast<int64_t>(dictOf(c, "self")->items.size())}; }

// aten::keys.*(self), aten::values.*, aten::items.*
Results keys(Call& c) {
  const Dict dict = dictOf(c, "self");
  std::vector<Value> result;
  for (const auto& item : dict->items) result.push_back(item.first);
  return {makeList(dict->keyType, result)};
}

Results values(Call& c) {
  const Dict dict = dictOf(c, "self");
  std::vector<Value> result;
  for (const auto& item : dict->items) result.push_back(item.second);
  return {makeList(dict->valueType, result)};
}

Results items(Call& c) {
  const Dict dict = dictOf(c, "self");
  std::vector<Value> result;
  for (const auto& item : dict->items) result.push_back(pairOf(item));
  return {makeList(pairType(*dict), result)};
}

// aten::copy.Dict_*(self), aten::dict.Dict_*(self)
Results copy(Call& c) {
  const Dict dict = dictOf(c, "self");
  auto result = std::make_shared<DictValue>();
  result->keyType = dict->keyType;
  result->valueType = dict->valueType;
  result->items = dict->items;
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
