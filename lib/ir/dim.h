// Integer expressions over symbols, in canonical form: two expressions that are equal as polynomials over the same
// atoms compare equal. They stand for dims, and for every integer a program computes from them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace deploytool::ir {

class Dim;

/// A leaf or a non-polynomial operation inside an expression.
struct DimAtom {
  enum class Kind { Symbol, FloorDiv, Mod, Min, Max };
  Kind kind = Kind::Symbol;
  std::string name;          ///< Symbol: its name; symbols are the same when their names are
  bool nonNegative = true;   ///< Symbol: true for dims of tensors, false for integers computed at run time
  std::vector<Dim> operands; ///< FloorDiv, Mod: {a, b}; Min, Max: sorted, at least two
  std::string text;          ///< canonical; two atoms are the same when kind (symbol or not) and text are
};

/// coefficient × product of atoms (sorted, with repetition).
struct DimTerm {
  int64_t coefficient = 0;
  std::vector<std::shared_ptr<const DimAtom>> atoms;
};

class Dim {
 public:
  Dim(int64_t literal = 0) : constant_(literal) {}
  static Dim symbol(std::string name, bool nonNegative = true);

  bool isLiteral() const { return !symbolic_; }
  std::optional<int64_t> asLiteral() const { return symbolic_ ? std::nullopt : std::optional<int64_t>(constant_); }
  int64_t literal() const { return constant_; }  ///< requires isLiteral()
  /// The symbol's name when the expression is one symbol and nothing else.
  std::optional<std::string> asSymbol() const;
  /// True when the value is known not to be negative (resp. to be at least 1), whatever the symbols are.
  bool isNonNegative() const;
  bool isPositive() const;

  /// Canonical text: `2*batch + 1`, `floordiv(seq, 2)`, `max(a, b)`. Equal expressions have equal text.
  std::string text() const;
  /// Names of all symbols in it, sorted.
  std::vector<std::string> symbols() const;
  /// Terms of the polynomial, sorted, highest degree first; the constant term, last, has no atoms. 0 has none.
  std::vector<DimTerm> terms() const;

  Dim substitute(const std::map<std::string, Dim>& replacements) const;
  /// The number, where `valueOf` knows every symbol.
  std::optional<int64_t> evaluate(const std::function<std::optional<int64_t>(const std::string&)>& valueOf) const;

  friend Dim operator+(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a, const Dim& b);
  friend Dim operator*(const Dim& a, const Dim& b);
  friend Dim operator-(const Dim& a);
  friend bool operator==(const Dim& a, const Dim& b);
  friend bool operator!=(const Dim& a, const Dim& b) { return !(a == b); }

 private:
  friend struct DimAlgebra;  // dim_algebra.h
  int64_t constant_ = 0;
  std::shared_ptr<const std::vector<DimTerm>> symbolic_;  // terms with atoms, sorted, never empty; null for a literal
};

Dim floorDiv(const Dim& a, const Dim& b);  ///< rounds towards minus infinity, as Python's //; exact division cancels
Dim ceilDiv(const Dim& a, const Dim& b);
Dim mod(const Dim& a, const Dim& b);       ///< sign of the divisor, as Python's %
Dim min(const Dim& a, const Dim& b);
Dim max(const Dim& a, const Dim& b);
/// a/b when b divides a as a polynomial, whatever the symbols (b assumed non-zero).
std::optional<Dim> exactDiv(const Dim& a, const Dim& b);

/// Three-valued comparison: nothing when it depends on the symbols. Different symbols may be equal, any may be 0 or 1.
std::optional<bool> equal(const Dim& a, const Dim& b);
std::optional<bool> less(const Dim& a, const Dim& b);

using Dims = std::vector<Dim>;

std::string text(const Dims& dims);          ///< `[batch, 3, 2*h]`
Dim product(const Dims& dims);               ///< 1 for none
std::optional<std::vector<int64_t>> literals(const Dims& dims);
Dims toDims(const std::vector<int64_t>& dims);

/// Makes symbols that nothing else uses. Deterministic: the n-th one of a source is always the same.
class SymbolSource {
 public:
  Dim fresh(bool nonNegative = true) { return Dim::symbol("?" + std::to_string(next_++), nonNegative); }
  /// Never makes the symbol of that name: it is in use already.
  void avoid(const std::string& name) {
    if (!name.empty() && name[0] == '?') next_ = std::max<uint64_t>(next_, std::strtoull(name.c_str() + 1, nullptr, 10) + 1);
  }

 private:
  uint64_t next_ = 0;
};

/// True for a symbol that `SymbolSource` made (and that the user has never seen).
inline bool isFreshSymbol(const std::string& name) { return !name.empty() && name[0] == '?'; }

}  // namespace deploytool::ir
