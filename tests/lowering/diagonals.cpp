// Diagonals and triangles.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const Cases kDiagonals("diagonals", {
    {"x.diagonal()", {"x:f32[b=3,4]"}},
    {"torch.diagonal(x, -1, 0, 2)", {"x:f32[3,2,n=4]"}},
    {"torch.diagonal(x, 2, 1, 2)", {"x:f32[b=2,3,4]"}},
    {"x.diag(1)", {"x:f32[b=3]"}},
    {"x.diag(-1)", {"x:f32[b=3,4]"}},
    {"torch.diag_embed(x, 1, 0, 2)", {"x:f32[b=2,3]"}},
    {"torch.diag_embed(x, -1)", {"x:i64[b=2,3]"}},
    {"torch.diagflat(x, 1)", {"x:f32[b=2,2]"}},
    {"torch.diagonal_scatter(x, y, -1)", {"x:f32[4,3]", "y:f32[3]"}},
    {"x.clone().fill_diagonal_(2.)", {"x:f32[b=3,4]"}},
    {"x.clone().fill_diagonal_(2., True)", {"x:f32[7,3]"}},
    {"x.clone().fill_diagonal_(2)", {"x:i64[3,3,3]"}},
    {"x.tril()", {"x:f32[b=3,4]"}},
    {"x.triu(1)", {"x:f32[2,b=3,4]"}},
    {"x.tril(-1)", {"x:bool[3,4]"}},
    {"x.triu(x.size(0) - 2)", {"x:i64[b=4,4]"}},
    {"torch.tril_indices(x.size(0), x.size(1), 1)", {"x:f32[b=3,4]"}},
    {"torch.triu_indices(x.size(0), 4, -1, dtype=3)", {"x:f32[b=3,4]"}},
});

}  // namespace

}  // namespace deploytool::testing
