// Reads inference cases and checks their outputs.
#include "infer_table.h"

#include <cctype>
#include <stdexcept>

#include "ir/infer.h"
#include "tests/catch.h"

namespace deploytool::ir::test {
namespace {

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Type type() {
    if (take("seq(")) return wrapped(Type::sequence);
    if (take("opt(")) return wrapped(Type::optional);
    if (take("?")) return {};
    const auto dtype = dtypeFromName(word());
    if (!dtype) fail("dtype");
    Type result = Type::tensor(*dtype);
    if (take("[")) result.dims = list("]");
    return result;
  }

  Dims list(const char* end) {
    Dims result;
    if (take(end)) return result;
    do result.push_back(sum());
    while (take(","));
    expect(end);
    return result;
  }

  std::vector<long double> numbers() {
    std::vector<long double> result;  // holds every int64
    while (!done()) {
      size_t used = 0;
      result.push_back(std::stold(text_.substr(at_), &used));
      at_ += used;
      take(",");
    }
    return result;
  }

  Dim sum() {
    Dim result = take("-") ? -product() : product();
    for (;;) {
      if (take("+"))
        result = result + product();
      else if (take("-"))
        result = result - product();
      else
        return result;
    }
  }

  bool take(const std::string& token) {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    if (text_.compare(at_, token.size(), token) != 0) return false;
    at_ += token.size();
    return true;
  }
  bool done() {
    take("");
    return at_ == text_.size();
  }
  void expect(const std::string& token) {
    if (!take(token)) fail(token);
  }

 private:
  Type wrapped(Type (*wrap)(Type)) {
    Type inner = type();
    expect(")");
    return wrap(std::move(inner));
  }

  Dim product() {
    Dim result = factor();
    while (take("*")) result = result * factor();
    return result;
  }

  Dim factor() {
    const std::string name = word();
    if (name.empty()) fail("dim");
    if (std::isdigit(static_cast<unsigned char>(name[0]))) return std::stoll(name);
    if (!take("(")) return Dim::symbol(name, name[0] != '$');
    const Dims operands = list(")");
    if (operands.size() == 2 && name == "floordiv") return floorDiv(operands[0], operands[1]);
    if (operands.size() == 2 && name == "min") return min(operands[0], operands[1]);
    if (operands.size() == 2 && name == "max") return max(operands[0], operands[1]);
    fail(name);
  }

  std::string word() {
    take("");
    const size_t start = at_;
    auto inWord = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '?';
    };
    while (at_ < text_.size() && inWord(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  [[noreturn]] void fail(const std::string& wanted) const {
    throw std::runtime_error("no " + wanted + " at " + std::to_string(at_) + " of " + text_);
  }

  const std::string& text_;
  size_t at_ = 0;
};

TensorPtr makeConstant(const Type& type, const std::vector<long double>& numbers) {
  const auto dims = literals(type.dims.value()).value();
  if (type.dtype == DType::Float32)
    return std::make_shared<Tensor>(Tensor::of(type.dtype, dims, std::vector<float>(numbers.begin(), numbers.end())));
  if (type.dtype == DType::Int32)
    return std::make_shared<Tensor>(Tensor::of(type.dtype, dims, std::vector<int32_t>(numbers.begin(), numbers.end())));
  if (type.dtype == DType::Bool || type.dtype == DType::UInt8 || type.dtype == DType::Int8)
    return std::make_shared<Tensor>(Tensor::of(type.dtype, dims, std::vector<uint8_t>(numbers.begin(), numbers.end())));
  if (type.dtype == DType::Int64)
    return std::make_shared<Tensor>(Tensor::of(type.dtype, dims, std::vector<int64_t>(numbers.begin(), numbers.end())));
  throw std::runtime_error("no constants of this dtype in tables");
}

using Values = std::map<std::string, int64_t>;

void replaceSymbols(Dims& dims, const Values& values) {
  std::map<std::string, Dim> replacements(values.begin(), values.end());
  for (Dim& dim : dims) dim = dim.substitute(replacements);
}

void replaceSymbols(Type& type, const Values& values) {
  if (type.dims) replaceSymbols(*type.dims, values);
  if (!type.element) return;
  Type element = *type.element;
  replaceSymbols(element, values);
  type.element = std::make_shared<const Type>(std::move(element));
}

Value* addInput(Graph& graph, const std::string& text, size_t i, const Values* values) {
  if (text.empty()) return nullptr;
  Parser parser(text);
  Type type = parser.type();
  const std::string name = "in" + std::to_string(i);
  if (parser.take("=")) return graph.addInitializer(name, makeConstant(type, parser.numbers()));
  std::optional<Dims> elements;
  if (parser.take("{")) elements = parser.list("}");
  if (values) {
    replaceSymbols(type, *values);
    if (elements) replaceSymbols(*elements, *values);
  }
  Value* input = graph.addInput(name, std::move(type));
  input->elements = std::move(elements);
  return input;
}

}  // namespace

Dim parseDim(const std::string& text) { return Parser(text).sum(); }
Type parseType(const std::string& text) { return Parser(text).type(); }

std::unique_ptr<BuiltCase> build(const InferCase& row, const Values* values) {
  auto built = std::make_unique<BuiltCase>();
  std::vector<Value*> inputs;
  for (size_t i = 0; i < row.inputs.size(); ++i) inputs.push_back(addInput(built->graph, row.inputs[i], i, values));
  built->node =
      built->graph.addNode(row.opType, inputs, row.outputs.size(), Attributes(row.attributes), nullptr, row.domain);
  return built;
}

std::string describe(const Value& value) {
  std::string result = text(value.type);
  if (!value.elements) return result;
  result += " {";
  for (size_t i = 0; i < value.elements->size(); ++i) result += (i ? ", " : "") + (*value.elements)[i].text();
  return result + "}";
}

void checkTable(const InferTable& table) {
  size_t index = 0;
  for (const InferCase& row : table) {
    INFO("row " << index++ << ": " << row.opType);
    auto built = build(row);
    for (size_t i = 0; i < row.inputs.size(); ++i) UNSCOPED_INFO("input " << i << ": " << row.inputs[i]);
    SymbolSource symbols;
    CHECK(infer(*built->node, symbols, row.opset));
    std::vector<std::string> outputs;
    for (const Value* output : built->node->outputs()) outputs.push_back(describe(*output));
    CHECK(outputs == row.outputs);
  }
}

std::vector<const InferTable*> inferTables() {
  return {&elementwiseTable(), &shapeTable(),    &indexingTable(), &linearTable(),       &spatialTable(),
          &reductionTable(),   &creationTable(), &layerTable(),    &quantizationTable(), &sequenceTable()};
}

}  // namespace deploytool::ir::test
