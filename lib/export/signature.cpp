// Signatures and suggested command lines.
#include "export/signature.h"

#include <algorithm>
#include <cctype>

#include "export/spec_scanner.h"

namespace deploytool::exporter {

namespace {

using Kind = ts::Type::Kind;

constexpr const char* kTensorToFill = "float32[...]";

std::string defaultText(const ts::Value& value);

std::string joined(const std::vector<ts::Value>& items) {
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) out += (i > 0 ? ", " : "") + defaultText(items[i]);
  return out;
}

struct DefaultText {
  std::string operator()(std::monostate) const { return "None"; }
  std::string operator()(bool b) const { return b ? "True" : "False"; }
  std::string operator()(int64_t i) const { return std::to_string(i); }
  std::string operator()(double d) const { return numberText(d); }
  std::string operator()(const std::string& s) const { return quoted(s); }
  std::string operator()(const ts::Device& d) const { return quoted(d.name); }
  std::string operator()(const std::shared_ptr<ts::List>& list) const { return "[" + joined(list->items) + "]"; }
  std::string operator()(const std::shared_ptr<ts::Tuple>& tuple) const { return "(" + joined(tuple->items) + ")"; }
  template <class Other>
  std::string operator()(const Other&) const {
    return "...";
  }
};

std::string defaultText(const ts::Value& value) { return std::visit(DefaultText{}, value.data); }

std::string specFor(const ts::Type& type);

std::string joinedSpecs(const std::vector<ts::TypePtr>& types) {
  std::string out;
  for (size_t i = 0; i < types.size(); ++i) out += (i > 0 ? "," : "") + specFor(*types[i]);
  return out;
}

std::string specFor(const ts::Type& type) {
  switch (type.kind) {
    case Kind::Int: return "int64[]";
    case Kind::Float: return "float64[]";
    case Kind::Bool: return "bool[]";
    case Kind::Number: return "1.0";
    case Kind::String: return "\"text\"";
    case Kind::None: return "none";
    case Kind::Optional: return specFor(*type.elements.at(0));
    case Kind::List: return "[" + specFor(*type.elements.at(0)) + "]";
    case Kind::Tuple: return "(" + joinedSpecs(type.elements) + ")";
    case Kind::Dict: {
      const bool intKeys = type.elements.at(0)->kind == Kind::Int;
      return std::string(intKeys ? "{0:" : "{key:") + specFor(*type.elements.at(1)) + "}";
    }
    default: return kTensorToFill;
  }
}

bool holdsTensor(const ts::Type& type) {
  if (type.kind == Kind::Tensor || type.kind == Kind::Any) return true;
  return std::any_of(type.elements.begin(), type.elements.end(), [](const ts::TypePtr& t) { return holdsTensor(*t); });
}

// Arguments without self.
std::vector<const ts::Argument*> argumentsOf(const ts::Function& function) {
  std::vector<const ts::Argument*> out;
  for (const ts::Argument& argument : function.arguments) {
    if (out.empty() && argument.name == "self") continue;
    out.push_back(&argument);
  }
  return out;
}

}  // namespace

std::string signatureText(const ts::Function& function) {
  std::string out = function.name.substr(function.name.rfind('.') + 1) + "(";
  bool first = true;
  for (const ts::Argument* argument : argumentsOf(function)) {
    out += (first ? "" : ", ") + argument->name + ": " + text(*argument->type);
    if (argument->defaultValue) out += " = " + defaultText(*argument->defaultValue);
    first = false;
  }
  out += ")";
  for (size_t i = 0; i < function.returns.size(); ++i) out += (i == 0 ? " -> " : ", ") + text(*function.returns[i].type);
  return out;
}

std::vector<std::string> suggestedInputs(const ts::Function& function) {
  std::vector<std::string> inputs;
  for (const ts::Argument* argument : argumentsOf(function)) {
    if (!argument->defaultValue) inputs.push_back(argument->name + ":" + specFor(*argument->type));
  }
  return inputs;
}

std::string suggestedCommand(const ts::Function& function, const std::string& modelPath, const std::string& method) {
  std::string stem = modelPath.substr(modelPath.rfind('/') + 1);
  stem = modelPath == "-" ? "model" : stem.substr(0, stem.rfind('.'));
  std::string out = "deploytool export " + shellQuoted(modelPath) + " -o " + shellQuoted(stem + ".onnx");
  if (method != "forward") out += " --method " + method;
  for (const std::string& input : suggestedInputs(function)) out += " --input " + shellQuoted(input);
  return out;
}

bool needsInputs(const ts::Function& function) {
  const auto arguments = argumentsOf(function);
  return std::any_of(arguments.begin(), arguments.end(), [](const ts::Argument* argument) {
    return !argument->defaultValue && holdsTensor(*argument->type);
  });
}

std::string shellQuoted(const std::string& text) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-./+=:,@%").find(c) != std::string_view::npos;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

}  // namespace deploytool::exporter
