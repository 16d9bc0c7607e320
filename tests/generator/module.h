// A generated module: inputs with their values, and calls of operators, as TorchScript text.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "export/input_spec.h"
#include "ir/tensor.h"
#include "torchscript/program.h"

namespace deploytool::testing::generator {

constexpr size_t kSets = 3;  ///< a module is run on so many sets of inputs, each with its own sizes of dynamic axes

/// The size of one axis, set by set.
using Size = std::array<int64_t, kSets>;
using Values = std::array<ts::Value, kSets>;

enum class Kind { Tensor, Int, Float, Bool, Tensors, Ints };

/// A variable of the module and what it holds, set by set.
struct Variable {
  std::string name;  ///< begins with `_`: nothing may use it
  Kind kind = Kind::Tensor;
  ir::DType dtype = ir::DType::Undefined;  ///< of a tensor
  std::vector<Size> dims;
  Values values;

  bool isUsable() const { return !name.starts_with('_'); }
};

/// A tensor; or a number that is known when the module runs: an int, a float or a bool.
struct Input {
  Variable variable;
  std::vector<std::string> symbols;  ///< by axis; empty: a literal
};

struct Call {
  std::string code;                   ///< `torch.max(x0, 1)`
  std::vector<Variable> results;
  std::vector<std::string> uses;      ///< variables
  std::string row;                    ///< that it was made for
  std::vector<std::string> before;    ///< lines that the code needs
};

/// `x0`, `x1: int`
std::string parameterText(const std::string& name, Kind kind);

/// Of a number as an input of the ONNX model: int64, float64 or bool.
ir::DType numberType(Kind kind);

struct Module {
  std::vector<Input> inputs;
  std::vector<Call> calls;
  std::vector<std::string> outputs;
  int64_t opset = 13;

  /// `def f(x0, x1): ...`
  std::string text() const;
  /// With floating results multiplied by `1 + nudge`, or 1000 times as much away from 1 in float16.
  std::string nudgedText(double nudge) const;
  /// With 0 for floating results so small that rounding may have left them.
  std::string flushedText() const;
  /// `x0:float32[n=4,3]`
  std::vector<std::string> specTexts() const;

 private:
  /// With what `change` says of a floating result behind the call that gives it.
  std::string changedText(const std::function<std::string(const Call&, const Variable&)>& change) const;
};

inline constexpr const char* kFunction = "f";

/// Without calls and inputs that no output needs.
Module trimmed(Module module);

/// The values of one set, by input; numbers as tensors of rank 0.
std::vector<ir::Tensor> tensorsOf(const Module& module, size_t set);
/// The same as libtorch takes them: numbers as numbers.
std::vector<ts::Value> argumentsOf(const Module& module, const std::vector<ir::Tensor>& tensors);

}  // namespace deploytool::testing::generator
