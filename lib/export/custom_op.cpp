// Custom operators: the two ways to write them down, and their lowering; see custom_op.h.
#include "export/custom_op.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace deploytool::exporter {

namespace {

using Json = nlohmann::ordered_json;

Diagnostic wrong(const std::string& what) {
  return makeError(ExitCode::Usage, what, "--custom-op takes 'my::op=my.domain::Op'");
}

/// `my.domain::Op` into its parts.
Status setNode(CustomOp& op, const std::string& node) {
  const size_t at = node.rfind("::");
  if (at == std::string::npos || at == 0 || at + 2 == node.size())
    return wrong(fmt::format("'{}' is no node of a domain", node));
  op.domain = node.substr(0, at);
  op.opType = node.substr(at + 2);
  return {};
}

Status checkName(const std::string& name) {
  const size_t at = name.find("::");
  if (at == std::string::npos || at == 0 || at + 2 == name.size()) return wrong(fmt::format("'{}' is no operator", name));
  return {};
}

CustomOutput outputFrom(const Json& json) {
  CustomOutput output;
  output.like = json.value("like", "");
  if (json.contains("dtype")) {
    output.dtype = ir::dtypeFromName(json["dtype"].get<std::string>());
    if (!output.dtype) throw std::invalid_argument("no dtype: " + json["dtype"].get<std::string>());
  }
  if (!json.contains("dims")) return output;
  output.dims.emplace();
  for (const Json& dim : json["dims"]) output.dims->push_back(dim.is_string() ? dim.get<std::string>() : dim.dump());
  return output;
}

CustomOp opFrom(const std::string& name, const Json& json) {
  CustomOp op;
  op.name = name;
  if (Status named = checkName(name); !named) throw std::invalid_argument(named.error().message);
  if (Status set = setNode(op, json.at("node").get<std::string>()); !set) throw std::invalid_argument(set.error().message);
  op.version = json.value("version", int64_t{1});
  op.schema = json.value("schema", "");
  if (json.contains("inputs")) op.inputs = json["inputs"].get<std::vector<std::string>>();
  if (json.contains("attributes")) op.attributes = json["attributes"].get<std::map<std::string, std::string>>();
  if (!json.contains("outputs")) return op;
  op.outputs.clear();
  for (const Json& output : json["outputs"]) op.outputs.push_back(outputFrom(output));
  return op;
}

// ---- lowering

/// The arguments of one call by name.
struct Arguments {
  Call& c;
  std::string name(size_t i) const {
    const auto& known = c.schema().arguments;
    return i < known.size() ? known[i].name : "arg" + std::to_string(i);
  }
  const Value& at(const std::string& wanted) const {
    for (size_t i = 0; i < c.arguments().size(); ++i)
      if (name(i) == wanted) return c.arguments()[i];
    c.refuse(fmt::format("{} has no argument '{}', which its --custom-op names", c.schema().key(), wanted));
  }
};

bool isTensorList(const Value& value) {
  const auto* list = value.as<std::shared_ptr<ListValue>>();
  if (!list || (*list)->isSequence() || (*list)->items.empty()) return false;
  return std::all_of((*list)->items.begin(), (*list)->items.end(), [](const Value& item) { return item.isTensor(); });
}

void addInputs(Call& c, const Value& value, Tensors& inputs) {
  if (value.isNone()) inputs.emplace_back();
  else if (isTensorList(value))
    for (const Value& item : (*value.as<std::shared_ptr<ListValue>>())->items) inputs.push_back(c.read(item));
  else inputs.push_back(c.read(value));
}

Tensors inputsOf(const Arguments& arguments, const CustomOp& op) {
  Call& c = arguments.c;
  Tensors inputs;
  if (op.inputs) {
    for (const std::string& name : *op.inputs) addInputs(c, arguments.at(name), inputs);
    return inputs;
  }
  for (const Value& value : c.arguments())
    if (value.isTensor() || value.is<RuntimeScalar>() || isTensorList(value)) addInputs(c, value, inputs);
  return inputs;
}

/// Adds the attribute; false for what is none (a tensor, None, a number decided at run time).
bool addAttribute(const std::string& name, const Value& value, ir::Attributes& attributes) {
  if (const auto* flag = value.as<bool>()) attributes.emplace_back(name, *flag);
  else if (const auto* number = value.as<double>()) attributes.emplace_back(name, *number);
  else if (const auto* text = value.as<std::string>()) attributes.emplace_back(name, *text);
  else if (const auto* dim = value.as<Dim>(); dim && dim->isLiteral()) attributes.emplace_back(name, dim->literal());
  else if (const auto* list = value.as<std::shared_ptr<ListValue>>(); list && !(*list)->isSequence()) {
    std::vector<int64_t> integers;
    std::vector<float> floats;
    for (const Value& item : (*list)->items) {
      if (const auto* number = item.as<double>()) floats.push_back(static_cast<float>(*number));
      else if (const auto* integer = item.as<Dim>(); integer && integer->isLiteral()) integers.push_back(integer->literal());
      else return false;
    }
    if (!floats.empty()) attributes.emplace_back(name, floats);
    else attributes.emplace_back(name, integers);
  } else {
    return false;
  }
  return true;
}

ir::Attributes attributesOf(const Arguments& arguments, const CustomOp& op) {
  ir::Attributes attributes;
  Call& c = arguments.c;
  if (op.attributes) {
    for (const auto& [attribute, argument] : *op.attributes)
      if (const Value& value = arguments.at(argument); !addAttribute(attribute, value, attributes) && !value.isNone())
        c.refuse(fmt::format("argument '{}' of {} is no attribute: it is decided at run time", argument, op.name));
    return attributes;
  }
  for (size_t i = 0; i < c.arguments().size(); ++i) {
    const std::string name = arguments.name(i);
    if (op.inputs && std::find(op.inputs->begin(), op.inputs->end(), name) != op.inputs->end()) continue;
    addAttribute(name, c.arguments()[i], attributes);
  }
  return attributes;
}

Dim dimFrom(const Arguments& arguments, const std::string& text) {
  if (text == "?") return arguments.c.b.symbols().fresh();
  int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return number;
  const size_t dot = text.rfind('.');
  if (dot == std::string::npos) arguments.c.refuse("'" + text + "' in --custom-op is no dim: 3, ? or x.0");
  const Tensor tensor = arguments.c.read(arguments.at(text.substr(0, dot)));
  const int64_t axis = std::atoll(text.c_str() + dot + 1);
  if (axis < -tensor.rank() || axis >= tensor.rank()) arguments.c.refuse("'" + text + "' in --custom-op: there is no such axis");
  return tensor.dim(axis);
}

ir::Type typeOf(const Arguments& arguments, const CustomOp& op, const CustomOutput& output, const Tensors& inputs) {
  Tensor like;
  if (!output.like.empty()) like = arguments.c.read(arguments.at(output.like));
  else if (!inputs.empty()) like = inputs.front();
  if (!like && (!output.dtype || !output.dims))
    arguments.c.refuse(op.name + " has no tensor that its output could be like: a file says what its outputs are");
  if (!output.dims) return ir::Type::tensor(output.dtype.value_or(like.dtype()), like.dims());
  Dims dims;
  for (const std::string& text : *output.dims) dims.push_back(dimFrom(arguments, text));
  return ir::Type::tensor(output.dtype ? *output.dtype : like.dtype(), dims);
}

}  // namespace

Result<CustomOp> parseCustomOp(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return wrong(fmt::format("'{}' does not say what node it becomes", text));
  CustomOp op;
  op.name = text.substr(0, equals);
  if (Status named = checkName(op.name); !named) return named.error();
  if (Status set = setNode(op, text.substr(equals + 1)); !set) return set.error();
  return op;
}

Result<std::vector<CustomOp>> parseCustomOps(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) throw std::invalid_argument("an object of operators is needed");
    std::vector<CustomOp> ops;
    for (const auto& [name, declaration] : json.items()) ops.push_back(opFrom(name, declaration));
    return ops;
  } catch (const std::exception& error) {
    return makeError(ExitCode::Usage, std::string("the file of custom operators cannot be used: ") + error.what(),
                     R"(it looks like this: {"my::op": {"node": "my.domain::Op"}})");
  }
}

Results lowerCustomOp(Call& c, const CustomOp& op) {
  const Arguments arguments{c};
  const Tensors inputs = inputsOf(arguments, op);
  const Tensors outputs = c.b.ops(op.opType, inputs, op.outputs.size(), attributesOf(arguments, op), op.domain);
  Results results;
  for (size_t i = 0; i < outputs.size(); ++i) {
    outputs[i].value()->type = typeOf(arguments, op, op.outputs[i], inputs);
    c.b.bindDims(outputs[i].value());
    results.emplace_back(outputs[i]);
  }
  return results;
}

}  // namespace deploytool::exporter
