// Dim: polynomial arithmetic in canonical form, text, substitution and evaluation.
#include "ir/dim.h"

#include <algorithm>
#include <set>

#include "ir/dim_algebra.h"

namespace deploytool::ir {
namespace {

// Larger texts are named by a hash: nested operations would otherwise double them at every step.
constexpr size_t kMaxAtomText = 2048;
// More terms than any shape computation has; beyond it a product is an unknown.
constexpr size_t kMaxTerms = 2048;

std::string hashText(const std::string& text) {
  uint64_t a = 0xcbf29ce484222325u, b = 0x9e3779b97f4a7c15u;
  for (const char c : text) {
    a = (a ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    b = (b + static_cast<unsigned char>(c)) * 0xff51afd7ed558ccdu;
    b ^= b >> 29;
  }
  return std::to_string(a) + "_" + std::to_string(b);
}

const char* functionName(DimAtom::Kind kind) {
  switch (kind) {
    case DimAtom::Kind::FloorDiv: return "floordiv";
    case DimAtom::Kind::Mod: return "mod";
    case DimAtom::Kind::Min: return "min";
    case DimAtom::Kind::Max: return "max";
    case DimAtom::Kind::Symbol: break;
  }
  return "";
}

}  // namespace

// ---- construction -------------------------------------------------------------------------------------------------

const std::vector<DimTerm>& DimAlgebra::symbolic(const Dim& d) {
  static const std::vector<DimTerm> none;
  return d.symbolic_ ? *d.symbolic_ : none;
}

Dim DimAlgebra::withConstant(const Dim& d, int64_t constant) {
  Dim out = d;
  out.constant_ = constant;
  return out;
}

Dim DimAlgebra::fromTerms(std::vector<DimTerm> terms) {
  std::stable_sort(terms.begin(), terms.end(),
                   [](const DimTerm& a, const DimTerm& b) { return compare(a.atoms, b.atoms) < 0; });
  std::vector<DimTerm> joined;
  bool fits = true;
  for (DimTerm& term : terms) {
    if (!joined.empty() && compare(joined.back().atoms, term.atoms) == 0) {
      int64_t& sum = joined.back().coefficient;
      fits = !__builtin_add_overflow(sum, term.coefficient, &sum) && fits;
      if (sum == 0) joined.pop_back();
    } else if (term.coefficient != 0) {
      joined.push_back(std::move(term));
    }
  }
  Dim out;
  if (!joined.empty() && joined.back().atoms.empty()) {
    out.constant_ = joined.back().coefficient;
    joined.pop_back();
  }
  if (!joined.empty()) out.symbolic_ = std::make_shared<const std::vector<DimTerm>>(std::move(joined));
  return fits ? out : overflow("sum " + out.text());
}

Dim DimAlgebra::fromTerm(DimTerm term) {
  if (term.coefficient == 0) return {};
  if (term.atoms.empty()) return {term.coefficient};
  Dim out;
  out.symbolic_ = std::make_shared<const std::vector<DimTerm>>(1, std::move(term));
  return out;
}

Dim DimAlgebra::fromAtom(std::shared_ptr<const DimAtom> atom) { return fromTerm({1, {std::move(atom)}}); }

Dim DimAlgebra::operation(DimAtom::Kind kind, std::vector<Dim> operands) {
  auto atom = std::make_shared<DimAtom>();
  atom->kind = kind;
  atom->text = functionName(kind) + std::string("(");
  for (size_t i = 0; i < operands.size(); ++i) atom->text += (i ? ", " : "") + operands[i].text();
  atom->text += ")";
  if (atom->text.size() > kMaxAtomText) atom->text = functionName(kind) + ("_" + hashText(atom->text));
  atom->operands = std::move(operands);
  return fromAtom(std::move(atom));
}

Dim DimAlgebra::overflow(const std::string& key) { return Dim::symbol("?overflow_" + hashText(key), false); }

Dim Dim::symbol(std::string name, bool nonNegative) {
  auto atom = std::make_shared<DimAtom>();
  atom->text = name;
  atom->name = std::move(name);
  atom->nonNegative = nonNegative;
  return DimAlgebra::fromAtom(std::move(atom));
}

// ---- monomials ----------------------------------------------------------------------------------------------------

int DimAlgebra::compare(const DimAtom& a, const DimAtom& b) {
  if (&a == &b) return 0;
  const bool symbolA = a.kind == DimAtom::Kind::Symbol, symbolB = b.kind == DimAtom::Kind::Symbol;
  if (symbolA != symbolB) return symbolA ? -1 : 1;
  return a.text.compare(b.text);
}

int DimAlgebra::compare(const DimMonomial& a, const DimMonomial& b) {
  if (a.size() != b.size()) return a.size() > b.size() ? -1 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    if (const int order = compare(*a[i], *b[i])) return order;
  }
  return 0;
}

DimMonomial DimAlgebra::multiply(const DimMonomial& a, const DimMonomial& b) {
  DimMonomial out(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), out.begin(),
             [](const auto& x, const auto& y) { return compare(*x, *y) < 0; });
  return out;
}

std::optional<DimMonomial> DimAlgebra::divide(const DimMonomial& a, const DimMonomial& b) {
  DimMonomial out;
  size_t j = 0;
  for (const auto& atom : a) {
    if (j < b.size() && compare(*atom, *b[j]) == 0) {
      ++j;
    } else {
      out.push_back(atom);
    }
  }
  return j == b.size() ? std::optional(std::move(out)) : std::nullopt;
}

// ---- arithmetic ---------------------------------------------------------------------------------------------------

std::vector<DimTerm> Dim::terms() const {
  std::vector<DimTerm> all = DimAlgebra::symbolic(*this);
  if (constant_ != 0) all.push_back({constant_, {}});
  return all;
}

Dim operator+(const Dim& a, const Dim& b) {
  int64_t constant = 0;
  if (__builtin_add_overflow(a.constant_, b.constant_, &constant)) {
    return DimAlgebra::overflow("(" + a.text() + ") + (" + b.text() + ")");
  }
  if (a.isLiteral()) return DimAlgebra::withConstant(b, constant);
  if (b.isLiteral()) return DimAlgebra::withConstant(a, constant);
  std::vector<DimTerm> terms = *a.symbolic_;
  terms.insert(terms.end(), b.symbolic_->begin(), b.symbolic_->end());
  const Dim sum = DimAlgebra::fromTerms(std::move(terms));
  return DimAlgebra::withConstant(sum, constant);
}

Dim operator*(const Dim& a, const Dim& b) {
  const auto overflow = [&] { return DimAlgebra::overflow("(" + a.text() + ") * (" + b.text() + ")"); };
  int64_t product = 0;
  if (a.isLiteral() && b.isLiteral()) {
    return __builtin_mul_overflow(a.constant_, b.constant_, &product) ? overflow() : Dim(product);
  }
  if (a == Dim(1) || b == Dim(0)) return b;
  if (b == Dim(1) || a == Dim(0)) return a;
  const std::vector<DimTerm> left = a.terms(), right = b.terms();
  if (left.size() * right.size() > kMaxTerms) return overflow();
  std::vector<DimTerm> terms;
  terms.reserve(left.size() * right.size());
  for (const DimTerm& x : left) {
    for (const DimTerm& y : right) {
      if (__builtin_mul_overflow(x.coefficient, y.coefficient, &product)) return overflow();
      terms.push_back({product, DimAlgebra::multiply(x.atoms, y.atoms)});
    }
  }
  return DimAlgebra::fromTerms(std::move(terms));
}

Dim operator-(const Dim& a) { return a * Dim(-1); }
Dim operator-(const Dim& a, const Dim& b) {
  int64_t difference = 0;
  if (a.isLiteral() && b.isLiteral() && !__builtin_sub_overflow(a.constant_, b.constant_, &difference))
    return difference;
  return a + -b;
}

bool operator==(const Dim& a, const Dim& b) {
  if (a.constant_ != b.constant_) return false;
  if (a.symbolic_ == b.symbolic_) return true;
  if (!a.symbolic_ || !b.symbolic_ || a.symbolic_->size() != b.symbolic_->size()) return false;
  return std::equal(a.symbolic_->begin(), a.symbolic_->end(), b.symbolic_->begin(),
                    [](const DimTerm& x, const DimTerm& y) {
                      return x.coefficient == y.coefficient && DimAlgebra::compare(x.atoms, y.atoms) == 0;
                    });
}

// ---- questions ----------------------------------------------------------------------------------------------------

std::optional<std::string> Dim::asSymbol() const {
  if (!symbolic_ || constant_ != 0 || symbolic_->size() != 1) return {};
  const DimTerm& term = symbolic_->front();
  if (term.coefficient != 1 || term.atoms.size() != 1 || term.atoms[0]->kind != DimAtom::Kind::Symbol) return {};
  return term.atoms[0]->name;
}

bool Dim::isNonNegative() const { return isLiteral() ? constant_ >= 0 : DimAlgebra::provedNonNegative(*this); }

bool Dim::isPositive() const { return isLiteral() ? constant_ >= 1 : DimAlgebra::provedNonNegative(*this - Dim(1)); }

std::string Dim::text() const {
  if (isLiteral()) return std::to_string(constant_);
  std::string out;
  for (const DimTerm& term : terms()) {
    const bool negative = term.coefficient < 0;
    if (out.empty()) {
      out = negative ? "-" : "";
    } else {
      out += negative ? " - " : " + ";
    }
    const uint64_t size =
        negative ? 0 - static_cast<uint64_t>(term.coefficient) : static_cast<uint64_t>(term.coefficient);
    std::string factors = size == 1 && !term.atoms.empty() ? "" : std::to_string(size);
    for (const auto& atom : term.atoms) factors += (factors.empty() ? "" : "*") + atom->text;
    out += factors;
  }
  return out;
}

namespace {

void collectSymbols(const Dim& dim, std::set<std::string>& found) {
  for (const DimTerm& term : DimAlgebra::symbolic(dim)) {
    for (const auto& atom : term.atoms) {
      if (atom->kind == DimAtom::Kind::Symbol) found.insert(atom->name);
      for (const Dim& operand : atom->operands) collectSymbols(operand, found);
    }
  }
}

Dim applyOperation(DimAtom::Kind kind, const std::vector<Dim>& operands) {
  Dim result = operands.at(0);
  for (size_t i = 1; i < operands.size(); ++i) {
    switch (kind) {
      case DimAtom::Kind::FloorDiv: result = floorDiv(result, operands[i]); break;
      case DimAtom::Kind::Mod: result = mod(result, operands[i]); break;
      case DimAtom::Kind::Min: result = min(result, operands[i]); break;
      case DimAtom::Kind::Max: result = max(result, operands[i]); break;
      case DimAtom::Kind::Symbol: break;
    }
  }
  return result;
}

}  // namespace

std::vector<std::string> Dim::symbols() const {
  std::set<std::string> found;
  collectSymbols(*this, found);
  return {found.begin(), found.end()};
}

Dim Dim::substitute(const std::map<std::string, Dim>& replacements) const {
  if (isLiteral()) return *this;
  Dim sum(constant_);
  for (const DimTerm& term : *symbolic_) {
    Dim product(term.coefficient);
    for (const auto& atom : term.atoms) {
      if (atom->kind == DimAtom::Kind::Symbol) {
        const auto it = replacements.find(atom->name);
        product = product * (it == replacements.end() ? DimAlgebra::fromAtom(atom) : it->second);
        continue;
      }
      std::vector<Dim> operands;
      for (const Dim& operand : atom->operands) operands.push_back(operand.substitute(replacements));
      product = product * applyOperation(atom->kind, operands);
    }
    sum = sum + product;
  }
  return sum;
}

std::optional<int64_t> Dim::evaluate(const std::function<std::optional<int64_t>(const std::string&)>& valueOf) const {
  if (isLiteral()) return constant_;
  std::map<std::string, Dim> values;
  for (const std::string& symbol : symbols()) {
    const auto value = valueOf(symbol);
    if (!value) return {};
    values.emplace(symbol, *value);
  }
  return substitute(values).asLiteral();
}

// ---- lists of dims ------------------------------------------------------------------------------------------------

std::string text(const Dims& dims) {
  std::string out = "[";
  for (size_t i = 0; i < dims.size(); ++i) out += (i ? ", " : "") + dims[i].text();
  return out + "]";
}

Dim product(const Dims& dims) {
  Dim out(1);
  for (const Dim& d : dims) out = out * d;
  return out;
}

std::optional<std::vector<int64_t>> literals(const Dims& dims) {
  std::vector<int64_t> out;
  out.reserve(dims.size());
  for (const Dim& d : dims) {
    if (!d.isLiteral()) return {};
    out.push_back(d.literal());
  }
  return out;
}

Dims toDims(const std::vector<int64_t>& dims) { return {dims.begin(), dims.end()}; }

}  // namespace deploytool::ir
