// Inference of operators that make tensors.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {
namespace {

TensorPtr tensor(Tensor value) { return std::make_shared<Tensor>(std::move(value)); }

}  // namespace

const InferTable& creationTable() {
  static const InferTable table = {
      {"Constant", {}, {{"value", tensor(Tensor::int64s({2, 3}))}}, {"int64[2] {2, 3}"}},
      {"Constant", {}, {{"value", tensor(Tensor::float32(1))}}, {"float32[]"}},
      {"Constant", {}, {{"value_int", 5}}, {"int64[] {5}"}},
      {"Constant", {}, {{"value_ints", Ints{5, 6}}}, {"int64[2] {5, 6}"}},
      {"Constant", {}, {{"value_floats", Floats{1, 2, 3}}}, {"float32[3]"}},
      {"Constant", {}, {{"value_string", "a"}}, {"string[]"}},
      {"ConstantOfShape", {"i64[2]{n, 3}"}, {}, {"float32[n, 3]"}},
      {"ConstantOfShape", {"i64[2]"}, {}, {"float32[?0, ?1]"}},
      {"ConstantOfShape", {"i64[k]"}, {}, {"float32"}},
      {"ConstantOfShape", {"i64[1]=3"}, {{"value", tensor(Tensor::int64s({7}))}}, {"int64[3] {7, 7, 7}"}},
      {"ConstantOfShape", {"i64[1]{n}"}, {{"value", tensor(Tensor::int64s({7}))}}, {"int64[n]"}},
      {"Range", {"i64[]=0", "i64[]=5", "i64[]=2"}, {}, {"int64[3] {0, 2, 4}"}},
      {"Range", {"i64[]=5", "i64[]=0", "i64[]=-2"}, {}, {"int64[3] {5, 3, 1}"}},
      {"Range", {"i64[]=5", "i64[]=0", "i64[]=2"}, {}, {"int64[0] {}"}},
      {"Range", {"i64[]=0", "i64[]{n}", "i64[]=1"}, {}, {"int64[n]"}},
      {"Range", {"i64[]=1", "i64[]{n}", "i64[]=1"}, {}, {"int64[max(n - 1, 0)]"}},
      {"Range", {"i64[]{n}", "i64[]{n + 2}", "i64[]=1"}, {}, {"int64[2] {n, n + 1}"}},
      {"Range", {"i64[]=0", "i64[]{n}", "i64[]=2"}, {}, {"int64[floordiv(n + 1, 2)]"}},
      {"Range", {"i64[]=0", "i64[]{$k}", "i64[]=1"}, {}, {"int64[?0]"}},
      {"Range", {"i64[]=0", "i64[]", "i64[]=1"}, {}, {"int64[?0]"}},
      {"Range", {"f32[]=0", "f32[]=1", "f32[]=0.3"}, {}, {"float32[4]"}},
      {"EyeLike", {"f32[n, 3]"}, {}, {"float32[n, 3]"}},
      {"EyeLike", {"f32[n, 3]"}, {{"dtype", 11}}, {"float64[n, 3]"}},
      {"Bernoulli", {"f32[n, 3]"}, {}, {"float32[n, 3]"}, 15},
      {"RandomNormal", {}, {{"shape", Ints{2, 3}}}, {"float32[2, 3]"}},
      {"RandomUniform", {}, {{"shape", Ints{2, 3}}, {"dtype", 10}}, {"float16[2, 3]"}},
      {"RandomNormalLike", {"f32[n]"}, {}, {"float32[n]"}},
      {"RandomUniformLike", {"i64[n]"}, {{"dtype", 1}}, {"float32[n]"}},
      {"Multinomial", {"f32[n, 9]"}, {{"sample_size", 4}, {"dtype", 7}}, {"int64[n, 4]"}},
      // spectral
      {"HannWindow", {"i64[]=16"}, {}, {"float32[16]"}, 17},
      {"HammingWindow", {"i64[]{n}"}, {{"output_datatype", 11}}, {"float64[n]"}, 17},
      {"BlackmanWindow", {"i64[]"}, {}, {"float32[?0]"}, 17},
      {"DFT", {"f32[n, 16, 1]"}, {}, {"float32[n, 16, 2]"}, 17},
      {"DFT", {"f32[n, 16, 1]"}, {{"onesided", 1}}, {"float32[n, 9, 2]"}, 17},
      {"DFT", {"f32[n, 16, 2]", "i64[]=8"}, {{"inverse", 1}}, {"float32[n, 8, 2]"}, 17},
      {"STFT", {"f32[n, 100, 1]", "i64[]=10", "f32[20]"}, {}, {"float32[n, 9, 11, 2]"}, 17},
      {"STFT",
       {"f32[n, t, 1]", "i64[]=10", "", "i64[]=20"},
       {{"onesided", 0}},
       {"float32[n, floordiv(t, 10) - 1, 20, 2]"},
       17},
      {"MelWeightMatrix", {"i64[]=8", "i64[]=16", "i64[]", "f32[]", "f32[]"}, {}, {"float32[9, 8]"}, 17},
  };
  return table;
}

TEST_CASE("infer: creation and signals") { checkTable(creationTable()); }

}  // namespace deploytool::ir::test
