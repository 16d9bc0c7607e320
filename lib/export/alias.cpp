// What is written to a variable that may be another one; see alias.h.
#include "export/alias.h"

#include <algorithm>
#include <set>

#include "export/cell.h"
#include "export/columns.h"
#include "export/interpreter.h"
#include "export/join.h"

namespace deploytool::exporter {

namespace {

template <class... Held>
const void* pointerIn(const Value& value) {
  const void* result = nullptr;
  ((value.is<std::shared_ptr<Held>>() ? void(result = value.as<std::shared_ptr<Held>>()->get()) : void()), ...);
  return result;
}

bool anyOf(const Value& value, const std::function<bool(const Value&)>& accept, std::set<const void*>& seen) {
  if (accept(value)) return true;
  const void* container = pointerIn<ListValue, TupleValue, DictValue, ObjectValue, OptionalValue>(value);
  if (!container || !seen.insert(container).second) return false;
  const auto inside = [&](const Value& item) { return anyOf(item, accept, seen); };
  if (const auto* list = value.as<std::shared_ptr<ListValue>>())
    return std::any_of((*list)->items.begin(), (*list)->items.end(), inside);
  if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>())
    return std::any_of((*tuple)->items.begin(), (*tuple)->items.end(), inside);
  if (const auto* dict = value.as<std::shared_ptr<DictValue>>())
    return std::any_of((*dict)->items.begin(), (*dict)->items.end(), [&](const auto& item) { return inside(item.second); });
  if (const auto* object = value.as<std::shared_ptr<ObjectValue>>())
    return std::any_of((*object)->attributes.begin(), (*object)->attributes.end(),
                       [&](const auto& item) { return inside(item.second); });
  return inside((*value.as<std::shared_ptr<OptionalValue>>())->value);
}

/// An If that gives one of two tensors.
Tensor chosen(Builder& b, const When& when, const Tensor& yes, const Tensor& no) {
  ir::Attributes attributes;
  for (const auto& [name, content] : {std::pair("then_branch", when.holds ? &yes : &no),
                                      std::pair("else_branch", when.holds ? &no : &yes)}) {
    auto graph = std::make_unique<ir::Graph>();
    graph->outer = &b.graph();
    {
      auto scope = b.enter(*graph);
      graph->addOutput(b.op("Identity", {*content}).value());
    }
    attributes.emplace_back(name, std::move(graph));
  }
  ir::Value* result = b.graph().addNode("If", {b.use(when.condition)}, 1, std::move(attributes))->output(0);
  result->type = ir::Type::tensor(no.dtype(), no.dims());
  return result;
}

}  // namespace

const void* identityOf(const Value& value) {
  if (const auto* cell = value.as<TensorVar>()) return rootOf(*cell).get();
  return pointerIn<ListValue, DictValue, ObjectValue>(value);
}

bool mayShare(const TensorVar& a, const TensorVar& b) {
  if (rootOf(a) != rootOf(b)) return false;
  const bool pieces = a->view && b->view && a->view->base == b->view->base && a->view->element && b->view->element;
  return !pieces || a->view->element == b->view->element;
}

bool anyInside(const Value& value, const std::function<bool(const Value&)>& accept) {
  std::set<const void*> seen;
  return anyOf(value, accept, seen);
}

void AliasBook::add(Alias alias) {
  for (const Value* side : {&alias.joined, &alias.source}) index_[identityOf(*side)].push_back(aliases_.size());
  aliases_.push_back(std::move(alias));
}

std::vector<size_t> AliasBook::of(const Value& value) const {
  const auto found = index_.find(identityOf(value));
  return found == index_.end() ? std::vector<size_t>() : found->second;
}

// ---- made where paths meet ----------------------------------------------------------------------------------------

void Interpreter::linkAliases(const Value& value, const Joined& joined, const Picture& picture, const When& when,
                              uint64_t begin) {
  using Kind = Joined::Kind;
  if (joined.kind == Kind::Same || joined.kind == Kind::Conflict || value.isPoison()) return;
  if (const auto* optional = value.as<std::shared_ptr<OptionalValue>>()) {
    return linkAliases((*optional)->value, joined.parts.at(0), insideOf(joined, picture), when, begin);
  }
  if (const auto *cell = value.as<TensorVar>(), *source = picture.value.as<TensorVar>(); cell && source) {
    if (rootOf(*source)->birth >= begin || rootOf(*cell) == rootOf(*source)) return;
    // A view that a path took of it: where it lies is not known outside.
    const bool isOuter = (*source)->birth < begin;
    return aliases_.add({value, picture.value, isOuter ? when : When(), here()});
  }
  if (joined.kind == Kind::Sequence)
    for (const Picture& part : picture.parts)
      if (const auto* cell = part.value.as<TensorVar>(); cell && rootOf(*cell)->birth < begin)
        aliases_.add({value, part.value, When(), here()});
  if (const Value& form = joined.same.form; !form.isNone() && picture.form.isNone()) {
    const auto* list = value.as<std::shared_ptr<ListValue>>();
    for (const Picture& row : picture.parts)
      if (list) noteRow(*list, row.value);
    if (const auto columns = byColumns(picture, form)) return linkAliases(value, joined, *columns, when, begin);
  }
  const void *made = identityOf(value), *known = identityOf(picture.value);
  if (made && known && made != known && Outside{builder_, begin}.knows(picture.value))
    aliases_.add({value, picture.value, When(), here()});
  std::vector<Value> parts;
  if (const auto* list = value.as<std::shared_ptr<ListValue>>()) parts = (*list)->items;
  if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) parts = (*tuple)->items;
  if (const auto* dict = value.as<std::shared_ptr<DictValue>>())
    for (const auto& item : (*dict)->items) parts.push_back(item.second);
  if (const auto* object = value.as<std::shared_ptr<ObjectValue>>())
    for (const auto& item : (*object)->attributes) parts.push_back(item.second);
  const bool isRuntime =
      joined.kind == Kind::Dict && hasRuntimeKeys(joined.same.keys) && picture.value.is<std::shared_ptr<DictValue>>();
  const Picture& same = isRuntime ? runtimeDict(picture) : picture;
  for (size_t i = 0; i < parts.size() && i < joined.parts.size(); ++i)
    linkAliases(parts[i], joined.parts[i], partOf(joined, same, i), when, begin);
}

void Interpreter::linkTwins(const std::vector<Value>& values, const Origin& path, uint64_t begin) {
  std::unordered_map<const Cell*, TensorVar> seen;
  for (size_t i = 0; i < values.size() && i < path.pictures.size(); ++i) {
    const auto *cell = values[i].as<TensorVar>(), *source = path.pictures[i].value.as<TensorVar>();
    if (!cell || !source || (*source)->birth < begin) continue;
    const auto [known, fresh] = seen.emplace(source->get(), *cell);
    if (!fresh && known->second != *cell) aliases_.add({*cell, known->second, path.when, here()});
  }
}

// ---- met where something is written -------------------------------------------------------------------------------

bool Interpreter::isReadLater(const std::function<bool(const Value&)>& accept) {
  auto at = stack_.rbegin();
  for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
    const ts::Function* function = (*frame)->function;
    auto liveness = liveness_.find(function);
    if (liveness == liveness_.end()) liveness = liveness_.emplace(function, Liveness(*function)).first;
    while (at != stack_.rend() && !liveness->second.has(*at)) ++at;
    if (at == stack_.rend()) return true;  // a call from outside of the walk
    const std::vector<Value>& slots = (*frame)->slots;
    for (size_t id = 0; id < slots.size(); ++id)
      if (liveness->second.isReadAfter(static_cast<ts::ValueId>(id), *at) && anyInside(slots[id], accept)) return true;
  }
  return false;
}

bool Interpreter::isReadLater(const Value& value) {
  if (const auto* cell = value.as<TensorVar>())
    return isReadLater([&](const Value& other) { return other.isTensor() && mayShare(*other.as<TensorVar>(), *cell); });
  return isReadLater([&](const Value& other) { return identityOf(other) == identityOf(value); });
}

void Interpreter::willWrite(const Value& container) {
  for (const auto& [row, list] : rows_)
    if (identityOf(row) == identityOf(container) && isReadLater(Value(list)))
      throw Refusal{"what is changed here is also in a list whose length is decided at run time, and that is read later"};
  for (size_t i : aliases_.of(container)) {
    const Alias& alias = aliases_[i];
    if (alias.source.isTensor()) continue;  // an item: it stays what it is
    const bool isJoined = identityOf(alias.joined) == identityOf(container);
    if (isReadLater(isJoined ? alias.source : alias.joined))
      throw Refusal{"what is changed here may be the same list, dict or object as another that is read later, as a run decides at " + alias.place};
  }
}

bool Interpreter::matters(const TensorVar& cell, size_t except) {
  if (isReadLater(Value(cell))) return true;
  const auto matters = [&](const Value& other) {
    return identityOf(other) != identityOf(aliases_[except].joined) && identityOf(other) != identityOf(cell) && isReadLater(other);
  };
  for (size_t i : aliases_.of(Value(cell)))
    if (i != except && (matters(aliases_[i].joined) || matters(aliases_[i].source))) return true;
  return false;
}

void Interpreter::noteRow(const std::shared_ptr<ListValue>& list, const Value& row) {
  anyInside(row, [&](const Value& part) {
    if (const auto* cell = part.as<TensorVar>()) {
      elementCells_.push_back(rootOf(*cell));
      elements_[rootOf(*cell).get()].push_back({list, Tensor(), {}});
    } else if (part.is<std::shared_ptr<ListValue>>() || part.is<std::shared_ptr<DictValue>>()) {
      rows_.emplace_back(part, list);
    }
    return false;
  });
}

void Interpreter::noteElement(const ts::Schema& schema, const std::vector<Value>& arguments, const Results& results) {
  const bool isAppended = schema.name == "aten::append", isTaken = schema.name == "aten::__getitem__";
  if ((!isAppended && !isTaken) || arguments.size() < 2 || results.empty()) return;
  const auto* list = arguments[0].as<std::shared_ptr<ListValue>>();
  const auto* cell = (isTaken ? results[0] : arguments[1]).as<TensorVar>();
  if (list && (*list)->isColumns() && !isTaken) return noteRow(*list, arguments[1]);
  if (list && isTaken && isRow(results[0]) && (*list)->isColumns()) return noteRow(*list, results[0]);
  if (!list || !cell) return;
  const auto* index = arguments[1].as<Dim>();
  if (!(*list)->isSequence() && (isAppended || !index || index->isLiteral())) return;
  elementCells_.push_back(rootOf(*cell));
  // Of a view, the element is a part of what is written: nothing that could be repeated.
  const Tensor sequence = (*cell)->view ? Tensor() : (*list)->sequence;
  elements_[rootOf(*cell).get()].push_back({*list, sequence, isTaken && index ? std::optional(*index) : std::nullopt});
}

void Interpreter::noteEntries(const std::vector<Value>& arguments, const Results& results) {
  const auto* dict = arguments.empty() ? nullptr : arguments[0].as<std::shared_ptr<DictValue>>();
  const auto* key = dict && arguments.size() > 1 ? arguments[1].as<Dim>() : nullptr;
  const bool isDecided =
      dict && arguments.size() > 1 && (arguments[1].is<RuntimeScalar>() || (key && !key->isLiteral()));
  std::vector<Value> keys;
  for (size_t i = 0; dict && i < (*dict)->items.size(); ++i) keys.push_back((*dict)->items[i].first);
  if (!isDecided && !hasRuntimeKeys(keys)) return;
  const auto note = [&](const Value& value) {
    if (const auto* cell = value.as<TensorVar>()) entries_.emplace_back(rootOf(*cell), *dict);
  };
  for (const auto& item : (*dict)->items) note(item.second);
  for (size_t i = 1; i < arguments.size(); ++i) note(arguments[i]);
  for (const Value& result : results) note(result);
}

void Interpreter::writeToLists(const TensorVar& cell) {
  for (const auto& [element, dict] : entries_)
    if (element == rootOf(cell) && isReadLater(Value(dict)))
      throw Refusal{"the tensor written here is also in a dict whose keys a run decides, and that is read later"};
  const auto known = elements_.find(rootOf(cell).get());
  if (known == elements_.end()) return;
  for (Element& element : known->second) {
    if (!isReadLater(Value(element.list))) continue;
    if (!element.sequence || !(element.list->sequence == element.sequence))
      throw Refusal{"the tensor written here is also in a list whose length or index is decided at run time, and that is read later"};
    Tensors inserted{builder_.op("SequenceErase", {element.sequence, builder_.dim(element.index.value_or(Dim(-1)))}),
                     heap_.read(rootOf(cell))};
    if (element.index) inserted.push_back(builder_.dim(*element.index));
    heap_.willChange(element.list);
    element.list->sequence = builder_.op("SequenceInsert", inserted);
    element.sequence = element.list->sequence;
  }
}

void Interpreter::write(const TensorVar& variable, const Tensor& content) {
  heap_.write(variable, content);
  writeToLists(variable);
  std::vector<TensorVar> written{variable};
  std::set<size_t> done;
  for (size_t at = 0; at < written.size() && !aliases_.empty(); ++at) {
    for (size_t i : aliases_.of(Value(written[at]))) {
      const Alias alias = aliases_[i];
      const TensorVar& source = *alias.source.as<TensorVar>();
      const std::string why = "the tensor written here may be the same as another that is read later, as a run decides at ";
      if (!alias.joined.isTensor()) {
        if (mayShare(written[at], source) && isReadLater(alias.joined)) throw Refusal{why + alias.place};
        continue;
      }
      const TensorVar& joined = *alias.joined.as<TensorVar>();
      const bool isJoined = rootOf(joined) == rootOf(written[at]);
      if ((!isJoined && !mayShare(written[at], source)) || !done.insert(i).second) continue;
      const TensorVar& other = isJoined ? source : joined;
      if (!matters(other, i)) continue;
      const Tensor& condition = alias.when.condition;
      const bool known = condition && (condition.isConstant() || builder_.graph().isInside(condition.value()->graph()));
      if (!known || ir::isComplex(heap_.read(other).dtype())) throw Refusal{why + alias.place};
      heap_.write(other, chosen(builder_, alias.when, heap_.read(isJoined ? joined : source), heap_.read(other)));
      written.push_back(other);
    }
  }
}

}  // namespace deploytool::exporter
