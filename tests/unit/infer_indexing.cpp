// Inference of Slice, Gather, Concat, Split, Pad, and of operators that select elements.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& indexingTable() {
  static const InferTable table = {
      // Slice: literal
      {"Slice", {"f32[10]", "i64[1]=2", "i64[1]=8", "i64[1]=0", "i64[1]=3"}, {}, {"float32[2]"}},
      {"Slice", {"f32[10]", "i64[1]=-3", "i64[1]=9223372036854775807"}, {}, {"float32[3]"}},
      {"Slice", {"f32[10]", "i64[1]=-1", "i64[1]=-9223372036854775807", "i64[1]=0", "i64[1]=-1"}, {}, {"float32[10]"}},
      {"Slice", {"f32[10]", "i64[1]=8", "i64[1]=2", "i64[1]=0", "i64[1]=-4"}, {}, {"float32[2]"}},
      {"Slice", {"f32[10]", "i64[1]=8", "i64[1]=2"}, {}, {"float32[0]"}},
      {"Slice", {"f32[0]", "i64[1]=0", "i64[1]=2"}, {}, {"float32[0]"}},
      {"Slice", {"f32[0]", "i64[1]=-1", "i64[1]=-5", "i64[1]=0", "i64[1]=-1"}, {}, {"float32[0]"}},
      // Slice: symbolic
      {"Slice", {"f32[n, 10]", "i64[1]=0", "i64[1]=9223372036854775807", "i64[1]=0"}, {}, {"float32[n, 10]"}},
      {"Slice", {"f32[n]", "i64[1]=0", "i64[1]=5"}, {}, {"float32[min(n, 5)]"}},
      {"Slice", {"f32[n]", "i64[1]=2", "i64[1]=2147483647"}, {}, {"float32[max(n - 2, 0)]"}},
      {"Slice", {"f32[n + 3]", "i64[1]=2", "i64[1]=2147483647"}, {}, {"float32[n + 1]"}},
      {"Slice", {"f32[n]", "i64[1]=0", "i64[1]=-1"}, {}, {"float32[max(n - 1, 0)]"}},
      {"Slice", {"f32[n]", "i64[1]=-3", "i64[1]=2147483647"}, {}, {"float32[min(n, 3)]"}},
      {"Slice", {"f32[n + 3]", "i64[1]=-3", "i64[1]=2147483647"}, {}, {"float32[3]"}},
      {"Slice",
       {"f32[n]", "i64[1]=0", "i64[1]=2147483647", "i64[1]=0", "i64[1]=2"},
       {},
       {"float32[floordiv(n + 1, 2)]"}},
      {"Slice", {"f32[n]", "i64[1]=-1", "i64[1]=-2147483648", "i64[1]=0", "i64[1]=-1"}, {}, {"float32[n]"}},
      {"Slice", {"f32[2*n]", "i64[1]=0", "i64[1]{n}"}, {}, {"float32[n]"}},
      {"Slice", {"f32[2*n]", "i64[1]{n}", "i64[1]{2*n}"}, {}, {"float32[n]"}},
      {"Slice", {"f32[n]", "i64[1]=0", "i64[1]{n - 1}"}, {}, {"float32[max(n - 1, 0)]"}},
      {"Slice", {"f32[n]", "i64[1]=0", "i64[1]{n - 4}"}, {}, {"float32[?0]"}},  // n = 3 counts from the end
      {"Slice", {"f32[n]", "i64[1]{m}", "i64[1]{m + 1}"}, {}, {"float32[max(-m + min(m + 1, n), 0)]"}},
      {"Slice", {"f32[n]", "i64[1]=0", "i64[1]{$k}"}, {}, {"float32[?0]"}},
      {"Slice", {"f32[n, 5]", "i64[1]", "i64[1]", "i64[1]=1"}, {}, {"float32[n, ?0]"}},
      {"Slice", {"f32[n, 5]", "i64[1]", "i64[1]"}, {}, {"float32[?0, 5]"}},
      {"Slice", {"f32[n, 5]", "i64[1]", "i64[1]", "i64[1]"}, {}, {"float32[?0, ?1]"}},
      {"Slice", {"f32[6, 10]"}, {{"starts", Ints{1}}, {"ends", Ints{4}}, {"axes", Ints{1}}}, {"float32[6, 3]"}, 9},
      {"Slice", {"i64[4]{a, b, c, d}", "i64[1]=1", "i64[1]=3"}, {}, {"int64[2] {b, c}"}},
      {"Slice", {"i64[4]{a, b, c, d}", "i64[1]=-1", "i64[1]=-9", "i64[1]=0", "i64[1]=-2"}, {}, {"int64[2] {d, b}"}},
      {"Slice", {"i64[4]{a, b, c, d}", "i64[1]=-2", "i64[1]=2147483647", "i64[1]=0"}, {}, {"int64[2] {c, d}"}},
      // Gather, Scatter
      {"Gather", {"f32[n, 5]", "i64[m, 2]"}, {{"axis", 1}}, {"float32[n, m, 2]"}},
      {"Gather", {"f32[n, 5]", "i64[]"}, {}, {"float32[5]"}},
      {"Gather", {"i64[3]{n, c, 7}", "i64[]=1"}, {}, {"int64[] {c}"}},
      {"Gather", {"i64[3]{n, c, 7}", "i64[2]=-1,0"}, {}, {"int64[2] {7, n}"}},
      {"Gather", {"i64[3]{n, c, 7}", "i64[]=9"}, {}, {"int64[]"}},
      {"Gather", {"f32", "i64[]"}, {}, {"float32"}},
      {"GatherElements", {"f32[n, 5]", "i64[n, 2]"}, {{"axis", 1}}, {"float32[n, 2]"}},
      {"GatherND", {"f32[n, 5, 6]", "i64[m, 2]"}, {}, {"float32[m, 6]"}},
      {"GatherND", {"f32[n, 5, 6]", "i64[n, 1]"}, {{"batch_dims", 1}}, {"float32[n, 6]"}},
      {"GatherND", {"f32[n, 5, 6]", "i64[m, k]"}, {}, {"float32"}},
      {"ScatterElements", {"f32[n, 5]", "i64[n, 2]", "f32[n, 2]"}, {}, {"float32[n, 5]"}},
      {"ScatterND", {"f32[n, 5]", "i64[3, 1]", "f32[3, 5]"}, {}, {"float32[n, 5]"}},
      // Concat, Split
      {"Concat", {"f32[n, 2]", "f32[n, m]"}, {{"axis", 1}}, {"float32[n, m + 2]"}},
      {"Concat", {"f32[n, 2]", "f32[3, 2]"}, {{"axis", -1}}, {"float32[3, 4]"}},
      {"Concat", {"f32[n, 2]", "f32"}, {{"axis", 0}}, {"float32[?0, 2]"}},
      {"Concat", {"i64[1]{n}", "i64[1]=-1", "i64[2]{3, 4}"}, {{"axis", 0}}, {"int64[4] {n, -1, 3, 4}"}},
      {"Concat", {"i64[1]{n}", "i64[2]"}, {{"axis", 0}}, {"int64[3] {n, ?0, ?1}"}},
      {"Concat", {"i64[1]", "i64[2]"}, {{"axis", 0}}, {"int64[3]"}},
      {"Split", {"f32[n, 6]"}, {{"axis", 1}}, {"float32[n, 2]", "float32[n, 2]", "float32[n, 2]"}},
      {"Split", {"f32[n, 6]", "i64[2]=1,5"}, {{"axis", 1}}, {"float32[n, 1]", "float32[n, 5]"}},
      {"Split", {"f32[n]", "i64[2]{m, n - m}"}, {}, {"float32[m]", "float32[-m + n]"}},
      {"Split", {"f32[n]", "i64[2]"}, {}, {"float32[?0]", "float32[?1]"}},
      {"Split", {"f32[2*n]"}, {}, {"float32[n]", "float32[n]"}},
      {"Split", {"f32[7]"}, {{"num_outputs", 3}}, {"float32[3]", "float32[3]", "float32[1]"}, 18},
      {"Split", {"f32[6]"}, {{"split", Ints{2, 4}}}, {"float32[2]", "float32[4]"}, 11},
      {"Split", {"i64[3]{n, 3, 4}", "i64[2]=1,2"}, {}, {"int64[1] {n}", "int64[2] {3, 4}"}},
      // Pad
      {"Pad", {"f32[n, 4]", "i64[4]=0,1,0,2"}, {}, {"float32[n, 7]"}},
      {"Pad", {"f32[n, 4]", "i64[4]{0, m, 1, 0}"}, {}, {"float32[n + 1, m + 4]"}},
      {"Pad", {"f32[n, 4]", "i64[4]{0, $k, 0, 0}"}, {}, {"float32[n, ?0]"}},
      {"Pad", {"f32[n, 4]", "i64[4]"}, {}, {"float32[?0, ?1]"}},
      {"Pad", {"f32[n, 4]", "i64[2]=1,-2", "", "i64[1]=-1"}, {}, {"float32[n, 3]"}, 18},
      {"Pad", {"f32[n, 4]"}, {{"pads", Ints{0, 1, 0, 2}}}, {"float32[n, 7]"}, 10},
      // selection
      {"TopK", {"f32[n, 9]", "i64[1]=3"}, {}, {"float32[n, 3]", "int64[n, 3]"}},
      {"TopK", {"f32[n, 9]", "i64[1]{m}"}, {{"axis", 0}}, {"float32[m, 9]", "int64[m, 9]"}},
      {"TopK", {"f32[n, 9]", "i64[1]"}, {}, {"float32[n, ?0]", "int64[n, ?0]"}},
      {"NonZero", {"f32[n, 9]"}, {}, {"int64[2, ?0]"}},
      {"Unique", {"f32[n, 9]"}, {}, {"float32[?0]", "int64[?0]", "int64[9*n]", "int64[?0]"}},
      {"Unique", {"f32[n, 9]"}, {{"axis", 0}}, {"float32[?0, 9]", "int64[?0]", "int64[n]", "int64[?0]"}},
      {"Compress", {"f32[n, 9]", "bool[n]"}, {{"axis", 0}}, {"float32[?0, 9]"}},
      {"Compress", {"f32[n, 9]", "bool[m]"}, {}, {"float32[?0]"}},
      {"OneHot", {"i64[n]", "i64[]=10", "f32[2]"}, {}, {"float32[n, 10]"}},
      {"OneHot", {"i64[n]", "f32[]=10", "f32[2]"}, {{"axis", 0}}, {"float32[10, n]"}},
      {"OneHot", {"i64[n]", "i64[]", "i32[2]"}, {}, {"int32[n, ?0]"}},
      {"NonMaxSuppression", {"f32[n, m, 4]", "f32[n, 80, m]"}, {}, {"int64[?0, 3]"}},
      {"Trilu", {"f32[n, n]", "i64[]"}, {}, {"float32[n, n]"}, 14},
      {"ReverseSequence", {"f32[t, n]", "i64[n]"}, {}, {"float32[t, n]"}},
  };
  return table;
}

TEST_CASE("infer: slicing, gathering, joining, selecting") { checkTable(indexingTable()); }

}  // namespace deploytool::ir::test
