// Lists in order and what is in them: as items while their length is known, as a vector of numbers where a run decides it.
#include <algorithm>

#include "export/ops/containers.h"
#include "export/ops/families.h"
#include "export/ops/number_lists.h"

namespace deploytool::exporter::ops {

namespace {

using List = std::shared_ptr<ListValue>;

void become(Call& c, const List& list, std::vector<Value> items, const Tensor& sequence = {}) {
  c.host().willChange(list);
  list->items = std::move(items);
  list->sequence = sequence;
}

/// Position of the first equal item; -1 for none. A tensor is taken to be equal to itself, as it is but for NaN.
int64_t find(Call& c, const ListValue& list, const Value& item) {
  for (size_t i = 0; i < list.items.size(); ++i) {
    const Value& here = list.items[i];
    if (here.isTensor() && item.isTensor() && c.read(here) == c.read(item)) return static_cast<int64_t>(i);
    const Truth same = equals(c, list.items[i], item);
    if (!same.known) c.refuse("which item of the list is equal is decided at run time");
    if (*same.known) return static_cast<int64_t>(i);
  }
  return -1;
}

// aten::remove.*(self, el)
Results remove(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) {
    become(c, list, {}, c.b.op("SequenceErase", {list->sequence, firstEqual(c, *list, c.arg("el"))}));
    return {};
  }
  const int64_t at = find(c, *list, c.arg("el"));
  if (at < 0) c.refuse("list.remove(x): x not in list");
  c.host().willChange(list);
  list->items.erase(list->items.begin() + at);
  return {};
}

// aten::index.list_*(self, el)
Results indexOf(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) return {c.b.toDim(firstEqual(c, *list, c.arg("el")))};
  const int64_t at = find(c, *list, c.arg("el"));
  if (at < 0) c.refuse("the value is not in the list");
  return {at};
}

// aten::count.*(self, el)
Results count(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) return {c.b.toDim(howManyEqual(c, *list, c.arg("el")))};
  Dim total = 0;
  for (const Value& item : list->items) {
    const Truth same = equals(c, item, c.arg("el"));
    total = total + (same.known ? Dim(*same.known ? 1 : 0) : c.b.toDim(c.b.cast(same.runtime, DType::Int64)));
  }
  return {total};
}

// ---- order --------------------------------------------------------------------------------------------------------

bool comesBefore(Call& c, const Value& a, const Value& b) {
  if (const auto *x = a.as<std::string>(), *y = b.as<std::string>(); x && y) return *x < *y;
  if (const auto *x = a.as<double>(), *y = b.as<double>(); x && y) return *x < *y;
  if (const auto *x = a.as<bool>(), *y = b.as<bool>(); x && y) return *x < *y;
  if (const auto *x = a.as<Dim>(), *y = b.as<Dim>(); x && y) {
    if (*x == *y) return false;
    if (auto known = ir::less(*x, *y)) return *known;
  }
  const auto *p = a.as<std::shared_ptr<TupleValue>>(), *q = b.as<std::shared_ptr<TupleValue>>();
  if (p && q)
    return std::lexicographical_compare((*p)->items.begin(), (*p)->items.end(), (*q)->items.begin(), (*q)->items.end(),
                                        [&](const Value& x, const Value& y) { return comesBefore(c, x, y); });
  c.refuse("the order of the list's items is decided at run time");
}

/// By value: a refusal in the middle leaves the caller's items whole.
std::vector<Value> sortedItems(Call& c, std::vector<Value> items, bool descending) {
  std::stable_sort(items.begin(), items.end(), [&](const Value& a, const Value& b) {
    return descending ? comesBefore(c, b, a) : comesBefore(c, a, b);
  });
  return items;
}

// aten::sort.*(self, reverse)
Results sort(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) become(c, list, {}, sortedNumbers(c, *list, c.boolean("reverse")));
  else become(c, list, sortedItems(c, list->items, c.boolean("reverse")));
  return {};
}

// aten::sorted.*(input)
Lowering sorted(const char* name) {
  return [name](Call& c) -> Results {
    const List list = listOf(c, name);
    if (list->isSequence()) {
      auto result = std::make_shared<ListValue>();
      result->elementType = list->elementType;
      result->sequence = sortedNumbers(c, *list, false);
      return {result};
    }
    return {makeList(list->elementType, sortedItems(c, list->items, false))};
  };
}

constexpr const char* kNumbers = "lists of other than numbers whose length is decided at run time";

void addForTypes(std::vector<Row>& rows, const char* name, std::initializer_list<const char*> types,
                 const char* arguments, const Lowering& lowering, const char* limits = "") {
  for (const char* type : types) rows.emplace_back((std::string(name) + type + arguments).c_str(), lowering, limits, Row::Static::Always);
}

}  // namespace

std::vector<Row> list_order() {
  std::vector<Row> rows;
  addForTypes(rows, "aten::remove.", {"int", "float", "bool", "Tensor", "str"}, "(self, el)", remove, kNumbers);
  addForTypes(rows, "aten::index.list_", {"int", "float", "bool", "Tensor", "str"}, "(self, el)", indexOf, kNumbers);
  addForTypes(rows, "aten::count.", {"int", "float", "bool", "Tensor", "str"}, "(self, el)", count, kNumbers);
  addForTypes(rows, "aten::sort.", {"int", "float", "bool", "str", "any"}, "(self, reverse)", sort, kNumbers);
  addForTypes(rows, "aten::sorted.", {"int", "float", "bool", "str"}, "(input)", sorted("input"), kNumbers);
  addForTypes(rows, "aten::sorted.", {"any"}, "(self)", sorted("self"), kNumbers);
  return rows;
}

}  // namespace deploytool::exporter::ops
