// ONNX sequences that are built element by element in a Loop.
#pragma once

#include <functional>

#include "export/builder.h"

namespace deploytool::exporter::ops {

/// `start` with `count` more elements at its end: element(i) for i = 0, 1, …, as a value of the loop's body.
Tensor extended(Builder& b, const Tensor& start, const Tensor& count, const std::function<Tensor(const Tensor& i)>& element);
/// The pieces of a tensor along an axis: of the given sizes (int64, rank 0 for all or rank 1), or one by one.
Tensor splitIntoSequence(Builder& b, const Tensor& x, int64_t axis, const Tensor& sizes, bool keepDims);
/// A sequence of no elements, of the type of `like`.
Tensor emptyLike(Builder& b, const Tensor& like);
Tensor emptyOf(Builder& b, const ir::Type& type);
/// Elements from the last to the first.
Tensor reversed(Builder& b, const Tensor& sequence);
/// The elements of `second` after those of `first`.
Tensor joined(Builder& b, const Tensor& first, const Tensor& second);
/// The elements `times` times over; none where that is negative.
Tensor timesOver(Builder& b, const Tensor& sequence, const Dim& times);
/// Elements start, start + step, … before `end`, as Python slices: bounds count from the end where they are negative.
Tensor sliced(Builder& b, const Tensor& sequence, const Dim& start, const std::optional<Dim>& end, int64_t step);

}  // namespace deploytool::exporter::ops
