// The text form of a ts::Program: functions with their nodes, classes with their attributes.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "torchscript/program.h"

namespace deploytool::ts {

namespace {

template <class Items, class Each>
std::string listed(const Items& items, Each&& each, std::string_view separator = ", ") {
  std::string result;
  bool first = true;
  for (const auto& item : items) {
    if (!first) result += separator;
    first = false;
    result += each(item);
  }
  return result;
}

std::string ids(const std::vector<ValueId>& values) {
  return listed(values, [](ValueId id) { return fmt::format("%{}", id); });
}

std::string quoted(const std::string& value) {
  std::string result = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string tensorText(const ir::Tensor& tensor) {
  std::string result = fmt::format("{}[{}]", dtypeName(tensor.dtype()), fmt::join(tensor.dims(), ", "));
  if (!tensor.name.empty()) return result + " " + tensor.name;
  if (tensor.numel() > 8 || tensor.stringValues().size() > 0 || isComplex(tensor.dtype())) return result;
  return result + fmt::format(" {{{}}}", fmt::join(tensor.toDoubles(), ", "));
}

struct ValueText {
  std::string operator()(std::monostate) const { return "None"; }
  std::string operator()(bool v) const { return v ? "True" : "False"; }
  std::string operator()(int64_t v) const { return std::to_string(v); }
  std::string operator()(double v) const { return fmt::format("{}", v); }
  std::string operator()(const std::complex<double>& v) const { return fmt::format("({}+{}j)", v.real(), v.imag()); }
  std::string operator()(const std::string& v) const { return quoted(v); }
  std::string operator()(const ir::TensorPtr& v) const { return tensorText(*v); }
  std::string operator()(const std::shared_ptr<List>& v) const { return "[" + items(v->items) + "]"; }
  std::string operator()(const std::shared_ptr<Tuple>& v) const {
    return (v->type && !v->type->name.empty() ? v->type->name : "") + "(" + items(v->items) + ")";
  }
  std::string operator()(const std::shared_ptr<Dict>& v) const {
    return "{" + listed(v->items, [](const auto& kv) { return text(kv.first) + ": " + text(kv.second); }) + "}";
  }
  std::string operator()(const std::shared_ptr<Object>& v) const { return "<" + v->typeName + ">"; }
  std::string operator()(const Device& v) const { return "device(" + v.name + ")"; }
  std::string operator()(const std::shared_ptr<Enum>& v) const { return v->typeName + "." + v->name; }
  std::string operator()(const FunctionRef& v) const { return "@" + v.name; }
  std::string operator()(const std::shared_ptr<QuantizedTensor>& v) const {
    return "quantized(" + tensorText(v->integers) + ")";
  }
  std::string operator()(const std::shared_ptr<Packed>& v) const {
    return "packed " + v->className + "(" + items(v->fields) + ")";
  }

 private:
  static std::string items(const std::vector<Value>& values) {
    return listed(values, [](const Value& value) { return text(value); });
  }
};

std::string argumentText(const Argument& argument) {
  std::string sets = listed(argument.aliasSets, [](const std::string& s) { return s; }, "|");
  if (argument.isWrite) sets += "!";
  std::string inner = listed(argument.elementAliasSets, [](const std::string& s) { return s; }, "|");
  std::string result = argument.type ? text(*argument.type) : "?";
  if (!sets.empty()) result += "(" + sets + ")";
  if (!inner.empty()) result += "[(" + inner + ")]";
  if (!argument.name.empty()) result += " " + argument.name;
  if (argument.defaultValue) result += "=" + text(*argument.defaultValue);
  return result;
}

std::string signatureText(const std::vector<Argument>& arguments, const std::vector<Argument>& returns, bool vararg) {
  std::string result = "(";
  bool keywords = false;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) result += ", ";
    if (arguments[i].keywordOnly && !keywords) result += "*, ";
    keywords = keywords || arguments[i].keywordOnly;
    result += argumentText(arguments[i]);
  }
  if (vararg) result += arguments.empty() ? "..." : ", ...";
  return result + ") -> (" + listed(returns, argumentText) + ")";
}

class FunctionText {
 public:
  std::string write(const Function& function) {
    out_ += fmt::format("{}{}{}:\n", function.name, signatureText(function.arguments, function.returns, false),
                        function.traced ? " traced" : "");
    block(function.body, 1);
    return std::move(out_);
  }

 private:
  void line(int depth, const std::string& content) {
    out_ += std::string(static_cast<size_t>(depth) * 2, ' ') + content + "\n";
  }

  void block(const Block& block, int depth) {
    line(depth, "block(" + ids(block.inputs) + "):");
    for (const Node& inner : block.nodes) node(inner, depth + 1);
    line(depth + 1, "-> (" + ids(block.outputs) + ")");
  }

  void node(const Node& node, int depth) {
    std::string result;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      result += fmt::format("{}%{}: {}", i ? ", " : "", node.outputs[i], text(*node.outputTypes[i]));
    }
    if (!result.empty()) result += " = ";
    result += node.schema ? node.schema->key() : node.kind;
    if (!node.attributes.empty() || !node.typeList.empty()) {
      std::string attributes =
          listed(node.attributes, [](const auto& kv) { return kv.first + "=" + text(kv.second); });
      std::string types = listed(node.typeList, [](const TypePtr& type) { return text(*type); });
      if (!types.empty()) attributes += (attributes.empty() ? "types=" : ", types=") + types;
      result += "[" + attributes + "]";
    }
    result += "(" + ids(node.inputs) + ")";
    if (node.location.line > 0) result += "  # " + node.location.text();
    line(depth, result);
    for (const Block& inner : node.blocks) block(inner, depth + 1);
  }

  std::string out_;
};

std::string classText(const ClassInfo& info) {
  std::string result = fmt::format("{} {}:\n", info.isModule ? "module" : "class", info.name);
  for (size_t i = 0; i < info.attributeNames.size(); ++i) {
    result += fmt::format("  {}: {}\n", info.attributeNames[i], text(*info.attributeTypes[i]));
  }
  return result;
}

void objectText(const Object& object, const std::string& path, std::set<const Object*>& seen, std::string& out) {
  if (!seen.insert(&object).second) return;
  for (const auto& [name, value] : object.attributes) {
    const std::string inner = path.empty() ? name : path + "." + name;
    out += fmt::format("{} = {}\n", inner, text(value));
    if (auto child = std::get_if<std::shared_ptr<Object>>(&value.data)) objectText(**child, inner, seen, out);
  }
}

template <class Map>
auto sortedKeys(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& entry : map) keys.push_back(entry.first);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

std::string text(const Value& value) { return std::visit(ValueText{}, value.data); }

std::string text(const Schema& schema) {
  return schema.key() + signatureText(schema.arguments, schema.returns, schema.isVararg);
}

std::string text(const Function& function) { return FunctionText().write(function); }

std::string text(const Program& program) {
  std::string result;
  for (const auto& key : sortedKeys(program.classes)) result += classText(program.classes.at(key)) + "\n";
  if (program.root) {
    std::set<const Object*> seen;
    objectText(*program.root, "", seen, result);
    result += "\n";
  }
  for (const auto& key : sortedKeys(program.functions)) result += text(*program.functions.at(key)) + "\n";
  return result;
}

}  // namespace deploytool::ts
