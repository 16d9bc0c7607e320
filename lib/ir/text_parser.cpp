// Parsing of the text form: a recursive descent.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "ir/text.h"
#include "ir/text_cursor.h"

namespace deploytool::ir {
namespace {

// ---- models -------------------------------------------------------------------------------------------------------

class Parser {
 public:
  explicit Parser(std::string_view text) : in_(text) {}

  bool model(Model& model);
  Diagnostic error() const {
    return makeError(ExitCode::BadInput, "line " + std::to_string(in_.line()) + ": " + in_.message());
  }

 private:
  struct Scope {
    std::unordered_map<std::string, Value*> values;
    const Scope* up = nullptr;
  };
  struct Declaration {
    std::string name;
    Type type;
    std::optional<Dims> elements;
  };

  bool graph(Graph& graph, const Scope* up, int depth);
  bool statement(Graph& graph, Scope& scope, int depth);
  bool node(Graph& graph, std::vector<Declaration> outputs, Scope& scope, int depth);
  Declaration declaration();
  Type type();
  TensorPtr tensor(DType dtype, const std::vector<int64_t>& dims);
  TensorPtr typedTensor();
  Attribute attribute(Graph& graph, const Scope& scope, int depth);
  Attribute::Payload payload(Graph& graph, const Scope& scope, int depth);
  Attribute::Payload list(Graph& graph, const Scope& scope, int depth);
  Attribute::Payload numberPayload();
  Value* use(const Scope& scope);
  void define(Scope& scope, Value* value, const Declaration& declared);

  TextCursor in_;
};

bool Parser::model(Model& model) {
  if (in_.acceptWord("ir")) model.irVersion = in_.integer();
  while (in_.acceptWord("opset")) {
    do {
      const char c = in_.peek();
      const std::string domain = std::isdigit(static_cast<unsigned char>(c)) ? "" : in_.word();
      model.opsets[domain] = in_.integer();
    } while (in_.accept(","));
  }
  if (model.opsets.empty()) model.opsets[""] = 13;
  if (!in_.acceptWord("graph")) return in_.fail("expected 'graph'");
  return graph(model.graph, nullptr, 0) && (in_.atEnd() || in_.fail("expected the end"));
}

bool Parser::graph(Graph& graph, const Scope* up, int depth) {
  if (depth > kMaxTextDepth) return in_.fail("graphs are nested too deeply");
  Scope scope{{}, up};
  if (in_.peek() != '(') graph.name = in_.word();
  in_.expect("(");
  while (!in_.failed() && !in_.accept(")")) {
    const Declaration input = declaration();
    define(scope, graph.addInput(input.name, {}), input);
    if (!in_.accept(",") && in_.peek() != ')') in_.fail("expected ')'");
  }
  in_.expect("->");
  in_.expect("(");
  std::vector<std::string> outputs;
  while (!in_.failed() && !in_.accept(")")) {
    outputs.push_back(in_.word());
    if (!in_.accept(",") && in_.peek() != ')') in_.fail("expected ')'");
  }
  in_.expect("{");
  while (!in_.failed() && !in_.accept("}")) statement(graph, scope, depth);
  for (const std::string& name : outputs) {
    const Scope* at = &scope;
    while (at && !at->values.count(name)) at = at->up;
    if (!at) return in_.fail("output '" + name + "' is not defined");
    graph.addOutput(at->values.at(name));
  }
  return !in_.failed();
}

void Parser::define(Scope& scope, Value* value, const Declaration& declared) {
  value->name = declared.name == "_" || declared.name.starts_with('%') ? "" : declared.name;
  if (declared.type.kind != Type::Kind::Unknown) value->type = declared.type;
  value->elements = declared.elements;
  if (declared.name == "_") return;
  if (!scope.values.emplace(declared.name, value).second) in_.fail("'" + declared.name + "' is defined twice");
}

Parser::Declaration Parser::declaration() {
  Declaration d;
  d.name = in_.word();
  if (in_.peek() == ':' && in_.accept(":")) d.type = type();
  if (in_.peek() == '{') d.elements = readDims(in_, "{", "}");
  return d;
}

Type Parser::type() {
  const std::string name = in_.word();
  if (name == "seq" || name == "optional") {
    in_.expect("(");
    Type element = in_.failed() ? Type() : type();
    in_.expect(")");
    return name == "seq" ? Type::sequence(std::move(element)) : Type::optional(std::move(element));
  }
  if (name == "unknown") return {};
  const auto dtype = name == "undefined" ? DType::Undefined : dtypeFromName(name);
  if (!dtype) {
    in_.fail("'" + name + "' is no type");
    return {};
  }
  if (in_.peek() != '[') return Type::tensor(*dtype);
  return Type::tensor(*dtype, readDims(in_, "[", "]"));
}

// `a, b = Op(...)`, `w: float32[2] = {1, 2}`, or `Op(...)` without outputs.
bool Parser::statement(Graph& graph, Scope& scope, int depth) {
  std::vector<Declaration> outputs;
  do outputs.push_back(declaration());
  while (!in_.failed() && in_.accept(","));
  if (!in_.expect("=")) return false;
  if (in_.peek() != '{') return node(graph, std::move(outputs), scope, depth);
  const Declaration& d = outputs[0];
  const auto dims = d.type.dims ? literals(*d.type.dims) : std::nullopt;
  if (!dims || outputs.size() != 1) return in_.fail("a constant needs literal dims");
  const TensorPtr constant = tensor(d.type.dtype, *dims);
  if (in_.failed()) return false;
  // A default of an input that is declared already.
  const auto existing = scope.values.find(d.name);
  if (existing != scope.values.end() && existing->second->isGraphInput()) {
    graph.setDefault(existing->second, constant);
  } else {
    define(scope, graph.addInitializer(d.name, constant), d);
  }
  return !in_.failed();
}

bool Parser::node(Graph& graph, std::vector<Declaration> outputs, Scope& scope, int depth) {
  std::string domain, opType = in_.word();
  if (in_.accept("::")) {
    domain = std::move(opType);
    opType = in_.word();
  }
  Attributes attributes;
  if (in_.accept("<")) {
    do attributes.push_back(attribute(graph, scope, depth));
    while (!in_.failed() && in_.accept(","));
    in_.expect(">");
  }
  in_.expect("(");
  std::vector<Value*> inputs;
  while (!in_.failed() && !in_.accept(")")) {
    inputs.push_back(use(scope));
    if (!in_.accept(",") && in_.peek() != ')') in_.fail("expected ')'");
  }
  if (in_.failed()) return false;
  Node* node =
      graph.addNode(std::move(opType), inputs, outputs.size(), std::move(attributes), nullptr, std::move(domain));
  if (in_.accept("@")) node->name = in_.word();
  for (size_t i = 0; i < outputs.size(); ++i) define(scope, node->output(i), outputs[i]);
  return !in_.failed();
}

Value* Parser::use(const Scope& scope) {
  const std::string name = in_.word();
  if (name == "_") return nullptr;
  for (const Scope* at = &scope; at; at = at->up) {
    const auto it = at->values.find(name);
    if (it != at->values.end()) return it->second;
  }
  in_.fail("'" + name + "' is not defined");
  return nullptr;
}

// ---- constants ----------------------------------------------------------------------------------------------------

TensorPtr Parser::typedTensor() {
  const Type t = type();
  const auto dims = t.dims ? literals(*t.dims) : std::nullopt;
  if (!dims) {
    in_.fail("a constant needs literal dims");
    return {};
  }
  return tensor(t.dtype, *dims);
}

std::string unhex(const std::string& digits) {
  std::string out;
  for (size_t i = 0; i + 2 <= digits.size(); i += 2) {
    int value = 0;
    std::from_chars(digits.data() + i, digits.data() + i + 2, value, 16);
    out += static_cast<char>(value);
  }
  return out;
}

// One element stands for all.
TensorPtr Parser::tensor(DType dtype, const std::vector<int64_t>& dims) {
  std::vector<std::string> items;
  in_.expect("{");
  while (!in_.failed() && !in_.accept("}")) {
    items.push_back(in_.peek() == '"' ? in_.string() : in_.numeral());
    if (!in_.accept(",") && in_.peek() != '}') in_.fail("expected '}'");
  }
  int64_t numel = 1;
  for (int64_t d : dims) {
    if (d < 0 || __builtin_mul_overflow(numel, d, &numel)) in_.fail("dims are negative or too large");
  }
  if (in_.failed()) return {};
  if (dtype == DType::String) return std::make_shared<Tensor>(Tensor::strings(dims, items));
  if (isComplex(dtype) && items.size() == 1) {
    const std::string bytes = unhex(items[0]);
    return std::make_shared<Tensor>(Tensor::copy(dtype, dims, std::as_bytes(std::span(bytes))));
  }
  const auto one = [&](const std::string& item) {
    if (!isFloating(dtype) && item.find_first_of(".e") == std::string::npos) {
      return Tensor::of(DType::Int64, {},
                        std::vector<int64_t>{static_cast<int64_t>(std::strtoll(item.c_str(), nullptr, 10))});
    }
    return Tensor::scalar(DType::Float64, std::strtod(item.c_str(), nullptr));
  };
  if (items.size() == 1 && numel != 1) {
    return std::make_shared<Tensor>(Tensor::full(dtype, dims, one(items[0]).toDoubles()[0]));
  }
  if (static_cast<int64_t>(items.size()) != numel) {
    in_.fail(std::to_string(items.size()) + " elements where the dims need " + std::to_string(numel));
    return {};
  }
  std::vector<std::byte> bytes;
  for (const std::string& item : items) {
    const Tensor value = one(item);
    const bool wide = dtype == DType::Int64 || dtype == DType::UInt64;
    const Tensor cast = wide ? value : Tensor::scalar(dtype, value.toDoubles()[0]);
    bytes.insert(bytes.end(), cast.data(), cast.data() + itemSize(dtype));
  }
  return std::make_shared<Tensor>(Tensor::copy(dtype, dims, bytes));
}

// ---- attributes ---------------------------------------------------------------------------------------------------

Attribute Parser::attribute(Graph& graph, const Scope& scope, int depth) {
  std::string name = in_.word();
  in_.expect("=");
  return Attribute(std::move(name), payload(graph, scope, depth));
}

Attribute::Payload Parser::numberPayload() {
  const std::string digits = in_.numeral();
  if (digits.find_first_of(".einf") != std::string::npos) return std::strtof(digits.c_str(), nullptr);
  return static_cast<int64_t>(std::strtoll(digits.c_str(), nullptr, 10));
}

Attribute::Payload Parser::payload(Graph& graph, const Scope& scope, int depth) {
  if (in_.acceptWord("graph")) {
    auto inner = std::make_unique<Graph>();
    inner->outer = &graph;
    this->graph(*inner, &scope, depth + 1);
    return inner;
  }
  if (in_.acceptWord("opaque")) return Attribute::Opaque{unhex(in_.string())};
  if (in_.accept("ints[]")) return std::vector<int64_t>();
  if (in_.accept("floats[]")) return std::vector<float>();
  if (in_.accept("strings[]")) return std::vector<std::string>();
  if (in_.accept("tensors[]")) return std::vector<TensorPtr>();
  if (in_.accept("graphs[]")) return Attribute::Graphs();
  const char c = in_.peek();
  if (c == '[') return list(graph, scope, depth);
  if (c == '"') return in_.string();
  const bool number = std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.';
  if (number) return numberPayload();
  if (in_.acceptWord("inf")) return std::numeric_limits<float>::infinity();
  if (in_.acceptWord("nan")) return std::numeric_limits<float>::quiet_NaN();
  return typedTensor();
}

Attribute::Payload Parser::list(Graph& graph, const Scope& scope, int depth) {
  in_.expect("[");
  std::vector<Attribute::Payload> items;
  do items.push_back(payload(graph, scope, depth));
  while (!in_.failed() && in_.accept(","));
  in_.expect("]");
  const auto collect = [&](auto list) -> Attribute::Payload {
    for (auto& item : items) {
      if (auto* value = std::get_if<typename decltype(list)::value_type>(&item)) {
        list.push_back(std::move(*value));
      } else {
        in_.fail("items of a list differ in type");
      }
    }
    return list;
  };
  switch (items[0].index()) {
    case 0: return collect(std::vector<int64_t>());
    case 1: return collect(std::vector<float>());
    case 2: return collect(std::vector<std::string>());
    case 3: return collect(std::vector<TensorPtr>());
    case 4: return collect(Attribute::Graphs());
    default: in_.fail("a list of this is not possible"); return int64_t{0};
  }
}

}  // namespace

Result<std::unique_ptr<Model>> parseModel(std::string_view text) {
  auto model = std::make_unique<Model>();
  Parser parser(text);
  if (parser.model(*model)) return model;
  return parser.error();
}

std::optional<Dim> parseDim(std::string_view text) {
  TextCursor in(text);
  Dim dim = readDim(in);
  return !in.failed() && in.atEnd() ? std::optional(std::move(dim)) : std::nullopt;
}

}  // namespace deploytool::ir
