#include "export/arguments.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "export/spec_scanner.h"
#include "export/static_value.h"

namespace deploytool::exporter {

namespace {

using Kind = ts::Type::Kind;

const ts::Type& withoutOptional(const ts::Type& type) {
  return type.kind == Kind::Optional && !type.elements.empty() ? withoutOptional(*type.elements[0]) : type;
}

bool takesNone(const ts::Type& declared) {
  return declared.kind == Kind::Optional || declared.kind == Kind::None || declared.kind == Kind::Any || declared.kind == Kind::Union;
}

const ts::Type& elementOf(const ts::Type& container, size_t i) {
  static const ts::Type kAny{Kind::Any, {}, {}, {}};
  if (container.kind == Kind::List && !container.elements.empty()) return *container.elements[0];
  if (container.kind == Kind::Dict && container.elements.size() == 2) return *container.elements[1];
  return container.kind == Kind::Tuple && i < container.elements.size() ? *container.elements[i] : kAny;
}

/// Turns specs into values; the first mistake is kept and ends the export.
class ArgumentMaker {
 public:
  explicit ArgumentMaker(Interpreter& interpreter) : interpreter_(interpreter), builder_(interpreter.builder()) {}

  const std::optional<Diagnostic>& error() const { return error_; }

  /// Example sizes that the user gave, before others are chosen.
  void collectExamples(const Spec& spec) {
    if (const auto* tensor = std::get_if<TensorSpec>(&spec.data)) {
      for (const DimSpec& dim : tensor->dims) {
        if (dim.kind == DimSpec::Kind::Literal) taken_.insert(dim.size);
        if (dim.kind != DimSpec::Kind::Symbol || !dim.example) continue;
        auto [known, fresh] = examples_.emplace(dim.name, *dim.example);
        if (!fresh && known->second != *dim.example)
          fail(fmt::format("axis '{}' has two example sizes, {} and {}", dim.name, known->second, *dim.example),
               "axes of one name have one size; use two names");
        taken_.insert(*dim.example);
      }
    }
    if (const auto* list = std::get_if<ListSpec>(&spec.data)) for (const Spec& item : list->items) collectExamples(item);
    if (const auto* tuple = std::get_if<TupleSpec>(&spec.data)) for (const Spec& item : tuple->items) collectExamples(item);
    if (const auto* dict = std::get_if<DictSpec>(&spec.data)) for (const auto& item : dict->items) collectExamples(item.value);
  }

  Value make(const Spec& spec, const ts::Type& declared, const std::string& name) {
    const ts::Type& type = withoutOptional(declared);
    if (const auto* tensor = std::get_if<TensorSpec>(&spec.data)) return makeTensor(*tensor, type, name);
    if (const auto* literal = std::get_if<LiteralSpec>(&spec.data)) return makeLiteral(*literal, declared, spec.text, name);
    if (const auto* list = std::get_if<ListSpec>(&spec.data)) return makeSequence(list->items, type, name, spec.text, false);
    if (const auto* tuple = std::get_if<TupleSpec>(&spec.data)) return makeSequence(tuple->items, type, name, spec.text, true);
    if (const auto* dict = std::get_if<DictSpec>(&spec.data)) return makeDict(*dict, type, name);
    return fail(fmt::format("input '{}': the file was not read", name), "");
  }

 private:
  Interpreter& interpreter_;
  Builder& builder_;
  std::optional<Diagnostic> error_;
  std::map<std::string, int64_t> examples_;
  std::set<int64_t> taken_;

  Value fail(std::string message, std::string help) {
    if (!error_) error_ = makeError(ExitCode::Usage, std::move(message), std::move(help));
    return None{};
  }

  Dim symbol(const std::string& name) {
    auto it = examples_.find(name);
    if (it == examples_.end()) {
      int64_t size = 5;  // distinct sizes, so that no two axes look alike by accident
      while (taken_.count(size)) ++size;
      taken_.insert(size);
      it = examples_.emplace(name, size).first;
    }
    interpreter_.setExample(name, it->second);
    return Dim::symbol(name);
  }

  Value makeTensor(const TensorSpec& spec, const ts::Type& type, const std::string& name) {
    Dims dims;
    for (size_t i = 0; i < spec.dims.size(); ++i) {
      const DimSpec& dim = spec.dims[i];
      if (dim.kind == DimSpec::Kind::Literal) dims.emplace_back(dim.size);
      else dims.push_back(symbol(dim.kind == DimSpec::Kind::Symbol ? dim.name : fmt::format("{}_dim_{}", name, i)));
    }
    const bool scalar = type.kind == Kind::Int || type.kind == Kind::Float || type.kind == Kind::Bool;
    if (!scalar && type.kind != Kind::Tensor && type.kind != Kind::Any && type.kind != Kind::Number && type.kind != Kind::Union)
      return fail(fmt::format("input '{}' is {}, not a tensor", name, ts::text(type)), "inspect prints the signature");
    if (scalar && !dims.empty())
      return fail(fmt::format("input '{}' is a Python {}: its spec has rank 0", name, ts::text(type)),
                  fmt::format("use '{}:{}[]', or a literal", name, ir::dtypeName(spec.dtype)));
    if ((type.kind == Kind::Int && !ir::isIntegral(spec.dtype)) || (type.kind == Kind::Bool && spec.dtype != ir::DType::Bool))
      return fail(fmt::format("input '{}' is a Python {}, but its spec is {}[]", name, ts::text(type), ir::dtypeName(spec.dtype)),
                  fmt::format("use '{}:{}[]', or a literal", name, type.kind == Kind::Int ? "int64" : "bool"));
    ir::Value* value = builder_.mainGraph().addInput(name, ir::Type::tensor(spec.dtype, dims));
    builder_.bindDims(value);
    if (type.kind == Kind::Int) return builder_.toDim(value);
    if (type.kind == Kind::Float) return RuntimeScalar{builder_.cast(value, DType::Float64)};
    if (type.kind == Kind::Bool) return RuntimeScalar{builder_.cast(value, DType::Bool)};
    return Tensor(value);
  }

  Value makeLiteral(const LiteralSpec& spec, const ts::Type& declared, const std::string& text, const std::string& name) {
    const ts::Type& type = withoutOptional(declared);
    const auto& value = spec.value;
    if (std::holds_alternative<std::monostate>(value)) {
      if (takesNone(declared)) return None{};
      return fail(fmt::format("input '{}' is {}, which cannot be none", name, ts::text(declared)), "inspect prints the signature");
    }
    if (type.kind == Kind::Tensor)
      return fail(fmt::format("input '{}' is a tensor, but its spec is the literal {}", name, text),
                  "a tensor's spec is its dtype and dims: float32[1,3]");
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* text_ = std::get_if<std::string>(&value)) return *text_;
    if (const auto* number = std::get_if<double>(&value)) {
      if (type.kind == Kind::Int) return fail(fmt::format("input '{}' is an int, but its spec is {}", name, text), "");
      return *number;
    }
    const int64_t integer = std::get<int64_t>(value);
    if (type.kind == Kind::Float) return static_cast<double>(integer);
    return Dim(integer);
  }

  Value makeSequence(const std::vector<Spec>& items, const ts::Type& type, const std::string& name, const std::string& text,
                     bool written) {
    if (type.kind == Kind::Tensor)
      return fail(fmt::format("input '{}' is a tensor, but its spec is {}", name, text),
                  fmt::format("a tensor's spec begins with its dtype: float32{}", text));
    const bool isTuple = type.kind == Kind::Tuple || (type.kind != Kind::List && written);
    std::vector<Value> values;
    for (size_t i = 0; i < items.size(); ++i)
      values.push_back(make(items[i], elementOf(type, i), fmt::format("{}.{}", name, i)));
    if (type.kind == Kind::Tuple && type.elements.size() != items.size())
      return fail(fmt::format("input '{}' is {}, but its spec has {} parts", name, ts::text(type), items.size()), "");
    if (isTuple) {
      auto tuple = std::make_shared<TupleValue>();
      tuple->items = std::move(values);
      if (!type.fieldNames.empty()) tuple->type = std::make_shared<ts::Type>(type);
      return tuple;
    }
    auto list = std::make_shared<ListValue>();
    list->items = std::move(values);
    list->elementType = std::make_shared<ts::Type>(elementOf(type, 0));
    return list;
  }

  Value makeDict(const DictSpec& spec, const ts::Type& type, const std::string& name) {
    auto dict = std::make_shared<DictValue>();
    if (type.kind == Kind::Dict && type.elements.size() == 2) {
      dict->keyType = type.elements[0];
      dict->valueType = type.elements[1];
    }
    for (const auto& [key, item] : spec.items) {
      const auto* number = std::get_if<int64_t>(&key);
      const std::string text = number ? std::to_string(*number) : std::get<std::string>(key);
      const bool asString = !number || (dict->keyType && dict->keyType->kind == Kind::String);
      if (asString && dict->keyType && dict->keyType->kind == Kind::Int)
        return fail(fmt::format("input '{}' is {}, but its key {} is a string", name, ts::text(type), quoted(text)), "");
      dict->items.emplace_back(asString ? Value(text) : Value(*number), make(item, elementOf(type, 0), name + "." + text));
    }
    return dict;
  }
};

/// For each argument, the index of its input; -1 for none. `misplaced` hears of names that belong to another argument.
Result<std::vector<int>> matchInputs(const std::vector<ts::Argument>& arguments, const std::vector<InputSpec>& inputs,
                                     const std::function<void(const std::string&)>& misplaced) {
  const auto named = [&](const std::string& name) {
    auto it = std::find_if(arguments.begin(), arguments.end(), [&](const ts::Argument& a) { return a.name == name; });
    return it == arguments.end() ? -1 : static_cast<int>(it - arguments.begin());
  };
  std::vector<int> match(arguments.size(), -1);
  std::set<std::string> seen;
  for (const InputSpec& input : inputs)
    if (!seen.insert(input.name).second)
      return makeError(ExitCode::Usage, fmt::format("input '{}' is given twice", input.name));
  const bool byName = std::all_of(inputs.begin(), inputs.end(), [&](const InputSpec& i) { return named(i.name) >= 0; });
  if (!byName && inputs.size() > arguments.size())
    return makeError(ExitCode::Usage, fmt::format("{} inputs for {} arguments", inputs.size(), arguments.size()),
                     "inspect prints the signature");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int owner = named(inputs[i].name);
    match[byName ? static_cast<size_t>(owner) : i] = static_cast<int>(i);
    if (!byName && owner >= 0 && owner != static_cast<int>(i))
      misplaced(fmt::format("input '{}' is taken for argument '{}': not every --input has an argument's name, so they go by position",
                            inputs[i].name, arguments[i].name));
  }
  return match;
}

}  // namespace

Result<std::vector<Value>> makeArguments(Interpreter& interpreter, const ts::Function& method,
                                         const std::vector<InputSpec>& inputs) {
  std::vector<ts::Argument> arguments(method.arguments.begin() + (method.arguments.empty() ? 0 : 1), method.arguments.end());
  const auto match = matchInputs(arguments, inputs, [&](const std::string& text) { interpreter.assume(text); });
  if (!match) return match.error();
  ArgumentMaker maker(interpreter);
  for (const InputSpec& input : inputs) maker.collectExamples(input.spec);
  std::vector<Value> values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const ts::Argument& argument = arguments[i];
    if (const int at = (*match)[i]; at >= 0) {
      const InputSpec& input = inputs[static_cast<size_t>(at)];
      values.push_back(maker.make(input.spec, *argument.type, input.name));
    } else if (argument.defaultValue) {
      values.push_back(fromStatic(*argument.defaultValue));
    } else if (argument.type->kind == Kind::Optional) {
      values.push_back(None{});
    } else {
      return makeError(ExitCode::Usage, fmt::format("argument '{}' has no input and no default", argument.name),
                       fmt::format("add --input '{}:…'; inspect prints the signature", argument.name));
    }
    if (maker.error()) return *maker.error();
  }
  return values;
}

}  // namespace deploytool::exporter
