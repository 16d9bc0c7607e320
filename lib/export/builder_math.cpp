// Builder: element types, arithmetic, reductions.
#include <algorithm>
#include <cmath>

#include "export/builder.h"
#include "export/complex.h"

namespace deploytool::exporter {

namespace {

/// By a cast that may turn another number into 0: to an integer, or to a smaller one.
bool isMadeWhole(const Tensor& x) {
  const ir::Node* node = x.value() ? x.value()->producer() : nullptr;
  if (!node || node->opType != "Cast" || !ir::isIntegral(x.dtype())) return false;
  const DType from = node->inputs()[0]->type.dtype;
  return ir::isFloating(from) || ir::itemSize(from) > ir::itemSize(x.dtype());
}

bool hasNoElements(const Tensor& x) {
  const Dims& dims = x.dims();
  return std::find(dims.begin(), dims.end(), Dim(0)) != dims.end();
}

}  // namespace

Tensor Builder::cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  if (ir::isComplex(dtype)) return castToComplex(*this, x, dtype);
  if (ir::isComplex(x.dtype())) throw Refusal{"a complex tensor where a real one is needed"};
  if (x.isConstant() && x.rank() == 0 && x.dtype() != DType::String) {
    const double value = x.constant()->toDoubles()[0];
    if (std::abs(value) < 9007199254740992.0) return scalar(dtype, ir::isFloating(dtype) ? value : std::trunc(value));
  }
  // ONNX Runtime joins the two casts of a number made whole and then a truth, and finds 0.5 true.
  if (dtype == DType::Bool && isMadeWhole(x)) return logicalNot(compare("Equal", x, scalar(x.dtype(), 0)));
  Tensor result = op("Cast", {x}, {{"to", static_cast<int64_t>(dtype)}});
  if (ir::isIntegral(dtype) && ir::isIntegral(x.dtype()) && !result.value()->elements) result.value()->elements = x.elements();
  return result;
}

Tensor Builder::binary(const std::string& opType, const Tensor& a, const Tensor& b) {
  // ONNX Runtime drops arithmetic with a constant (by now, or folded later) of no elements, and the result with it.
  if (hasNoElements(a) && !b.isConstant()) return op("Expand", {a, shape(b.dims())});
  if (hasNoElements(b) && !a.isConstant() && a.dtype() == b.dtype()) return op("Expand", {b, shape(a.dims())});
  return op(opType, {a, b});
}

Tensor Builder::unary(const std::string& opType, const Tensor& x) { return op(opType, {x}); }

Tensor Builder::compare(const std::string& opType, const Tensor& a, const Tensor& b) {
  if (a.dtype() == DType::Bool && opType != "Equal") return compare(opType, cast(a, DType::Int32), cast(b, DType::Int32));
  return op(opType, {a, b});
}

Tensor Builder::where(const Tensor& condition, const Tensor& yes, const Tensor& no) {
  return op("Where", {cast(condition, DType::Bool), yes, no});
}

namespace {

bool isTransposed(const Tensor& x) {
  const ir::Node* producer = x.value() ? x.value()->producer() : nullptr;
  return producer && producer->opType == "Transpose";
}

}  // namespace

Tensor Builder::matmul(const Tensor& a, const Tensor& b) {
  // ONNX Runtime fuses a transposed operand into a kernel that it lacks for float64.
  const bool fused = a.dtype() == DType::Float64 && (isTransposed(a) || isTransposed(b));
  // Its product with a vector leaves memory as it was where there is nothing to sum.
  const bool isOpen = a.rank() > 1 && b.rank() == 1 && !b.dim(0).isPositive();
  if (!fused) return isOpen ? squeeze(op("MatMul", {a, unsqueeze(b, {1})}), {-1}) : op("MatMul", {a, b});
  // ONNX Runtime wants an ellipsis to stand for as many axes in both.
  const auto raised = [&](const Tensor& x, int64_t rank) {
    std::vector<int64_t> axes;
    for (int64_t i = x.rank(); i > 1 && i < rank; ++i) axes.push_back(i - x.rank());
    return unsqueeze(x, axes);
  };
  const std::string left = a.rank() == 1 ? "j" : "...ij", right = b.rank() == 1 ? "j" : "...jk";
  const std::string result = std::string("...") + (a.rank() == 1 ? "" : "i") + (b.rank() == 1 ? "" : "k");
  return op("Einsum", {raised(a, b.rank()), raised(b, a.rank())}, {{"equation", left + "," + right + "->" + result}});
}

Tensor Builder::reduce(const std::string& opType, const Tensor& x, std::vector<int64_t> axes, bool keepDims) {
  for (int64_t& axis : axes) axis = axis < 0 ? axis + x.rank() : axis;
  std::sort(axes.begin(), axes.end());
  ir::Attributes attributes;
  attributes.emplace_back("keepdims", keepDims);
  Tensors inputs{x};
  // ReduceSum takes its axes as an input since opset 13, the others since 18.
  if (opType == "ReduceSum" || opset_ >= 18) {
    if (!axes.empty()) inputs.push_back(int64s(axes));
  } else if (!axes.empty()) {
    attributes.emplace_back("axes", axes);
  }
  return op(opType, inputs, std::move(attributes));
}

}  // namespace deploytool::exporter
