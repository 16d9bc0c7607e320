// Inference of convolutions, pooling and image operators.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& spatialTable() {
  static const InferTable table = {
      {"Conv", {"f32[n, 3, 224, 224]", "f32[64, 3, 7, 7]"}, {{"strides", Ints{2, 2}}, {"pads", Ints{3, 3, 3, 3}}},
       {"float32[n, 64, 112, 112]"}},
      {"Conv", {"f32[n, 3, h, w]", "f32[64, 3, 3, 3]"}, {{"pads", Ints{1, 1, 1, 1}}}, {"float32[n, 64, h, w]"}},
      {"Conv", {"f32[n, 3, h]", "f32[64, 3, 3]"}, {{"strides", Ints{2}}, {"pads", Ints{1, 1}}},
       {"float32[n, 64, floordiv(h + 1, 2)]"}},
      {"Conv", {"f32[n, 3, h]", "f32[64, 3, 3]"}, {{"dilations", Ints{2}}}, {"float32[n, 64, max(h - 4, 0)]"}},
      {"Conv", {"f32[n, 3, 9]", "f32[c, 3, k]"}, {}, {"float32[n, c, max(-k + 10, 0)]"}},
      {"Conv", {"f32[n, 3, h]", "f32[8, 3, 3]"}, {{"auto_pad", "SAME_UPPER"}, {"strides", Ints{2}}},
       {"float32[n, 8, floordiv(h + 1, 2)]"}},
      {"Conv", {"f32[n, 3, 9]", "f32[8, 3, 3]"}, {{"auto_pad", "VALID"}}, {"float32[n, 8, 7]"}},
      {"Conv", {"f32[n, 3, 9, 9]", "f32"}, {{"kernel_shape", Ints{3, 3}}}, {"float32[n, ?1, ?2, ?3]"}},
      {"Conv", {"f32", "f32[8, 3, 3]"}, {}, {"float32[?0, 8, ?2]"}},
      {"Conv", {"f32[n, 3, 9]", "f32[8, 3, 3]"}, {{"strides", Ints{0}}}, {"float32[n, 8, ?2]"}},
      {"ConvTranspose", {"f32[n, 8, h]", "f32[8, 4, 2]"}, {{"strides", Ints{2}}}, {"float32[n, 4, 2*h]"}},
      {"ConvTranspose", {"f32[n, 8, 7, 7]", "f32[8, 4, 3, 3]"},
       {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"output_padding", Ints{1, 1}}, {"group", 2}},
       {"float32[n, 8, 14, 14]"}},
      {"ConvTranspose", {"f32[n, 8, 7]", "f32[8, 4, 3]"}, {{"output_shape", Ints{20}}}, {"float32[n, 4, 20]"}},
      {"ConvTranspose", {"f32[n, 8, h]", "f32[8, 4, 3]"}, {{"auto_pad", "SAME_LOWER"}, {"strides", Ints{3}}},
       {"float32[n, 4, 3*h]"}},
      // pooling
      {"MaxPool", {"f32[n, 8, 112, 112]"},
       {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}},
       {"float32[n, 8, 56, 56]", "int64[n, 8, 56, 56]"}},
      {"MaxPool", {"f32[n, 8, h]"}, {{"kernel_shape", Ints{2}}, {"strides", Ints{2}}}, {"float32[n, 8, floordiv(h, 2)]"}},
      {"MaxPool", {"f32[n, 8, 7]"}, {{"kernel_shape", Ints{2}}, {"strides", Ints{2}}, {"ceil_mode", 1}}, {"float32[n, 8, 4]"}},
      {"MaxPool", {"f32[n, 8, 5]"}, {{"kernel_shape", Ints{1}}, {"strides", Ints{3}}, {"ceil_mode", 1}}, {"float32[n, 8, 2]"}},
      {"MaxPool", {"f32[n, 8, h]"}, {{"kernel_shape", Ints{3}}, {"strides", Ints{2}}, {"ceil_mode", 1}},
       {"float32[n, 8, floordiv(h, 2)]"}},
      {"MaxPool", {"f32[n, 8, 9]"}, {{"kernel_shape", Ints{3}}, {"dilations", Ints{2}}}, {"float32[n, 8, 5]"}},
      {"AveragePool", {"f32[n, 8, h, w]"}, {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}},
       {"float32[n, 8, floordiv(h, 2), floordiv(w, 2)]"}},
      {"AveragePool", {"f32[n, 8, 9]"}, {{"kernel_shape", Ints{2, 2}}}, {"float32[n, 8, ?0]"}},
      {"LpPool", {"f32[n, 8, 9]"}, {{"kernel_shape", Ints{2}}}, {"float32[n, 8, 8]"}},
      {"GlobalAveragePool", {"f32[n, 8, h, w]"}, {}, {"float32[n, 8, 1, 1]"}},
      {"GlobalMaxPool", {"f32[n, 8, h]"}, {}, {"float32[n, 8, 1]"}},
      {"MaxUnpool", {"f32[n, 8, 4]", "i64[n, 8, 4]"}, {{"kernel_shape", Ints{2}}, {"strides", Ints{2}}}, {"float32[n, 8, 8]"}},
      {"MaxUnpool", {"f32[n, 8, 4]", "i64[n, 8, 4]", "i64[3]=1,8,9"}, {{"kernel_shape", Ints{2}}, {"strides", Ints{2}}},
       {"float32[n, 8, 9]"}},
      {"MaxRoiPool", {"f32[n, 8, h, w]", "f32[r, 5]"}, {{"pooled_shape", Ints{7, 6}}}, {"float32[r, 8, 7, 6]"}},
      {"RoiAlign", {"f32[n, 8, h, w]", "f32[r, 4]", "i64[r]"}, {{"output_height", 7}, {"output_width", 6}},
       {"float32[r, 8, 7, 6]"}},
      // Resize
      {"Resize", {"f32[n, 3, h, w]", "", "f32[4]=1,1,2,2"}, {}, {"float32[n, 3, 2*h, 2*w]"}},
      {"Resize", {"f32[n, 3, h, 9]", "", "f32[4]=1,1,0.5,0.5"}, {}, {"float32[n, 3, floordiv(h, 2), 4]"}},
      {"Resize", {"f32[n, 3, h, 9]", "", "f32[4]=1,1,0.3,0.3"}, {}, {"float32[n, 3, ?0, 2]"}},
      {"Resize", {"f32[n, 3, h, w]", "", "", "i64[4]{n, 3, 2*h, 7}"}, {}, {"float32[n, 3, 2*h, 7]"}},
      {"Resize", {"f32[n, 3, h, w]", "", "", "i64[4]"}, {}, {"float32[?0, ?1, ?2, ?3]"}},
      {"Resize", {"f32[n, 3, h, w]", "f32[4]=1,1,2,2"}, {}, {"float32[n, 3, 2*h, 2*w]"}, 10},
      {"Resize", {"f32[n, 3, h, w]", "", "", "i64[2]=5,6"}, {{"axes", Ints{2, 3}}}, {"float32[n, 3, 5, 6]"}, 18},
      {"Resize", {"f32[1, 3, 10, 20]", "", "", "i64[2]=5,5"},
       {{"axes", Ints{2, 3}}, {"keep_aspect_ratio_policy", "not_larger"}}, {"float32[1, 3, 3, 5]"}, 18},
      {"Resize", {"f32", "", "f32[3]"}, {}, {"float32[?0, ?1, ?2]"}},
      {"Upsample", {"f32[n, 3, h]", "f32[3]=1,1,2"}, {}, {"float32[n, 3, 2*h]"}, 9},
      {"Upsample", {"f32[n, 3, h]"}, {{"scales", Floats{1, 1, 2}}}, {"float32[n, 3, 2*h]"}, 7},
      // others
      {"GridSample", {"f32[n, 3, h, w]", "f32[n, 5, m, 2]"}, {}, {"float32[n, 3, 5, m]"}, 16},
      {"AffineGrid", {"f32[n, 2, 3]", "i64[4]{n, 3, 8, w}"}, {}, {"float32[n, 8, w, 2]"}, 20},
      {"DepthToSpace", {"f32[n, 12, h, 4]"}, {{"blocksize", 2}}, {"float32[n, 3, 2*h, 8]"}},
      {"SpaceToDepth", {"f32[n, 3, 2*h, 8]"}, {{"blocksize", 2}}, {"float32[n, 12, h, 4]"}},
      {"Col2Im", {"f32[n, 12, 9]", "i64[2]=4,4", "i64[2]=2,2"}, {}, {"float32[n, 3, 4, 4]"}, 18},
      {"CenterCropPad", {"f32[n, 3, 9]", "i64[1]=5"}, {{"axes", Ints{-1}}}, {"float32[n, 3, 5]"}, 18},
      {"DeformConv", {"f32[n, 3, 9, 9]", "f32[8, 3, 3, 3]", "f32[n, 18, 7, 7]"}, {}, {"float32[n, 8, 7, 7]"}, 19},
  };
  return table;
}

TEST_CASE("infer: convolutions, pooling, images") { checkTable(spatialTable()); }

}  // namespace deploytool::ir::test
