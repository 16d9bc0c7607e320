// Numbers from lists, comparisons of lists, ranges, identity, and texts with values in them.
#include <algorithm>
#include <string>

#include "export/ops/containers.h"
#include "export/ops/families.h"
#include "export/ops/number_lists.h"
#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// A number that a run decides as the program's value.
Value asNumber(Call& c, const Tensor& number) {
  if (number.dtype() == DType::Int64) return c.b.toDim(number);
  return RuntimeScalar{number};
}

// aten::eq.*_list(a, b), aten::ne.*_list
Lowering compareLists(bool wanted) {
  return [wanted](Call& c) -> Results {
    const Truth same = equals(c, c.arg("a"), c.arg("b"));
    return {(wanted ? same : negated(c.b, same)).value()};
  };
}

// aten::__contains__.*_list(l, item)
Results contains(Call& c) {
  const auto list = listOf(c, "l");
  if (list->isSequence())
    return {RuntimeScalar{c.b.compare("Greater", howManyEqual(c, *list, c.arg("item")), c.b.int64(0))}};
  Truth found = false;
  for (const Value& item : list->items) found = either(c.b, found, equals(c, item, c.arg("item")));
  return {found.value()};
}

// aten::all.*(self) and aten::any.* of lists
Lowering overItems(bool all) {
  return [all](Call& c) -> Results {
    const auto list = listOf(c, "self");
    if (list->isSequence()) return {RuntimeScalar{allOf(c, *list, all)}};
    Truth result = all;
    for (const Value& item : list->items) {
      const Truth one = truthOf(c, item);
      result = all ? both(c.b, result, one) : either(c.b, result, one);
    }
    return {result.value()};
  };
}

// aten::sum.int, .bool, .float of a list
Results sum(Call& c) {
  const auto list = listOf(c, "self");
  if (list->isSequence()) return {asNumber(c, sumOf(c, *list))};
  Dim total = 0;
  Tensor floats;
  for (const Value& item : list->items) {
    if (const auto* integer = item.as<Dim>()) {
      total = total + *integer;
    } else if (const auto* flag = item.as<bool>()) {
      total = total + Dim(*flag ? 1 : 0);
    } else if (item.is<RuntimeScalar>() && c.read(item).dtype() == DType::Bool) {
      total = total + c.b.toDim(c.b.cast(c.read(item), DType::Int64));
    } else {
      const Tensor next = numberAs(c, item, DType::Float64);
      floats = floats ? c.b.add(floats, next) : next;
    }
  }
  if (floats) return {RuntimeScalar{floats}};
  return {total};
}

// prim::max.self_*, prim::min.self_* of a list
Lowering extreme(bool largest) {
  return [largest](Call& c) -> Results {
    const auto list = listOf(c, "self");
    if (list->isSequence()) return {asNumber(c, extremeOf(c, *list, largest))};
    const std::vector<Value>& all = list->items;
    if (all.empty()) c.refuse("the list is empty");
    if (std::all_of(all.begin(), all.end(), [](const Value& v) { return v.is<Dim>(); })) {
      Dim result = *all[0].as<Dim>();
      for (const Value& item : all) result = largest ? ir::max(result, *item.as<Dim>()) : ir::min(result, *item.as<Dim>());
      return {result};
    }
    Tensor result = numberAs(c, all[0], DType::Float64);
    for (size_t i = 1; i < all.size(); ++i)
      result = c.b.binary(largest ? "Max" : "Min", result, numberAs(c, all[i], DType::Float64));
    if (all[0].is<bool>() || (all[0].is<RuntimeScalar>() && c.read(all[0]).dtype() == DType::Bool)) result = asBool(c.b, result);
    return {RuntimeScalar{result}};
  };
}

// ---- ranges -------------------------------------------------------------------------------------------------------

// aten::__range_length(lo, hi, step)
Results rangeLength(Call& c) {
  const Dim low = c.dim("lo"), high = c.dim("hi");
  const int64_t step = c.integer("step");
  if (step == 0) c.refuse("the step of a range is 0");
  const Dim count = step > 0 ? ir::ceilDiv(high - low, step) : ir::ceilDiv(low - high, -step);
  return {count.isNonNegative() ? count : ir::max(count, 0)};
}

// aten::__derive_index(index, start, step)
Results deriveIndex(Call& c) { return {c.dim("start") + c.dim("index") * c.dim("step")}; }

// prim::rangelist(n)
Results rangeList(Call& c) {
  const int64_t n = c.structural(c.dim("n"), "the length of a list of numbers");
  Dims numbers;
  for (int64_t i = 0; i < n; ++i) numbers.push_back(i);
  return {intList(c, numbers)};
}

// ---- tolist -------------------------------------------------------------------------------------------------------

ts::TypePtr scalarType(int64_t code) {
  static const ts::Type::Kind kKinds[] = {ts::Type::Kind::Int, ts::Type::Kind::Float, ts::Type::Kind::Bool};
  auto type = std::make_shared<ts::Type>();
  type->kind = kKinds[std::clamp<int64_t>(code, 0, 2)];
  return type;
}

Value nested(Call& c, const Tensor& x, const ts::TypePtr& leaf);

/// A list, whose length a run decides, of lists: by columns, one for each position in them.
Value rowsOf(Call& c, const Tensor& x, const ts::TypePtr& rowType, const ts::TypePtr& leaf) {
  const auto width = x.dim(1).asLiteral();
  if (!width || *width == 0) c.refuse("tolist() of a tensor with two sizes that are decided at run time");
  auto result = std::make_shared<ListValue>();
  result->elementType = rowType;
  for (int64_t i = 0; i < *width; ++i) result->items.push_back(nested(c, c.b.select(x, 1, i), leaf));
  result->form = makeList(rowType->elements.at(0), result->items);
  return result;
}

/// A tensor as nested lists of numbers: its sizes are the lists' lengths.
Value nested(Call& c, const Tensor& x, const ts::TypePtr& leaf) {
  if (x.rank() == 0) {
    if (leaf->kind == ts::Type::Kind::Int) return c.b.toDim(x);
    return RuntimeScalar{c.b.cast(x, leaf->kind == ts::Type::Kind::Bool ? DType::Bool : DType::Float64)};
  }
  if (x.rank() == 1 && leaf->kind == ts::Type::Kind::Int)
    if (auto known = x.elements()) return makeList(leaf, {known->begin(), known->end()});
  auto type = leaf;
  for (int64_t i = 1; i < x.rank(); ++i) {
    auto list = std::make_shared<ts::Type>();
    list->kind = ts::Type::Kind::List;
    list->elements = {type};
    type = list;
  }
  auto result = std::make_shared<ListValue>();
  result->elementType = type;
  if (auto size = x.dim(0).asLiteral()) {
    for (int64_t i = 0; i < *size; ++i) result->items.push_back(nested(c, c.b.select(x, 0, i), leaf));
    return result;
  }
  if (x.rank() > 1) return rowsOf(c, x, type, leaf);
  const DType dtype = leaf->kind == ts::Type::Kind::Int ? DType::Int64
                      : leaf->kind == ts::Type::Kind::Bool ? DType::Bool : DType::Float64;
  result->sequence = splitIntoSequence(c.b, c.b.cast(x, dtype), 0, {}, false);
  return result;
}

// prim::tolist(data, dim, element type)
Results toList(Call& c) {
  const auto& arguments = c.arguments();
  const auto* code = arguments.size() > 2 ? arguments[2].as<Dim>() : nullptr;
  return {nested(c, c.read(arguments.at(0)), scalarType(code && code->isLiteral() ? code->literal() : 1))};
}

// ---- identity -----------------------------------------------------------------------------------------------------

template <class T>
bool isSameObject(const Value& a, const Value& b) {
  const auto *x = a.as<T>(), *y = b.as<T>();
  return x && y && *x == *y;
}

Truth isSame(Call& c, const Value& a, const Value& b) {
  using Optional = std::shared_ptr<OptionalValue>;
  if (a.isNone() && b.isNone()) return true;
  if (const auto* optional = a.as<Optional>(); optional && b.isNone()) return Truth(c.b.logicalNot((*optional)->present));
  if (const auto* optional = b.as<Optional>(); optional && a.isNone()) return Truth(c.b.logicalNot((*optional)->present));
  if (a.isNone() || b.isNone()) return false;
  if (isSameObject<TensorVar>(a, b) || isSameObject<std::shared_ptr<ListValue>>(a, b) ||
      isSameObject<std::shared_ptr<TupleValue>>(a, b) || isSameObject<std::shared_ptr<DictValue>>(a, b) ||
      isSameObject<std::shared_ptr<ObjectValue>>(a, b))
    return true;
  const bool isValue = a.is<bool>() || a.is<Dim>() || a.is<double>() || a.is<std::string>() || a.is<RuntimeScalar>() ||
                       a.is<std::shared_ptr<ts::Enum>>() || a.is<ts::Device>();
  return isValue && a.data.index() == b.data.index() ? equals(c, a, b) : Truth(false);
}

// aten::__is__(self, obj), aten::__isnot__
Lowering identity(bool wanted) {
  return [wanted](Call& c) -> Results {
    const Truth same = isSame(c, c.arg("self"), c.arg("obj"));
    return {(wanted ? same : negated(c.b, same)).value()};
  };
}

// aten::__not__(self)
Results logicalNot(Call& c) { return {negated(c.b, truthOf(c, c.arg("self"))).value()}; }

// ---- texts --------------------------------------------------------------------------------------------------------

/// As Python prints it, in messages; what a run decides shows as its expression or `<tensor>`.
std::string shown(const Value& value, bool quoted = false) {
  if (const auto* text = value.as<std::string>()) return quoted ? "'" + *text + "'" : *text;
  if (const auto* integer = value.as<Dim>()) return integer->text();
  if (const auto* number = value.as<double>()) return fmt::format("{}", *number);
  if (const auto* flag = value.as<bool>()) return *flag ? "True" : "False";
  if (const auto* device = value.as<ts::Device>()) return device->name;
  if (value.isNone()) return "None";
  const auto joined = [](const std::vector<Value>& all) {
    std::string text;
    for (const Value& item : all) text += (text.empty() ? "" : ", ") + shown(item, true);
    return text;
  };
  if (const auto* list = value.as<std::shared_ptr<ListValue>>()) return "[" + joined((*list)->items) + "]";
  if (const auto* tuple = value.as<std::shared_ptr<TupleValue>>()) return "(" + joined((*tuple)->items) + ")";
  return "<tensor>";
}

// aten::format(self, ...): each {} is the next argument
Results format(Call& c) {
  const auto& arguments = c.arguments();
  const std::string pattern = shown(arguments.at(0));
  std::string text;
  size_t at = 0;
  for (size_t i = 1;; ++i) {
    const size_t brace = pattern.find("{}", at);
    text += pattern.substr(at, brace - at);
    if (brace == std::string::npos || i >= arguments.size()) break;
    text += shown(arguments[i]);
    at = brace + 2;
  }
  return {text};
}

// aten::percentFormat(self, ...): only shown, never computed with
Results percentFormat(Call& c) {
  std::string text = shown(c.arguments().at(0));
  for (size_t i = 1; i < c.arguments().size(); ++i) text += " " + shown(c.arguments()[i]);
  return {text};
}

// aten::str(elem)
Results toText(Call& c) { return {shown(c.arguments().at(0))}; }

constexpr auto kAlways = Row::Static::Always;

}  // namespace

std::vector<Row> list_values() {
  std::vector<Row> rows{
      {"aten::sum.int(self)", sum}, {"aten::sum.float(self)", sum}, {"aten::sum.bool(self)", sum},
      {"aten::__range_length(lo, hi, step)", rangeLength},
      {"aten::__derive_index(index, start, step)", deriveIndex},
      {"prim::rangelist(n)", rangeList},
      {"prim::tolist()", toList},
      {"aten::__is__(self, obj)", identity(true), "", kAlways},
      {"aten::__isnot__(self, obj)", identity(false), "", kAlways},
      {"aten::__not__(self)", logicalNot},
      {"aten::format(self)", format},
      {"aten::percentFormat(self)", percentFormat},
      {"aten::str(elem)", toText},
  };
  const auto add = [&](const std::string& signature, const Lowering& lowering, Row::Static when = kAlways) {
    rows.emplace_back(signature.c_str(), lowering, "", when);
  };
  for (const char* type : {"int", "float", "bool", "str", "Tensor"}) {
    add(fmt::format("aten::eq.{}_list(a, b)", type), compareLists(true));
    add(fmt::format("aten::ne.{}_list(a, b)", type), compareLists(false));
  }
  add("aten::eq.device(a, b)", compareLists(true));
  add("aten::ne.device(a, b)", compareLists(false));
  add("aten::eq.enum(a, b)", compareLists(true));
  add("aten::ne.enum(a, b)", compareLists(false));
  for (const char* type : {"int", "float", "str"}) add(fmt::format("aten::__contains__.{}_list(l, item)", type), contains);
  for (const char* type : {"int", "float", "bool"}) {
    add(fmt::format("aten::all.{}(self)", type), overItems(true), Row::Static::Fold);
    add(fmt::format("aten::any.{}(self)", type), overItems(false), Row::Static::Fold);
    add(fmt::format("prim::max.self_{}(self)", type), extreme(true), Row::Static::Fold);
    add(fmt::format("prim::min.self_{}(self)", type), extreme(false), Row::Static::Fold);
  }
  return rows;
}

}  // namespace deploytool::exporter::ops
