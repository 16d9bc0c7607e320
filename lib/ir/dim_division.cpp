// Division, remainder, minimum, maximum and comparison of integer expressions.
#include <algorithm>
#include <numeric>

#include "ir/dim_algebra.h"

namespace deploytool::ir {
namespace {

using Kind = DimAtom::Kind;

int64_t floorDivide(int64_t a, int64_t b) {
  const int64_t q = a / b;
  return a % b != 0 && (a % b < 0) != (b < 0) ? q - 1 : q;
}

bool fitsDivision(int64_t a, int64_t b) { return b != 0 && !(b == -1 && a == INT64_MIN); }

bool provedLess(const Dim& a, const Dim& b) { return DimAlgebra::provedNonNegative(b - a - Dim(1)); }
bool provedInRange(const Dim& a, const Dim& end) { return DimAlgebra::provedNonNegative(a) && provedLess(a, end); }

/// a = quotient * b + rest, term by term: `quotient` takes what the one-term divisor b divides.
struct Split {
  Dim quotient;
  Dim rest;
};

Split splitByTerm(const Dim& a, const DimTerm& b) {
  std::vector<DimTerm> quotient, rest;
  for (const DimTerm& term : a.terms()) {
    auto atoms = DimAlgebra::divide(term.atoms, b.atoms);
    // What is left of the coefficient stays in [0, |b|): the rest is the same however a was written.
    const bool fits = atoms && fitsDivision(term.coefficient, b.coefficient);
    const int64_t q = fits ? floorDivide(term.coefficient, b.coefficient) : 0;
    const int64_t left = fits ? term.coefficient - q * b.coefficient : term.coefficient;
    if (q != 0) quotient.push_back({q, std::move(*atoms)});
    if (left != 0) rest.push_back({left, term.atoms});
  }
  return {DimAlgebra::fromTerms(std::move(quotient)), DimAlgebra::fromTerms(std::move(rest))};
}

int64_t coefficientGcd(const std::vector<DimTerm>& terms, int64_t start) {
  int64_t g = start;
  for (const DimTerm& term : terms) g = std::gcd(g, term.coefficient == INT64_MIN ? 1 : term.coefficient);
  return g;
}

Dim divideCoefficients(const Dim& a, int64_t g) {
  std::vector<DimTerm> terms = DimAlgebra::symbolic(a);
  for (DimTerm& term : terms) term.coefficient /= g;
  const Dim scaled = DimAlgebra::fromTerms(std::move(terms));
  return DimAlgebra::withConstant(scaled, floorDivide(DimAlgebra::constant(a), g));
}

const DimAtom* singleAtom(const Dim& a, Kind kind) {
  const auto& terms = DimAlgebra::symbolic(a);
  if (terms.size() != 1 || terms[0].coefficient != 1 || terms[0].atoms.size() != 1) return nullptr;
  return terms[0].atoms[0]->kind == kind ? terms[0].atoms[0].get() : nullptr;
}

// floor(a / k) for a literal k > 1.
Dim floorDivByLiteral(const Dim& a, int64_t k) {
  // One form for ceil(x / k): floor(-x / k) = -floor((x + k - 1) / k).
  if (DimAlgebra::symbolic(a).front().coefficient < 0) return -floorDiv(Dim(k - 1) - a, k);
  const Split split = splitByTerm(a, {k, {}});
  Dim rest = split.rest;
  if (provedInRange(rest, k)) return split.quotient;
  const int64_t g = coefficientGcd(DimAlgebra::symbolic(rest), k);
  if (g > 1) return split.quotient + floorDiv(divideCoefficients(rest, g), k / g);
  if (const DimAtom* inner = singleAtom(rest, Kind::FloorDiv)) {
    const auto m = inner->operands[1].asLiteral();
    int64_t both = 0;
    if (m && *m > 0 && !__builtin_mul_overflow(*m, k, &both)) {
      const Dim shifted = inner->operands[0] + Dim(DimAlgebra::constant(rest)) * Dim(*m);
      return split.quotient + floorDiv(shifted, both);
    }
  }
  return split.quotient + DimAlgebra::operation(Kind::FloorDiv, {rest, Dim(k)});
}

/// Largest factor (coefficient and atoms) common to all terms of both.
DimTerm commonFactor(const Dim& a, const Dim& b) {
  DimTerm factor;
  std::vector<DimTerm> terms = a.terms();
  const std::vector<DimTerm> more = b.terms();
  terms.insert(terms.end(), more.begin(), more.end());
  factor.coefficient = coefficientGcd(terms, 0);
  DimMonomial left = terms.empty() ? DimMonomial{} : terms[0].atoms;
  for (const auto& atom : left) {
    DimMonomial candidate = DimAlgebra::multiply(factor.atoms, {atom});
    const bool everywhere = std::all_of(terms.begin(), terms.end(), [&](const DimTerm& term) {
      return DimAlgebra::divide(term.atoms, candidate).has_value();
    });
    if (everywhere) factor.atoms = std::move(candidate);
  }
  return factor;
}

Dim floorDivBySymbolic(const Dim& a, const Dim& b) {
  const DimTerm common = commonFactor(a, b);
  if (common.coefficient > 1 || !common.atoms.empty()) {
    const Dim factor = DimAlgebra::fromTerm(common);
    return floorDiv(*exactDiv(a, factor), *exactDiv(b, factor));
  }
  Split split{{}, a};
  if (b.terms().size() == 1) split = splitByTerm(a, b.terms()[0]);
  if (provedInRange(split.rest, b)) return split.quotient;
  return split.quotient + DimAlgebra::operation(Kind::FloorDiv, {split.rest, b});
}

}  // namespace

// ---- division -----------------------------------------------------------------------------------------------------

// Long division of polynomials by the leading term; nothing when a rest stays.
std::optional<Dim> exactDiv(const Dim& a, const Dim& b) {
  if (b == Dim(0)) return {};
  const std::vector<DimTerm> divisor = b.terms();
  const DimTerm& lead = divisor.front();
  Dim rest = a, quotient;
  for (int steps = 0; !(rest == Dim(0)); ++steps) {
    const DimTerm top = rest.terms().front();
    auto atoms = DimAlgebra::divide(top.atoms, lead.atoms);
    if (!atoms || !fitsDivision(top.coefficient, lead.coefficient) || top.coefficient % lead.coefficient != 0 ||
        steps > 64) {
      return {};
    }
    const Dim term = DimAlgebra::fromTerm({top.coefficient / lead.coefficient, std::move(*atoms)});
    quotient = quotient + term;
    rest = rest - term * b;
  }
  return quotient;
}

Dim floorDiv(const Dim& a, const Dim& b) {
  const auto x = a.asLiteral(), y = b.asLiteral();
  if (x && y && fitsDivision(*x, *y)) return floorDivide(*x, *y);
  if (y == 0) return DimAlgebra::operation(Kind::FloorDiv, {a, b});
  if (x == 0 || y == 1) return a;
  if (y && *y < 0 && *y != INT64_MIN) return floorDiv(-a, -*y);
  if (auto exact = exactDiv(a, b)) return *exact;
  if (y && *y > 0) return floorDivByLiteral(a, *y);
  return floorDivBySymbolic(a, b);
}

Dim ceilDiv(const Dim& a, const Dim& b) { return -floorDiv(-a, b); }

Dim mod(const Dim& a, const Dim& b) {
  const auto x = a.asLiteral(), y = b.asLiteral();
  if (x && y && fitsDivision(*x, *y)) return *x - floorDivide(*x, *y) * *y;
  if (y == 0) return DimAlgebra::operation(Kind::Mod, {a, b});
  if (y == 1 || exactDiv(a, b)) return 0;
  if (y && *y < 0 && *y != INT64_MIN) return -mod(-a, -*y);
  const std::vector<DimTerm> divisor = b.terms();
  const Dim rest = divisor.size() == 1 ? splitByTerm(a, divisor[0]).rest : a;
  if (provedInRange(rest, b)) return rest;
  if (y) {
    if (const DimAtom* inner = singleAtom(rest, Kind::Mod)) {
      const auto m = inner->operands[1].asLiteral();
      if (m && *m > 0 && *m % *y == 0) return mod(inner->operands[0] + Dim(DimAlgebra::constant(rest)), b);
    }
    const int64_t g = coefficientGcd(DimAlgebra::symbolic(rest), *y);
    if (g > 1) {
      const int64_t low = DimAlgebra::constant(rest) % g;
      return Dim(g) * mod(divideCoefficients(rest, g), *y / g) + Dim(low);
    }
  }
  return DimAlgebra::operation(Kind::Mod, {rest, b});
}

// ---- minimum and maximum ------------------------------------------------------------------------------------------

namespace {

void flatten(Kind kind, const Dim& d, std::vector<Dim>& out) {
  const DimAtom* atom = DimAlgebra::constant(d) == 0 ? singleAtom(d, kind) : nullptr;
  if (!atom) {
    out.push_back(d);
    return;
  }
  out.insert(out.end(), atom->operands.begin(), atom->operands.end());
}

// Keeps the operands that no other one makes redundant.
Dim extremum(Kind kind, const Dim& a, const Dim& b) {
  std::vector<Dim> all, kept;
  flatten(kind, a, all);
  flatten(kind, b, all);
  const auto covers = [&](const Dim& x, const Dim& y) {
    return DimAlgebra::provedNonNegative(kind == Kind::Max ? x - y : y - x);
  };
  for (const Dim& d : all) {
    if (std::any_of(kept.begin(), kept.end(), [&](const Dim& k) { return covers(k, d); })) continue;
    std::erase_if(kept, [&](const Dim& k) { return covers(d, k); });
    kept.push_back(d);
  }
  if (kept.size() == 1) return kept[0];
  std::sort(kept.begin(), kept.end(), [](const Dim& x, const Dim& y) {
    return x.isLiteral() != y.isLiteral() ? y.isLiteral() : x.text() < y.text();
  });
  return DimAlgebra::operation(kind, std::move(kept));
}

}  // namespace

Dim min(const Dim& a, const Dim& b) {
  if (a.isLiteral() && b.isLiteral()) return a.literal() < b.literal() ? a : b;
  return a == b ? a : extremum(Kind::Min, a, b);
}

Dim max(const Dim& a, const Dim& b) {
  if (a.isLiteral() && b.isLiteral()) return a.literal() > b.literal() ? a : b;
  return a == b ? a : extremum(Kind::Max, a, b);
}

// ---- sign and comparison ------------------------------------------------------------------------------------------

namespace {

bool atomNonNegative(const DimAtom& atom, int depth) {
  const auto proved = [&](const Dim& d) { return DimAlgebra::provedNonNegative(d, depth - 1); };
  switch (atom.kind) {
    case Kind::Symbol: return atom.nonNegative;
    case Kind::FloorDiv: return proved(atom.operands[0]) && proved(atom.operands[1]);
    case Kind::Mod: return proved(atom.operands[1]);
    case Kind::Min: return std::all_of(atom.operands.begin(), atom.operands.end(), proved);
    case Kind::Max: return std::any_of(atom.operands.begin(), atom.operands.end(), proved);
  }
  return false;
}

// d with its term `coefficient * atom` replaced by a bound of it from below; each candidate must stay an expression
// whose being ≥ 0 implies that d is.
std::vector<std::vector<Dim>> lowerBounds(const Dim& rest, int64_t coefficient, const DimAtom& atom, int depth) {
  const Dim c(coefficient);
  std::vector<std::vector<Dim>> alternatives;  // any alternative suffices; all of its members must hold
  const auto divisor = atom.operands.size() == 2 ? atom.operands[1].asLiteral() : std::nullopt;
  switch (atom.kind) {
    case Kind::Symbol: break;
    case Kind::FloorDiv:
      if (divisor && *divisor > 0) {
        const Dim k(*divisor);
        const Dim bound = coefficient < 0 ? atom.operands[0] : atom.operands[0] - k + Dim(1);
        alternatives.push_back({rest * k + c * bound});
      }
      break;
    case Kind::Mod:
      if (coefficient < 0) {
        const Dim largest = atom.operands[1] - Dim(1);
        if (DimAlgebra::provedNonNegative(largest, depth - 1)) alternatives.push_back({rest + c * largest});
        if (atomNonNegative(atom, depth) && DimAlgebra::provedNonNegative(atom.operands[0], depth - 1)) {
          alternatives.push_back({rest + c * atom.operands[0]});
        }
      }
      break;
    case Kind::Min:
    case Kind::Max: {
      std::vector<Dim> each;
      for (const Dim& operand : atom.operands) each.push_back(rest + c * operand);
      if ((atom.kind == Kind::Max) == (coefficient > 0)) {
        for (Dim& one : each) alternatives.push_back({std::move(one)});
      } else {
        alternatives.push_back(std::move(each));
      }
      break;
    }
  }
  return alternatives;
}

}  // namespace

bool DimAlgebra::provedNonNegative(const Dim& d, int depth) {
  if (d.isLiteral()) return d.literal() >= 0;
  if (depth <= 0) return false;
  const auto termNonNegative = [&](const DimTerm& term) {
    return term.coefficient > 0 && std::all_of(term.atoms.begin(), term.atoms.end(),
                                               [&](const auto& atom) { return atomNonNegative(*atom, depth); });
  };
  const auto& terms = symbolic(d);
  if (constant(d) >= 0 && std::all_of(terms.begin(), terms.end(), termNonNegative)) return true;
  if (terms.size() > 8) return false;
  for (const DimTerm& term : terms) {
    if (term.atoms.size() != 1 || term.atoms[0]->kind == Kind::Symbol) continue;
    const Dim rest = d - fromTerm(term);
    for (const auto& all : lowerBounds(rest, term.coefficient, *term.atoms[0], depth)) {
      if (std::all_of(all.begin(), all.end(), [&](const Dim& x) { return provedNonNegative(x, depth - 1); }))
        return true;
    }
  }
  return false;
}

std::optional<bool> equal(const Dim& a, const Dim& b) {
  if (a.isLiteral() && b.isLiteral()) return a.literal() == b.literal();
  if (a == b) return true;
  const Dim difference = a - b;
  if (auto literal = difference.asLiteral()) return *literal == 0;
  // 2*a + 1 is never 0.
  const int64_t g = coefficientGcd(DimAlgebra::symbolic(difference), 0);
  if (g > 1 && DimAlgebra::constant(difference) % g != 0) return false;
  if (difference.isPositive() || (-difference).isPositive()) return false;
  return {};
}

std::optional<bool> less(const Dim& a, const Dim& b) {
  if (a.isLiteral() && b.isLiteral()) return a.literal() < b.literal();
  if (provedLess(a, b)) return true;
  if (DimAlgebra::provedNonNegative(a - b)) return false;
  return {};
}

}  // namespace deploytool::ir
