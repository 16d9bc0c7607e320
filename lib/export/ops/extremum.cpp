// Largest and smallest elements over axes, with and without their indices.
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

namespace {

/// Index of the first extreme along an axis, as int64.
Tensor argExtreme(Builder& b, const Tensor& x, bool largest, int64_t axis, bool keep) {
  if (x.rank() == 0) return b.int64(0);
  if (x.dtype() == DType::Int64) return dropAxis(b, topK(b, x, 1, axis, largest).second, axis, keep);
  const bool direct = ir::isFloating(x.dtype()) || x.dtype() == DType::Int32;
  return b.op(largest ? "ArgMax" : "ArgMin", {direct ? x : b.cast(x, DType::Int32)},
              {{"axis", axis}, {"keepdims", keep}});
}

const char* reducer(bool largest) { return largest ? "ReduceMax" : "ReduceMin"; }

// aten::max, min: over everything
Lowering overAll(bool largest) {
  return [largest](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    return {reduceExtreme(c.b, reducer(largest), x, axesOf(c, x.rank()))};
  };
}

// aten::max.dim, min.dim: values and indices
Lowering withIndices(bool largest) {
  return [largest](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    const int64_t axis = c.axis("dim", x.rank());
    const bool keep = c.boolean("keepdim");
    if (x.rank() == 0) return {x, c.b.int64(0)};
    return {reduceExtreme(c.b, reducer(largest), x, {{axis}, keep, false}), argExtreme(c.b, x, largest, axis, keep)};
  };
}

// aten::argmax, argmin: without an axis, into the flattened tensor
Lowering argument(bool largest) {
  return [largest](Call& c) -> Results {
    const Tensor x = realOperand(c, "self");
    const bool keep = c.boolean("keepdim");
    if (c.has("dim")) return {argExtreme(c.b, x, largest, c.axis("dim", x.rank()), keep)};
    const Tensor index = argExtreme(c.b, c.b.flattenAll(x), largest, 0, false);
    if (!keep) return {index};
    return {c.b.reshape(index, Dims(static_cast<size_t>(x.rank()), Dim(1)))};
  };
}

// aten::aminmax
Results aminmax(Call& c) {
  const Tensor x = realOperand(c, "self");
  const Axes axes = axesOf(c, x.rank());
  return {reduceExtreme(c.b, "ReduceMin", x, axes), reduceExtreme(c.b, "ReduceMax", x, axes)};
}

}  // namespace

std::vector<Row> extremum() {
  std::vector<Row> rows = {
      {"aten::argmax(self, dim, keepdim)", argument(true)},
      {"aten::argmin(self, dim, keepdim)", argument(false)},
      {"aten::max.dim(self, dim, keepdim)", withIndices(true)},
      {"aten::min.dim(self, dim, keepdim)", withIndices(false)},
  };
  addRows(rows, {"aten::max(self)", "aten::amax(self, dim, keepdim)"}, overAll(true));
  addRows(rows, {"aten::min(self)", "aten::amin(self, dim, keepdim)"}, overAll(false));
  addRows(rows, {"aten::aminmax(self, dim, keepdim)", "aten::_aminmax(self)", "aten::_aminmax.dim(self, dim, keepdim)"},
          aminmax);
  return rows;
}

}  // namespace deploytool::exporter::ops
