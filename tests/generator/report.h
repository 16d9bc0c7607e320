// What came of random modules, counted and printed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/generator/judge.h"

namespace deploytool::testing::generator {

/// What came of one module, as it travels from the child: kind, reason, rows of its calls, those of them that the exporter
/// applied (a call of constants is folded before), description of a mismatch.
struct Outcome {
  Verdict::Kind kind = Verdict::Equal;
  std::string reason;
  std::vector<std::string> rows, lowered;
  std::vector<std::string> withoutKernel;  ///< rows that could not be called because this libtorch has no kernel
  std::string wrong;

  std::string encoded() const;
  static Outcome decode(const std::string& text);
};

/// A reason without numbers, so that equal ones are counted together.
std::string reasonOf(const std::string& detail);

class Report {
 public:
  /// `least`: calls that each row is to have.
  explicit Report(size_t least) : least_(least) {}

  /// The rows that modules are made of, and what is to be said of the others.
  void expect(const std::vector<std::string>& rows, const std::string& others);
  void add(const Outcome& outcome);
  /// libtorch crashes on some arguments that do not fit each other; the exporter never may.
  void addCrash(size_t number, const std::string& cause);
  bool isGood() const;
  /// `rows`: the count of each.
  void print(bool rows) const;

 private:
  struct Uses {
    size_t calls = 0;    ///< in modules that were compared
    size_t lowered = 0;  ///< of those, applied by the exporter
  };
  size_t least_;
  std::map<Verdict::Kind, size_t> kinds_;
  std::map<std::pair<Verdict::Kind, std::string>, size_t> reasons_;
  std::map<std::string, Uses> uses_;
  std::vector<std::string> wrong_, crashes_;
  std::set<std::string> withoutKernel_;
  std::string others_;
  size_t empty_ = 0;

  size_t all() const;
  bool isWithin(Verdict::Kind kind, double share) const;
  std::vector<std::string> below(size_t calls) const;
  void printKinds() const;
  void printRows(bool each) const;
};

}  // namespace deploytool::testing::generator
