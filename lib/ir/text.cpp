// Printing of models.
#include "ir/text.h"

#include <fmt/format.h>
#include <cctype>
#include <cmath>
#include <unordered_map>

namespace deploytool::ir {
namespace {

bool isWord(std::string_view name) {
  if (name.empty() || name == "_" || name[0] == '%') return false;
  for (const char c : name) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '/' || c == '$';
    if (!word) return false;
  }
  return true;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string word(const std::string& name) { return isWord(name) ? name : quoted(name); }

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

// Always with a point, an exponent or a letter: an attribute that is a float stays one.
std::string number(double value, bool single) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::string out = single ? fmt::format("{}", static_cast<float>(value)) : fmt::format("{}", value);
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

uint64_t hashOf(const Tensor& tensor) {
  uint64_t hash = 0xcbf29ce484222325u;
  tensor.stream([&](std::span<const std::byte> piece) {
    for (const std::byte b : piece) hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
  });
  return hash;
}

class Printer {
 public:
  explicit Printer(const TextOptions& options) : options_(options) {}

  std::string graph(const Graph& graph, const std::string& indent);
  std::string node(const Node& node, const std::string& indent);

 private:
  std::string name(const Value* value);
  std::string type(const Type& t) { return t.kind == Type::Kind::Opaque ? "opaque" + quoted(hex(t.opaque)) : text(t); }
  std::string declaration(const Value* value);
  std::string elements(const Tensor& tensor);
  std::string attribute(const Attribute& attribute, const std::string& indent);

  const TextOptions& options_;
  std::unordered_map<const Value*, std::string> unnamed_;
};

std::string Printer::name(const Value* value) {
  if (!value) return "_";
  if (!value->name.empty()) return word(value->name);
  const auto it = unnamed_.find(value);
  if (it != unnamed_.end()) return it->second;
  if (value->producer() && value->isUnused()) return "_";
  return unnamed_.emplace(value, "%" + std::to_string(unnamed_.size())).first->second;
}

std::string Printer::declaration(const Value* value) {
  std::string out = name(value);
  if (value->type.kind != Type::Kind::Unknown) out += ": " + type(value->type);
  if (value->elements) {
    const std::string list = text(*value->elements);
    out += " {" + list.substr(1, list.size() - 2) + "}";
  }
  return out;
}

std::string Printer::elements(const Tensor& tensor) {
  if (tensor.numel() > options_.maxElements) return fmt::format("#{:016x}", hashOf(tensor));
  std::string out = "{";
  const auto add = [&](const std::string& item) { out += (out.size() > 1 ? ", " : "") + item; };
  const DType dtype = tensor.dtype();
  if (dtype == DType::String) {
    for (const std::string& s : tensor.stringValues()) add(quoted(s));
  } else if (isFloating(dtype)) {
    for (const double v : tensor.toDoubles())
      add(fmt::format("{}", dtype == DType::Float32 ? number(v, true) : number(v, false)));
  } else if (isComplex(dtype)) {
    const Tensor t = tensor.contiguous();
    return "{" + quoted(hex({reinterpret_cast<const char*>(t.data()), static_cast<size_t>(t.byteSize())})) + "}";
  } else if (dtype == DType::UInt64) {
    for (const int64_t v : tensor.toInt64s()) add(std::to_string(static_cast<uint64_t>(v)));
  } else {
    for (const int64_t v : tensor.toInt64s()) add(std::to_string(v));
  }
  return out + "}";
}

std::string Printer::attribute(const Attribute& attribute, const std::string& indent) {
  const auto list = [](const auto& items, const char* empty, auto&& item) {
    if (items.empty()) return std::string(empty) + "[]";
    std::string out = "[";
    for (const auto& i : items) out += (out.size() > 1 ? ", " : "") + item(i);
    return out + "]";
  };
  const auto tensor = [&](const TensorPtr& t) {
    return std::string(dtypeName(t->dtype())) + text(toDims(t->dims())) + " " + elements(*t);
  };
  const auto inner = [&](const std::unique_ptr<Graph>& g) { return graph(*g, indent); };
  const auto print = [&](const auto& value) -> std::string {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, int64_t>) return std::to_string(value);
    if constexpr (std::is_same_v<T, float>) return number(value, true);
    if constexpr (std::is_same_v<T, std::string>) return quoted(value);
    if constexpr (std::is_same_v<T, TensorPtr>) return tensor(value);
    if constexpr (std::is_same_v<T, std::unique_ptr<Graph>>) return inner(value);
    if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
      return list(value, "ints", [](int64_t i) { return std::to_string(i); });
    }
    if constexpr (std::is_same_v<T, std::vector<float>>) {
      return list(value, "floats", [](float f) { return number(f, true); });
    }
    if constexpr (std::is_same_v<T, std::vector<std::string>>) return list(value, "strings", quoted);
    if constexpr (std::is_same_v<T, std::vector<TensorPtr>>) return list(value, "tensors", tensor);
    if constexpr (std::is_same_v<T, Attribute::Graphs>) return list(value, "graphs", inner);
    if constexpr (std::is_same_v<T, Attribute::Opaque>) return "opaque" + quoted(hex(value.bytes));
  };
  return word(attribute.name) + "=" + std::visit(print, attribute.value);
}

std::string Printer::node(const Node& node, const std::string& indent) {
  std::string out;
  for (const Value* output : node.outputs()) out += (out.empty() ? "" : ", ") + declaration(output);
  out += out.empty() ? "" : " = ";
  if (!node.domain.empty()) out += word(node.domain) + "::";
  out += word(node.opType);
  for (size_t i = 0; i < node.attributes.size(); ++i) {
    out += (i ? ", " : "<") + attribute(node.attributes[i], indent);
  }
  out += node.attributes.empty() ? "(" : ">(";
  for (size_t i = 0; i < node.inputs().size(); ++i) out += (i ? ", " : "") + name(node.input(i));
  out += ")";
  if (!node.name.empty()) out += " @" + quoted(node.name);
  return out;
}

std::string Printer::graph(const Graph& graph, const std::string& indent) {
  std::string out = "graph";
  if (!graph.name.empty()) out += " " + word(graph.name);
  out += "(";
  for (size_t i = 0; i < graph.inputs().size(); ++i) out += (i ? ", " : "") + declaration(graph.inputs()[i]);
  out += ") -> (";
  for (size_t i = 0; i < graph.outputs().size(); ++i) out += (i ? ", " : "") + name(graph.outputs()[i]);
  out += ") {\n";
  const std::string inside = indent + "  ";
  for (const Value* value : graph.initializers()) {
    out += inside + declaration(value) + " = " + (value->constant ? elements(*value->constant) : "sparse") + "\n";
  }
  for (const auto& n : graph.nodes()) out += inside + node(*n, inside) + "\n";
  return out + indent + "}";
}

}  // namespace

std::string text(const Graph& graph, const TextOptions& options) { return Printer(options).graph(graph, "") + "\n"; }

std::string text(const Node& node, const TextOptions& options) { return Printer(options).node(node, ""); }

std::string text(const Model& model, const TextOptions& options) {
  std::string out = model.irVersion > 0 ? "ir " + std::to_string(model.irVersion) + "\n" : "";
  out += "opset " + std::to_string(model.opset());
  for (const auto& [domain, version] : model.opsets) {
    if (!domain.empty()) out += ", " + word(domain) + " " + std::to_string(version);
  }
  return out + "\n" + text(model.graph, options);
}

}  // namespace deploytool::ir
