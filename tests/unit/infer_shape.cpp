// Inference of Shape, Reshape, Squeeze and their kin.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& shapeTable() {
  static const InferTable table = {
      {"Shape", {"f32[n, 3]"}, {}, {"int64[2] {n, 3}"}},
      {"Shape", {"f32[]"}, {}, {"int64[0] {}"}},
      {"Shape", {"f32"}, {}, {"int64[?0]"}},
      {"Shape", {"f32[n, 3, h]"}, {{"start", 1}}, {"int64[2] {3, h}"}, 15},
      {"Shape", {"f32[n, 3, h]"}, {{"start", -2}, {"end", -1}}, {"int64[1] {3}"}, 15},
      {"Shape", {"f32[n, 3, h]"}, {{"start", 2}, {"end", 1}}, {"int64[0] {}"}, 15},
      {"Size", {"f32[n, 3]"}, {}, {"int64[] {3*n}"}},
      {"Size", {"f32"}, {}, {"int64[]"}},
      // Reshape
      {"Reshape", {"f32[2, 12]", "i64[2]=4,-1"}, {}, {"float32[4, 6]"}},
      {"Reshape", {"f32[n, 3, h]", "i64[2]=0,-1"}, {}, {"float32[n, 3*h]"}},
      {"Reshape", {"f32[n, 3*h]", "i64[3]{n, 3, -1}"}, {}, {"float32[n, 3, h]"}},
      {"Reshape", {"f32[n, c]", "i64[2]{-1, 4}"}, {}, {"float32[floordiv(c*n, 4), 4]"}},
      {"Reshape", {"f32[n, 64]", "i64[3]{n, -1, 8}"}, {}, {"float32[n, 8, 8]"}},
      {"Reshape", {"f32[n, m]", "i64[1]{n*m}"}, {}, {"float32[m*n]"}},
      {"Reshape", {"f32[n, m]", "i64[2]{$k, -1}"}, {}, {"float32[?0, floordiv(m*n, ?0)]"}},
      {"Reshape", {"f32[n, m]", "i64[3]"}, {}, {"float32[?0, ?1, ?2]"}},
      {"Reshape", {"f32[n, m]", "i64[k]"}, {}, {"float32"}},
      {"Reshape", {"f32", "i64[2]{n, 5}"}, {}, {"float32[n, 5]"}},
      {"Reshape", {"f32", "i64[2]{-1, 5}"}, {}, {"float32[?0, 5]"}},
      {"Reshape", {"f32[]", "i64[1]=-1"}, {}, {"float32[1]"}},
      {"Reshape", {"f32[0, 3]", "i64[2]=0,5"}, {{"allowzero", 1}}, {"float32[0, 5]"}, 14},
      {"Reshape", {"i64[1]{n}", "i64[0]="}, {}, {"int64[] {n}"}},
      {"Reshape", {"i64[]{n}", "i64[1]=-1"}, {}, {"int64[1] {n}"}},
      {"Flatten", {"f32[n, 3, 4]"}, {}, {"float32[n, 12]"}},
      {"Flatten", {"f32[n, 3, 4]"}, {{"axis", 0}}, {"float32[1, 12*n]"}},
      {"Flatten", {"f32[n, 3, 4]"}, {{"axis", -1}}, {"float32[3*n, 4]"}},
      {"Flatten", {"f32[]"}, {{"axis", 0}}, {"float32[1, 1]"}},
      {"Flatten", {"f32"}, {}, {"float32[?0, ?1]"}},
      // Squeeze, Unsqueeze
      {"Squeeze", {"f32[1, n, 1]", "i64[1]=0"}, {}, {"float32[n, 1]"}},
      {"Squeeze", {"f32[1, n, 1]", "i64[2]=0,-1"}, {}, {"float32[n]"}},
      {"Squeeze", {"f32[1, 4, 1]"}, {}, {"float32[4]"}},
      {"Squeeze", {"f32[1, n, 1]"}, {}, {"float32"}},
      {"Squeeze", {"f32[1, n + 2]"}, {}, {"float32[n + 2]"}},
      {"Squeeze", {"f32[1, n, 1]", "i64[2]"}, {}, {"float32[?0]"}},
      {"Squeeze", {"f32[1, n]"}, {{"axes", Ints{0}}}, {"float32[n]"}, 11},
      {"Squeeze", {"i64[1]{n}", "i64[1]=0"}, {}, {"int64[] {n}"}},
      {"Squeeze", {"f32[1, n]", "i64[1]=5"}, {}, {"float32"}},
      {"Unsqueeze", {"f32[n]", "i64[2]=0,-1"}, {}, {"float32[1, n, 1]"}},
      {"Unsqueeze", {"f32[n]", "i64[2]=2,0"}, {}, {"float32[1, n, 1]"}},
      {"Unsqueeze", {"f32[n]"}, {{"axes", Ints{1}}}, {"float32[n, 1]"}, 11},
      {"Unsqueeze", {"f32[n]", "i64[2]"}, {}, {"float32[?0, ?1, ?2]"}},
      {"Unsqueeze", {"i64[]{n}", "i64[1]=0"}, {}, {"int64[1] {n}"}},
      {"Unsqueeze", {"f32[n]", "i64[2]=0,0"}, {}, {"float32"}},
      {"Transpose", {"f32[n, 3, h]"}, {{"perm", Ints{2, 0, 1}}}, {"float32[h, n, 3]"}},
      {"Transpose", {"f32[n, 3, h]"}, {}, {"float32[h, 3, n]"}},
      {"Transpose", {"f32"}, {{"perm", Ints{1, 0}}}, {"float32[?0, ?1]"}},
      // Expand, Tile
      {"Expand", {"f32[1, 3]", "i64[2]{n, 1}"}, {}, {"float32[n, 3]"}},
      {"Expand", {"f32[3]", "i64[3]{n, 2, 1}"}, {}, {"float32[n, 2, 3]"}},
      {"Expand", {"f32[n, 1]", "i64[2]{m, 4}"}, {}, {"float32[?0, 4]"}},
      {"Expand", {"f32[1]", "i64[1]{$k}"}, {}, {"float32[$k]"}},
      {"Expand", {"f32[n, 4]", "i64[2]"}, {}, {"float32[?2, 4]"}},
      {"Expand", {"i64[]{n}", "i64[1]=3"}, {}, {"int64[3] {n, n, n}"}},
      {"Tile", {"f32[n, 3]", "i64[2]=2,4"}, {}, {"float32[2*n, 12]"}},
      {"Tile", {"f32[n, 3]", "i64[2]{m, 1}"}, {}, {"float32[m*n, 3]"}},
      {"Tile", {"f32[n, 3]", "i64[2]{$k, 1}"}, {}, {"float32[?0, 3]"}},
      {"Tile", {"f32[n, 3]", "i64[2]"}, {}, {"float32[?0, ?1]"}},
      {"Tile", {"i64[2]{n, m}", "i64[1]=2"}, {}, {"int64[4] {n, m, n, m}"}},
  };
  return table;
}

TEST_CASE("infer: shape operators") { checkTable(shapeTable()); }

}  // namespace deploytool::ir::test
