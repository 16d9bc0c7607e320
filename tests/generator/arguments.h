// Arguments of one call: variables at hand, new inputs, or constants, as the schema and the operator's domain ask.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/generator/domains.h"
#include "tests/generator/module.h"
#include "tests/generator/random_source.h"

namespace deploytool::testing::generator {

/// What calls may use and add to.
struct Scope {
  std::vector<Variable> variables;
  std::map<std::string, Size> symbols;  ///< of dynamic axes
  size_t inputs = 0;
};

struct Argument {
  std::string text;
  Values values;
  std::vector<std::string> uses;
};

class ArgumentMaker {
 public:
  /// `numberInputs`: how often a number is an input, not a constant.
  ArgumentMaker(RandomSource& random, const Scope& scope, const Domain& domain, double numberInputs)
      : random_(random), scope_(scope), domain_(domain), numberInputs_(numberInputs) {}

  /// Nothing where none can be made.
  std::optional<Argument> make(const ts::Argument& formal);
  bool hasDomain(const std::string& name) const { return domain_.count(name) != 0; }
  bool isNeeded(const std::string& name) const { return hasDomain(name) && domain_.at(name).starts_with("!"); }
  const std::vector<Input>& newInputs() const { return newInputs_; }
  const std::map<std::string, Size>& newSymbols() const { return newSymbols_; }

 private:
  RandomSource& random_;
  const Scope& scope_;
  const Domain& domain_;
  const double numberInputs_;
  std::optional<Variable> first_;            ///< the first tensor
  std::map<std::string, Size> sizes_;        ///< letters of the domain
  std::optional<std::vector<Size>> star_;
  std::vector<Input> newInputs_;
  std::map<std::string, Size> newSymbols_;

  struct Pattern;
  std::optional<Argument> tensor(const std::string& spec);
  std::optional<Argument> tensors(const std::string& spec, bool optional);
  std::optional<Argument> integer(const std::string& spec);
  std::optional<Argument> integers(const std::string& spec);
  std::optional<Argument> number(const std::string& spec, bool whole);
  Argument use(const Variable& variable);
  /// A number of its own; in each set what `draw` gives.
  Argument addNumber(Kind kind, const std::function<ts::Value()>& draw);
  Argument addItem(bool isInteger, const std::function<ts::Value()>& draw);
  Argument truth();
  std::string pickOne(const std::string& spec);
  Argument addInput(ir::DType dtype, const std::vector<Size>& dims, const std::string& fill);
  Argument addComplexInput(const std::vector<Size>& dims);
  ir::DType pickDtype(const std::string& classes, const std::string& fill);
  bool accepts(ir::DType dtype, const std::string& classes) const;
  Size pickSize();
  std::optional<std::vector<Size>> resolve(const Pattern& pattern);
  bool matches(const Pattern& pattern, const std::vector<Size>& dims);
  bool broadcasts(const std::vector<Size>& dims) const;
  std::vector<Size> related();
  std::vector<Size> anyDims();
  std::string symbolFor(const Size& size);
  int64_t rank() const { return first_ ? static_cast<int64_t>(first_->dims.size()) : 0; }
  std::vector<int64_t> reshaped();
  std::vector<int64_t> expanded();
  std::vector<int64_t> someAxes(bool all);
};

/// `None`, `True`, `3`, `0.5`, `"text"`, `[1,2]` as a value.
ts::Value literal(const std::string& text);
Argument constant(const std::string& text);
std::string numberText(double value);

}  // namespace deploytool::testing::generator
