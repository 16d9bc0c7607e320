// Making tensors for a call (arguments.h).
#include "tests/generator/arguments.h"

#include <algorithm>
#include <cmath>
#include <sstream>

namespace deploytool::testing::generator {

namespace {

using ir::DType;

/// Parts of a tensor's spec: `[*,i]=f~0..1`.
struct TensorSpec {
  bool hasDims = false;
  std::string dims, classes, fill;
};

TensorSpec parseTensor(const std::string& spec) {
  TensorSpec result;
  size_t at = 0;
  if (spec.starts_with("[")) {
    at = spec.find(']') + 1;
    result.hasDims = true;
    result.dims = spec.substr(1, at - 2);
  }
  const size_t fill = spec.find('~', at);
  if (at < spec.size() && spec[at] == '=') result.classes = spec.substr(at + 1, (fill == std::string::npos ? spec.size() : fill) - at - 1);
  if (fill != std::string::npos) result.fill = spec.substr(fill + 1);
  return result;
}

std::vector<DType> dtypesOf(char c) {
  switch (c) {
    case 'f': return {DType::Float32, DType::Float32, DType::Float32, DType::Float64};
    case 'q': return {DType::Float32};
    case 'h': return {DType::Float16};
    case 'i': return {DType::Int64, DType::Int64, DType::Int32};
    case 'l': return {DType::Int64};
    case 'b': return {DType::Bool};
    case 'u': return {DType::UInt8};
    case 'c': return {DType::Complex64};
    default: return {};
  }
}

ir::TensorPtr filled(RandomSource& random, DType dtype, const std::vector<Size>& dims, size_t set, const std::string& fill) {
  std::vector<int64_t> sizes;
  int64_t count = 1;
  for (const Size& d : dims) sizes.push_back(d[set]), count *= d[set];
  const bool isFloat = ir::isFloating(dtype);
  double lo = isFloat ? -2 : dtype == DType::UInt8 ? 0 : -3, hi = isFloat ? 2 : dtype == DType::UInt8 ? 8 : 5;
  const size_t range = fill.find("..");
  if (range != std::string::npos) lo = std::stod(fill.substr(0, range)), hi = std::stod(fill.substr(range + 2));
  if (dtype == DType::Bool) lo = 0, hi = 2;
  if (dtype == DType::UInt8) lo = std::max(lo, 0.0);
  const bool onGrid = random.chance(0.5) && fill.empty();
  std::vector<double> values, listed;
  for (int64_t i = 0; i < count; ++i) {
    double v = random.uniform(lo, hi);
    if (onGrid) v = std::floor(v * 4) / 4;
    if (!isFloat) v = std::floor(v);
    if (fill == "e") v = static_cast<double>(i);
    if (fill == "d") v = static_cast<double>(i) * (isFloat ? 0.375 : 1) - (dtype == DType::UInt8 ? 0 : 2);
    values.push_back(v);
  }
  std::istringstream given(fill.find('/') == std::string::npos ? "" : fill);
  for (std::string part; std::getline(given, part, '/');) listed.push_back(std::stod(part));
  for (size_t i = 0; i < values.size() && !listed.empty(); ++i) values[i] = listed[i % listed.size()];
  if (fill == "d" || fill == "e") random.shuffle(values);
  if (fill == "o") std::sort(values.begin(), values.end());
  std::string bytes(values.size() * ir::itemSize(dtype), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    ir::Tensor::scalar(dtype, values[i]).gather(reinterpret_cast<std::byte*>(bytes.data() + i * ir::itemSize(dtype)));
  return std::make_shared<const ir::Tensor>(ir::Tensor::copy(dtype, sizes, std::as_bytes(std::span(bytes))));
}

Size all(int64_t size) {
  Size result;
  result.fill(size);
  return result;
}

bool isConstant(const Size& size) { return std::all_of(size.begin(), size.end(), [&](int64_t s) { return s == size[0]; }); }

}  // namespace

/// `*,i,2*c,1+w,2+2*h`
struct ArgumentMaker::Pattern {
  struct Token {
    int64_t factor = 1, plus = 0;
    std::string letter;  ///< empty: a number, `plus`
    bool isStar = false;
  };
  std::vector<Token> tokens;

  explicit Pattern(const std::string& text) {
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, ',');) {
      Token token;
      if (const size_t plus = part.find('+'); plus != std::string::npos) token.plus = std::stoll(part), part.erase(0, plus + 1);
      const size_t times = part.find('*');
      if (part == "*") token.isStar = true;
      else if (times != std::string::npos) token.factor = std::stoll(part.substr(0, times)), token.letter = part.substr(times + 1);
      else if (std::isdigit(static_cast<unsigned char>(part[0]))) token.plus = std::stoll(part);
      else token.letter = part;
      tokens.push_back(token);
    }
  }
  bool hasStar() const {
    return std::any_of(tokens.begin(), tokens.end(), [](const Token& t) { return t.isStar; });
  }
};

Size ArgumentMaker::pickSize() {
  if (!scope_.symbols.empty() && random_.chance(0.45)) {
    auto it = scope_.symbols.begin();
    std::advance(it, random_.below(scope_.symbols.size()));
    return it->second;
  }
  return all(random_.chance(0.02) ? 0 : random_.between(1, 4));
}

std::optional<std::vector<Size>> ArgumentMaker::resolve(const Pattern& pattern) {
  std::vector<Size> dims;
  for (const auto& token : pattern.tokens) {
    if (token.isStar) {
      if (!star_) {
        star_.emplace();
        for (size_t i = random_.below(3); i > 0; --i) star_->push_back(pickSize());
      }
      dims.insert(dims.end(), star_->begin(), star_->end());
      continue;
    }
    if (token.letter.empty()) {
      dims.push_back(all(token.plus));
      continue;
    }
    if (!sizes_.count(token.letter)) sizes_[token.letter] = pickSize();
    Size size = sizes_[token.letter];
    for (int64_t& s : size) s = s * token.factor + token.plus;
    dims.push_back(size);
  }
  return dims;
}

bool ArgumentMaker::matches(const Pattern& pattern, const std::vector<Size>& dims) {
  const size_t fixed = pattern.tokens.size() - (pattern.hasStar() ? 1 : 0);
  if (dims.size() < fixed || dims.size() > fixed + (pattern.hasStar() ? 2 : 0)) return false;
  auto sizes = sizes_;
  auto star = star_;
  size_t at = 0;
  for (const auto& token : pattern.tokens) {
    if (token.isStar) {
      const std::vector<Size> here(dims.begin() + static_cast<std::ptrdiff_t>(at), dims.begin() + static_cast<std::ptrdiff_t>(at + dims.size() - fixed));
      if (star && *star != here) return false;
      star = here;
      at += here.size();
      continue;
    }
    Size size = dims[at++];
    for (int64_t& s : size) {
      if (s < token.plus || (s - token.plus) % token.factor != 0) return false;
      s = (s - token.plus) / token.factor;
    }
    if (token.letter.empty() ? size != all(0) : sizes.count(token.letter) && sizes[token.letter] != size) return false;
    if (!token.letter.empty()) sizes[token.letter] = size;
  }
  sizes_ = sizes, star_ = star;
  return true;
}

bool ArgumentMaker::accepts(DType dtype, const std::string& classes) const {
  if (classes.empty()) return !ir::isComplex(dtype);
  for (char c : classes) {
    if (c == 's' && first_ && first_->dtype == dtype) return true;
    for (DType d : dtypesOf(c))
      if (d == dtype) return true;
  }
  return false;
}

DType ArgumentMaker::pickDtype(const std::string& classes, const std::string& fill) {
  static const std::vector<char> kAny{'f', 'f', 'f', 'f', 'f', 'i', 'i', 'i', 'b', 'u', 'h'};
  char c = classes.empty() ? random_.pick(kAny) : classes[random_.below(classes.size())];
  if (classes.empty() && first_ && random_.chance(0.65)) c = 's';
  if (c == 's') return first_ ? first_->dtype : DType::Float32;
  if (fill == "d" && c == 'b') c = 'f';
  return random_.pick(dtypesOf(c));
}

std::string ArgumentMaker::symbolFor(const Size& size) {
  if (isConstant(size)) return {};
  for (const auto* symbols : {&scope_.symbols, static_cast<const std::map<std::string, Size>*>(&newSymbols_)})
    for (const auto& [name, value] : *symbols)
      if (value == size) return name;
  const std::string name = "s" + std::to_string(scope_.symbols.size() + newSymbols_.size());
  newSymbols_[name] = size;
  return name;
}

Argument ArgumentMaker::use(const Variable& variable) {
  if (!first_ && variable.kind == Kind::Tensor) first_ = variable;
  return {variable.name, variable.values, {variable.name}};
}

Argument ArgumentMaker::addInput(DType dtype, const std::vector<Size>& dims, const std::string& fill) {
  Input input;
  input.variable.name = "x" + std::to_string(scope_.inputs + newInputs_.size());
  input.variable.dtype = dtype;
  input.variable.dims = dims;
  for (size_t set = 0; set < kSets; ++set) input.variable.values[set].data = filled(random_, dtype, dims, set, fill);
  for (const Size& size : dims) input.symbols.push_back(symbolFor(size));
  newInputs_.push_back(input);
  return use(input.variable);
}

/// An input holds real and imaginary parts; the call takes them as one.
Argument ArgumentMaker::addComplexInput(const std::vector<Size>& dims) {
  std::vector<Size> parts = dims;
  parts.push_back(all(2));
  const auto before = first_;
  Argument result = addInput(DType::Float32, parts, "");
  Variable variable = newInputs_.back().variable;
  variable.dtype = DType::Complex64, variable.dims = dims;
  for (ts::Value& value : variable.values) {
    const ir::Tensor& real = *std::get<ir::TensorPtr>(value.data);
    const std::vector<int64_t> sizes(real.dims().begin(), real.dims().end() - 1);
    std::string bytes(static_cast<size_t>(real.numel()) * sizeof(float), '\0');
    real.gather(reinterpret_cast<std::byte*>(bytes.data()));
    value.data = std::make_shared<const ir::Tensor>(ir::Tensor::copy(DType::Complex64, sizes, std::as_bytes(std::span(bytes))));
  }
  result.values = variable.values;
  result.text = "torch.view_as_complex(" + result.text + ")";
  first_ = before ? before : variable;
  return result;
}

/// Dims that broadcast with the first tensor's.
std::vector<Size> ArgumentMaker::related() {
  std::vector<Size> dims = first_->dims;
  if (random_.chance(0.5)) return dims;
  for (Size& d : dims)
    if (random_.chance(0.3)) d = all(1);
  while (!dims.empty() && random_.chance(0.3)) dims.erase(dims.begin());
  return dims;
}

std::vector<Size> ArgumentMaker::anyDims() {
  static const std::vector<size_t> kRanks{0, 1, 1, 2, 2, 2, 3, 3, 4, 5};
  std::vector<Size> dims;
  for (size_t i = random_.pick(kRanks); i > 0; --i) dims.push_back(pickSize());
  return dims;
}

bool ArgumentMaker::broadcasts(const std::vector<Size>& dims) const {
  for (size_t i = 0; i < std::min(dims.size(), first_->dims.size()); ++i) {
    const Size& a = dims[dims.size() - 1 - i];
    const Size& b = first_->dims[first_->dims.size() - 1 - i];
    for (size_t set = 0; set < kSets; ++set)
      if (a[set] != b[set] && a[set] != 1 && b[set] != 1) return false;
  }
  return true;
}

std::optional<Argument> ArgumentMaker::tensor(const std::string& text) {
  const TensorSpec spec = parseTensor(text);
  const Pattern pattern(spec.dims);
  std::vector<const Variable*> candidates;
  const bool mayReuse = spec.fill.empty() && random_.chance(0.65);
  for (const Variable& v : scope_.variables)
    if (mayReuse && v.kind == Kind::Tensor && accepts(v.dtype, spec.classes)) candidates.push_back(&v);
  random_.shuffle(candidates);
  for (const Variable* v : candidates) {
    const bool fits = spec.hasDims ? matches(pattern, v->dims) : !first_ || broadcasts(v->dims);
    if (fits) return use(*v);
  }
  const DType dtype = pickDtype(spec.classes, spec.fill);
  const auto dims = spec.hasDims ? resolve(pattern) : first_ ? related() : anyDims();
  if (!dims) return {};
  return ir::isComplex(dtype) ? addComplexInput(*dims) : addInput(dtype, *dims, spec.fill);
}

}  // namespace deploytool::testing::generator
