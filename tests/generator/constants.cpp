// Making numbers, lists and texts for a call (arguments.h).
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "tests/generator/arguments.h"

namespace deploytool::testing::generator {

namespace {

using TypeKind = ts::Type::Kind;

ts::Value intList(const std::vector<int64_t>& items) {
  auto list = std::make_shared<ts::List>();
  auto type = std::make_shared<ts::Type>();
  type->kind = TypeKind::Int;
  list->elementType = type;
  for (int64_t i : items) list->items.push_back({i});
  return {list};
}

Argument listOf(const std::vector<int64_t>& items) {
  Argument argument{fmt::format("[{}]", fmt::join(items, ", ")), {}, {}};
  for (ts::Value& v : argument.values) v = intList(items);
  return argument;
}

/// `2`, `[1,2]` as a tensor that is known when exporting.
Argument tensorLiteral(const std::string& text) {
  std::vector<int64_t> items, dims;
  std::istringstream parts(text.starts_with("[") ? text.substr(1) : text);
  for (std::string part; std::getline(parts, part, ',');) items.push_back(std::stoll(part));
  if (text.starts_with("[")) dims.push_back(static_cast<int64_t>(items.size()));
  const ir::Tensor tensor = ir::Tensor::copy(ir::DType::Int64, dims, std::as_bytes(std::span(items)));
  Argument argument{"torch.tensor(" + text + ")", {}, {}};
  for (ts::Value& v : argument.values) v.data = std::make_shared<const ir::Tensor>(tensor);
  return argument;
}

bool isSize(const std::string& text) { return !text.empty() && text.find_first_not_of("0123456789-") == std::string::npos; }

}  // namespace

std::string numberText(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

ts::Value literal(const std::string& text) {
  if (text == "None") return {};
  if (text == "True" || text == "False") return {text == "True"};
  if (text.starts_with("\"")) return {text.substr(1, text.size() - 2)};
  if (text.starts_with("[") && text.find('.') != std::string::npos) {
    auto list = std::make_shared<ts::List>();
    auto type = std::make_shared<ts::Type>();
    type->kind = TypeKind::Float;
    list->elementType = type;
    std::istringstream parts(text.substr(1, text.size() - 2));
    for (std::string part; std::getline(parts, part, ',');) list->items.push_back({std::stod(part)});
    return {list};
  }
  if (text.starts_with("[")) {
    std::vector<int64_t> items;
    std::istringstream parts(text.substr(1, text.size() - 2));
    for (std::string part; std::getline(parts, part, ',');) items.push_back(std::stoll(part));
    return intList(items);
  }
  if (isSize(text)) return {static_cast<int64_t>(std::stoll(text))};
  return {std::stod(text)};
}

Argument constant(const std::string& text) {
  Argument argument{text, {}, {}};
  for (ts::Value& v : argument.values) v = literal(text);
  return argument;
}

/// Sizes with as many elements as the first tensor: its literal axes in any order and grouping, -1 for the others.
std::vector<int64_t> ArgumentMaker::reshaped() {
  std::vector<int64_t> sizes;
  bool open = false;
  if (first_)
    for (const Size& d : first_->dims) {
      if (d[0] != d[1] || d[0] != d[2]) open = true;
      else sizes.push_back(d[0]);
    }
  random_.shuffle(sizes);
  while (sizes.size() > 1 && random_.chance(0.4)) {
    sizes[sizes.size() - 2] *= sizes.back();
    sizes.pop_back();
  }
  if (open) sizes.insert(sizes.begin() + static_cast<std::ptrdiff_t>(random_.below(sizes.size() + 1)), -1);
  else if (!sizes.empty() && random_.chance(0.4)) sizes[random_.below(sizes.size())] = -1;
  if (random_.chance(0.2)) sizes.insert(sizes.begin(), 1);
  return sizes;
}

std::vector<int64_t> ArgumentMaker::expanded() {
  std::vector<int64_t> sizes;
  for (size_t i = random_.below(2); i > 0; --i) sizes.push_back(random_.between(1, 3));
  if (first_)
    for (const Size& d : first_->dims) {
      const bool isOne = d[0] == 1 && d[1] == 1 && d[2] == 1;
      sizes.push_back(isOne && random_.chance(0.7) ? random_.between(1, 3) : -1);
    }
  return sizes;
}

std::vector<int64_t> ArgumentMaker::someAxes(bool all) {
  std::vector<int64_t> axes;
  for (int64_t i = 0; i < rank(); ++i) axes.push_back(random_.chance(0.3) ? i - rank() : i);
  random_.shuffle(axes);
  if (!all && axes.size() > 1) axes.resize(1 + random_.below(axes.size()));
  return axes;
}

std::optional<Argument> ArgumentMaker::integer(const std::string& spec) {
  if (spec == "@axis") {
    const int64_t r = std::max<int64_t>(rank(), 1);
    return constant(std::to_string(random_.between(-r, r - 1)));
  }
  const size_t range = spec.starts_with("(") || spec.starts_with("~") ? std::string::npos : spec.find("..");
  int64_t lo = -1, hi = 3;
  if (range != std::string::npos) lo = std::stoll(spec.substr(0, range)), hi = std::stoll(spec.substr(range + 2));
  if (random_.chance(0.1))
    for (const Variable& v : scope_.variables) {
      const auto fits = [&](const ts::Value& value) {
        const auto* number = std::get_if<int64_t>(&value.data);
        return number && *number >= lo && *number <= hi;
      };
      if (v.kind == Kind::Int && std::all_of(v.values.begin(), v.values.end(), fits)) return use(v);
    }
  if (random_.chance(numberInputs_)) return addNumber(Kind::Int, [&] { return ts::Value{random_.between(lo, hi)}; });
  return constant(std::to_string(random_.between(lo, hi)));
}

std::optional<Argument> ArgumentMaker::integers(const std::string& spec) {
  if (spec == "@reshape") return listOf(reshaped());
  if (spec == "@expand") return listOf(expanded());
  if (spec == "@permutation") return listOf(someAxes(true));
  if (spec == "@axes" || spec == "@axis") return listOf(someAxes(false));
  std::vector<int64_t> items;
  if (spec.starts_with("(")) {
    const size_t range = spec.find(".."), end = spec.find(")x");
    const int64_t lo = std::stoll(spec.substr(1, range - 1)), hi = std::stoll(spec.substr(range + 2, end - range - 2));
    const std::string count = spec.substr(end + 2);
    const int64_t n = count == "r" ? rank() : std::stoll(count);
    for (int64_t i = 0; i < n; ++i) items.push_back(random_.between(lo, hi));
    return listOf(items);
  }
  for (size_t i = random_.below(3) + 1; i > 0; --i) items.push_back(random_.between(1, 4));
  return listOf(items);
}

Argument ArgumentMaker::addNumber(Kind kind, const std::function<ts::Value()>& draw) {
  Input input;
  input.variable.name = "x" + std::to_string(scope_.inputs + newInputs_.size());
  input.variable.kind = kind;
  input.variable.dtype = numberType(kind);
  for (ts::Value& value : input.variable.values) value = draw();
  newInputs_.push_back(input);
  return use(input.variable);
}

/// A number whose type the program does not know: a tensor's item.
Argument ArgumentMaker::addItem(bool isInteger, const std::function<ts::Value()>& draw) {
  Argument argument = addNumber(isInteger ? Kind::Int : Kind::Float, draw);
  Variable& variable = newInputs_.back().variable;
  variable.kind = Kind::Tensor;
  for (ts::Value& value : variable.values) {
    const auto* whole = std::get_if<int64_t>(&value.data);
    const double number = whole ? static_cast<double>(*whole) : std::get<double>(value.data);
    value.data = std::make_shared<const ir::Tensor>(ir::Tensor::scalar(variable.dtype, number).contiguous());
  }
  argument.text += ".item()";
  return argument;
}

Argument ArgumentMaker::truth() {
  if (random_.chance(numberInputs_)) return addNumber(Kind::Bool, [&] { return ts::Value{random_.chance(0.5)}; });
  return constant(random_.chance(0.5) ? "True" : "False");
}

/// `whole`: of the type Scalar, which may be an integer.
std::optional<Argument> ArgumentMaker::number(const std::string& spec, bool whole) {
  const bool isInput = random_.chance(numberInputs_);
  const bool isRange = !spec.empty() && std::string_view("0123456789-").find(spec[0]) != std::string_view::npos;
  const size_t range = isRange ? spec.find("..") : std::string::npos;
  if (range != std::string::npos) {
    const double lo = std::stod(spec.substr(0, range)), hi = std::stod(spec.substr(range + 2));
    const auto drawWhole = [&] { return random_.between(static_cast<int64_t>(lo), static_cast<int64_t>(hi)); };
    const auto draw = [&] { return lo + (hi - lo) * static_cast<double>(random_.between(0, 8)) / 8; };
    const bool isWhole = whole && isSize(spec.substr(0, range));
    if (isInput && isWhole) return addItem(true, [&] { return ts::Value{drawWhole()}; });
    if (isInput && whole) return addItem(false, [&] { return ts::Value{draw()}; });
    if (isInput) return addNumber(Kind::Float, [&] { return ts::Value{draw()}; });
    return constant(isWhole ? std::to_string(drawWhole()) : numberText(draw()));
  }
  if (random_.chance(0.1))
    for (const Variable& v : scope_.variables)
      if ((v.kind == Kind::Int && whole) || v.kind == Kind::Float) return use(v);
  static const std::vector<std::string> kIntegers{"-2", "-1", "0", "1", "2", "3"}, kFloats{"0.5", "-1.5", "2.5", "1.0", "3.0"};
  const bool onIntegers = first_ && !ir::isFloating(first_->dtype);
  const bool isInteger = whole && random_.chance(onIntegers ? 0.75 : 0.4);
  const auto draw = [&] { return random_.pick(isInteger ? kIntegers : kFloats); };
  if (isInput && whole) return addItem(isInteger, [&] { return literal(draw()); });
  if (isInput) return addNumber(Kind::Float, [&] { return literal(draw()); });
  return constant(draw());
}

std::optional<Argument> ArgumentMaker::tensors(const std::string& spec, bool optional) {
  if (!optional && spec.empty() && random_.chance(0.3))
    for (const Variable& v : scope_.variables)
      if (v.kind == Kind::Tensors) return use(v);
  std::vector<Argument> items;
  std::istringstream each(spec);
  for (std::string one; std::getline(each, one, ';');) {
    const size_t count = spec.find(';') == std::string::npos ? random_.below(3) + 1 : 1;
    for (size_t i = 0; i < count; ++i) {
      auto item = tensor(one);
      if (!item) return {};
      items.push_back(*item);
    }
  }
  for (size_t i = spec.empty() ? random_.below(3) + 1 : 0; i > 0; --i) {
    // All like the first one.
    auto item = first_ && random_.chance(0.7) ? std::optional(addInput(first_->dtype, first_->dims, "")) : tensor(spec);
    if (!item) return {};
    items.push_back(*item);
  }
  Argument result;
  auto type = std::make_shared<ts::Type>();
  type->kind = TypeKind::Tensor;
  for (size_t set = 0; set < kSets; ++set) {
    auto list = std::make_shared<ts::List>();
    list->elementType = type;
    for (const Argument& item : items) list->items.push_back(item.values[set]);
    result.values[set].data = list;
  }
  for (const Argument& item : items) {
    result.text += (result.text.empty() ? "[" : ", ") + item.text;
    result.uses.insert(result.uses.end(), item.uses.begin(), item.uses.end());
  }
  result.text += "]";
  return result;
}

/// One of `1|2|None}`.
std::string ArgumentMaker::pickOne(const std::string& spec) {
  std::vector<std::string> choices;
  std::istringstream parts(spec.substr(0, spec.size() - 1));
  for (std::string part; std::getline(parts, part, '|');) choices.push_back(part);
  return random_.pick(choices);
}

std::optional<Argument> ArgumentMaker::make(const ts::Argument& formal) {
  const auto given = domain_.find(formal.name);
  std::string spec = given == domain_.end() ? "" : given->second;
  const bool isNeeded = spec.starts_with("!");
  if (isNeeded) spec.erase(0, 1);
  if (spec == "-") return {};
  if (spec.starts_with("{") && formal.type->kind == TypeKind::Tensor) spec.clear();  // numbers of another overload
  if (spec.starts_with("t{")) return tensorLiteral(pickOne(spec.substr(2)));
  if (spec.starts_with("{")) {
    const std::string choice = pickOne(spec.substr(1));
    const ts::Type& taken = formal.type->kind == TypeKind::Optional ? *formal.type->elements[0] : *formal.type;
    return constant(taken.kind == TypeKind::Float && isSize(choice) ? choice + ".0" : choice);
  }
  ts::TypePtr type = formal.type;
  if (type->kind == TypeKind::Optional) {
    if (!isNeeded && random_.chance(spec.empty() ? 0.4 : 0.25)) return constant("None");
    type = type->elements[0];
  }
  static const std::vector<std::string> kDtypes{"6", "7", "4", "3", "11", "0"};
  static const std::vector<std::string> kFloats{"0.5", "1.0", "2.0", "0.1", "1.5"};
  switch (type->kind) {
    case TypeKind::Tensor: return tensor(spec);
    case TypeKind::Int: return formal.name == "dtype" ? constant(random_.pick(kDtypes)) : integer(spec);
    case TypeKind::Bool: return truth();
    case TypeKind::Float: return spec.empty() && numberInputs_ == 0 ? constant(random_.pick(kFloats)) : number(spec, false);
    case TypeKind::Number: return number(spec, true);
    case TypeKind::List: {
      const ts::Type& element = *type->elements[0];
      if (element.kind == TypeKind::Int) return integers(spec);
      if (element.kind == TypeKind::Tensor) return tensors(spec, false);
      if (element.kind == TypeKind::Optional && element.elements[0]->kind == TypeKind::Tensor) return tensors(spec, true);
      return {};
    }
    default: return {};
  }
}

}  // namespace deploytool::testing::generator
