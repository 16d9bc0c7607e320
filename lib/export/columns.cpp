// Rows and columns; see columns.h. Pictures of them: join.h.
#include "export/columns.h"

#include <algorithm>

#include "export/join.h"
#include "export/value_type.h"

namespace deploytool::exporter {

namespace {

using List = std::shared_ptr<ListValue>;
using Tuple = std::shared_ptr<TupleValue>;
using Dict = std::shared_ptr<DictValue>;

bool sameKey(const Value& a, const Value& b) {
  if (const auto *x = a.as<std::string>(), *y = b.as<std::string>(); x && y) return *x == *y;
  const auto *x = a.as<Dim>(), *y = b.as<Dim>();
  return x && y && *x == *y;
}

std::vector<Value> keysOf(const Value& row) {
  std::vector<Value> keys;
  if (const auto* dict = row.as<Dict>())
    for (const auto& item : (*dict)->items) keys.push_back(item.first);
  return keys;
}

bool sameKeys(const std::vector<Value>& a, const std::vector<Value>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), sameKey);
}

/// A container like `model`, a dict with these keys.
Value containerOf(const Value& model, const std::vector<Value>& keys, std::vector<Value> parts) {
  if (const auto* tuple = model.as<Tuple>()) {
    auto row = std::make_shared<TupleValue>();
    row->type = (*tuple)->type;
    row->items = std::move(parts);
    return row;
  }
  if (const auto* list = model.as<List>()) {
    auto row = std::make_shared<ListValue>();
    row->elementType = (*list)->elementType;
    row->items = std::move(parts);
    return row;
  }
  const DictValue& dict = **model.as<Dict>();
  auto row = std::make_shared<DictValue>();
  row->keyType = dict.keyType;
  row->valueType = dict.valueType;
  for (size_t i = 0; i < parts.size(); ++i) row->items.emplace_back(keys.at(i), std::move(parts[i]));
  return row;
}

/// A picture outlives the containers in it: what they held then is in its parts.
Value rowOf(const Picture& picture) {
  const Value& value = picture.value;
  const bool isContainer = value.is<Tuple>() || value.is<List>() || value.is<Dict>();
  if (!isContainer || picture.parts.empty() || picture.content || !picture.form.isNone()) return {};
  std::vector<Value> parts;
  for (const Picture& part : picture.parts) parts.push_back(part.value);
  return containerOf(value, picture.keys, std::move(parts));
}

}  // namespace

bool isRow(const Value& value) {
  const auto* list = value.as<List>();
  return !partsOf(value).empty() && !(list && (*list)->isSequence());
}

std::vector<Value> partsOf(const Value& row) {
  if (const auto* tuple = row.as<Tuple>()) return (*tuple)->items;
  if (const auto* list = row.as<List>()) return (*list)->items;
  std::vector<Value> parts;
  if (const auto* dict = row.as<Dict>())
    for (const auto& item : (*dict)->items) parts.push_back(item.second);
  return parts;
}

bool sameForm(const Value& a, const Value& b) {
  return isRow(a) && isRow(b) && a.data.index() == b.data.index() && partsOf(a).size() == partsOf(b).size() &&
         sameKeys(keysOf(a), keysOf(b));
}

Value assembled(const Value& form, std::vector<Value> parts) { return containerOf(form, keysOf(form), std::move(parts)); }

Columns emptyColumns(const ts::TypePtr& elementType, const Value& form) {
  using Kind = ts::Type::Kind;
  const std::vector<Value> parts = partsOf(form);
  Columns columns;
  for (size_t i = 0; i < parts.size(); ++i) {
    // A tuple's type has one for each part, a list's one for all, a dict's a second for its values.
    const Kind kind = elementType ? elementType->kind : Kind::Any;
    const size_t at = kind == Kind::Tuple ? i : kind == Kind::Dict ? 1 : 0;
    const bool declared = elementType && at < elementType->elements.size();
    columns.push_back(std::make_shared<ListValue>());
    columns.back()->elementType = declared ? elementType->elements[at] : typeOf(parts[i]);
  }
  return columns;
}

Columns columnsOf(const ListValue& list, const Value& form) {
  Columns columns = emptyColumns(list.elementType, form);
  if (list.isColumns()) {
    if (!sameForm(list.form, form)) throw Refusal{"a list that grows at run time holds containers of different forms"};
    for (size_t i = 0; i < columns.size(); ++i) {
      const ListValue& column = **list.items.at(i).as<List>();
      columns[i]->items = column.items;
      columns[i]->sequence = column.sequence;
      columns[i]->form = column.form;
    }
    return columns;
  }
  for (const Value& row : list.items) {
    if (!sameForm(row, form)) throw Refusal{"a list that grows at run time holds containers of different forms"};
    const std::vector<Value> parts = partsOf(row);
    for (size_t i = 0; i < columns.size(); ++i) columns[i]->items.push_back(parts[i]);
  }
  return columns;
}

// ---- pictures -----------------------------------------------------------------------------------------------------

Value formOf(const Picture& list) {
  if (!list.form.isNone() || list.parts.empty()) return list.form;
  return rowOf(list.parts.front());
}

std::optional<Picture> byColumns(const Picture& list, const Value& form) {
  if (!list.form.isNone()) return sameForm(list.form, form) ? std::optional(list) : std::nullopt;
  Picture result = list;
  result.form = form;
  result.parts.clear();
  const auto* identity = list.value.as<List>();
  for (const List& column : emptyColumns(identity ? (*identity)->elementType : nullptr, form)) {
    Picture picture;
    picture.value = column;
    result.parts.push_back(std::move(picture));
  }
  for (const Picture& row : list.parts) {
    if (!sameForm(rowOf(row), form)) return {};
    for (size_t i = 0; i < result.parts.size(); ++i) result.parts[i].parts.push_back(row.parts[i]);
  }
  return result;
}

}  // namespace deploytool::exporter
