// Inference of quantization operators.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& quantizationTable() {
  static const InferTable table = {
      {"QuantizeLinear", {"f32[n, 3]", "f32[]", "i8[]"}, {}, {"int8[n, 3]"}},
      {"QuantizeLinear", {"f32[n, 3]", "f32[]"}, {}, {"uint8[n, 3]"}},
      {"DequantizeLinear", {"i8[n, 3]", "f32[]", "i8[]"}, {}, {"float32[n, 3]"}},
      {"DequantizeLinear", {"i8[n, 3]", "f16[]"}, {}, {"float16[n, 3]"}, 19},
      {"DynamicQuantizeLinear", {"f32[n, 3]"}, {}, {"uint8[n, 3]", "float32[]", "uint8[]"}},
      {"MatMulInteger", {"u8[b, n, 3]", "i8[3, 4]", "u8[]", "i8[]"}, {}, {"int32[b, n, 4]"}},
      {"ConvInteger", {"u8[n, 3, 9]", "u8[8, 3, 3]"}, {{"pads", Ints{1, 1}}}, {"int32[n, 8, 9]"}},
      {"QLinearConv",
       {"u8[n, 3, 9]", "f32[]", "u8[]", "i8[8, 3, 3]", "f32[]", "i8[]", "f32[]", "u8[]"},
       {},
       {"uint8[n, 8, 7]"}},
      {"QLinearMatMul",
       {"u8[n, 3]", "f32[]", "u8[]", "i8[3, 4]", "f32[]", "i8[]", "f32[]", "u8[]"},
       {},
       {"uint8[n, 4]"}},
      {"DynamicQuantizeMatMul", {"f32[n, 3]", "i8[3, 4]", "f32[]", "i8[]"}, {}, {"float32[n, 4]"}, 13, "com.microsoft"},
      {"MatMulIntegerToFloat", {"u8[n, 3]", "i8[3, 4]", "f32[]", "f32[]"}, {}, {"float32[n, 4]"}, 13, "com.microsoft"},
      {"FusedMatMul", {"f32[n, 3]", "f32[4, 3]"}, {{"transB", 1}}, {"float32[n, 4]"}, 13, "com.microsoft"},
      {"QLinearAdd",
       {"u8[n, 3]", "f32[]", "u8[]", "u8[1, 3]", "f32[]", "u8[]", "f32[]", "u8[]"},
       {},
       {"uint8[n, 3]"},
       13,
       "com.microsoft"},
      {"Gelu", {"f32[n, 3]"}, {}, {"float32[n, 3]"}, 13, "com.microsoft"},
  };
  return table;
}

TEST_CASE("infer: quantization") { checkTable(quantizationTable()); }

}  // namespace deploytool::ir::test
