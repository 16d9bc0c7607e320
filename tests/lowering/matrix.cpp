// Matrix products, linear algebra, distances.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

constexpr const char* kFloats = "f32 f64 f16";
constexpr const char* kNumbers = "f32 f64 i64 i32 u8";
constexpr const char* kFactors = "has no operator for matrix factorisations";

/// Away from 0 on the diagonal of triangles.
const CaseOptions kPivots{.low = 0.5, .high = 1.5};

const Cases kMatrix("matrix", {
    {"torch.matmul(x, y)", {"x:T[n,3]", "y:T[3,m]"}, {.dtypes = kNumbers}},
    {"torch.matmul(x, y)", {"x:f32[n,1,4,3]", "y:f32[m,3,2]"}},
    {"torch.matmul(x, y)", {"x:f32[n]", "y:f32[n]"}},
    {"torch.matmul(x, y)", {"x:f32[n]", "y:f32[m,n,3]"}},
    {"torch.matmul(x, y)", {"x:f32[m,n,3]", "y:f32[3]"}},
    {"torch.linalg_matmul(x, y)", {"x:f32[n,3]", "y:f32[3,2]"}},
    {"x @ y", {"x:f16[n,3]", "y:f16[3,2]"}},
    {"torch.mm(x, y)", {"x:T[n,3]", "y:T[3,m]"}, {.dtypes = kNumbers}},
    {"torch.bmm(x, y)", {"x:T[n,2,3]", "y:T[n,3,m]"}, {.dtypes = kNumbers}},
    {"torch.mv(x, y)", {"x:f32[n,3]", "y:f32[3]"}},
    {"torch.mv(x, y)", {"x:T[8,n]", "y:T[n]"}, {.dtypes = "f32 f64 i64", .sizes = {{{"n", 0}}, {{"n", 2}}}}},
    {"torch.matmul(x, y)", {"x:f32[2,8,n]", "y:f32[n]"}, {.sizes = {{{"n", 0}}, {{"n", 2}}}}},
    {"torch.dot(x, y)", {"x:T[n]", "y:T[n]"}, {.dtypes = "f32 f64 i64"}},
    {"torch.vdot(x, y)", {"x:f32[n]", "y:f32[n]"}},
    {"torch.inner(x, y)", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch.inner(x, y)", {"x:f32[n,3]", "y:f32[m,2,3]"}},
    {"torch.inner(x, y)", {"x:f32[3]", "y:f32[3]"}},
    {"torch.outer(x, y)", {"x:f32[n]", "y:T[m]"}, {.dtypes = "f32 i64"}},
    {"torch.ger(x, y)", {"x:f32[n]", "y:f32[m]"}},
    {"torch.addmm(x, y, z)", {"x:T[n,m]", "y:T[n,3]", "z:T[3,m]"}, {.dtypes = "f32 f64 i64"}},
    {"torch.addmm(x, y, z, beta=0.5, alpha=2.0)", {"x:T[4]", "y:T[n,3]", "z:T[3,4]"}, {.dtypes = kFloats}},
    {"torch.addmm(x, y, z, beta=2, alpha=3)", {"x:i64[n,4]", "y:i64[n,3]", "z:i64[3,4]"}},
    {"torch._addmm_activation(x, y, z)", {"x:f32[4]", "y:f32[n,3]", "z:f32[3,4]"}},
    {"torch.addmm(x, y, z, beta=2, alpha=0.5)", {"x:f32[3,3]", "y:f32[3,n]", "z:f32[n,3]"}, {.sizes = {{{"n", 0}}, {{"n", 2}}}}},
    {"torch.addmv(x, y, z, beta=0.5, alpha=2.0)", {"x:f32[n]", "y:f32[n,3]", "z:f32[3]"}},
    {"torch.addr(x, y, z, beta=0.5, alpha=2.0)", {"x:f32[n,m]", "y:f32[n]", "z:f32[m]"}},
    {"torch.addbmm(x, y, z, beta=0.5)", {"x:f32[2,m]", "y:f32[n,2,3]", "z:f32[n,3,m]"}},
    {"torch.baddbmm(x, y, z, alpha=2.0)", {"x:T[n,2,m]", "y:T[n,2,3]", "z:T[n,3,m]"}, {.dtypes = kFloats}},
    {"torch.addmm(x, y, z, beta=0)", {"x:T[n,m]", "y:T[n,3]", "z:T[3,m]"}, {.dtypes = "f32 f64"}},
    {"torch.linear(x, w, b)", {"x:T[n,3]", "w:T[4,3]", "b:T[4]"}, {.dtypes = "f32 f64"}},
    {"torch.linear(x, w, b)", {"x:f32[n,m,3]", "w:f32[4,3]", "b:f32[4]"}},
    {"torch.linear(x, w)", {"x:f32[n,3]", "w:f32[4,3]"}},
    {"torch.linear(x, w, b)", {"x:f32[3]", "w:f32[4,3]", "b:f32[4]"}},
    {"torch.linear(x, w)", {"x:f32[n,3]", "w:f32[3]"}},
    {"torch.linear(x, w, b)", {"x:f16[n,3]", "w:f16[4,3]", "b:f16[4]"}},
    {"torch.bilinear(x, y, w, b)", {"x:f32[n,3]", "y:f32[n,4]", "w:f32[2,3,4]", "b:f32[2]"}},
    {"torch.bilinear(x, y, w)", {"x:f32[n,m,3]", "y:f32[n,m,4]", "w:f32[2,3,4]"}},
    {"torch.chain_matmul([x, y, z])", {"x:f32[n,3]", "y:f32[3,m]", "z:f32[m,2]"}},
    {"torch.linalg_multi_dot([x, y, z])", {"x:f32[n,3]", "y:f32[3,m]", "z:f32[m,2]"}},
    {"torch.tensordot(x, y, [1, 2], [0, 1])", {"x:f32[n,3,m]", "y:f32[3,m,2]"}},
    {"torch.tensordot(x, y, [2, 0], [1, 2])", {"x:f32[n,3,m]", "y:f32[2,m,n]"}},
    {"torch.tensordot(x, y, [], [])", {"x:f32[n]", "y:f32[m]"}},
    {"torch.kron(x, y)", {"x:f32[n,3]", "y:f32[2,m]"}},
    {"torch.kron(x, y)", {"x:i64[n]", "y:i64[2,m]"}},
    {"torch.trace(x)", {"x:T[n,3]"}, {.dtypes = "f32 i64"}},
});

const Cases kEinsum("einsum", {
    {"torch.einsum(\"bij,bjk->bik\", [x, y])", {"x:T[n,2,3]", "y:T[n,3,m]"}, {.dtypes = "f32 f64 i64"}},
    {"torch.einsum(\"ij, kj\", [x, y])", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch.einsum(\"...ij,...jk->...ik\", [x, y])", {"x:f32[n,2,3]", "y:f32[n,3,m]"}},
    {"torch.einsum(\"ii->i\", [x])", {"x:f32[3,3]"}},
    {"torch.einsum(\"ii\", [x])", {"x:f32[3,3]"}},
    {"torch.einsum(\"ij->ji\", [x])", {"x:f32[n,3]"}},
    {"torch.einsum(\"bhId,bhJd->bhIJ\", [x, y])", {"x:f32[n,2,m,3]", "y:f32[n,2,k,3]"}},
    {"torch.einsum(\"i,j,k->ijk\", [x, y, z])", {"x:f32[n]", "y:f32[m]", "z:f32[2]"}},
    {"torch.einsum(\"ij->\", [x])", {"x:f32[n,3]"}},
    // Integers are summed to int64, but multiplied in their own type.
    {"torch.einsum(\"...i->...\", [x])", {"x:T[n,2,3]"}, {.dtypes = "i64 i32 u8 bool i16"}},
    {"torch.einsum(\"ii->i\", [x])", {"x:T[3,3]"}, {.dtypes = "i32 u8 bool"}},
    {"torch.einsum(\"ij,jk->ik\", [x, y])", {"x:T[n,3]", "y:T[3,m]"}, {.dtypes = "i32 u8"}},
    {"torch.einsum(\"i,j->j\", [x, y])", {"x:i32[3]", "y:i32[m]"}},
    {"torch.einsum(\"i,j->ij\", [x, y])", {"x:i32[n]", "y:u8[m]"}},
    {"torch.einsum(\"ij,ij,k->ijk\", [x, y, z])", {"x:i32[n,3]", "y:i32[n,3]", "z:f32[2]"}},
    {"torch.einsum(\"i,i,j->\", [x, y, z])", {"x:i32[3]", "y:i32[3]", "z:i32[4]"}},
    // Subscripts: upper case comes first, ellipses of different length, sums over an ellipsis.
    {"torch.einsum(\"bA, Ac\", [x, y])", {"x:f32[n,3]", "y:f32[3,m]"}},
    {"torch.einsum(\"aB\", [x])", {"x:f32[n,3]"}},
    {"torch.einsum(\"b ... ij, ...jk\", [x, y])", {"x:f32[n,2,4,3]", "y:f32[5,1,3,m]"}},
    {"torch.einsum(\"...ij,jk->...ik\", [x, y])", {"x:f32[n,2,3]", "y:f32[3,m]"}},
    {"torch.einsum(\"...i,...i->...\", [x, y])", {"x:f32[n,2,3]", "y:f32[3]"}},
    {"torch.einsum(\"...i,i->i\", [x, y])", {"x:f32[n,2,3]", "y:f32[3]"}},
    {"torch.einsum(\"...->\", [x])", {"x:T[n,3]"}, {.dtypes = "f32 i32"}},
    // Several axes on the left, on the right and summed; sizes of 1 broadcast; nothing to multiply.
    {"torch.einsum(\"btd,dhk->bthk\", [x, y])", {"x:T[n,m,3]", "y:T[3,2,4]"}, {.dtypes = "f32 f64 f16 i64"}},
    {"torch.einsum(\"bthk,hkd->btd\", [x, y])", {"x:f32[n,m,2,3]", "y:f32[2,3,5]"}},
    {"torch.einsum(\"bqhwc,bkhwc->bwkhq\", [x, y])", {"x:f32[n,m,2,3,4]", "y:f32[n,k,2,3,4]"}},
    {"torch.einsum(\"bnd,bnd->bn\", [x, y])", {"x:f32[n,m,3]", "y:f32[n,m,3]"}},
    {"torch.einsum(\"bnd,bd->bn\", [x, y])", {"x:f32[n,m,3]", "y:f32[1,3]"}},
    {"torch.einsum(\"ab,bc->c\", [x, y])", {"x:f32[n,1]", "y:f32[m,3]"}},
    {"torch.einsum(\"lrd,kd,lrk->rl\", [x, y, z])", {"x:f32[n,m,3]", "y:f32[k,3]", "z:f32[n,m,k]"}},
    {"torch.einsum(\"bid,bjd->bij\", [x, y])", {"x:f32[n,m,3]", "y:f32[n,k,3]"},
     {.sizes = {{{"n", 2}, {"m", 0}, {"k", 3}}, {{"n", 0}, {"m", 2}, {"k", 3}}, {{"n", 3}, {"m", 2}, {"k", 1}}}}},
});

const Cases kLinearAlgebra("linear_algebra", {
    {"torch.det(x)", {"x:T[n,3,3]"}, {.dtypes = "f32 f64"}},
    {"torch.linalg_det(x)", {"x:f32[4,4]"}},
    {"torch.logdet(torch.matmul(x, x.transpose(1, 2)))", {"x:f32[n,3,3]"}},
    {"torch.slogdet(x)", {"x:f32[n,3,3]"}},
    {"torch.linalg_slogdet(x)", {"x:f32[n,3,3]"}},
    {"torch.inverse(x + 3 * torch.eye(3))", {"x:T[n,3,3]"}, {.dtypes = "f32 f64"}},
    {"torch.linalg_inv(x)", {"x:f64[n,4,4]"}},
    {"torch.linalg_inv_ex(x + 2)", {"x:f64[3,3]"}},
    {"torch.inverse(x)", {"x:f32[n,n]"}, {.refuses = "literal size"}},
    {"torch.linalg_inv_ex(x)[1]", {"x:f32[b=3,2,2]"}, {.low = 1, .high = 1.0000001}},
    {"torch.linalg_inv_ex(torch.stack([x, x * 0, torch.tril(x)]))[1]", {"x:f32[3,3]"}},
    {"torch.linalg_solve(x, y)", {"x:f64[n,4,4]", "y:f64[n,4,2]"}},
    {"def f(x, y):\n  s, i = torch.linalg_solve_ex(x, y)\n  return s, i", {"x:f64[n,4,4]", "y:f64[n,4,2]"}},
    {"torch.linalg_solve_triangular(x, y, upper=True)", {"x:f64[n,4,4]", "y:f64[n,4,2]"}, kPivots},
    {"torch.linalg_solve_triangular(x, y, upper=False, left=False, unitriangular=True)", {"x:f64[n,4,4]", "y:f64[2,4]"}, kPivots},
    {"def f(x, y):\n  s, a = torch.triangular_solve(y, x, True, True, False)\n  return s, a", {"x:f64[n,4,4]", "y:f64[n,4,2]"}, kPivots},
    {"torch.cholesky_solve(y, x)", {"x:f64[n,4,4]", "y:f64[n,4,2]"}, kPivots},
    {"torch.cholesky_solve(y, x, True)", {"x:f64[n,4,4]", "y:f64[n,4,2]"}, kPivots},
    {"torch.cholesky_inverse(x)", {"x:f64[4,4]"}, kPivots},
    {"torch.linalg_solve(x, y)", {"x:f64[n,4,4]", "y:f64[4,2]"}},
    {"torch.linalg_solve(x, y)", {"x:f64[3,3]", "y:f64[n,3,2]"}},
    {"torch.linalg_solve(x, y, left=False)", {"x:f64[n,3,3]", "y:f64[n,2,3]"}},
    {"torch.linalg_solve(x, y)", {"x:f64[2,3,3]", "y:f64[2,3]"}},
    {"torch.linalg_solve(x, y)", {"x:f64[4,4]", "y:f64[4]"}},
    {"torch.matrix_power(x, 3)", {"x:f32[n,3,3]"}},
    {"torch.linalg_matrix_power(x, 0)", {"x:f32[n,3,3]"}},
    {"torch.matrix_power(x, -2)", {"x:f64[n,3,3]"}},
    {"torch.linalg_eig(x)[0]", {"x:f32[3,3]"}, {.refuses = kFactors}},
    {"torch.linalg_eigvals(x)", {"x:f32[3,3]"}, {.refuses = kFactors}},
    {"torch.cholesky(torch.matmul(x, x.transpose(1, 2)) + torch.eye(3))", {"x:T[n,3,4]"}, {.dtypes = "f32 f64"}},
    {"torch.linalg_cholesky(torch.tril(x) + 6 * torch.eye(3), upper=True)", {"x:f64[3,3]"}, {.low = 0, .high = 2}},
    {"torch.linalg_cholesky_ex(torch.matmul(x, x.transpose(1, 2)) + torch.eye(5))", {"x:f64[n,5,4]"}},
    {"torch.linalg_cholesky_ex(torch.stack([torch.eye(3), -torch.eye(3), torch.eye(3) - x]))[1]", {"x:f32[1,3]"}, {.low = 0.5, .high = 0.9}},
    {"torch.linalg_cholesky(torch.matmul(x, x.transpose(0, 1)))", {"x:f32[n,9]"}, {.refuses = "literal size"}},
});

const Cases kDistance("distance", {
    {"torch.cdist(x, y)", {"x:T[n,3]", "y:T[m,3]"}, {.dtypes = "f32 f64"}},
    {"torch.cdist(x, y, 1.0)", {"x:f32[k,n,3]", "y:f32[k,m,3]"}},
    {"torch.cdist(x, y, 3.0)", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch.cdist(x, y, float(\"inf\"))", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch.cdist(torch.round(x), torch.round(y), 0.0)", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch._cdist_forward(x, y, 2.0, None)", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch._euclidean_dist(x, y)", {"x:f32[n,3]", "y:f32[m,3]"}},
    {"torch.pairwise_distance(x, y)", {"x:T[n,3]", "y:T[n,3]"}, {.dtypes = "f32 f64"}},
    {"torch.pairwise_distance(x, y, 1.0, 1e-6, True)", {"x:f32[n,3]", "y:f32[3]"}},
    {"torch.cosine_similarity(x, y)", {"x:T[n,3]", "y:T[n,3]"}, {.dtypes = "f32 f64"}},
    {"torch.cross(x, y)", {"x:f32[n=2,m=3]", "y:f32[n=2,m=3]"}, {.sizes = {{{"n", 2}, {"m", 3}}, {{"n", 5}, {"m", 3}}}}},
    {"torch.addmm(x, y, z, beta=0.5, alpha=2)", {"x:f32[3]", "y:f32[n,0]", "z:f32[0,3]"}},
    {"torch.cosine_similarity(x, y, 0)", {"x:f32[n,3]", "y:f32[n,1]"}},
    {"torch.cosine_similarity(x, y, -1, 0.5)", {"x:f32[n,m,3]", "y:f32[1,3]"}},
    {"torch.cross(x, y)", {"x:f32[n,3]", "y:f32[n,3]"}, {.sizes = {{{"n", 5}}, {{"n", 1}}}}},
    {"torch.cross(x, y, 1)", {"x:f32[n,3,m]", "y:f32[n,3,m]"}},
    {"torch.linalg_cross(x, y)", {"x:T[n,3]", "y:T[1,3]"}, {.dtypes = "f32 i64"}},
    {"torch.linalg_cross(x, y, dim=0)", {"x:f32[3,n]", "y:f32[3,n]"}},
    {"torch.linalg_vecdot(x, y)", {"x:f32[n,3]", "y:f32[n,3]"}},
    {"torch.pdist(x)", {"x:f32[4,3]"}},
});

}  // namespace

}  // namespace deploytool::testing
