// What the rows of all families share: broadcasting, axes, dims from integers.
#pragma once

#include <functional>

#include "ir/infer.h"

namespace deploytool::ir::inference {

// ---- dims
/// The dim two dims broadcast to.
Dim broadcast(InferContext& ctx, const Dim& a, const Dim& b);
Dims broadcast(InferContext& ctx, const Dims& a, const Dims& b);
/// All inputs from `first` on; nothing when a rank is unknown.
std::optional<Dims> broadcastInputs(InferContext& ctx, size_t first = 0);
/// The better known one of two dims that every valid run makes equal.
Dim mergeEqual(const Dim& a, const Dim& b);
Dims mergeEqual(const Dims& a, const Dims& b);
/// `a` where both are the same expression, else a fresh symbol.
Dim join(InferContext& ctx, const Dim& a, const Dim& b);
Type join(InferContext& ctx, const Type& a, const Type& b);
/// The dim that an integer given by a tensor makes. A run-time integer makes a dim only alone: inside an expression it
/// gives a fresh symbol, since the dim of the result is the only place to read it from.
Dim dimFrom(InferContext& ctx, const Dim& integer);
Dim clampAtZero(const Dim& a);
/// The dims, or those of a type and of its elements, each replaced by f(dim).
Dims mapDims(const Dims& dims, const std::function<Dim(const Dim&)>& f);
Type mapDims(const Type& type, const std::function<Dim(const Dim&)>& f);
/// Replaces every dim that contains a symbol of `SymbolSource`.
Dims refreshed(InferContext& ctx, const Dims& dims);
Type refreshed(InferContext& ctx, const Type& type);
bool hasFreshSymbol(const Dim& dim);
/// No symbol in it stands for an integer computed at run time.
bool isOverDims(const Dim& dim);

// ---- attributes and axes
DType toDType(int64_t number);
DType dtypeAttribute(const InferContext& ctx, const char* name, DType otherwise);
/// The axis counted from 0; nothing when it is outside the rank.
std::optional<size_t> normalizeAxis(int64_t axis, size_t rank);
std::optional<std::vector<size_t>> normalizeAxes(const std::vector<int64_t>& axes, size_t rank);
std::optional<size_t> axisAttribute(const InferContext& ctx, size_t rank, int64_t otherwise);
/// Integers by input (when it is there) or by attribute, as operators have moved them from one to the other.
struct Integers {
  bool given = false;
  std::optional<Dims> values;
};
Integers integersOf(const InferContext& ctx, size_t input, const char* attribute);
/// The same, where literal.
struct LiteralIntegers {
  bool given = false;
  std::optional<std::vector<int64_t>> values;
};
LiteralIntegers literalsOf(const InferContext& ctx, size_t input, const char* attribute);
std::optional<std::vector<int64_t>> allLiteral(const std::optional<Dims>& dims);

// ---- rules that many rows are
std::optional<Dims> copyOf(const Dims* dims);
/// dtype and dims of the first input.
void sameAsInput(InferContext& ctx);
/// dims of the first input, all results bool.
void boolLikeInput(InferContext& ctx);

}  // namespace deploytool::ir::inference
