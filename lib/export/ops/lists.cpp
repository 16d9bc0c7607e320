// TorchScript's list operators: on lists whose length is known, and on ONNX sequences where a run decides it.
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "export/ops/column_lists.h"
#include "export/ops/containers.h"
#include "export/ops/families.h"
#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

using List = std::shared_ptr<ListValue>;

int64_t sizeOf(const ListValue& list) { return static_cast<int64_t>(list.items.size()); }

/// A position in the list from an index that may count from the end.
size_t position(Call& c, const ListValue& list, int64_t index) {
  if (index < 0) index += sizeOf(list);
  if (index < 0 || index >= sizeOf(list)) c.refuse("list index out of range");
  return static_cast<size_t>(index);
}

/// Replaces the contents of a list that is an ONNX sequence.
void become(Call& c, const List& list, const Tensor& sequence) {
  c.host().willChange(list);
  list->items.clear();
  list->sequence = sequence;
}

// aten::append.t(self, el)
Results append(Call& c) {
  const List list = listOf(c, "self");
  const Value& item = c.arg("el");
  if (list->isSequence()) {
    become(c, list, c.b.op("SequenceInsert", {list->sequence, toElementOf(c, list->sequence, item)}));
  } else {
    c.host().willChange(list);
    list->items.push_back(item);
  }
  return {c.arg("self")};
}

/// The second list's items after the first one's, where one of them is a sequence.
Tensor chained(Call& c, const ListValue& a, const ListValue& b) {
  if (!a.isSequence() && a.items.empty()) return b.sequence;
  if (b.isSequence()) return joined(c.b, asSequence(c, a), b.sequence);
  Tensor result = a.sequence;
  for (const Value& item : b.items) result = c.b.op("SequenceInsert", {result, toElementOf(c, result, item)});
  return result;
}

void extendBy(Call& c, const List& list, const ListValue& other) {
  if (list->isSequence() || other.isSequence()) return become(c, list, chained(c, *list, other));
  c.host().willChange(list);
  const std::vector<Value> items = other.items;  // a list may be extended by itself
  list->items.insert(list->items.end(), items.begin(), items.end());
}

// aten::extend.t(self, other)
Results extend(Call& c) {
  extendBy(c, listOf(c, "self"), *listOf(c, "other"));
  return {};
}

// aten::add_.t(self, b)
Results extendInPlace(Call& c) {
  extendBy(c, listOf(c, "self"), *listOf(c, "b"));
  return {c.arg("self")};
}

// aten::add.t(a, b)
Results concatenate(Call& c) {
  const List a = listOf(c, "a"), b = listOf(c, "b");
  auto result = std::make_shared<ListValue>();
  result->elementType = a->elementType ? a->elementType : b->elementType;
  if (a->isSequence() || b->isSequence()) {
    result->sequence = chained(c, *a, *b);
  } else {
    result->items = a->items;
    result->items.insert(result->items.end(), b->items.begin(), b->items.end());
  }
  return {result};
}

// aten::mul.left_t(l, n), aten::mul.right_(n, l)
Results repeated(Call& c) {
  const List list = listOf(c, "l");
  if (list->isSequence() || (!c.dim("n").isLiteral() && canBeSequence(*list))) {
    auto result = std::make_shared<ListValue>();
    result->elementType = list->elementType;
    result->sequence = timesOver(c.b, asSequence(c, *list), c.dim("n"));
    return {result};
  }
  const int64_t n = c.structural(c.dim("n"), "how often a list is repeated");
  std::vector<Value> items;
  for (int64_t i = 0; i < n; ++i) items.insert(items.end(), list->items.begin(), list->items.end());
  return {makeList(list->elementType, items)};
}

// aten::mul_.t(l, n)
Results repeatInPlace(Call& c) {
  const List list = listOf(c, "l");
  const List result = *repeated(c).at(0).as<List>();
  c.host().willChange(list);
  list->items = result->items;
  list->sequence = result->sequence;
  return {c.arg("l")};
}

// aten::insert.t(self, idx, el)
Results insert(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) {
    become(
        c, list,
        c.b.op("SequenceInsert", {list->sequence, toElementOf(c, list->sequence, c.arg("el")), c.b.dim(c.dim("idx"))}));
    return {};
  }
  int64_t at = c.integer("idx");
  if (at < 0) at += sizeOf(*list);
  c.host().willChange(list);
  list->items.insert(list->items.begin() + std::clamp<int64_t>(at, 0, sizeOf(*list)), c.arg("el"));
  return {};
}

/// An item at an index that a run decides.
Value itemAt(Call& c, const ListValue& list, const Dim& index) {
  const bool areInts = std::all_of(list.items.begin(), list.items.end(), [](const Value& v) { return v.is<Dim>(); });
  if (!list.isSequence() && areInts) {
    Dims items;
    for (const Value& item : list.items) items.push_back(*item.as<Dim>());
    return c.b.toDim(c.b.gather(c.b.shape(items), c.b.dim(index), 0));
  }
  const Tensor element = c.b.op("SequenceAt", {asSequence(c, list), c.b.dim(index)});
  return fromElement(c, element, list.elementType);
}

// aten::__getitem__.t(list, idx), aten::select.t
Results getItem(Call& c) {
  const List list = listOf(c, "list");
  const Dim index = c.dim("idx");
  if (!list->isSequence() && index.isLiteral()) return {list->items[position(c, *list, index.literal())]};
  return {itemAt(c, *list, index)};
}

Tensor erased(Call& c, const Tensor& sequence, const Dim& index) {
  return c.b.op("SequenceErase", {sequence, c.b.dim(index)});
}

// aten::_set_item.t(l, idx, el)
Results setItem(Call& c) {
  const List list = listOf(c, "l");
  const Dim index = c.dim("idx");
  if (!list->isSequence() && index.isLiteral()) {
    const size_t at = position(c, *list, index.literal());
    c.host().willChange(list);
    list->items[at] = c.arg("el");
    return {c.arg("l")};
  }
  const Tensor sequence = asSequence(c, *list);
  const Tensor item = toElementOf(c, sequence, c.arg("el"));
  // From the end, the place of the new item is counted after the old one has gone.
  Dim at = index;
  if (!index.isNonNegative()) {
    const Tensor length = c.b.op("SequenceLength", {sequence});
    const Dim size = c.b.toDim(length);
    at = index.isLiteral() ? size + index : ir::mod(index, size);
  }
  become(c, list, c.b.op("SequenceInsert", {erased(c, sequence, at), item, c.b.dim(at)}));
  return {c.arg("l")};
}

// aten::pop.t(self, idx)
Results pop(Call& c) {
  const List list = listOf(c, "self");
  const Dim index = c.dim("idx");
  if (list->isSequence() || !index.isLiteral()) {
    const Value item = itemAt(c, *list, index);
    become(c, list, erased(c, asSequence(c, *list), index));
    return {item};
  }
  const size_t at = position(c, *list, index.literal());
  const Value item = list->items[at];
  c.host().willChange(list);
  list->items.erase(list->items.begin() + static_cast<int64_t>(at));
  return {item};
}

// aten::Delete.t(self, idx)
Results deleteItem(Call& c) {
  pop(c);
  return {};
}

// aten::clear.t(self)
Results clear(Call& c) {
  const List list = listOf(c, "self");
  c.host().willChange(list);
  list->items.clear();
  list->sequence = {};
  return {};
}

// aten::reverse.t(self)
Results reverse(Call& c) {
  const List list = listOf(c, "self");
  if (list->isSequence()) {
    become(c, list, reversed(c.b, list->sequence));
    return {};
  }
  c.host().willChange(list);
  std::reverse(list->items.begin(), list->items.end());
  return {};
}

// aten::copy.t(self), aten::list.t(l)
Lowering copyOf(const char* name) {
  return [name](Call& c) -> Results {
    const List list = listOf(c, name);
    auto result = std::make_shared<ListValue>();
    result->elementType = list->elementType;
    result->items = list->items;
    result->sequence = list->sequence;
    return {result};
  };
}

// aten::len.t(a)
Results length(Call& c) {
  const List list = listOf(c, "a");
  if (!list->isSequence()) return {sizeOf(*list)};
  const Tensor size = c.b.op("SequenceLength", {list->sequence});
  return {c.b.toDim(size)};
}

constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();

bool isOpen(const Call& c, const char* name) { return !c.has(name) || c.dim(name) == Dim(kEnd); }

Results slicedSequence(Call& c, const ListValue& list) {
  const int64_t step = c.integer("step");
  if (step == 0 || (step < 0 && !(isOpen(c, "start") && isOpen(c, "end"))))
    c.refuse("a slice with this step of a list whose length is decided at run time");
  const Dim start = isOpen(c, "start") ? Dim(0) : c.dim("start");
  std::optional<Dim> end;
  if (!isOpen(c, "end")) end = c.dim("end");
  auto result = std::make_shared<ListValue>();
  result->elementType = list.elementType;
  result->sequence = step < 0 ? reversed(c.b, list.sequence) : list.sequence;
  if (std::abs(step) != 1 || end || start != Dim(0))
    result->sequence = sliced(c.b, result->sequence, start, end, std::abs(step));
  return {result};
}

// aten::slice.t(l, start, end, step)
Results slice(Call& c) {
  const List list = listOf(c, "l");
  if (list->isSequence()) return slicedSequence(c, *list);
  const int64_t size = sizeOf(*list), step = c.integer("step");
  if (step == 0) c.refuse("slice step cannot be zero");
  const int64_t lowest = step < 0 ? -1 : 0, highest = step < 0 ? size - 1 : size;
  const auto bound = [&](const char* name, int64_t otherwise) {
    if (isOpen(c, name)) return otherwise;
    const int64_t at = c.structural(c.dim(name), fmt::format("the {} of a slice of a list", name));
    return std::clamp(at < 0 ? at + size : at, lowest, highest);
  };
  const int64_t start = bound("start", step < 0 ? highest : lowest), end = bound("end", step < 0 ? lowest : highest);
  std::vector<Value> items;
  for (int64_t i = start; step < 0 ? i > end : i < end; i += step) items.push_back(list->items[static_cast<size_t>(i)]);
  return {makeList(list->elementType, items)};
}

constexpr auto kAlways = Row::Static::Always;

}  // namespace

std::vector<Row> lists() {
  constexpr const char* kRanks = "tensors of different dtypes or ranks where a run decides the index or the length";
  std::vector<Row> rows{
      {"aten::append.t(self, el)", append, kRanks, kAlways},
      {"aten::extend.t(self, other)", extend, "two lists whose lengths are decided at run time", kAlways},
      {"aten::add_.t(self, b)", extendInPlace, "two lists whose lengths are decided at run time", kAlways},
      {"aten::add.t(a, b)", concatenate, "two lists whose lengths are decided at run time", kAlways},
      {"aten::mul.left_t(l, n)", repeated, "", kAlways},
      {"aten::mul.right_(n, l)", repeated, "", kAlways},
      {"aten::mul_.t(l, n)", repeatInPlace, "", kAlways},
      {"aten::insert.t(self, idx, el)", insert, kRanks, kAlways},
      {"aten::__getitem__.t(list, idx)", getItem, kRanks, kAlways},
      {"aten::select.t(list, idx)", getItem, kRanks, kAlways},
      {"aten::_set_item.t(l, idx, el)", setItem, kRanks, kAlways},
      {"aten::pop.t(self, idx)", pop, kRanks, kAlways},
      {"aten::Delete.t(self, idx)", deleteItem, "", kAlways},
      {"aten::clear.t(self)", clear, "", kAlways},
      {"aten::reverse.t(self)", reverse, "", kAlways},
      {"aten::copy.t(self)", copyOf("self"), "", kAlways},
      {"aten::list.t(l)", copyOf("l"), "", kAlways},
      {"aten::len.t(a)", length, "", kAlways},
      {"aten::len.any(a)", length, "", kAlways},
      {"aten::slice.t(l, start, end, step)", slice, "", kAlways},
  };
  for (Row& row : rows) row.lower = eachColumn(row.lower);
  return rows;
}

}  // namespace deploytool::exporter::ops
