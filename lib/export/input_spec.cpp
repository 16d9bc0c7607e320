// Recursive descent over `NAME:SPEC` and `--dynamic-axes`. The first error ends it, with a caret under its place.
#include "export/input_spec.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

#include "export/spec_scanner.h"

namespace deploytool::exporter {

namespace {

constexpr int kDeepestNesting = 64;

class SpecParser {
 public:
  explicit SpecParser(std::string_view text) : scan_(text) {}

  Result<InputSpec> input() {
    const size_t colon = scan_.text().find(':');
    if (colon == std::string_view::npos) return scan_.errorAt(scan_.text().size(), "expected NAME:SPEC");
    InputSpec input;
    input.name = trimmed(scan_.text().substr(0, colon));
    if (input.name.empty()) return scan_.errorAt(0, "expected the name of an input before ':'");
    scan_.moveTo(colon + 1);
    Result<Spec> spec = whole();
    if (!spec) return spec.error();
    input.spec = std::move(*spec);
    return input;
  }

  Result<Spec> whole() {
    Result<Spec> spec = one(0);
    if (spec && !scan_.atEnd()) return scan_.error("unexpected text after the specification");
    return spec;
  }

 private:
  Result<Spec> one(int depth) {
    const size_t begin = scan_.position();
    if (depth > kDeepestNesting) return scan_.error("nested too deeply");
    Result<Spec> spec = bare(depth);
    if (spec) spec->text = trimmed(scan_.text().substr(begin, scan_.offset() - begin));
    return spec;
  }

  Result<Spec> bare(int depth) {
    switch (scan_.peek()) {
      case '[': return sequence<ListSpec>('[', ']', depth);
      case '(': return sequence<TupleSpec>('(', ')', depth);
      case '{': return dict(depth);
      case '@': return file();
      case '"': return string();
      default: break;
    }
    if (std::isalpha(static_cast<unsigned char>(scan_.peek())) || scan_.peek() == '_') return wordSpec();
    return number();
  }

  template <class Container>
  Result<Spec> sequence(char open, char close, int depth) {
    Container container;
    scan_.accept(open);
    while (!scan_.accept(close)) {
      if (!container.items.empty() && !scan_.accept(',')) return scan_.error(expected(close));
      Result<Spec> item = one(depth + 1);
      if (!item) return item;
      container.items.push_back(std::move(*item));
    }
    return Spec{std::move(container), {}};
  }

  Result<Spec> dict(int depth) {
    DictSpec dict;
    scan_.accept('{');
    while (!scan_.accept('}')) {
      if (!dict.items.empty() && !scan_.accept(',')) return scan_.error(expected('}'));
      const size_t begin = scan_.position();
      Result<DictSpec::Key> key = dictKey();
      if (!key) return key.error();
      const auto same = [&](const auto& item) { return item.key == *key; };
      if (std::any_of(dict.items.begin(), dict.items.end(), same)) return scan_.errorAt(begin, "this key is there twice");
      if (!scan_.accept(':')) return scan_.error("expected ':' after the key");
      Result<Spec> item = one(depth + 1);
      if (!item) return item;
      dict.items.push_back({std::move(*key), std::move(*item)});
    }
    return Spec{std::move(dict), {}};
  }

  Result<DictSpec::Key> dictKey() {
    if (scan_.peek() == '"') {
      Result<std::string> text = scan_.jsonString();
      if (!text) return text.error();
      return DictSpec::Key(std::move(*text));
    }
    const std::string_view token = scan_.token();
    if (token.empty()) return scan_.error("expected a key: a word, an integer or a JSON string");
    int64_t number = 0;
    if (parsed(token, number)) return DictSpec::Key(number);
    return DictSpec::Key(std::string(token));
  }

  Result<Spec> file() {
    const size_t begin = scan_.position();
    scan_.accept('@');
    const std::string_view path = scan_.until(",])}");
    if (path.empty()) return scan_.errorAt(begin, "expected the path of a file after '@'");
    return Spec{FileSpec{trimmed(path)}, {}};
  }

  Result<Spec> string() {
    Result<std::string> text = scan_.jsonString();
    if (!text) return text.error();
    return Spec{LiteralSpec{std::move(*text)}, {}};
  }

  Result<Spec> wordSpec() {
    const size_t begin = scan_.position();
    const std::string_view word = scan_.word();
    if (scan_.peek() == '[') return tensor(word, begin);
    if (word == "none") return Spec{LiteralSpec{}, {}};
    if (word == "true" || word == "false") return Spec{LiteralSpec{word == "true"}, {}};
    if (word == "inf") return Spec{LiteralSpec{std::numeric_limits<double>::infinity()}, {}};
    if (word == "nan") return Spec{LiteralSpec{std::numeric_limits<double>::quiet_NaN()}, {}};
    if (ir::dtypeFromName(word)) return scan_.error("expected '[' and the dims after the dtype", "a scalar is " + std::string(word) + "[]");
    return scan_.errorAt(begin, "'" + std::string(word) + "' is neither a dtype nor a literal", knownDtypes());
  }

  static std::string knownDtypes() {
    return "dtypes: float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool; literals: 3, -2.5e-3, inf, nan, "
           "true, false, none, \"text\"";
  }

  Result<Spec> tensor(std::string_view dtypeWord, size_t begin) {
    TensorSpec tensor;
    const auto dtype = ir::dtypeFromName(dtypeWord);
    if (!dtype || !isInputDtype(*dtype)) {
      return scan_.errorAt(begin, "'" + std::string(dtypeWord) + "' is no dtype of an input", knownDtypes());
    }
    tensor.dtype = *dtype;
    scan_.accept('[');
    while (!scan_.accept(']')) {
      if (!tensor.dims.empty() && !scan_.accept(',')) return scan_.error(expected(']'));
      Result<DimSpec> dim = dimension();
      if (!dim) return dim.error();
      tensor.dims.push_back(std::move(*dim));
    }
    return Spec{std::move(tensor), {}};
  }

  static bool isInputDtype(ir::DType dtype) {
    switch (dtype) {
      case ir::DType::Float32: case ir::DType::Float64: case ir::DType::Float16: case ir::DType::BFloat16:
      case ir::DType::Int64: case ir::DType::Int32: case ir::DType::Int16: case ir::DType::Int8:
      case ir::DType::UInt8: case ir::DType::Bool:
        return true;
      default: return false;
    }
  }

  Result<DimSpec> dimension() {
    if (scan_.accept('?')) return DimSpec{DimSpec::Kind::Anonymous, 0, {}, {}};
    const size_t begin = scan_.position();
    const std::string_view token = scan_.token();
    DimSpec dim;
    if (token.empty()) return scan_.errorAt(begin, "expected a dim: a size, a name or '?'");
    if (parsed(token, dim.size)) {
      return dim.size < 0 ? Result<DimSpec>(scan_.errorAt(begin, "a size cannot be negative")) : Result<DimSpec>(dim);
    }
    if (token.find_first_not_of("0123456789") == std::string_view::npos) return scan_.errorAt(begin, "this size is too large");
    if (!isIdentifier(token)) return scan_.errorAt(begin, "expected a dim: a size, a name or '?'");
    dim = {DimSpec::Kind::Symbol, 0, std::string(token), {}};
    if (!scan_.accept('=')) return dim;
    const size_t number = scan_.position();
    int64_t example = 0;
    if (!parsed(scan_.token(), example) || example < 0) return scan_.errorAt(number, "expected the example size of '" + dim.name + "'");
    dim.example = example;
    return dim;
  }

  Result<Spec> number() {
    const size_t begin = scan_.position();
    const std::string_view token = scan_.token();
    int64_t integer = 0;
    if (parsed(token, integer)) return Spec{LiteralSpec{integer}, {}};
    if (token == "-inf") return Spec{LiteralSpec{-std::numeric_limits<double>::infinity()}, {}};
    double real = 0;
    const auto [end, failure] = std::from_chars(token.data(), token.data() + token.size(), real);
    const bool whole = !token.empty() && end == token.data() + token.size();
    if (whole && failure == std::errc::result_out_of_range) return scan_.errorAt(begin, "this number is too large");
    if (!whole || failure != std::errc()) return scan_.errorAt(begin, "expected a specification, such as float32[1,3] or 3");
    return Spec{LiteralSpec{real}, {}};
  }

  static std::string expected(char close) { return std::string("expected ',' or '") + close + "'"; }

  SpecScanner scan_;
};

struct TextOf {
  std::string operator()(const TensorSpec& tensor) const {
    std::string out(ir::dtypeName(tensor.dtype));
    out += '[';
    for (size_t i = 0; i < tensor.dims.size(); ++i) {
      const DimSpec& dim = tensor.dims[i];
      if (i > 0) out += ',';
      if (dim.kind == DimSpec::Kind::Literal) out += std::to_string(dim.size);
      if (dim.kind == DimSpec::Kind::Anonymous) out += '?';
      if (dim.kind == DimSpec::Kind::Symbol) out += dim.name + (dim.example ? "=" + std::to_string(*dim.example) : "");
    }
    return out + ']';
  }
  std::string operator()(const ListSpec& list) const { return "[" + joined(list.items) + "]"; }
  std::string operator()(const TupleSpec& tuple) const { return "(" + joined(tuple.items) + ")"; }
  std::string operator()(const DictSpec& dict) const {
    std::string out = "{";
    for (size_t i = 0; i < dict.items.size(); ++i) {
      const auto& [key, spec] = dict.items[i];
      if (i > 0) out += ',';
      out += std::holds_alternative<int64_t>(key) ? std::to_string(std::get<int64_t>(key)) : quoted(std::get<std::string>(key));
      out += ":" + text(spec);
    }
    return out + "}";
  }
  std::string operator()(const LiteralSpec& literal) const {
    struct Visitor {
      std::string operator()(std::monostate) const { return "none"; }
      std::string operator()(bool value) const { return value ? "true" : "false"; }
      std::string operator()(int64_t value) const { return std::to_string(value); }
      std::string operator()(double value) const { return numberText(value); }
      std::string operator()(const std::string& value) const { return quoted(value); }
    };
    return std::visit(Visitor{}, literal.value);
  }
  std::string operator()(const FileSpec& file) const { return "@" + file.path; }

  static std::string joined(const std::vector<Spec>& items) {
    std::string out;
    for (size_t i = 0; i < items.size(); ++i) out += (i > 0 ? "," : "") + text(items[i]);
    return out;
  }
};

}  // namespace

bool operator==(const DimSpec& a, const DimSpec& b) {
  return a.kind == b.kind && a.size == b.size && a.name == b.name && a.example == b.example;
}

Result<InputSpec> parseInputSpec(std::string_view text) { return SpecParser(text).input(); }
Result<Spec> parseSpec(std::string_view text) { return SpecParser(text).whole(); }
std::string text(const Spec& spec) { return std::visit(TextOf{}, spec.data); }

}  // namespace deploytool::exporter
