// What the families on lists and dicts share: Python's comparisons on values that may be decided at run time.
#include "export/ops/containers.h"

#include <algorithm>

#include "export/ops/number_lists.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

Truth both(Builder& b, const Truth& x, const Truth& y) {
  if (x.known) return *x.known ? y : Truth(false);
  if (y.known) return *y.known ? x : Truth(false);
  return Truth(b.binary("And", x.runtime, y.runtime));
}

Truth either(Builder& b, const Truth& x, const Truth& y) {
  if (x.known) return *x.known ? Truth(true) : y;
  if (y.known) return *y.known ? Truth(true) : x;
  return Truth(b.binary("Or", x.runtime, y.runtime));
}

Truth negated(Builder& b, const Truth& x) { return x.known ? Truth(!*x.known) : Truth(b.logicalNot(x.runtime)); }

Truth truthOf(Call& c, const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* number = value.as<double>()) return *number != 0;
  if (const auto* integer = value.as<Dim>()) {
    if (auto zero = ir::equal(*integer, 0)) return !*zero;
    return Truth(asBool(c.b, c.b.dim(*integer)));
  }
  const Tensor x = c.read(value);
  return Truth(asBool(c.b, x.rank() == 0 ? x : c.b.reshape(x, {})));
}

namespace {

bool isNumber(const Value& v) { return v.is<bool>() || v.is<Dim>() || v.is<double>() || v.is<RuntimeScalar>(); }

std::optional<double> staticNumber(const Value& v) {
  if (const auto* flag = v.as<bool>()) return *flag;
  if (const auto* number = v.as<double>()) return *number;
  if (const auto* integer = v.as<Dim>(); integer && integer->isLiteral()) return static_cast<double>(integer->literal());
  return {};
}

Truth equalNumbers(Call& c, const Value& a, const Value& b) {
  if (a.is<Dim>() && b.is<Dim>()) {
    if (auto known = ir::equal(*a.as<Dim>(), *b.as<Dim>())) return *known;
    return Truth(c.b.compare("Equal", c.b.dim(*a.as<Dim>()), c.b.dim(*b.as<Dim>())));
  }
  const auto x = staticNumber(a), y = staticNumber(b);
  if (x && y) return *x == *y;
  return Truth(c.b.compare("Equal", numberAs(c, a, DType::Float64), numberAs(c, b, DType::Float64)));
}

Truth equalTensors(Call& c, const Tensor& a, const Tensor& b) {
  if (a == b && !ir::isFloating(a.dtype())) return true;  // NaN is not equal to itself
  if (a.rank() != b.rank()) return false;
  Truth sizes = true;
  for (int64_t i = 0; i < a.rank(); ++i) sizes = both(c.b, sizes, equalNumbers(c, a.dim(i), b.dim(i)));
  if (!sizes.known) c.refuse("comparing tensors whose sizes may differ at run time");
  if (!*sizes.known) return false;
  const Tensors pair = promoteAll({a, b}, c.b);
  const Tensor differs = c.b.cast(c.b.logicalNot(c.b.compare("Equal", pair[0], pair[1])), DType::Int32);
  const Tensor count = c.b.reduce("ReduceSum", c.b.flattenAll(differs), {0}, false);
  return Truth(c.b.compare("Equal", count, c.b.scalarLike(count, 0)));
}

Truth equalItems(Call& c, const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return false;
  Truth result = true;
  for (size_t i = 0; i < a.size() && (!result.known || *result.known); ++i)
    result = both(c.b, result, equals(c, a[i], b[i]));
  return result;
}

}  // namespace

Truth equals(Call& c, const Value& a, const Value& b) {
  if (isNumber(a) && isNumber(b)) return equalNumbers(c, a, b);
  if (a.isTensor() && b.isTensor()) return equalTensors(c, c.read(a), c.read(b));
  if (const auto *x = a.as<std::string>(), *y = b.as<std::string>(); x && y) return *x == *y;
  if (const auto *x = a.as<std::complex<double>>(), *y = b.as<std::complex<double>>(); x && y) return *x == *y;
  if (const auto *x = a.as<ts::Device>(), *y = b.as<ts::Device>(); x && y) return x->name == y->name;
  if (const auto *x = a.as<std::shared_ptr<ts::Enum>>(), *y = b.as<std::shared_ptr<ts::Enum>>(); x && y)
    return (*x)->typeName == (*y)->typeName && (*x)->name == (*y)->name;
  const auto *p = a.as<std::shared_ptr<ListValue>>(), *q = b.as<std::shared_ptr<ListValue>>();
  if (p && q) {
    if ((*p)->isSequence() || (*q)->isSequence()) return Truth(areEqualLists(c, **p, **q));
    return equalItems(c, (*p)->items, (*q)->items);
  }
  const auto *s = a.as<std::shared_ptr<TupleValue>>(), *t = b.as<std::shared_ptr<TupleValue>>();
  if (s && t) return equalItems(c, (*s)->items, (*t)->items);
  return a.isNone() && b.isNone();
}

bool isSameKey(Call& c, const Value& a, const Value& b) {
  if (a.isTensor() || b.isTensor())  // torch compares tensor keys by identity
    return a.isTensor() && b.isTensor() && *a.as<TensorVar>() == *b.as<TensorVar>();
  const Truth same = equals(c, a, b);
  if (!same.known)
    c.refuse("a run decides a key of this dict; a tensor that the key indexes, or two lists of keys and values, can be exported");
  return *same.known;
}

// ---- lists and sequences ------------------------------------------------------------------------------------------

std::shared_ptr<ListValue> listOf(Call& c, std::string_view name) {
  if (const auto* list = c.arg(name).as<std::shared_ptr<ListValue>>()) return *list;
  if (const auto* tuple = c.arg(name).as<std::shared_ptr<TupleValue>>()) {
    auto list = std::make_shared<ListValue>();
    list->items = (*tuple)->items;
    return list;
  }
  c.refuse(fmt::format("argument '{}' is not a list", name));
}

std::shared_ptr<DictValue> dictOf(Call& c, std::string_view name) {
  if (const auto* dict = c.arg(name).as<std::shared_ptr<DictValue>>()) return *dict;
  c.refuse(fmt::format("argument '{}' is not a dict", name));
}

Value makeList(ts::TypePtr elementType, std::vector<Value> items) {
  auto list = std::make_shared<ListValue>();
  list->elementType = std::move(elementType);
  list->items = std::move(items);
  return list;
}

Value fromElement(Call& c, const Tensor& element, const ts::TypePtr& type) {
  using Kind = ts::Type::Kind;
  switch (type ? type->kind : Kind::Tensor) {
    case Kind::Int: return c.b.toDim(element);
    case Kind::Float: case Kind::Bool: return RuntimeScalar{element};
    case Kind::Tensor: return element;
    case Kind::Future: return fromElement(c, element, type->elements.at(0));  // of what runs at once: its result
    default: c.refuse("lists of " + ts::text(*type) + " whose length is decided at run time");
  }
}

Tensor toElement(Call& c, const Value& value) {
  if (value.is<double>()) return numberAs(c, value, DType::Float64);
  return c.read(value);
}

namespace {

void needOneType(Call& c, DType a, DType b) {
  if (a != b && a != DType::Undefined && b != DType::Undefined)
    c.refuse("a list of tensors of different dtypes, of which a run decides the length or the item");
}

}  // namespace

Tensor toElementOf(Call& c, const Tensor& sequence, const Value& value) {
  const Tensor element = toElement(c, value);
  const ir::Value* of = sequence.value();
  if (of && of->type.element) needOneType(c, of->type.element->dtype, element.dtype());
  return element;
}

bool canBeSequence(const ListValue& list) {
  const auto isElement = [](const Value& item) {
    return item.isTensor() || item.is<Dim>() || item.is<double>() || item.is<bool>() || item.is<RuntimeScalar>();
  };
  return list.isSequence() || (!list.items.empty() && std::all_of(list.items.begin(), list.items.end(), isElement));
}

Tensor asSequence(Call& c, const ListValue& list) {
  if (list.isSequence()) return list.sequence;
  Tensors items;
  for (const Value& item : list.items) items.push_back(toElement(c, item));
  if (items.empty()) c.refuse("an empty list cannot be indexed at run time");
  for (const Tensor& item : items) needOneType(c, items[0].dtype(), item.dtype());
  return c.b.op("SequenceConstruct", items);
}

}  // namespace deploytool::exporter::ops
