// Joining paths: see join.h. Crossing the border of a subgraph is in join_values.cpp.
#include "export/join.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "export/columns.h"
#include "export/value_type.h"

namespace deploytool::exporter {

namespace {

using Kind = Joined::Kind;

bool isFloat(const Value& value) {
  const auto* scalar = value.as<RuntimeScalar>();
  return value.is<double>() || (scalar && scalar->tensor.dtype() != DType::Bool);
}
bool isBool(const Value& value) {
  const auto* scalar = value.as<RuntimeScalar>();
  return value.is<bool>() || (scalar && scalar->tensor.dtype() == DType::Bool);
}

Joined conflict(std::string why) {
  Joined result;
  result.kind = Kind::Conflict;
  result.conflict = std::move(why);
  return result;
}

Joined tensorOf(const Tensor& content, const Outside& outside) {
  Joined result;
  result.kind = Kind::Tensor;
  result.dtype = content.dtype();
  for (const Dim& dim : content.dims())
    result.dims.push_back(outside.isVisible(dim) ? std::optional<Dim>(dim) : std::nullopt);
  return result;
}

Joined joinTensors(const Joined& a, const Picture& b, const Outside& outside) {
  Joined left = a.kind == Kind::Same ? tensorOf(a.same.content, outside) : a;
  const Tensor& content = b.content;
  if (left.dtype != content.dtype())
    return conflict(fmt::format("a tensor is {} on one path and {} on another", ir::dtypeName(left.dtype),
                                ir::dtypeName(content.dtype())));
  if (left.dims.size() != content.dims().size())
    return conflict(fmt::format("a tensor has rank {} on one path and {} on another", left.dims.size(), content.rank()));
  for (size_t i = 0; i < left.dims.size(); ++i)
    if (left.dims[i] && (*left.dims[i] != content.dims()[i] || !outside.isVisible(content.dims()[i]))) left.dims[i].reset();
  return left;
}

std::string notAnElement(const Joined& element) {
  if (!element.same.value.is<std::shared_ptr<ListValue>>())
    return "a list that grows at run time holds something other than tensors and numbers";
  return "a list that grows at run time holds lists whose lengths a run decides, which no ONNX sequence can; one list of all "
         "their elements beside a list of their lengths can be exported";
}

/// The element type of a sequence after one more element.
void widenElement(Joined& sequence, const Joined& element, const Outside& outside, std::string& why) {
  Joined e = element.kind == Kind::Same && element.same.value.isTensor() ? tensorOf(element.same.content, outside) : element;
  if (e.kind == Kind::Int || (e.kind == Kind::Same && e.same.value.is<Dim>())) e.dtype = DType::Int64, e.dims.clear();
  else if (e.kind == Kind::Float || (e.kind == Kind::Same && isFloat(e.same.value))) e.dtype = DType::Float64, e.dims.clear();
  else if (e.kind == Kind::Bool || (e.kind == Kind::Same && isBool(e.same.value))) e.dtype = DType::Bool, e.dims.clear();
  else if (e.kind != Kind::Tensor) return void(why = notAnElement(e));
  if (sequence.dtype == DType::Undefined) {
    sequence.dtype = e.dtype;
    sequence.dims = e.dims;
    return;
  }
  if (sequence.dtype != e.dtype) return void(why = "a list that grows at run time holds tensors of different dtypes");
  if (sequence.dims.size() != e.dims.size()) return void(why = "a list that grows at run time holds tensors of different ranks");
  for (size_t i = 0; i < e.dims.size(); ++i)
    if (sequence.dims[i] && (!e.dims[i] || *sequence.dims[i] != *e.dims[i])) sequence.dims[i].reset();
}

void widenBySequence(Joined& sequence, const Tensor& content, const Outside& outside, std::string& why) {
  const ir::Type& type = content.value()->type;
  if (!type.element || !type.element->dims) return void(why = "the elements of a run-time list have no known rank");
  Joined element;
  element.kind = Kind::Tensor;
  element.dtype = type.element->dtype;
  for (const Dim& d : *type.element->dims)
    element.dims.push_back(outside.isVisible(d) ? std::optional<Dim>(d) : std::nullopt);
  widenElement(sequence, element, outside, why);
}

Joined toSequence(const Joined& list, const Outside& outside, std::string& why) {
  if (list.kind == Kind::Sequence) return list;
  Joined result;
  result.kind = Kind::Sequence;
  result.same = list.same;
  for (const Joined& part : list.parts) widenElement(result, part, outside, why);
  if (list.same.content) widenBySequence(result, list.same.content, outside, why);
  return result;
}

bool sameKeys(const Picture& a, const Picture& b) {
  if (a.keys.size() != b.keys.size()) return false;
  for (size_t i = 0; i < a.keys.size(); ++i)
    if (!sameLeaf({.value = a.keys[i], .content = {}, .parts = {}, .keys = {}}, {.value = b.keys[i], .content = {}, .parts = {}, .keys = {}})) return false;
  return true;
}

Joined::Kind containerKind(const Value& value) {
  if (value.is<std::shared_ptr<ListValue>>()) return Kind::List;
  if (value.is<std::shared_ptr<TupleValue>>()) return Kind::Tuple;
  if (value.is<std::shared_ptr<DictValue>>()) return Kind::Dict;
  if (value.is<std::shared_ptr<ObjectValue>>()) return Kind::Object;
  if (value.is<std::shared_ptr<OptionalValue>>()) return Kind::Optional;
  return Kind::Same;
}

Joined joinParts(Joined a, const Picture& b, const Outside& outside) {
  a.kind = containerKind(b.value);
  for (size_t i = 0; i < a.parts.size(); ++i) a.parts[i] = join(a.parts[i], b.parts[i], outside);
  return a;
}

Joined joinGrowing(const Joined& a, const Picture& b, const Outside& outside);

/// The columns of what is known of rows.
std::vector<Joined> columnsOf(const Joined& a, const Picture& pictured) {
  if (!a.same.form.isNone()) return a.parts;
  std::vector<Joined> columns;
  for (size_t i = 0; i < pictured.parts.size(); ++i) {
    columns.push_back(lift(pictured.parts[i]));
    columns.back().kind = Kind::List;
    columns.back().parts.clear();
    for (const Joined& row : a.parts) columns.back().parts.push_back(row.parts.at(i));
  }
  return columns;
}

/// Lists of containers: what holds for the lists of their parts.
Joined joinColumns(const Joined& a, const Picture& b, const Value& form, const Outside& outside) {
  for (const Joined& row : a.parts)
    if (row.kind == Kind::Conflict) return row;
  const auto left = byColumns(a.same, form), right = byColumns(b, form);
  if (!left || !right) return conflict("a list that grows at run time holds containers of different forms");
  Joined result;
  result.kind = Kind::List;
  result.same = *left;
  const std::vector<Joined> columns = columnsOf(a, *left);
  for (size_t i = 0; i < columns.size(); ++i) {
    result.parts.push_back(joinGrowing(columns[i], right->parts[i], outside));
    if (result.parts.back().kind == Kind::Conflict) return result.parts.back();
  }
  return result;
}

/// Lists whose lengths differ, or are decided at run time.
Joined joinGrowing(const Joined& a, const Picture& b, const Outside& outside) {
  const Value form = formOf(a.same).isNone() ? formOf(b) : formOf(a.same);
  if (!form.isNone()) return joinColumns(a, b, form, outside);
  std::string why;
  Joined result = toSequence(a, outside, why);
  for (const Picture& part : b.parts) widenElement(result, generalise(part, outside), outside, why);
  if (b.content) widenBySequence(result, b.content, outside, why);
  return why.empty() ? result : conflict(why);
}

Joined joinLists(const Joined& a, const Picture& b, const Outside& outside) {
  const bool isSequence = a.kind == Kind::Sequence || a.same.content || b.content || !a.same.form.isNone() || !b.form.isNone();
  if (!isSequence && a.parts.size() == b.parts.size()) return joinParts(a, b, outside);
  return joinGrowing(a, b, outside);
}

bool holdsOptional(const Joined& a) {
  return a.kind == Kind::Same && a.same.value.is<std::shared_ptr<OptionalValue>>();
}

Joined joinOptional(const Joined& a, const Picture& b, const Outside& outside) {
  if (holdsOptional(a)) return joinOptional(generalise(a.same, outside), b, outside);
  Joined result;
  result.kind = Kind::Optional;
  const bool aNone = a.kind == Kind::Same && a.same.value.isNone();
  if (a.kind == Kind::Optional) {
    result = a;
    if (b.value.isNone()) return result;
    const Picture& inner = b.value.is<std::shared_ptr<OptionalValue>>() ? b.parts.at(0) : b;
    result.parts[0] = join(a.parts[0], inner, outside);
  } else if (aNone) {
    result.parts = {b.value.is<std::shared_ptr<OptionalValue>>() ? generalise(b.parts.at(0), outside) : generalise(b, outside)};
  } else {  // b is None or an Optional
    const Joined known = generalise(a, outside);
    result.parts = {b.value.isNone() ? known : join(known, b.parts.at(0), outside)};
  }
  if (result.parts[0].kind == Kind::Conflict) return result.parts[0];
  return result;
}

std::string describe(const Joined& a) {
  switch (a.kind) {
    case Kind::Same: return ts::text(*typeOf(a.same.value));
    case Kind::Tensor: return "Tensor";
    case Kind::Int: return "int";
    case Kind::Float: return "float";
    case Kind::Bool: return "bool";
    default: return "a container";
  }
}

}  // namespace

bool sameLeaf(const Picture& a, const Picture& b) {
  const Value &x = a.value, &y = b.value;
  if (x.data.index() != y.data.index()) return false;
  if (const auto* d = x.as<double>()) return *d == *y.as<double>() || (std::isnan(*d) && std::isnan(*y.as<double>()));
  if (const auto* d = x.as<Dim>()) return *d == *y.as<Dim>();
  if (const auto* f = x.as<bool>()) return *f == *y.as<bool>();
  if (const auto* s = x.as<std::string>()) return *s == *y.as<std::string>();
  if (const auto* c = x.as<std::complex<double>>()) return *c == *y.as<std::complex<double>>();
  if (x.is<RuntimeScalar>()) return a.content == b.content;
  if (const auto* v = x.as<TensorVar>()) return *v == *y.as<TensorVar>();
  if (const auto* v = x.as<std::shared_ptr<ListValue>>()) return *v == *y.as<std::shared_ptr<ListValue>>();
  if (const auto* v = x.as<std::shared_ptr<DictValue>>()) return *v == *y.as<std::shared_ptr<DictValue>>();
  if (const auto* v = x.as<std::shared_ptr<ObjectValue>>()) return *v == *y.as<std::shared_ptr<ObjectValue>>();
  if (const auto* v = x.as<std::shared_ptr<OptionalValue>>()) return *v == *y.as<std::shared_ptr<OptionalValue>>();
  if (const auto* v = x.as<ts::Device>()) return v->name == y.as<ts::Device>()->name;
  if (const auto* v = x.as<std::shared_ptr<ts::Enum>>()) return (*v)->name == (*y.as<std::shared_ptr<ts::Enum>>())->name;
  if (const auto* v = x.as<ts::FunctionRef>()) return v->name == y.as<ts::FunctionRef>()->name;
  if (const auto* v = x.as<std::shared_ptr<ts::Packed>>()) return *v == *y.as<std::shared_ptr<ts::Packed>>();
  if (const auto* v = x.as<std::shared_ptr<ts::QuantizedTensor>>()) return *v == *y.as<std::shared_ptr<ts::QuantizedTensor>>();
  return x.isNone();
}

bool Outside::isVisible(const Tensor& content) const {
  if (!content || content.isConstant()) return true;
  return const_cast<Builder&>(builder).graph().isInside(content.value()->graph());
}

bool Outside::knows(const Value& value) const {
  if (const auto* v = value.as<TensorVar>()) return (*v)->birth < begin;
  if (const auto* v = value.as<std::shared_ptr<ListValue>>()) return (*v)->birth < begin;
  if (const auto* v = value.as<std::shared_ptr<DictValue>>()) return (*v)->birth < begin;
  if (const auto* v = value.as<std::shared_ptr<ObjectValue>>()) return (*v)->birth < begin;
  return false;
}

Joined lift(const Picture& picture) {
  Joined result;
  result.same = picture;
  if (const auto* poison = picture.value.as<Poison>()) return conflict(poison->reason ? *poison->reason : "");
  const Kind kind = containerKind(picture.value);
  if (picture.contents || kind == Kind::Tuple) result.kind = kind;
  for (const Picture& part : picture.parts) result.parts.push_back(lift(part));
  return result;
}

Joined generalise(Joined a, const Outside& outside) {
  if (a.kind == Kind::Same) return generalise(a.same, outside);
  for (Joined& part : a.parts) part = generalise(std::move(part), outside);
  return a;
}

Joined generalise(const Picture& picture, const Outside& outside) {
  const Value& value = picture.value;
  if (!picture.contents && outside.knows(value)) return lift(picture);
  if (value.is<TensorVar>()) return tensorOf(picture.content, outside);
  Joined result = lift(picture);
  if (result.kind == Kind::Conflict) return result;
  result.kind = containerKind(value);
  if (const auto* dim = value.as<Dim>(); dim && !outside.isVisible(*dim)) {
    result.kind = Kind::Int;
    result.nonNegative = dim->isNonNegative();
  } else if (value.is<RuntimeScalar>()) {
    result.kind = isBool(value) ? Kind::Bool : Kind::Float;
  } else if (value.is<std::shared_ptr<ListValue>>() && picture.content) {
    std::string why;
    result = toSequence(result, outside, why);
    return why.empty() ? result : conflict(why);
  }
  for (size_t i = 0; i < picture.parts.size(); ++i) result.parts[i] = generalise(picture.parts[i], outside);
  return result;
}

Joined join(const Joined& a, const Picture& b, const Outside& outside) {
  if (a.kind == Kind::Conflict) return a;
  if (b.value.isPoison()) return lift(b);
  if (b.value.is<Uninitialized>()) return generalise(a, outside);
  if (a.kind == Kind::Same && a.same.value.is<Uninitialized>()) return generalise(b, outside);
  if (a.kind == Kind::Same && !b.contents && sameLeaf(a.same, b)) {
    const auto* dim = b.value.as<Dim>();
    if (outside.knows(b.value) || ((!dim || outside.isVisible(*dim)) && outside.isVisible(b.content))) return a;
  }
  const Value& value = b.value;
  const Value& known = a.same.value;
  const bool aSame = a.kind == Kind::Same;
  const bool anyOptional = a.kind == Kind::Optional || holdsOptional(a) || value.is<std::shared_ptr<OptionalValue>>();
  if (anyOptional || value.isNone() != (aSame && known.isNone())) return joinOptional(a, b, outside);
  if (value.is<TensorVar>() && (a.kind == Kind::Tensor || (aSame && known.is<TensorVar>()))) return joinTensors(a, b, outside);
  Joined scalar;
  if (value.is<Dim>() && (a.kind == Kind::Int || (aSame && known.is<Dim>()))) {
    scalar.kind = Kind::Int;
    scalar.nonNegative = (aSame ? known.as<Dim>()->isNonNegative() : a.nonNegative) && value.as<Dim>()->isNonNegative();
    return scalar;
  }
  if (isFloat(value) && (a.kind == Kind::Float || (aSame && isFloat(known)))) return scalar.kind = Kind::Float, scalar;
  if (isBool(value) && (a.kind == Kind::Bool || (aSame && isBool(known)))) return scalar.kind = Kind::Bool, scalar;
  if (value.is<std::shared_ptr<ListValue>>() && known.is<std::shared_ptr<ListValue>>()) return joinLists(a, b, outside);
  if (value.is<std::shared_ptr<DictValue>>() && known.is<std::shared_ptr<DictValue>>()) return joinDicts(a, b, outside);
  const bool containers = containerKind(value) == containerKind(known) && a.parts.size() == b.parts.size();
  if (containers && value.is<std::shared_ptr<TupleValue>>()) return joinParts(a, b, outside);
  if (containers && value.is<std::shared_ptr<ObjectValue>>() && sameKeys(a.same, b)) return joinParts(a, b, outside);
  return conflict(fmt::format("a value is {} on one path and {} on another", describe(a), ts::text(*typeOf(value))));
}

bool operator==(const Joined& a, const Joined& b) {
  if (a.kind != b.kind || a.dtype != b.dtype || a.dims != b.dims || a.nonNegative != b.nonNegative ||
      a.conflict != b.conflict || a.parts.size() != b.parts.size() || a.same.disordered != b.same.disordered)
    return false;
  if (a.kind == Kind::Same && !sameLeaf(a.same, b.same)) return false;
  return std::equal(a.parts.begin(), a.parts.end(), b.parts.begin());
}

}  // namespace deploytool::exporter
