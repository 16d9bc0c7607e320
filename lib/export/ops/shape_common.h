// What the families on shapes, indices and creation share.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "export/table.h"

namespace deploytool::exporter::ops {

// ---- dims
Dims withDim(Dims dims, int64_t axis, Dim dim);
/// A target shape with its -1 replaced by what is left of `total`.
Dims resolveShape(Dims target, const Dim& total);
/// `index` counted from the end where it is known to be negative.
Dim fromEnd(const Dim& index, const Dim& size);
/// Sets the dims of a result that the operator's definition knows more exactly than inference.
Tensor knownDims(Tensor x, Dims dims);

// ---- values
Value intList(Call& c, const Dims& items);
std::vector<Value> asValues(const Tensors& tensors);
/// An argument that holds a Python number or rank-0 tensor as a rank-0 tensor of `dtype`, exactly where it is static.
Tensor numberAs(Call& c, const Value& value, DType dtype);
/// The sequence of a list argument whose length is decided at run time; an empty tensor for other lists.
Tensor sequenceOf(Call& c, std::string_view name);

// ---- tensors
/// Rank at least 1: a rank-0 tensor becomes one of one element.
Tensor atLeast1d(Builder& b, const Tensor& x);
/// torch's expand: axes of size 1 repeat; the result has exactly `dims`.
Tensor expandExactly(Builder& b, const Tensor& x, const Dims& dims);
/// All broadcast to their common shape, which need not be known when exporting.
Tensors broadcastAll(Builder& b, Tensors xs);
/// All cast to what torch.result_type makes of them.
Tensors promoteAll(Tensors xs, Builder& b);
/// start, start + step, …: int64[count].
Tensor progression(Builder& b, const Dim& count, const Dim& start, const Dim& step);
/// Moves the axes `from` to `to`, the others keeping their order.
Tensor moveAxes(Builder& b, const Tensor& x, const std::vector<int64_t>& from, const std::vector<int64_t>& to);
/// The permutation that undoes `permutation`.
std::vector<int64_t> inverse(const std::vector<int64_t>& permutation);
/// Indices of true elements in row-major order: int64[rank, n].
Tensor nonZeroColumns(Builder& b, const Tensor& x);
/// bool[rows, columns]: true where column - row `compare` offset (`Equal`, `GreaterOrEqual`, `LessOrEqual`).
Tensor bandMask(Builder& b, const Dim& rows, const Dim& columns, const Dim& offset, const char* compare);
/// A bool tensor: itself, or whether elements differ from 0.
Tensor asBool(Builder& b, const Tensor& x);
/// The identity of a reduction in `dtype`: lowest or highest value, infinities for floats.
double lowest(DType dtype);
double highest(DType dtype);

/// The k largest or smallest elements along an axis, sorted: values and int64 indices. Rank 0 gives rank 0.
std::pair<Tensor, Tensor> topK(Builder& b, const Tensor& x, const Dim& k, int64_t axis, bool largest);

// ---- scatter (scatter_engine.cpp)
enum class Reduction { None, Add, Multiply, Min, Max };

/// x[indices[i]] = combine(x[indices[i]], updates[i]) for every i, repeated indices included.
/// x: [N, …]; indices: int64[M], in [-N, N); updates: [M, …].
Tensor scatterRows(Call& c, const Tensor& x, const Tensor& indices, const Tensor& updates, Reduction reduction);
/// The same by element: `index` along `axis`, the other coordinates being its own; `updates` has the shape of `index`.
Tensor scatterElements(Call& c, const Tensor& x, const Tensor& index, const Tensor& updates, int64_t axis,
                       Reduction reduction);

}  // namespace deploytool::exporter::ops
