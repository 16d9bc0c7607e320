// Dicts whose keys a run decides; see runtime_dicts.h.
#include "export/ops/runtime_dicts.h"

#include <algorithm>

#include "export/join.h"
#include "export/ops/number_lists.h"
#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

constexpr const char* kNoSequence =
    "a run decides a key of this dict; a tensor that the key indexes, or two lists of keys and values, can be exported";

bool isNumber(const Value& key) {
  return key.is<Dim>() || key.is<double>() || key.is<bool>() || key.is<RuntimeScalar>();
}

bool isKnown(const Value& key) {
  const auto* number = key.as<Dim>();
  return !key.is<RuntimeScalar>() && (!number || number->isLiteral());
}

/// One of the two lists, as an ONNX sequence.
ListValue part(Call& c, const DictValue& dict, size_t i) {
  ListValue list = **dict.items.at(i).second.as<std::shared_ptr<ListValue>>();
  list.sequence = asSequence(c, list);
  list.items.clear();
  return list;
}

Value listOf(const ts::TypePtr& type, const Tensor& sequence) {
  auto list = std::make_shared<ListValue>();
  list->elementType = type;
  list->sequence = sequence;
  return list;
}

void become(DictValue& dict, const Tensor& keys, const Tensor& values) {
  dict.items = {{kRuntimeKeys, listOf(dict.keyType, keys)}, {kRuntimeValues, listOf(dict.valueType, values)}};
}

Tensor sequenceOf(Call& c, const std::vector<Value>& items) {
  ListValue list;
  list.items = items;
  if (!canBeSequence(list)) c.refuse(kNoSequence);
  return asSequence(c, list);
}

/// An If that gives one of two sequences.
Tensor chosen(Builder& b, const Tensor& condition, const std::function<Tensor()>& yes,
              const std::function<Tensor()>& no) {
  ir::Attributes attributes;
  ir::Type type;
  for (const bool isThen : {true, false}) {
    auto graph = std::make_unique<ir::Graph>();
    graph->outer = &b.graph();
    {
      const auto scope = b.enter(*graph);
      const Tensor result = isThen ? yes() : no();
      type = result.value()->type;
      graph->addOutput(result.value());
    }
    attributes.emplace_back(isThen ? "then_branch" : "else_branch", std::move(graph));
  }
  ir::Value* result = b.graph().addNode("If", {b.use(condition)}, 1, std::move(attributes))->output(0);
  result->type = type;
  return result;
}

Tensor keyElement(Call& c, const DictValue& dict, const Value& key) {
  return toElementOf(c, part(c, dict, 0).sequence, key);
}

Tensor replaced(Builder& b, const Tensor& sequence, const Tensor& at, const Tensor& element) {
  return b.op("SequenceInsert", {b.op("SequenceErase", {sequence, at}), element, at});
}

}  // namespace

bool isRuntimeKey(Call& c, const DictValue& dict, const Value& key) {
  if (isRuntimeDict(dict)) return true;
  if (!isNumber(key)) return false;
  return std::any_of(dict.items.begin(), dict.items.end(), [&](const auto& item) {
    return (!isKnown(item.first) || !isKnown(key)) && !equals(c, item.first, key).known;
  });
}

DictValue runtimeForm(Call& c, const DictValue& dict) {
  if (isRuntimeDict(dict)) return dict;
  std::vector<Value> keys, values;
  for (const auto& [key, value] : dict.items) {
    keys.push_back(key);
    values.push_back(value);
  }
  DictValue result = dict;
  become(result, sequenceOf(c, keys), sequenceOf(c, values));
  return result;
}

ListValue keysOf(Call& c, const DictValue& dict) { return part(c, dict, 0); }
ListValue valuesOf(Call& c, const DictValue& dict) { return part(c, dict, 1); }

Tensor containsKey(Call& c, const DictValue& dict, const Value& key) {
  return c.b.compare("Greater", howManyEqual(c, part(c, dict, 0), key), c.b.int64(0));
}

Value entryAt(Call& c, const DictValue& dict, const Value& key) {
  c.host().assumeHere("that the dict has the key");
  const Tensor at = firstEqual(c, part(c, dict, 0), key);
  return fromElement(c, c.b.op("SequenceAt", {part(c, dict, 1).sequence, at}), dict.valueType);
}

Value entryOr(Call& c, const DictValue& dict, const Value& key, const Value& otherwise) {
  if (otherwise.isNone()) c.refuse("None or the value of a key that a run decides; `in` can ask for the key first");
  const Tensor values = part(c, dict, 1).sequence;
  // The other value at the end takes the place of an entry that is not there.
  const Tensor longer = c.b.op("SequenceInsert", {values, toElementOf(c, values, otherwise)});
  const Tensor at =
      c.b.where(containsKey(c, dict, key), firstEqual(c, part(c, dict, 0), key), c.b.op("SequenceLength", {values}));
  return fromElement(c, c.b.op("SequenceAt", {longer, at}), dict.valueType);
}

void setEntry(Call& c, DictValue& dict, const Value& key, const Value& value) {
  Builder& b = c.b;
  const Tensor keys = part(c, dict, 0).sequence, values = part(c, dict, 1).sequence;
  const Tensor element = toElementOf(c, values, value), keyAsElement = keyElement(c, dict, key);
  const Tensor found = containsKey(c, dict, key), at = firstEqual(c, part(c, dict, 0), key);
  const Tensor newKeys = chosen(
      b, found, [&] { return replaced(b, keys, at, keyAsElement); },
      [&] {
        return b.op("SequenceInsert", {keys, keyAsElement});
      });
  const Tensor newValues = chosen(
      b, found, [&] { return replaced(b, values, at, element); },
      [&] {
        return b.op("SequenceInsert", {values, element});
      });
  become(dict, newKeys, newValues);
}

void eraseEntry(Call& c, DictValue& dict, const Value& key) {
  const Tensor at = firstEqual(c, part(c, dict, 0), key);
  const auto erased = [&](size_t i) { return c.b.op("SequenceErase", {part(c, dict, i).sequence, at}); };
  const Tensor keys = erased(0), values = erased(1);
  become(dict, keys, values);
}

}  // namespace deploytool::exporter::ops
