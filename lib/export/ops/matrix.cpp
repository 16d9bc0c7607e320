// Matrix products.
#include "export/ops/matrix.h"

#include "export/ops/operands.h"
#include "export/ops/reduce.h"

namespace deploytool::exporter::ops {

Tensor transposeLast(Builder& b, const Tensor& x) { return b.swapAxes(x, x.rank() - 2, x.rank() - 1); }

Tensor linear(Builder& b, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const bool gemm = x.rank() == 2 && weight.rank() == 2 && (x.dtype() == DType::Float32 || x.dtype() == DType::Float64);
  if (gemm && bias) return b.op("Gemm", {x, weight, bias}, {{"transB", 1}});
  const Tensor result = b.matmul(x, weight.rank() == 1 ? weight : transposeLast(b, weight));
  return bias ? b.add(result, bias) : result;
}

namespace {

// aten::matmul, mm, bmm, mv, dot: MatMul broadcasts as torch does
Lowering matmulOf(std::string_view left, std::string_view right) {
  return [left, right](Call& c) -> Results { return {c.b.matmul(realOperand(c, left), realOperand(c, right))}; };
}

// aten::linear, mkldnn_linear
Lowering linearOf(std::string_view input) {
  return [input](Call& c) -> Results {
    const auto bias = c.optTensor("bias");
    return {linear(c.b, realOperand(c, input), realOperand(c, "weight"), bias ? *bias : Tensor())};
  };
}

/// beta · self + alpha · value; beta 0 ignores self, whatever it holds, but not its shape.
Tensor accumulate(Call& c, const Tensor& value) {
  Builder& b = c.b;
  Tensor result = value;
  const DType dtype = value.dtype();
  if (!isNumber(c, "alpha", 1)) result = b.mul(result, operand(c, "alpha", dtype));
  if (isNumber(c, "beta", 0)) return result;
  Tensor self = realOperand(c, "self");
  if (!isNumber(c, "beta", 1)) self = b.mul(self, operand(c, "beta", dtype));
  return b.add(self, result);
}

// aten::addmm: Gemm where its kernel takes the dtype
Results addmm(Call& c) {
  const Tensor self = realOperand(c, "self"), x = realOperand(c, "mat1"), y = realOperand(c, "mat2");
  const bool floating = x.dtype() == DType::Float32 || x.dtype() == DType::Float64;
  const bool scaled = !isNumber(c, "alpha", 1) || !isNumber(c, "beta", 1);
  // Where ONNX Runtime's Gemm adds nothing, or does not scale what it adds.
  const bool empty = x.dim(1) == Dim(0) || (scaled && !x.dim(1).isPositive());
  if (!floating || empty || (scaled && x.dtype() == DType::Float64)) return {accumulate(c, c.b.matmul(x, y))};
  ir::Attributes attributes;
  if (scaled)
    for (const char* factor : {"alpha", "beta"}) attributes.emplace_back(factor, c.number(factor));
  return {c.b.op("Gemm", {x, y, self}, std::move(attributes))};
}

// aten::_addmm_activation
Results addmmActivation(Call& c) {
  if (c.boolean("use_gelu")) c.refuse("_addmm_activation with gelu");
  const Results sum = addmm(c);
  return {c.b.unary("Relu", c.read(sum[0]))};
}

// aten::baddbmm
Results baddbmm(Call& c) { return {accumulate(c, c.b.matmul(realOperand(c, "batch1"), realOperand(c, "batch2")))}; }

// aten::addbmm: the products of the batch summed up
Results addbmm(Call& c) {
  const Tensor products = c.b.matmul(realOperand(c, "batch1"), realOperand(c, "batch2"));
  return {accumulate(c, c.b.reduce("ReduceSum", products, {0}, false))};
}

// aten::addmv
Results addmv(Call& c) { return {accumulate(c, c.b.matmul(realOperand(c, "mat"), realOperand(c, "vec")))}; }

Tensor outerProduct(Builder& b, const Tensor& x, const Tensor& y) {
  return b.mul(b.unsqueeze(x, {1}), b.unsqueeze(y, {0}));
}

// aten::outer: of vectors of any two dtypes
Results outer(Call& c) {
  const Tensors x = operands(c, {"self", "vec2"});
  if (x[0].dtype() == DType::Bool) return {c.b.op("And", {c.b.unsqueeze(x[0], {1}), c.b.unsqueeze(x[1], {0})})};
  return {outerProduct(c.b, x[0], x[1])};
}

// aten::addr: beta · self + alpha · vec1 ⊗ vec2
Results addr(Call& c) {
  const Tensors x = operands(c, {"self", "vec1", "vec2"});
  return {accumulate(c, outerProduct(c.b, x[1], x[2]))};
}

// aten::inner: over the last axis of both
Results inner(Call& c) {
  const Tensor x = realOperand(c, "self"), y = realOperand(c, "other");
  if (x.rank() == 0 || y.rank() == 0) return {c.b.mul(x, y)};
  if (y.rank() <= 2) return {c.b.matmul(x, y.rank() == 1 ? y : transposeLast(c.b, y))};
  Dims dims(x.dims().begin(), x.dims().end() - 1);
  dims.insert(dims.end(), y.dims().begin(), y.dims().end() - 1);
  const Tensor flat = c.b.reshape(y, {ir::product(Dims(y.dims().begin(), y.dims().end() - 1)), y.dim(-1)});
  return {c.b.reshape(c.b.matmul(x, transposeLast(c.b, flat)), dims)};
}

// aten::chain_matmul, linalg_multi_dot: from the left
Lowering chain(std::string_view name) {
  return [name](Call& c) -> Results {
    const Tensors matrices = c.tensors(name);
    if (matrices.empty()) c.refuse("no matrices to multiply");
    Tensor result = matrices[0];
    for (size_t i = 1; i < matrices.size(); ++i) result = c.b.matmul(result, matrices[i]);
    return {result};
  };
}

/// The axes of `rank` that are not in `axes`.
std::vector<int64_t> otherAxes(int64_t rank, const std::vector<int64_t>& axes) {
  std::vector<int64_t> rest;
  for (int64_t i = 0; i < rank; ++i)
    if (std::find(axes.begin(), axes.end(), i) == axes.end()) rest.push_back(i);
  return rest;
}

Dims dimsAt(const Tensor& x, const std::vector<int64_t>& axes) {
  Dims dims;
  for (int64_t axis : axes) dims.push_back(x.dim(axis));
  return dims;
}

/// Axes of a list argument, counted from the front; an empty list stays empty.
std::vector<int64_t> plainAxes(Call& c, std::string_view name, int64_t rank) {
  return c.integers(name).empty() ? std::vector<int64_t>() : c.axes(name, rank);
}

// aten::tensordot: the contracted axes last (first), flattened into one matrix product
Results tensordot(Call& c) {
  Builder& b = c.b;
  const Tensor x = realOperand(c, "self"), y = realOperand(c, "other");
  const std::vector<int64_t> inX = plainAxes(c, "dims_self", x.rank()), inY = plainAxes(c, "dims_other", y.rank());
  const std::vector<int64_t> outX = otherAxes(x.rank(), inX), outY = otherAxes(y.rank(), inY);
  std::vector<int64_t> orderX = outX, orderY = inY;
  orderX.insert(orderX.end(), inX.begin(), inX.end());
  orderY.insert(orderY.end(), outY.begin(), outY.end());
  const Dims rows = dimsAt(x, outX), columns = dimsAt(y, outY);
  const Tensor left = b.reshape(b.transpose(x, orderX), {ir::product(rows), ir::product(dimsAt(x, inX))});
  const Tensor right = b.reshape(b.transpose(y, orderY), {ir::product(dimsAt(y, inY)), ir::product(columns)});
  Dims dims = rows;
  dims.insert(dims.end(), columns.begin(), columns.end());
  return {b.reshape(b.matmul(left, right), dims)};
}

/// `x` with ones put before and after every dim, so that the products of two such interleave.
Tensor interleaved(Builder& b, const Tensor& x, int64_t rank, bool first) {
  Dims dims;
  for (int64_t i = 0; i < rank; ++i) {
    const int64_t own = i - (rank - x.rank());
    const Dim size = own < 0 ? Dim(1) : x.dim(own);
    dims.push_back(first ? size : Dim(1));
    dims.push_back(first ? Dim(1) : size);
  }
  return b.reshape(x, dims);
}

// aten::kron
Results kron(Call& c) {
  const Tensors x = operands(c, {"self", "other"});
  const int64_t rank = std::max(x[0].rank(), x[1].rank());
  const Tensor all = c.b.mul(interleaved(c.b, x[0], rank, true), interleaved(c.b, x[1], rank, false));
  Dims dims;
  for (int64_t i = 0; i < rank; ++i) {
    const auto size = [&](const Tensor& t) {
      const int64_t own = i - (rank - t.rank());
      return own < 0 ? Dim(1) : t.dim(own);
    };
    dims.push_back(size(x[0]) * size(x[1]));
  }
  return {c.b.reshape(all, dims)};
}

// aten::bilinear: y[.., k] = x1[.., i] · weight[k, i, j] · x2[.., j] (+ bias)
Results bilinear(Call& c) {
  Builder& b = c.b;
  const Tensor x1 = realOperand(c, "input1"), x2 = realOperand(c, "input2"), weight = realOperand(c, "weight");
  // [i, k·j]: one product with x1, then one with x2 per row
  const Tensor flat = b.reshape(b.transpose(weight, {1, 0, 2}), {weight.dim(1), weight.dim(0) * weight.dim(2)});
  Dims dims(x1.dims().begin(), x1.dims().end() - 1);
  dims.insert(dims.end(), {weight.dim(0), weight.dim(2)});
  const Tensor left = b.reshape(b.matmul(x1, flat), dims);
  const Tensor column = b.unsqueeze(x2, {x2.rank()});
  Tensor result = b.squeeze(b.matmul(left, column), {left.rank() - 1});
  if (const auto bias = c.optTensor("bias")) result = b.add(result, *bias);
  return {result};
}

// aten::trace
Results trace(Call& c) {
  Builder& b = c.b;
  Tensor x = realOperand(c, "self");
  if (!ir::isFloating(x.dtype())) x = b.cast(x, DType::Int64);
  const Tensor rows = b.unsqueeze(b.range(0, x.dim(0)), {1}), columns = b.unsqueeze(b.range(0, x.dim(1)), {0});
  const Tensor diagonal = b.where(b.compare("Equal", rows, columns), x, b.scalarLike(x, 0));
  return {b.reduce("ReduceSum", diagonal, {0, 1}, false)};
}

}  // namespace

std::vector<Row> matrix() {
  std::vector<Row> rows = {
      {"aten::addbmm(self, batch1, batch2, beta, alpha)", addbmm},
      {"aten::addmm(self, mat1, mat2, beta, alpha)", addmm},
      {"aten::_addmm_activation(self, mat1, mat2, beta, alpha, use_gelu)", addmmActivation, "use_gelu"},
      {"aten::addmv(self, mat, vec, beta, alpha)", addmv},
      {"aten::addr(self, vec1, vec2, beta, alpha)", addr},
      {"aten::baddbmm(self, batch1, batch2, beta, alpha)", baddbmm},
      {"aten::bilinear(input1, input2, weight, bias)", bilinear},
      {"aten::chain_matmul(matrices)", chain("matrices")},
      {"aten::inner(self, other)", inner},
      {"aten::kron(self, other)", kron},
      {"aten::linalg_multi_dot(tensors)", chain("tensors")},
      {"aten::linear(input, weight, bias)", linearOf("input")},
      {"aten::mkldnn_linear(self, weight, bias)", linearOf("self")},
      {"aten::mv(self, vec)", matmulOf("self", "vec")},
      {"aten::tensordot(self, other, dims_self, dims_other)", tensordot},
      {"aten::trace(self)", trace},
  };
  addRows(rows, {"aten::matmul(self, other)", "aten::linalg_matmul(self, other)", "aten::vdot(self, other)"},
          matmulOf("self", "other"));
  addRows(rows, {"aten::mm(self, mat2)", "aten::bmm(self, mat2)"}, matmulOf("self", "mat2"));
  addRows(rows, {"aten::dot(self, tensor)"}, matmulOf("self", "tensor"));
  addRows(rows, {"aten::outer(self, vec2)", "aten::ger(self, vec2)"}, outer);
  return rows;
}

}  // namespace deploytool::exporter::ops
