// aten::einsum as products of pairs, with torch's rules for subscripts and element types.
#include <algorithm>
#include <cctype>
#include <map>

#include "export/ops/contraction.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"
#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

namespace {

/// One operand's subscripts. Axes under an ellipsis are counted from the last one, which broadcasting aligns.
struct Subscripts {
  std::string labels;  ///< letters; '.' stands for the ellipsis
  int64_t covered = 0; ///< axes under the ellipsis

  bool hasEllipsis() const { return labels.find('.') != std::string::npos; }
};

struct Equation {
  std::vector<Subscripts> operands;
  std::string output;
  int64_t covered = 0;  ///< the most axes under an ellipsis

  bool outputHasEllipsis() const { return output.find('.') != std::string::npos; }
};

/// Without blanks, an ellipsis as one character.
std::string condensed(std::string_view text) {
  std::string result;
  for (char ch : text)
    if (!std::isspace(static_cast<unsigned char>(ch)) && !(ch == '.' && result.ends_with('.'))) result += ch;
  return result;
}

/// The ellipsis, then letters that occur once: upper case before lower case.
std::string implicitOutput(const std::vector<Subscripts>& operands) {
  std::map<char, int> count;
  for (const Subscripts& operand : operands)
    for (char label : operand.labels) ++count[label];
  std::string output = count.count('.') ? "." : "";
  for (const auto& [label, times] : count)
    if (label != '.' && times == 1) output += label;
  return output;
}

Equation parse(Call& c, const Tensors& tensors) {
  const std::string text = condensed(c.text("equation"));
  const size_t arrow = text.find("->");
  Equation equation;
  std::string rest = text.substr(0, arrow);
  for (size_t at = 0; at != std::string::npos; at = rest.find(',', at)) {
    if (at != 0) ++at;
    equation.operands.push_back({rest.substr(at, rest.find(',', at) - at)});
  }
  if (equation.operands.size() != tensors.size()) c.refuse("einsum with another number of operands than its equation");
  for (size_t i = 0; i < tensors.size(); ++i) {
    Subscripts& operand = equation.operands[i];
    if (operand.hasEllipsis()) operand.covered = tensors[i].rank() - static_cast<int64_t>(operand.labels.size()) + 1;
    equation.covered = std::max(equation.covered, operand.covered);
  }
  equation.output = arrow == std::string::npos ? implicitOutput(equation.operands) : text.substr(arrow + 2);
  return equation;
}

// ---- element type --------------------------------------------------------------------------------------------------

/// What torch makes of the operands on its way: pairs are multiplied in their own type, axes of one are summed, integers
/// to int64.
class TypeOfResult {
 public:
  TypeOfResult(const Equation& equation, const Tensors& tensors) : equation_(equation) {
    for (size_t i = 0; i < tensors.size(); ++i) terms_.push_back(term(equation.operands[i], tensors[i]));
    for (const Term& t : terms_)
      for (const std::string& axis : t.axes) ++left_[axis];
  }

  DType follow(std::vector<int64_t> path) {
    if (terms_.size() == 1) return isSummed_ ? summed(terms_[0].dtype) : terms_[0].dtype;
    for (size_t step = 0; terms_.size() > 1; ++step) {
      const bool given = 2 * step + 1 < path.size();
      const size_t i = given ? static_cast<size_t>(std::min(path[2 * step], path[2 * step + 1])) : 0;
      const size_t j = given ? static_cast<size_t>(std::max(path[2 * step], path[2 * step + 1])) : 1;
      contract(std::min(i, terms_.size() - 2), std::min(j, terms_.size() - 1), !path.empty());
    }
    return terms_[0].dtype;
  }

 private:
  struct Term {
    DType dtype;
    std::vector<std::string> axes;  ///< contracted ones, larger than 1
  };

  const Equation& equation_;
  std::vector<Term> terms_;
  std::map<std::string, int> left_;  ///< in how many terms an axis is
  bool isSummed_ = false;

  static DType summed(DType dtype) { return ir::isFloating(dtype) ? dtype : DType::Int64; }

  Term term(const Subscripts& subscripts, const Tensor& x) {
    Term result{x.dtype(), {}};
    int64_t axis = 0;
    const auto take = [&](std::string name, char label) {
      if (equation_.output.find(label) == std::string::npos) {
        isSummed_ = true;
        const bool isKnown = std::find(result.axes.begin(), result.axes.end(), name) != result.axes.end();
        if (x.dim(axis) != Dim(1) && !isKnown) result.axes.push_back(std::move(name));
      }
      ++axis;
    };
    for (char label : subscripts.labels) {
      if (label != '.') take(std::string(1, label), label);
      else
        for (int64_t i = subscripts.covered; i > 0; --i) take("." + std::to_string(i), label);
    }
    return result;
  }

  void contract(size_t i, size_t j, bool toBack) {
    Term a = terms_[i], b = terms_[j];
    terms_.erase(terms_.begin() + static_cast<std::ptrdiff_t>(j));
    terms_.erase(terms_.begin() + static_cast<std::ptrdiff_t>(i));
    Term result{DType::Undefined, {}};
    const auto has = [](const Term& t, const std::string& axis) {
      return std::find(t.axes.begin(), t.axes.end(), axis) != t.axes.end();
    };
    for (auto& [axis, count] : left_) {
      const bool inA = has(a, axis), inB = has(b, axis);
      if (!inA && !inB) continue;
      if (inA && inB) --count;
      else if (count == 1) (inA ? a : b).dtype = summed((inA ? a : b).dtype);
      if (count > 1) result.axes.push_back(axis);
      else count = 0;
    }
    result.dtype = promoteTypes(a.dtype, b.dtype);
    terms_.insert(toBack ? terms_.end() : terms_.begin(), std::move(result));
  }
};

// ---- products of pairs ---------------------------------------------------------------------------------------------

/// A number for each subscript: letters by their code, axes under an ellipsis counted from its last, -1.
std::vector<int> namesOf(const Subscripts& subscripts) {
  std::vector<int> names;
  for (char label : subscripts.labels) {
    if (label != '.') names.push_back(label);
    else
      for (int64_t i = subscripts.covered; i > 0; --i) names.push_back(static_cast<int>(-i));
  }
  return names;
}

bool hasRepeats(const std::vector<int>& names) { return std::set<int>(names.begin(), names.end()).size() != names.size(); }

/// From left to right, each pair summed over what the rest does not name. Nothing for diagonals, and where sizes must be
/// known for it and are not.
std::optional<Tensor> inPairs(Builder& b, const Equation& equation, const Tensors& tensors) {
  std::vector<NamedAxes> terms;
  for (size_t i = 0; i < tensors.size(); ++i) terms.push_back({tensors[i], namesOf(equation.operands[i])});
  const std::vector<int> output = namesOf({equation.output, equation.covered});
  for (const NamedAxes& term : terms)
    if (hasRepeats(term.axes)) return std::nullopt;
  NamedAxes product = terms[0];
  for (size_t i = 1; i < terms.size(); ++i) {
    std::set<int> needed(output.begin(), output.end());
    for (size_t j = i + 1; j < terms.size(); ++j) needed.insert(terms[j].axes.begin(), terms[j].axes.end());
    const auto next = contracted(b, product, terms[i], needed);
    if (!next) return std::nullopt;
    product = *next;
  }
  return arranged(b, summed(b, product, {output.begin(), output.end()}), output);
}

// ---- the node ------------------------------------------------------------------------------------------------------

/// Lower-case letters only, since not every runtime takes others.
class Letters {
 public:
  explicit Letters(const Equation& equation) {
    for (const Subscripts& operand : equation.operands) used_ += operand.labels;
  }

  char of(Call& c, const std::string& name) {
    if (name.size() == 1 && std::islower(static_cast<unsigned char>(name[0]))) return name[0];
    auto [at, isNew] = standIns_.emplace(name, 'a');
    if (!isNew) return at->second;
    while (at->second <= 'z' && used_.find(at->second) != std::string::npos) ++at->second;
    if (at->second > 'z') c.refuse("einsum with more than 26 subscripts");
    used_ += at->second;
    return at->second;
  }

 private:
  std::string used_;
  std::map<std::string, char> standIns_;
};

/// ONNX has no sum over an ellipsis: its axes become letters then.
std::string written(Call& c, const Equation& equation) {
  Letters letters(equation);
  const auto word = [&](const Subscripts& subscripts) {
    std::string text;
    for (char label : subscripts.labels) {
      if (label != '.') text += letters.of(c, std::string(1, label));
      else if (equation.outputHasEllipsis()) text += "...";
      else
        for (int64_t i = subscripts.covered; i > 0; --i) text += letters.of(c, "." + std::to_string(i));
    }
    return text;
  };
  std::string text;
  for (const Subscripts& operand : equation.operands) text += (text.empty() ? "" : ",") + word(operand);
  return text + "->" + word({equation.output, equation.covered});
}

/// ONNX Runtime wants an ellipsis to stand for as many axes in all operands.
Tensor raised(Builder& b, const Tensor& x, const Subscripts& subscripts, const Equation& equation) {
  if (!subscripts.hasEllipsis() || !equation.outputHasEllipsis()) return x;
  std::vector<int64_t> axes;
  for (int64_t i = subscripts.covered; i < equation.covered; ++i)
    axes.push_back(static_cast<int64_t>(subscripts.labels.find('.')) + i - subscripts.covered);
  return axes.empty() ? x : b.unsqueeze(x, axes);
}

// aten::einsum
Results lowerEinsum(Call& c) {
  const Tensors tensors = c.tensors("tensors");
  if (tensors.empty()) c.refuse("einsum of no tensors");
  for (const Tensor& x : tensors)
    if (ir::isComplex(x.dtype())) c.refuse("complex tensors are not supported");
  const Equation equation = parse(c, tensors);
  const std::vector<int64_t> path = c.has("path") && tensors.size() > 1 ? c.integers("path") : std::vector<int64_t>{};
  const DType dtype = TypeOfResult(equation, tensors).follow(path);
  // torch sums 16-bit floats in float32.
  const bool direct = (ir::isFloating(dtype) && !isHalf(dtype)) || dtype == DType::Int32;
  const DType computed = direct ? dtype : isHalf(dtype) ? DType::Float32 : DType::Int64;
  Tensors inputs;
  for (const Tensor& x : tensors) inputs.push_back(c.b.cast(x, computed));
  if (const auto product = inPairs(c.b, equation, inputs)) return {c.b.cast(*product, dtype)};
  for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = raised(c.b, inputs[i], equation.operands[i], equation);
  return {c.b.cast(c.b.op("Einsum", inputs, {{"equation", written(c, equation)}}), dtype)};
}

}  // namespace

std::vector<Row> einsum() { return {{"aten::einsum(equation, tensors, path)", lowerEinsum}}; }

}  // namespace deploytool::exporter::ops
