// Sparse tensors, which are kept dense: what is made of them has the same elements.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kGraph = {"x:f32[n=5,3]", "i:i64[2,e=7]", "w:f32[e=7]"};
const CaseOptions kNodes = {.ranges = {{"i", {0, 4}}}, .sizes = {{{"n", 5}, {"e", 7}}, {{"n", 6}, {"e", 3}}, {{"n", 5}, {"e", 0}}}};

const Cases kSparse("sparse", {
    {"torch._sparse_mm(torch.sparse_coo_tensor(i, w, [x.size(0), x.size(0)]), x)", kGraph, kNodes},
    {"torch.mm(torch.sparse_coo_tensor(i, w, [x.size(0), x.size(0)]).coalesce(), x)", kGraph, kNodes},
    {"torch.sparse_coo_tensor(i[:1], x[:w.size(0)], [9, 3]).to_dense()", {"x:f32[7,3]", "i:i64[2,7]", "w:f32[7]"}, {.ranges = {{"i", {0, 8}}}}},
    {"torch.sparse_coo_tensor(i, w).to_dense()", {"i:i64[2,e=7]", "w:f32[e=7]"}, {.ranges = {{"i", {0, 5}}}}},
    {"torch._sparse_coo_tensor_unsafe(i, w, [5, 5]).to_dense()", {"i:i64[2,e=7]", "w:f32[e=7]"}, {.ranges = {{"i", {0, 4}}}}},
    {"torch.sparse_coo_tensor([3, 4], dtype=7).to_dense() + x", {"x:f64[n,3,4]"}},
    {"def f(x):\n  m = x > 0\n  ends = torch.constant_pad_nd(m.sum(1).cumsum(0), [1, 0])\n"
     "  return torch.sparse_csr_tensor(ends, m.nonzero()[:, 1], x[m], [x.size(0), 4]).to_dense()", {"x:f32[n=5,4]"}},
    {"torch._sparse_mm(x.to_sparse(), y)", {"x:f32[n,4]", "y:f32[4,m]"}},
    {"torch.smm(x.to_sparse(), y).to_dense(), torch.hspmm(x.to_sparse(), y).to_dense()", {"x:f32[n,4]", "y:f32[4,m]"}},
    {"torch.sspaddmm(z.to_sparse(), x.to_sparse(), y, beta=0.5, alpha=2).to_dense()", {"x:f32[n,4]", "y:f32[4,m]", "z:f32[n,m]"}},
    {"torch._sparse_addmm(z, x.to_sparse(), y, beta=0.5, alpha=2)", {"x:f32[n,4]", "y:f32[4,m]", "z:f32[n,m]"}},
    {"torch._sparse_sum(x.to_sparse()), torch._sparse_sum(x.to_sparse(), [1]).to_dense(), torch._sparse_sum(x.to_sparse(), dtype=7)", {"x:f32[n,4]"}},
    {"torch._sparse_sum(x.to_sparse(), [0], dtype=7).to_dense()", {"x:f32[n,4]"}},
    {"torch._coalesce(torch.sparse_coo_tensor(i, w, [5, 5])).to_dense()", {"i:i64[2,e=7]", "w:f32[e=7]"}, {.ranges = {{"i", {0, 4}}}, .smallest = 3}},
    {"x.to_sparse(1).to_dense(), x.to_sparse_csr().to_dense(), x.to_sparse_csc().to_dense(), torch._to_dense(x.to_sparse())", {"x:f32[n,4]"}},
    {"x.to_sparse_bsr([2, 2]).to_dense(), x.to_sparse_bsc([2, 2]).to_dense()", {"x:f32[4,4]"}},
    {"torch._sparse_mm(torch.eye(4).to_sparse() * 2, x)", {"x:f32[4,n]"}},  // known when exporting
    {"x.to_sparse()", {"x:f32[n,4]"}},  // as a result
    {"x.to_sparse().coalesce().values()", {"x:f32[n,4]"}, {.refuses = "which elements they hold"}},
});

}  // namespace

}  // namespace deploytool::testing
