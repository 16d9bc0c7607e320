// Inference of reductions.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& reductionTable() {
  static const InferTable table = {
      {"ReduceMean", {"f32[n, 3, h]"}, {{"axes", Ints{1}}}, {"float32[n, 1, h]"}},
      {"ReduceMean", {"f32[n, 3, h]"}, {{"axes", Ints{-1, 1}}, {"keepdims", 0}}, {"float32[n]"}},
      {"ReduceMean", {"f32[n, 3, h]"}, {{"keepdims", 0}}, {"float32[]"}},
      {"ReduceMean", {"f32[n, 3, h]"}, {}, {"float32[1, 1, 1]"}},
      {"ReduceMean", {"f32[n, 3, h]", "i64[1]=2"}, {{"keepdims", 0}}, {"float32[n, 3]"}, 18},
      {"ReduceMean", {"f32[n, 3]"}, {{"axes", Ints{7}}}, {"float32"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[1]=0"}, {}, {"float32[1, 3, h]"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[0]="}, {{"noop_with_empty_axes", 1}}, {"float32[n, 3, h]"}},
      {"ReduceSum", {"f32[n, 3, h]"}, {{"noop_with_empty_axes", 1}}, {"float32[n, 3, h]"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[0]="}, {{"keepdims", 0}}, {"float32[]"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[2]"}, {}, {"float32[?0, ?1, ?2]"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[2]"}, {{"keepdims", 0}}, {"float32[?0]"}},
      {"ReduceSum", {"f32[n, 3, h]", "i64[k]"}, {{"keepdims", 0}}, {"float32"}},
      {"ReduceSum", {"f32[n, 3]"}, {{"axes", Ints{0}}}, {"float32[1, 3]"}, 11},
      {"ReduceProd", {"i64[3]{n, 3, h}"}, {{"keepdims", 0}}, {"int64[] {3*h*n}"}},
      {"ReduceProd", {"i64[3]{n, 3, h}"}, {}, {"int64[1] {3*h*n}"}},
      {"ReduceSum", {"i64[2]{n, 3}", "i64[1]=0"}, {{"keepdims", 0}}, {"int64[] {n + 3}"}},
      {"ReduceMax", {"i64[2]{n, 3}"}, {{"keepdims", 0}}, {"int64[] {max(n, 3)}"}},
      {"ReduceMin", {"i64[2]{n, 3}"}, {{"axes", Ints{0}}}, {"int64[1] {min(n, 3)}"}},
      {"ReduceL2", {"f32[n, 3]"}, {{"axes", Ints{1}}}, {"float32[n, 1]"}},
      {"ReduceLogSumExp", {"f32[n, 3]"}, {{"axes", Ints{1}}, {"keepdims", 0}}, {"float32[n]"}},
      {"ArgMax", {"f32[n, 3]"}, {{"axis", 1}, {"keepdims", 0}}, {"int64[n]"}},
      {"ArgMin", {"f32[n, 3]"}, {{"axis", -1}}, {"int64[n, 1]"}},
      {"ArgMax", {"f32"}, {}, {"int64"}},
      {"CumSum", {"f32[n, 3]", "i64[]"}, {}, {"float32[n, 3]"}},
  };
  return table;
}

TEST_CASE("infer: reductions") { checkTable(reductionTable()); }

}  // namespace deploytool::ir::test
