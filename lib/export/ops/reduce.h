// What the reducing families share: axes of a call, counts, extremes and truth along axes.
#pragma once

#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

/// The axes of argument `dim` (a list, a number or None; None and empty: all), and `keepdim` where the schema has it.
struct Axes {
  std::vector<int64_t> list;
  bool keep = false;
  bool all = false;  ///< no axis was given
};
Axes axesOf(const Call& c, int64_t rank, std::string_view name = "dim");

/// The argument `self` in `dtype` where one is asked for; else integers and bools as int64.
Tensor accumulated(const Call& c);

/// Number of elements that the axes hold together.
Dim countOf(const Tensor& x, const Axes& axes);
/// A dim as a rank-0 tensor of `dtype`.
Tensor dimAs(Builder& b, const Dim& value, DType dtype);

Tensor reduce(Builder& b, const char* opType, const Tensor& x, const Axes& axes);
/// The mean of floating elements. Of none it is NaN: ONNX leaves that open, ONNX Runtime's ReduceMean gives 0.
Tensor mean(Builder& b, const Tensor& x, const Axes& axes);
Tensor meanOfAll(Builder& b, const Tensor& x);
/// ReduceMax or ReduceMin, of bools too.
Tensor reduceExtreme(Builder& b, const char* opType, const Tensor& x, const Axes& axes);
/// ReduceMax or ReduceMin of numbers that are not negative, NaN where one of them is: ONNX Runtime's kernels pass over it.
Tensor extremeOfSizes(Builder& b, const char* opType, const Tensor& sizes, const Axes& axes);
Tensor anyTrue(Builder& b, const Tensor& condition, const Axes& axes);
Tensor allTrue(Builder& b, const Tensor& condition, const Axes& axes);

/// Drops axis `axis` of size 1, unless `keep`.
Tensor dropAxis(Builder& b, const Tensor& x, int64_t axis, bool keep);
}  // namespace deploytool::exporter::ops
