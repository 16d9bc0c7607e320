// Inference of matrix products and Einsum.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& linearTable() {
  static const InferTable table = {
      {"MatMul", {"f32[n, 3]", "f32[3, 4]"}, {}, {"float32[n, 4]"}},
      {"MatMul", {"f32[b, h, n, 3]", "f32[3, 4]"}, {}, {"float32[b, h, n, 4]"}},
      {"MatMul", {"f32[b, 1, n, 3]", "f32[h, 3, m]"}, {}, {"float32[b, h, n, m]"}},
      {"MatMul", {"f32[a, n, 3]", "f32[b, 3, m]"}, {}, {"float32[?0, n, m]"}},
      {"MatMul", {"f32[3]", "f32[3, 4]"}, {}, {"float32[4]"}},
      {"MatMul", {"f32[b, n, 3]", "f32[3]"}, {}, {"float32[b, n]"}},
      {"MatMul", {"f32[3]", "f32[3]"}, {}, {"float32[]"}},
      {"MatMul", {"f32", "f32[3]"}, {}, {"float32"}},
      {"Gemm", {"f32[n, 3]", "f32[3, 4]", "f32[4]"}, {}, {"float32[n, 4]"}},
      {"Gemm", {"f32[3, n]", "f32[4, 3]"}, {{"transA", 1}, {"transB", 1}}, {"float32[n, 4]"}},
      {"Gemm", {"f32", "f32[3, 4]"}, {}, {"float32[?0, 4]"}},
      {"Det", {"f32[b, 3, 3]"}, {}, {"float32[b]"}},
      {"Einsum", {"f32[n, 3]", "f32[3, m]"}, {{"equation", "ij,jk->ik"}}, {"float32[n, m]"}},
      {"Einsum", {"f32[b, n, 3]", "f32[b, 3, m]"}, {{"equation", "b i j, b j k -> b i k"}}, {"float32[b, n, m]"}},
      {"Einsum", {"f32[b, h, n, d]", "f32[m, d]"}, {{"equation", "...id,jd->...ij"}}, {"float32[b, h, n, m]"}},
      {"Einsum", {"f32[n, m]"}, {{"equation", "ij"}}, {"float32[n, m]"}},
      {"Einsum", {"f32[n, m]"}, {{"equation", "ji"}}, {"float32[m, n]"}},
      {"Einsum", {"f32[n, n]"}, {{"equation", "ii"}}, {"float32[]"}},
      {"Einsum", {"f32[n, n]"}, {{"equation", "ii->i"}}, {"float32[n]"}},
      {"Einsum", {"f32[n]", "f32[m]"}, {{"equation", "i,j"}}, {"float32[n, m]"}},
      {"Einsum", {"f32[n, 3]"}, {{"equation", "ijk->i"}}, {"float32"}},
      {"Einsum", {"f32[n, 1]", "f32[1, m]"}, {{"equation", "ij,ij->ij"}}, {"float32[n, m]"}},
      {"Einsum", {"f32[b, n, d]", "f32[1, n, d]"}, {{"equation", "...d,...d->..."}}, {"float32[b, n]"}},
  };
  return table;
}

TEST_CASE("infer: matrix products") { checkTable(linearTable()); }

}  // namespace deploytool::ir::test
