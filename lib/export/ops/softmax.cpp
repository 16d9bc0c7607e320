// Softmax and its logarithm.
#include <cmath>

#include "export/ops/operands.h"

namespace deploytool::exporter::ops {

namespace {

Tensor along(Builder& b, const char* opType, const Tensor& x, int64_t axis) {
  if (x.rank() == 0) return b.squeeze(b.op(opType, {b.unsqueeze(x, {0})}, {{"axis", 0}}), {0});
  return b.op(opType, {x}, {{"axis", axis}});
}

// aten::softmax.int: `dtype` is what it computes in and returns
Lowering softmaxLike(const char* opType) {
  return [opType](Call& c) -> Results {
    Tensor x = realOperand(c, "self");
    x = c.b.cast(x, c.dtype("dtype").value_or(floatType(x.dtype())));
    return {along(c.b, opType, x, c.axis("dim", x.rank()))};
  };
}

// aten::_softmax: half_to_float asks for a float32 result of a float16 input
Lowering innerSoftmax(const char* opType) {
  return [opType](Call& c) -> Results {
    Tensor x = floatOperand(c, "self");
    if (c.boolean("half_to_float")) x = c.b.cast(x, DType::Float32);
    return {along(c.b, opType, x, c.axis("dim", x.rank()))};
  };
}

/// 0 where a whole slice is -inf: attention's softmax since PyTorch 2.5.
Results safeSoftmax(Call& c) {
  const Tensor given = floatOperand(c, "self");
  const Tensor x = c.b.cast(given, c.dtype("dtype").value_or(given.dtype()));
  const int64_t axis = c.axis("dim", x.rank());
  const Tensor largest = x.rank() == 0 ? x : c.b.reduce("ReduceMax", x, {axis}, true);
  const Tensor empty = c.b.compare("Equal", largest, c.b.scalarLike(x, -INFINITY));
  return {c.b.where(empty, c.b.scalarLike(x, 0), along(c.b, "Softmax", x, axis))};
}

}  // namespace

std::vector<Row> softmax() {
  std::vector<Row> rows;
  addRows(rows, {"aten::softmax.int(self, dim, dtype)", "aten::special_softmax(self, dim, dtype)"}, softmaxLike("Softmax"));
  addRows(rows, {"aten::log_softmax.int(self, dim, dtype)", "aten::special_log_softmax(self, dim, dtype)"},
          softmaxLike("LogSoftmax"));
  addRows(rows, {"aten::_softmax(self, dim, half_to_float)"}, innerSoftmax("Softmax"));
  addRows(rows, {"aten::_log_softmax(self, dim, half_to_float)"}, innerSoftmax("LogSoftmax"));
  addRows(rows, {"aten::_safe_softmax(self, dim, dtype)"}, safeSoftmax);
  return rows;
}

}  // namespace deploytool::exporter::ops
