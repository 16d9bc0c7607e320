// Inside of Dim: polynomials over atoms, and what can be proved about their sign.
#pragma once

#include <vector>

#include "ir/dim.h"

namespace deploytool::ir {

using DimMonomial = std::vector<std::shared_ptr<const DimAtom>>;

struct DimAlgebra {
  /// Terms in any order, equal monomials not yet joined.
  static Dim fromTerms(std::vector<DimTerm> terms);
  static Dim fromAtom(std::shared_ptr<const DimAtom> atom);
  static Dim fromTerm(DimTerm term);
  /// An atom over operands that are simplified already.
  static Dim operation(DimAtom::Kind kind, std::vector<Dim> operands);
  /// A value that 64 bits cannot hold: an unknown that equals itself. `key` is the text of the computation.
  static Dim overflow(const std::string& key);

  static int64_t constant(const Dim& d) { return d.constant_; }
  static const std::vector<DimTerm>& symbolic(const Dim& d);
  static Dim withConstant(const Dim& d, int64_t constant);

  /// Monomial order: higher degree first, then by the atoms. Compatible with multiplication.
  static int compare(const DimAtom& a, const DimAtom& b);
  static int compare(const DimMonomial& a, const DimMonomial& b);
  static DimMonomial multiply(const DimMonomial& a, const DimMonomial& b);
  /// a/b where b's atoms are among a's.
  static std::optional<DimMonomial> divide(const DimMonomial& a, const DimMonomial& b);

  /// Known to be ≥ 0 whatever the symbols are (false: not known).
  static bool provedNonNegative(const Dim& d, int depth = 4);
};

}  // namespace deploytool::ir
