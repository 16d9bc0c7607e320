// Python numbers that are decided at run time: ints are expressions (Dim), floats and bools rank-0 tensors.
#pragma once

#include "export/ops/expression.h"

namespace deploytool::exporter::ops {

inline bool isInt(const Value& value) { return value.is<Dim>(); }
/// A float, int or bool argument as a rank-0 float64.
Tensor asDouble(const Call& c, std::string_view name);
/// An int or bool argument.
Dim asInt(const Call& c, std::string_view name);
/// A bool argument as a rank-0 bool.
Tensor asBool(const Call& c, std::string_view name);
/// The static value of a bool, where known.
std::optional<bool> knownBool(const Value& value);

inline Value floatValue(Tensor rank0) { return RuntimeScalar{std::move(rank0)}; }
inline Value boolValue(Tensor rank0) { return RuntimeScalar{std::move(rank0)}; }
/// The number that a one-element tensor holds, as a value of its kind: int64 → int, floating → float, bool → bool.
Value numberIn(const Call& c, const Tensor& x);
/// A float rounded towards zero, as int() does.
Value truncatedInt(const Call& c, const Tensor& x);

/// a ∘ b for ints: decided by the expressions where they tell, else by the graph. `opType`: Equal, Less, …
Value compareInts(const Call& c, const char* opType, const Dim& a, const Dim& b);

/// A formula of the number `a`, computed in float64.
Lowering numberFormula(Expr (*compute)(const Expr&));

/// Rows `name.int(a, b)`, `name.float(a, b)`, …: one lowering that looks at its arguments.
void addNumberRows(std::vector<Row>& rows, const std::string& name, std::initializer_list<const char*> overloads,
                   const char* arguments, const Lowering& lowering);

}  // namespace deploytool::exporter::ops
