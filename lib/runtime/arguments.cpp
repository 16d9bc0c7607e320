// Binding flat tensors to structured arguments, by the user's specs or by argument types.
#include "runtime/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace deploytool::runtime {
namespace {

using Kind = ts::Type::Kind;

Diagnostic usage(std::string message) {
  return makeError(ExitCode::Usage, std::move(message), "describe the arguments with --input NAME:SPEC, as for export");
}

std::string keyText(const exporter::DictSpec::Key& key) {
  if (const auto* text = std::get_if<std::string>(&key)) return *text;
  return std::to_string(std::get<int64_t>(key));
}

ts::Value toValue(const ir::Tensor& tensor) { return {std::make_shared<const ir::Tensor>(tensor)}; }

// A tensor as the argument's type wants it: numbers come as rank-0 tensors.
Result<ts::Value> toValue(const NamedTensor& input, const ts::Type& type) {
  const bool isNumber = type.kind == Kind::Int || type.kind == Kind::Float || type.kind == Kind::Bool ||
                        type.kind == Kind::Number;
  if (type.kind == Kind::Optional) return toValue(input, *type.elements.at(0));
  if (!isNumber) return toValue(input.tensor);
  if (input.tensor.numel() != 1) return usage(fmt::format("{} is a number, not a tensor", input.name));
  if (type.kind == Kind::Bool) return ts::Value{input.tensor.toInt64s()[0] != 0};
  if (type.kind == Kind::Int || (type.kind == Kind::Number && !ir::isFloating(input.tensor.dtype()))) {
    return ts::Value{input.tensor.toInt64s()[0]};
  }
  return ts::Value{input.tensor.toDoubles()[0]};
}

const ts::Type& anyType() {
  static const ts::Type any{Kind::Any, "", {}, {}};
  return any;
}

const ts::Type& withoutOptional(const ts::Type& type) {
  return type.kind == Kind::Optional && !type.elements.empty() ? withoutOptional(*type.elements[0]) : type;
}

const ts::Type& elementType(const ts::Type& type, size_t index) {
  if (type.kind == Kind::Tuple) return index < type.elements.size() ? *type.elements[index] : anyType();
  if (type.kind == Kind::Dict) return type.elements.size() > 1 ? *type.elements[1] : anyType();
  return type.elements.empty() ? anyType() : *type.elements[0];
}

// ---- by specs -----------------------------------------------------------------------------------------------------

class SpecBinder {
 public:
  explicit SpecBinder(const std::vector<NamedTensor>& inputs) {
    for (const auto& input : inputs) inputs_.emplace(input.name, &input);
  }

  Result<ts::Value> build(const exporter::Spec& spec, const std::string& name, const ts::Type& declared) {
    const ts::Type& type = withoutOptional(declared);
    if (const auto* list = std::get_if<exporter::ListSpec>(&spec.data)) {
      auto items = buildItems(list->items, name, type);
      if (!items) return items.error();
      auto element = type.kind == Kind::List && !type.elements.empty() ? type.elements[0] : nullptr;
      return ts::Value{std::make_shared<ts::List>(ts::List{element, std::move(*items)})};
    }
    if (const auto* tuple = std::get_if<exporter::TupleSpec>(&spec.data)) {
      auto items = buildItems(tuple->items, name, type);
      if (!items) return items.error();
      return ts::Value{std::make_shared<ts::Tuple>(ts::Tuple{std::move(*items), std::make_shared<ts::Type>(type)})};
    }
    if (const auto* dict = std::get_if<exporter::DictSpec>(&spec.data)) return buildDict(*dict, name, type);
    if (const auto* literal = std::get_if<exporter::LiteralSpec>(&spec.data)) return buildLiteral(*literal, type);
    const auto found = inputs_.find(name);
    if (found == inputs_.end()) return usage(fmt::format("no input is named {}", name));
    return toValue(*found->second, type);
  }

 private:
  Result<std::vector<ts::Value>> buildItems(const std::vector<exporter::Spec>& items, const std::string& name,
                                            const ts::Type& type) {
    std::vector<ts::Value> values;
    for (size_t i = 0; i < items.size(); ++i) {
      auto value = build(items[i], fmt::format("{}.{}", name, i), elementType(type, i));
      if (!value) return value.error();
      values.push_back(std::move(*value));
    }
    return values;
  }

  Result<ts::Value> buildDict(const exporter::DictSpec& spec, const std::string& name, const ts::Type& type) {
    auto dict = std::make_shared<ts::Dict>();
    if (type.kind == Kind::Dict && type.elements.size() == 2) {
      dict->keyType = type.elements[0];
      dict->valueType = type.elements[1];
    }
    for (const auto& [key, item] : spec.items) {
      auto value = build(item, fmt::format("{}.{}", name, keyText(key)), elementType(type, 1));
      if (!value) return value.error();
      ts::Value keyValue;
      std::visit([&](const auto& plain) { keyValue.data = plain; }, key);
      dict->items.emplace_back(std::move(keyValue), std::move(*value));
    }
    return ts::Value{std::move(dict)};
  }

  static ts::Value buildLiteral(const exporter::LiteralSpec& spec, const ts::Type& type) {
    ts::Value value;
    std::visit([&](const auto& plain) { value.data = plain; }, spec.value);
    if (const auto* integer = std::get_if<int64_t>(&value.data); integer && type.kind == Kind::Float) {
      value.data = static_cast<double>(*integer);
    }
    return value;
  }

  std::map<std::string, const NamedTensor*> inputs_;
};

size_t argumentNamed(const std::vector<ts::Argument>& arguments, const std::string& name) {
  const auto found = std::find_if(arguments.begin(), arguments.end(), [&](const auto& a) { return a.name == name; });
  return static_cast<size_t>(found - arguments.begin());
}

Result<std::vector<ts::Value>> bySpecs(const std::vector<ts::Argument>& arguments,
                                       const std::vector<NamedTensor>& inputs,
                                       const std::vector<exporter::InputSpec>& specs) {
  const bool byName = std::all_of(specs.begin(), specs.end(), [&](const auto& spec) {
    return argumentNamed(arguments, spec.name) < arguments.size();
  });
  std::vector<std::optional<ts::Value>> values(arguments.size());
  SpecBinder binder(inputs);
  for (size_t i = 0; i < specs.size(); ++i) {
    const size_t position = byName ? argumentNamed(arguments, specs[i].name) : i;
    if (position >= arguments.size()) return usage(fmt::format("there is no argument for --input {}", specs[i].name));
    auto value = binder.build(specs[i].spec, specs[i].name, *arguments[position].type);
    if (!value) return value.error();
    values[position] = std::move(*value);
  }
  std::vector<ts::Value> result;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!values[i]) values[i] = arguments[i].defaultValue;
    if (!values[i]) return usage(fmt::format("argument {} has no --input and no default", arguments[i].name));
    result.push_back(std::move(*values[i]));
  }
  return result;
}

// ---- by types -----------------------------------------------------------------------------------------------------

class TypeBinder {
 public:
  explicit TypeBinder(const std::vector<NamedTensor>& inputs) : inputs_(inputs) {}

  bool atEnd() const { return next_ == inputs_.size(); }
  size_t remaining() const { return inputs_.size() - next_; }
  bool nextBelongsTo(const std::string& name) const {
    return !atEnd() && (inputs_[next_].name == name || inputs_[next_].name.starts_with(name + "."));
  }
  bool nextBelongsToAny(const std::vector<ts::Argument>& arguments) const {
    return std::any_of(arguments.begin(), arguments.end(), [&](const auto& a) { return nextBelongsTo(a.name); });
  }

  /// `path`: what the inputs of a nested container begin with (`states.0`); empty at the top, where the next input tells.
  Result<ts::Value> build(const ts::Type& declared, const std::string& path = {}) {
    const ts::Type& type = withoutOptional(declared);
    const std::string prefix = path.empty() ? prefixOfNext() : path;
    if (type.kind == Kind::Tuple) return buildTuple(type, prefix);
    if (type.kind == Kind::List) return buildList(type, prefix);
    if (type.kind == Kind::Dict) return buildDict(type, prefix);
    if (atEnd()) return usage("the model has fewer inputs than the archive has arguments");
    return toValue(inputs_[next_++], type);
  }

 private:
  Result<ts::Value> buildTuple(const ts::Type& type, const std::string& prefix) {
    auto tuple = std::make_shared<ts::Tuple>();
    tuple->type = std::make_shared<ts::Type>(type);
    for (const auto& element : type.elements) {
      auto item = build(*element, prefix.empty() ? "" : fmt::format("{}.{}", prefix, tuple->items.size()));
      if (!item) return item.error();
      tuple->items.push_back(std::move(*item));
    }
    return ts::Value{std::move(tuple)};
  }

  Result<ts::Value> buildList(const ts::Type& type, const std::string& prefix) {
    auto list = std::make_shared<ts::List>();
    list->elementType = type.elements.at(0);
    for (size_t i = 0; !prefix.empty() && nextBelongsTo(fmt::format("{}.{}", prefix, i)); ++i) {
      auto item = build(*type.elements.at(0), fmt::format("{}.{}", prefix, i));
      if (!item) return item.error();
      list->items.push_back(std::move(*item));
    }
    return ts::Value{std::move(list)};
  }

  Result<ts::Value> buildDict(const ts::Type& type, const std::string& prefix) {
    auto dict = std::make_shared<ts::Dict>();
    dict->keyType = type.elements.at(0);
    dict->valueType = type.elements.at(1);
    while (!prefix.empty() && nextBelongsTo(prefix)) {
      std::string key = inputs_[next_].name.substr(prefix.size() + 1);
      key = key.substr(0, key.find('.'));
      ts::Value keyValue{key};
      if (dict->keyType->kind == Kind::Int) keyValue.data = static_cast<int64_t>(std::atoll(key.c_str()));
      auto item = build(*dict->valueType, prefix + "." + key);
      if (!item) return item.error();
      dict->items.emplace_back(std::move(keyValue), std::move(*item));
    }
    return ts::Value{std::move(dict)};
  }

  // `states` when the next input is `states.0` (or `states.0.1`).
  std::string prefixOfNext() const { return atEnd() ? "" : inputs_[next_].name.substr(0, dotOfNext()); }
  size_t dotOfNext() const {
    const auto dot = inputs_[next_].name.find('.');
    return dot == std::string::npos ? 0 : dot;
  }

  const std::vector<NamedTensor>& inputs_;
  size_t next_ = 0;
};

Result<std::vector<ts::Value>> byTypes(const std::vector<ts::Argument>& arguments,
                                       const std::vector<NamedTensor>& inputs) {
  size_t required = 0;
  for (const auto& argument : arguments) required += argument.defaultValue ? 0 : 1;
  TypeBinder binder(inputs);
  std::vector<ts::Value> values;
  for (const auto& argument : arguments) {
    const bool mustTake = !argument.defaultValue;
    const bool isOthers = !binder.nextBelongsTo(argument.name) && binder.nextBelongsToAny(arguments);
    if (!mustTake && (isOthers || binder.remaining() <= required)) {
      values.push_back(*argument.defaultValue);
      continue;
    }
    if (mustTake) --required;
    auto value = binder.build(*argument.type);
    if (!value) return value.error();
    values.push_back(std::move(*value));
  }
  if (!binder.atEnd()) return usage(fmt::format("{} inputs are more than the archive's arguments take", inputs.size()));
  return values;
}

// ---- results ------------------------------------------------------------------------------------------------------

class Flattener {
 public:
  Status add(const ts::Value& value) {
    if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data)) return put(**tensor);
    if (const auto* integer = std::get_if<int64_t>(&value.data)) return put(ir::Tensor::int64(*integer));
    if (const auto* number = std::get_if<double>(&value.data)) return put(ir::Tensor::scalar(ir::DType::Float64, *number));
    if (const auto* flag = std::get_if<bool>(&value.data)) return put(ir::Tensor::scalar(ir::DType::Bool, *flag ? 1 : 0));
    if (value.isNone()) return {};
    if (const auto* list = std::get_if<std::shared_ptr<ts::List>>(&value.data)) return addAll((*list)->items);
    if (const auto* tuple = std::get_if<std::shared_ptr<ts::Tuple>>(&value.data)) return addAll((*tuple)->items);
    if (const auto* dict = std::get_if<std::shared_ptr<ts::Dict>>(&value.data)) {
      for (const auto& item : (*dict)->items) {
        if (auto status = add(item.second); !status) return status;
      }
      return {};
    }
    return makeError(ExitCode::Unsupported, "the method returns something that is no tensor, number or container");
  }

  std::vector<NamedTensor> take() {
    if (tensors_.size() == 1) tensors_[0].name = "output";
    return std::move(tensors_);
  }

 private:
  Status put(ir::Tensor tensor) {
    tensors_.push_back({fmt::format("output_{}", tensors_.size()), std::move(tensor)});
    return {};
  }
  Status addAll(const std::vector<ts::Value>& items) {
    for (const auto& item : items) {
      if (auto status = add(item); !status) return status;
    }
    return {};
  }

  std::vector<NamedTensor> tensors_;
};

void flattenSpec(const exporter::Spec& spec, const std::string& name, std::vector<FlatSpec>& out) {
  const auto items = [&](const std::vector<exporter::Spec>& list) {
    for (size_t i = 0; i < list.size(); ++i) flattenSpec(list[i], fmt::format("{}.{}", name, i), out);
  };
  if (const auto* list = std::get_if<exporter::ListSpec>(&spec.data)) return items(list->items);
  if (const auto* tuple = std::get_if<exporter::TupleSpec>(&spec.data)) return items(tuple->items);
  if (const auto* dict = std::get_if<exporter::DictSpec>(&spec.data)) {
    for (const auto& [key, item] : dict->items) flattenSpec(item, fmt::format("{}.{}", name, keyText(key)), out);
    return;
  }
  if (!std::holds_alternative<exporter::LiteralSpec>(spec.data)) out.push_back({name, &spec});
}

}  // namespace

Result<std::vector<ts::Value>> buildArguments(const std::vector<ts::Argument>& arguments,
                                              const std::vector<NamedTensor>& inputs,
                                              const std::vector<exporter::InputSpec>& specs) {
  return specs.empty() ? byTypes(arguments, inputs) : bySpecs(arguments, inputs, specs);
}

Result<std::vector<NamedTensor>> flattenResult(const ts::Value& result) {
  Flattener flattener;
  if (auto status = flattener.add(result); !status) return status.error();
  return flattener.take();
}

std::vector<FlatSpec> flattenSpecs(const std::vector<exporter::InputSpec>& specs) {
  std::vector<FlatSpec> flat;
  for (const auto& input : specs) flattenSpec(input.spec, input.name, flat);
  return flat;
}

}  // namespace deploytool::runtime
