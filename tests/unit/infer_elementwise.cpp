// Inference of elementwise operators: broadcasting, dtypes, arithmetic on elements.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& elementwiseTable() {
  static const InferTable table = {
      {"Relu", {"f32[n, 3]"}, {}, {"float32[n, 3]"}},
      {"Relu", {"f32"}, {}, {"float32"}},
      {"Sqrt", {"f16[]"}, {}, {"float16[]"}},
      {"IsNaN", {"f32[n]"}, {}, {"bool[n]"}},
      {"Not", {"bool[3]"}, {}, {"bool[3]"}},
      {"Not", {"bool[2]{1, 0}"}, {}, {"bool[2] {0, 1}"}},
      // broadcasting
      {"Add", {"f32[n, 1]", "f32[3]"}, {}, {"float32[n, 3]"}},
      {"Add", {"f32[n]", "f32[n]"}, {}, {"float32[n]"}},
      {"Add", {"f32[n]", "f32[m]"}, {}, {"float32[?0]"}},
      {"Add", {"f32[n]", "f32[4]"}, {}, {"float32[4]"}},
      {"Add", {"f32[n]", "f32[1]"}, {}, {"float32[n]"}},
      {"Add", {"f32[n]", "f32[0]"}, {}, {"float32[0]"}},
      {"Add", {"f32[n + 2]", "f32[m]"}, {}, {"float32[n + 2]"}},
      {"Add", {"f32[n + 1]", "f32[m]"}, {}, {"float32[?0]"}},
      {"Add", {"f32[]", "f32[n, m]"}, {}, {"float32[n, m]"}},
      {"Mul", {"f32", "f32[n]"}, {}, {"float32"}},
      {"Pow", {"f32[n]", "i64[]"}, {}, {"float32[n]"}},
      {"Max", {"f32[n, 1]", "f32[1, m]", "f32[]"}, {}, {"float32[n, m]"}},
      {"Mean", {"f32[n, 1]", "f32[1, 2]"}, {}, {"float32[n, 2]"}},
      {"PRelu", {"f32[n, 8, h]", "f32[8, 1]"}, {}, {"float32[n, 8, h]"}},
      {"BitShift", {"u8[4]", "u8[1]"}, {{"direction", "LEFT"}}, {"uint8[4]"}},
      {"BitwiseAnd", {"i32[n]", "i32[1]"}, {}, {"int32[n]"}, 18},
      {"BitwiseNot", {"i32[n]"}, {}, {"int32[n]"}, 18},
      {"Mish", {"f32[n]"}, {}, {"float32[n]"}, 18},
      {"HardSwish", {"f32[n]"}, {}, {"float32[n]"}, 14},
      {"Less", {"f32[n, 1]", "f32[5]"}, {}, {"bool[n, 5]"}},
      {"And", {"bool[n]", "bool[1]"}, {}, {"bool[n]"}},
      {"Where", {"bool[n, 1]", "f32[3]", "f32[]"}, {}, {"float32[n, 3]"}},
      {"Where", {"bool[]", "?", "f32[3]"}, {}, {"float32"}},
      // types
      {"Cast", {"f32[n]"}, {{"to", 7}}, {"int64[n]"}},
      {"Cast", {"i64[2]{n, 3}"}, {{"to", 6}}, {"int32[2] {n, 3}"}},
      {"Cast", {"i64[3]{n + 1, 0, n}"}, {{"to", 9}}, {"bool[3] {1, 0, ?0}"}},
      {"Cast", {"i64[1]{n}"}, {{"to", 1}}, {"float32[1]"}},
      {"CastLike", {"i32[n]", "f64[2]"}, {}, {"float64[n]"}, 15},
      {"Identity", {"i64[1]{n}"}, {}, {"int64[1] {n}"}},
      {"Identity", {"seq(f32[n])"}, {}, {"seq(float32[n])"}},
      {"Dropout", {"f32[n]"}, {}, {"float32[n]", "bool[n]"}},
      {"Clip", {"f32[n]", "f32[]", "f32[]"}, {}, {"float32[n]"}},
      {"Clip", {"i64[1]{n}", "i64[]{2}", "i64[]{9}"}, {}, {"int64[1] {min(max(n, 2), 9)}"}},
      // elements
      {"Add", {"i64[2]{n, 3}", "i64[]{1}"}, {}, {"int64[2] {n + 1, 4}"}},
      {"Add", {"i64[2]{n, 3}", "i64[2]=1,2"}, {}, {"int64[2] {n + 1, 5}"}},
      {"Add", {"i64[2]{n, 3}", "i64[2]"}, {}, {"int64[2]"}},
      {"Sub", {"i64[]{n}", "i64[]{n}"}, {}, {"int64[] {0}"}},
      {"Mul", {"i32[1]{n}", "i32[1]{m}"}, {}, {"int32[1] {m*n}"}},
      {"Div", {"i64[]{n}", "i64[]{2}"}, {}, {"int64[] {floordiv(n, 2)}"}},
      {"Div", {"i64[]{4*n}", "i64[]{2}"}, {}, {"int64[] {2*n}"}},
      {"Div", {"i64[]{n - 1}", "i64[]{2}"}, {}, {"int64[]"}},  // truncates: 0 for n = 0
      {"Div", {"i64[2]{-7, 7}", "i64[]{2}"}, {}, {"int64[2] {-3, 3}"}},
      {"Div", {"i64[]{$k}", "i64[]{2}"}, {}, {"int64[]"}},
      {"Div", {"i64[]{n}", "i64[]{0}"}, {}, {"int64[]"}},
      {"Mod", {"i64[]{7}", "i64[]{-4}"}, {}, {"int64[] {-1}"}},
      {"Mod", {"i64[]{n}", "i64[]{2}"}, {}, {"int64[] {mod(n, 2)}"}},
      {"Mod", {"i64[]{-7}", "i64[]{4}"}, {{"fmod", 1}}, {"int64[]"}},
      {"Neg", {"i64[]{n}"}, {}, {"int64[] {-n}"}},
      {"Abs", {"i64[2]{-3, n}"}, {}, {"int64[2] {3, n}"}},
      {"Sign", {"i64[2]{-3, n + 1}"}, {}, {"int64[2] {-1, 1}"}},
      {"Min", {"i64[]{n}", "i64[]{5}"}, {}, {"int64[] {min(n, 5)}"}},
      {"Max", {"i64[1]{n}", "i64[1]{0}"}, {}, {"int64[1] {n}"}},
      {"Sum", {"i64[1]{n}", "i64[1]{m}", "i64[1]{1}"}, {}, {"int64[1] {m + n + 1}"}},
      {"Equal", {"i64[3]{n, -1, 4}", "i64[]{-1}"}, {}, {"bool[3] {0, 1, 0}"}},
      {"Equal", {"i64[2]{n, 1}", "i64[]{1}"}, {}, {"bool[2] {?0, 1}"}},
      {"Less", {"i64[2]{n, n}", "i64[2]{n, n + 1}"}, {}, {"bool[2] {0, 1}"}},
      {"GreaterOrEqual", {"i64[]{n}", "i64[]{0}"}, {}, {"bool[] {1}"}},
      {"Or", {"bool[2]{1, 0}", "bool[2]{0, 0}"}, {}, {"bool[2] {1, 0}"}},
      {"Xor", {"bool[2]{1, 1}", "bool[2]{0, 1}"}, {}, {"bool[2] {1, 0}"}},
      {"Where", {"bool[2]{1, 0}", "i64[2]{n, m}", "i64[]{7}"}, {}, {"int64[2] {n, 7}"}},
      {"Where", {"bool[2]", "i64[2]{n, 5}", "i64[2]{n, 6}"}, {}, {"int64[2] {n, ?0}"}},
      {"Add", {"i64[2]{n, 3}", "i64[3]{1, 1, 1}"}, {}, {"int64[?0]"}},  // does not broadcast
  };
  return table;
}

TEST_CASE("infer: elementwise operators") { checkTable(elementwiseTable()); }

}  // namespace deploytool::ir::test
