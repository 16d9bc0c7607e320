// Eigenvalues, singular values and factors. Vectors are compared by what does not depend on their signs.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kSquares = {"x:T[b=2,5,5]"};
const std::vector<std::string> kTall = {"x:T[b=2,n=6,3]"};
const CaseOptions kWide = {.dtypes = "f32 f64", .smallest = 3, .tolerance = 1e-4};

std::string program(const std::string& body) { return "def f(x):\n  " + body; }

const Cases kEigen("eigen", {
    {"torch.linalg_eigvalsh(x)", kSquares, kWide},
    {"torch.linalg_eigvalsh(x, 'U')", {"x:f32[1,1]"}},
    {"torch.linalg_eigvalsh(x)", {"x:f32[16,16]"}, {.tolerance = 1e-4}},
    {program("w, v = torch.linalg_eigh(x)\n  return w, torch.matmul(v * w.unsqueeze(-2), v.transpose(-1, -2)), torch.matmul(v, v.transpose(-1, -2))"), kSquares, kWide},
    {program("w, v = torch.linalg_eigh(x, 'U')\n  return torch.matmul(v * w.exp().unsqueeze(-2), v.transpose(-1, -2))"), {"x:f32[4,4]"}, {.tolerance = 1e-4}},
    {program("w, v = torch._linalg_eigh(x)\n  return w, v.abs()"), {"x:f32[4,4]"}, {.tolerance = 1e-4}},
    {program("w, v = torch._linalg_eigh(x, 'L', False)\n  return w, v"), {"x:f32[4,4]"}, {.tolerance = 1e-4}},
    {program("w, v = torch.symeig(x, True, False)\n  return w, v.abs()"), {"x:f32[4,4]"}, {.tolerance = 1e-4, .libtorch = "1."}},
    // equal eigenvalues, and zeros
    {program("w, v = torch.linalg_eigh(x * 0 + torch.eye(4))\n  return w, torch.matmul(v, v.transpose(-1, -2))"), {"x:f32[4,4]"}},
    {program("w, v = torch.linalg_eigh(x * 0)\n  return w, torch.matmul(v, v.transpose(-1, -2))"), {"x:f32[b=2,3,3]"}},
    {"torch.linalg_eigvalsh(x)", {"x:f32[n,n]"}, {.refuses = "of a size that a run decides"}},
    {"torch.linalg_eigvals(x)", {"x:f32[3,3]"}, {.refuses = "matrix factorisations"}},
});

const Cases kSingular("singular_values", {
    {"torch.linalg_svdvals(x)", kTall, kWide},
    {"torch.linalg_svdvals(x.transpose(1, 2))", kTall, kWide},
    {program("u, s, v = torch.linalg_svd(x, False)\n  return s, torch.matmul(u * s.unsqueeze(-2), v), u.abs(), v.abs()"), kTall, kWide},
    {program("u, s, v = torch.linalg_svd(x)\n  return s, torch.matmul(u[..., :3] * s.unsqueeze(-2), v), torch.matmul(u, u.transpose(-1, -2))"), {"x:f32[b=2,5,3]"}, {.tolerance = 1e-4}},
    {program("u, s, v = torch.linalg_svd(x)\n  return s, torch.matmul(u * s.unsqueeze(-2), v[..., :3, :]), torch.matmul(v, v.transpose(-1, -2))"), {"x:f32[3,5]"}, {.tolerance = 1e-4}},
    {program("u, s, v = torch.svd(x)\n  return s, torch.matmul(u * s.unsqueeze(-2), v.transpose(-1, -2)), v.abs()"), {"x:f32[4,4]"}, {.tolerance = 1e-4}},
    {program("u, s, v = torch.svd(x, True, False)\n  return u, s, v"), {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {program("u, s, v = torch._linalg_svd(x, False, False)\n  return s"), {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    // missing ranks: the vectors of 0 are still orthogonal
    {program("y = torch.cat([x, x[:, :1]], 1)\n  u, s, v = torch.linalg_svd(y)\n  return s, torch.matmul(u, u.transpose(-1, -2)), torch.matmul(v, v.transpose(-1, -2))"), {"x:f32[3,2]"}, {.tolerance = 1e-4}},
    {program("u, s, v = torch.linalg_svd(x * 0)\n  return s, torch.matmul(u, u.transpose(-1, -2)), torch.matmul(v, v.transpose(-1, -2))"), {"x:f32[3,3]"}},
    // the rotation between two sets of points
    {program("h = torch.matmul(x.transpose(0, 1), x.roll(1, 1) + 0.1)\n  u, s, v = torch.svd(h)\n  d = torch.det(torch.matmul(v, u.transpose(0, 1)))\n"
             "  e = torch.diag(torch.stack([torch.ones_like(d), torch.ones_like(d), d]))\n  return torch.matmul(torch.matmul(v, e), u.transpose(0, 1))"), {"x:f32[n=9,3]"}, {.smallest = 4, .tolerance = 1e-3}},
    {"torch.linalg_matrix_rank(torch.cat([x, x[..., :1]], -1))", kTall, kWide},
    {"torch.linalg_matrix_rank(x, 1.5)", kTall, kWide},
    {"torch.linalg_matrix_rank(x, torch.tensor(1.5))", {"x:f32[4,3]"}},
    {"torch.linalg_matrix_rank(x, atol=1.0, rtol=0.4)", {"x:f32[4,3]"}},
    {"torch.linalg_matrix_rank(x, atol=torch.tensor(1.0))", {"x:f32[4,3]"}},
    {"torch.linalg_cond(x)", {"x:f32[4,3]"}, {.tolerance = 1e-3}},
    {"torch.linalg_cond(x, -2)", {"x:f32[4,3]"}, {.tolerance = 1e-3}},
    {"torch.linalg_cond(x, 'nuc'), torch.linalg_cond(x, 'fro')", {"x:f32[b=2,3,3]"}, {.tolerance = 1e-3}},
    {"torch.linalg_cond(x, 1)", {"x:f32[3,3]"}, {.refuses = "condition numbers of other orders"}},
    {"torch.nuclear_norm(x), torch.nuclear_norm(x, True)", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {"torch.nuclear_norm(x, [2, 0], True)", {"x:f32[4,b=2,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_matrix_norm(x, 2), torch.linalg_matrix_norm(x, -2, [0, 2])", {"x:f32[4,b=2,3]"}, {.sizes = {{{"b", 3}}}, .tolerance = 1e-4}},
    {"torch.linalg_matrix_norm(x, 'nuc', [-2, -1], True), torch.linalg_norm(x, 'nuc', [0, 1])", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_norm(x, 2, [0, 1]), torch.linalg_norm(x, -2)", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
});

const Cases kInverses("pseudo_inverses", {
    {"torch.pinverse(x)", kTall, kWide},
    {"torch.pinverse(torch.cat([x, x], -1), 1e-3)", {"x:f32[4,2]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(x)", {"x:f32[b=2,3,5]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(torch.cat([x, x], -1))", {"x:f32[4,2]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(x, 0.5)", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(x, torch.tensor(0.5))", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(x, atol=0.5), torch.linalg_pinv(x, rtol=0.5)", {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_pinv(x, atol=torch.tensor([0.5, 0.1]))", {"x:f32[2,4,3]"}, {.tolerance = 1e-4}},
    {"torch.linalg_lstsq(x, x[..., :2] + 1)[0]", {"x:f32[b=2,3,3]"}, {.tolerance = 1e-3}},
    {program("s, r, k, v = torch.linalg_lstsq(x, x[:, :2] + 1)\n  return s, r, k, v"), {"x:f32[6,3]"}, {.tolerance = 1e-3}},
    {program("s, r, k, v = torch.linalg_lstsq(x, x[:, :2] + 1, driver='gelsd')\n  return s, r, k, v"), {"x:f32[6,3]"}, {.tolerance = 1e-3}},
    {program("s, r, k, v = torch.linalg_lstsq(x, x[:, :2] + 1, driver='gels')\n  return s, r, k, v"), {"x:f32[6,3]"}, {.tolerance = 1e-3}},
});

const Cases kFactors("qr_factors", {
    {program("q, r = torch.linalg_qr(x)\n  return q, r"), {"x:T[b=2,5,3]"}, kWide},
    {program("q, r = torch.linalg_qr(x)\n  return q, r"), {"x:f32[3,5]"}, {.tolerance = 1e-4}},
    {program("q, r = torch.linalg_qr(x, 'complete')\n  return q, r"), {"x:f32[5,3]"}, {.tolerance = 1e-4}},
    {program("q, r = torch.linalg_qr(x, 'r')\n  return r"), {"x:f32[4,4]"}, {.tolerance = 1e-4}},
    {program("q, r = torch.qr(x)\n  q2, r2 = torch.qr(x.transpose(0, 1), False)\n  return q, r, q2, r2"), {"x:f32[4,3]"}, {.tolerance = 1e-4}},
    {program("q, r = torch.linalg_qr(torch.triu(x))\n  return q, r"), {"x:f32[3,3]"}, {.tolerance = 1e-4}},  // nothing to do
    {program("q, r = torch.linalg_qr(x)\n  return r"), {"x:f32[n,3]"}, {.refuses = "of a size that a run decides"}},
});

const Cases kExponential("matrix_exponential", {
    {"torch.matrix_exp(x)", {"x:T[b=2,4,4]"}, kWide},
    {"torch.linalg_matrix_exp(x * 5)", {"x:f32[3,3]"}, {.tolerance = 1e-3}},
    {"torch.matrix_exp(x)", {"x:f32[n,n]"}, {.tolerance = 1e-3}},
    {"torch.matrix_exp(x * 0)", {"x:f32[3,3]"}},
    {"torch.matrix_exp(x.tril(-1) * 20)", {"x:f32[3,3]"}, {.tolerance = 1e-4}},
});

}  // namespace

}  // namespace deploytool::testing
