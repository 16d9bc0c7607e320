// What a program asks of a tensor: sizes, rank, element type, device.
#include <algorithm>

#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"
#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

namespace {

Tensor first(Call& c) { return c.read(c.arguments().at(0)); }

// aten::size(self)
Results sizes(Call& c) { return {intList(c, first(c).dims())}; }

// aten::size.int(self, dim)
Results size(Call& c) {
  const Tensor x = first(c);
  if (x.rank() == 0) c.refuse("a rank-0 tensor has no sizes");
  return {x.dim(c.axis("dim", x.rank()))};
}

// aten::numel(self)
Results numel(Call& c) { return {ir::product(first(c).dims())}; }

// aten::dim(self)
Results rank(Call& c) { return {first(c).rank()}; }

// aten::len.Tensor(t)
Results length(Call& c) {
  const Tensor x = first(c);
  if (x.rank() == 0) c.refuse("len() of a rank-0 tensor");
  return {x.dim(0)};
}

// aten::_shape_as_tensor(self)
Results shapeAsTensor(Call& c) { return {c.b.shape(first(c).dims())}; }

Dims contiguousStrides(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

// aten::stride(self), aten::stride.int(self, dim): as if laid out contiguously
Results strides(Call& c) { return {intList(c, contiguousStrides(first(c).dims()))}; }

Results stride(Call& c) {
  const Tensor x = first(c);
  if (x.rank() == 0) c.refuse("a rank-0 tensor has no strides");
  return {contiguousStrides(x.dims()).at(static_cast<size_t>(c.axis("dim", x.rank())))};
}

// aten::is_same_size(self, other)
Results isSameSize(Call& c) {
  const Dims a = c.tensor("self").dims(), b = c.tensor("other").dims();
  if (a.size() != b.size()) return {false};
  Tensor unknown;
  for (size_t i = 0; i < a.size(); ++i) {
    if (auto known = ir::equal(a[i], b[i])) {
      if (!*known) return {false};
      continue;
    }
    const Tensor equal = c.b.compare("Equal", c.b.dim(a[i]), c.b.dim(b[i]));
    unknown = unknown ? c.b.binary("And", unknown, equal) : equal;
  }
  if (unknown) return {RuntimeScalar{unknown}};
  return {true};
}

/// A question whose answer is the same for every tensor that can reach it.
Lowering always(Value answer) {
  return [answer](Call&) -> Results { return {answer}; };
}

Lowering ofDtype(bool (*question)(DType)) {
  return [question](Call& c) -> Results { return {question(first(c).dtype())}; };
}

bool isSigned(DType dtype) {
  return dtype != DType::Bool && dtype != DType::UInt8 && dtype != DType::UInt16 && dtype != DType::UInt32 &&
         dtype != DType::UInt64;
}

// prim::dtype(a)
Results dtypeOf(Call& c) { return {toScalarType(first(c).dtype())}; }

// aten::result_type
Lowering resultType(const char* a, const char* b) {
  return [=](Call& c) -> Results { return {toScalarType(c.promoted({a, b}))}; };
}

// aten::element_size, prim::itemsize, nbytes
Dim itemSize(Call& c) { return static_cast<int64_t>(ir::itemSize(first(c).dtype())); }
Results elementSize(Call& c) { return {itemSize(c)}; }
Results byteCount(Call& c) { return {ir::product(first(c).dims()) * itemSize(c)}; }

// aten::is_nonzero(self)
Results isNonZero(Call& c) {
  const Tensor x = first(c);
  return {RuntimeScalar{c.b.reshape(asBool(c.b, x), {})}};
}

}  // namespace

std::vector<Row> properties() {
  const Value cpu = ts::Device{"cpu"};
  std::vector<Row> rows = {
      {"aten::size(self)", sizes},
      {"aten::size.int(self, dim)", size},
      {"aten::sym_size(self)", sizes},
      {"aten::sym_size.int(self, dim)", size},
      {"aten::_tensor_to_list(self)",
       [](Call& c) -> Results {
         const auto known = first(c).elements();
         if (!known) c.refuse("a tensor whose contents are known when exporting is needed");
         return {intList(c, *known)};
       },
       "contents that are not known when exporting"},
      {"aten::numel(self)", numel},
      {"aten::sym_numel(self)", numel},
      {"aten::dim(self)", rank},
      {"aten::len.Tensor(t)", length},
      {"aten::_shape_as_tensor(self)", shapeAsTensor},
      {"aten::stride(self)", strides, "answers as for a contiguous tensor"},
      {"aten::stride.int(self, dim)", stride, "answers as for a contiguous tensor"},
      {"aten::storage_offset(self)", always(0), "answers as for a tensor of its own"},
      {"aten::is_same_size(self, other)", isSameSize},
      {"aten::is_contiguous(self)", always(true), "answers as for a contiguous tensor"},
      {"aten::is_contiguous.memory_format(self)", always(true), "answers as for a contiguous tensor"},
      {"aten::is_non_overlapping_and_dense(self)", always(true), "answers as for a contiguous tensor"},
      {"aten::is_leaf(self)", always(true)},
      {"aten::is_nonzero(self)", isNonZero},
      {"aten::is_floating_point(self)", ofDtype(ir::isFloating)},
      {"aten::is_complex(self)", ofDtype(ir::isComplex)},
      {"aten::is_signed(self)", ofDtype(isSigned)},
      {"aten::result_type.Tensor(tensor, other)", resultType("tensor", "other")},
      {"aten::result_type.Scalar(tensor, other)", resultType("tensor", "other")},
      {"aten::result_type.Scalar_Tensor(scalar, tensor)", resultType("scalar", "tensor")},
      {"aten::result_type.Scalar_Scalar(scalar1, scalar2)", resultType("scalar1", "scalar2")},
      {"aten::element_size(self)", elementSize},
      {"prim::itemsize(a)", elementSize},
      {"prim::nbytes(a)", byteCount},
      {"prim::dtype(a)", dtypeOf},
      {"prim::device(a)", always(cpu)},
      {"prim::layout(a)", always(0)},
      {"prim::is_cpu(a)", always(true)},
      {"prim::name(a)", always(None{})},
      {"prim::grad(a)", [](Call& c) -> Results { c.refuse("gradients are not part of an exported model"); }, "refused"},
  };
  addRows(
      rows,
      {"aten::is_pinned(self)", "aten::is_coalesced(self)", "aten::is_distributed(self)", "aten::is_inference(self)",
       "aten::is_conj(self)",   "aten::is_neg(self)",       "aten::_is_zerotensor(self)", "prim::requires_grad(a)",
       "prim::is_cuda(a)",      "prim::is_ipu(a)",          "prim::is_maia(a)",           "prim::is_meta(a)",
       "prim::is_mkldnn(a)",    "prim::is_mps(a)",          "prim::is_mtia(a)",           "prim::is_ort(a)",
       "prim::is_sparse(a)",    "prim::is_sparse_csr(a)",   "prim::is_vulkan(a)",         "prim::is_xla(a)",
       "prim::is_xpu(a)"},
      always(false));
  return rows;
}

}  // namespace deploytool::exporter::ops
