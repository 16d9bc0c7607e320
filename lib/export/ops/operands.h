// Operands of elementwise operators: torch's promotion, numbers made in the dtype they end up in, floating results.
#pragma once

#include <initializer_list>
#include <string_view>

#include "export/table.h"

namespace deploytool::exporter::ops {

/// The result dtype of an operator on real tensors; complex operands are refused.
DType realType(const Call& c, std::initializer_list<std::string_view> names);

/// The named argument in `dtype`. A Python number becomes a constant of that dtype at once, so that `x * 0.1` keeps
/// the digits of a float64 `x`.
Tensor operand(const Call& c, std::string_view name, DType dtype);
/// The named arguments in their common real dtype.
Tensors operands(const Call& c, std::initializer_list<std::string_view> names);
/// The same, with integers and bools made float32 (operators whose result is always floating).
Tensors floatOperands(const Call& c, std::initializer_list<std::string_view> names);

/// float32 for integers and bools, else the dtype itself.
inline DType floatType(DType dtype) { return ir::isFloating(dtype) ? dtype : DType::Float32; }
/// The named argument as a real floating tensor.
Tensor floatOperand(const Call& c, std::string_view name);
/// The named argument as it is; complex is refused.
Tensor realOperand(const Call& c, std::string_view name);

inline bool isHalf(DType dtype) { return dtype == DType::Float16 || dtype == DType::BFloat16; }
/// Runs `compute` in float32 for the 16-bit floating types (torch accumulates so), else in the dtype at hand.
template <class Compute>
Tensor widened(Builder& b, const Tensor& x, Compute&& compute) {
  if (!isHalf(x.dtype())) return compute(x);
  return b.cast(compute(b.cast(x, DType::Float32)), x.dtype());
}

/// True when a static number was given and it equals `value`.
bool isNumber(const Call& c, std::string_view name, double value);
/// The static number given, or `otherwise` for None or an argument that the schema lacks.
double numberOr(const Call& c, std::string_view name, double otherwise);

double largestFinite(DType dtype);

/// Rows that share a lowering: `aten::exp(self)`, `aten::special_expm1(self)` and the like.
void addRows(std::vector<Row>& rows, std::initializer_list<const char*> signatures, const Lowering& lowering,
             const char* limits = "");
/// A row that only refuses, with the reason that `deploytool ops` prints.
Row refusing(const char* signature, const char* reason);
void addRefusing(std::vector<Row>& rows, std::initializer_list<const char*> signatures, const char* reason);

}  // namespace deploytool::exporter::ops
