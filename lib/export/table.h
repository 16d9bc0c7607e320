// The operator table: one row per operator. Families (lib/export/ops/) each give a list of rows; registry.cpp names them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "export/call.h"

namespace deploytool::exporter {

using Lowering = std::function<Results(Call&)>;

/// `aten::softmax.int(self, dim, dtype)`: the overload and the arguments that the lowering reads, in any order; others
/// of the schema are ignored on purpose. A test checks both against libtorch's registry.
///
/// Normalised before the look-up: `relu_` finds `relu`, `.out` forms their functional overload; a `.Scalar`
/// overload without a row of its own finds `.Tensor`. The evaluator writes results back for in-place and out forms, and
/// remembers views by the schema's alias annotations, so a row is always written as a pure function.
struct Row {
  /// Folding: all-static calls are run by libtorch first (when pure). Always: the lowering also sees static calls; for
  /// operators on containers, where element identity and in-place change matter.
  enum class Static { Fold, Always };

  Row(const char* signature, Lowering lower, const char* limits = "", Static whenStatic = Static::Fold);

  std::string name;                     ///< `aten::softmax.int`
  std::vector<std::string> arguments;   ///< names it reads
  Lowering lower;
  std::string limits;                   ///< what is refused, for `deploytool ops`; empty: nothing
  Static whenStatic;
};

using Family = std::vector<Row> (*)();

struct FamilyEntry {
  const char* name;
  Family rows;
};

/// Every family, in one list (registry.cpp).
std::span<const FamilyEntry> families();
/// The row for a schema, after normalisation; null for none.
const Row* findRow(const ts::Schema& schema);
const Row* findRow(std::string_view name, std::string_view overload);

/// 1:1 operators. The first argument of the signature is the input.
Lowering unary(const char* onnxOp);        ///< same dtype
Lowering unaryFloat(const char* onnxOp);   ///< integers and bools are converted to float32 first
Lowering pass();                           ///< returns its first argument's content unchanged

}  // namespace deploytool::exporter
