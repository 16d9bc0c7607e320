// Inference of normalisations, recurrent layers, losses and strings.
#include "infer_table.h"
#include "tests/catch.h"

namespace deploytool::ir::test {

const InferTable& layerTable() {
  static const InferTable table = {
      {"BatchNormalization", {"f32[n, 3, h]", "f32[3]", "f32[3]", "f32[3]", "f32[3]"}, {}, {"float32[n, 3, h]"}},
      {"BatchNormalization",
       {"f32[n, 3, h]", "f32[3]", "f32[3]", "f32[3]", "f32[3]"},
       {{"training_mode", 1}},
       {"float32[n, 3, h]", "float32[3]", "float32[3]"},
       15},
      {"LayerNormalization",
       {"f16[n, t, 8]", "f16[8]", "f16[8]"},
       {},
       {"float16[n, t, 8]", "float32[n, t, 1]", "float32[n, t, 1]"},
       17},
      {"LayerNormalization",
       {"f32[n, t, 8]", "f32[t, 8]"},
       {{"axis", 1}},
       {"float32[n, t, 8]", "float32[n, 1, 1]"},
       17},
      {"InstanceNormalization", {"f32[n, 3, h]", "f32[3]", "f32[3]"}, {}, {"float32[n, 3, h]"}},
      {"GroupNormalization", {"f32[n, 4, h]", "f32[2]", "f32[2]"}, {{"num_groups", 2}}, {"float32[n, 4, h]"}, 18},
      {"LRN", {"f32[n, 3, h, w]"}, {{"size", 3}}, {"float32[n, 3, h, w]"}},
      {"LpNormalization", {"f32[n, 3]"}, {}, {"float32[n, 3]"}},
      {"MeanVarianceNormalization", {"f32[n, 3, h, w]"}, {}, {"float32[n, 3, h, w]"}},
      {"Softmax", {"f32[n, 3]"}, {}, {"float32[n, 3]"}},
      {"LogSoftmax", {"f64[n, 3]"}, {}, {"float64[n, 3]"}},
      {"Hardmax", {"f32[n, 3]"}, {}, {"float32[n, 3]"}},
      // recurrent
      {"LSTM",
       {"f32[t, n, 8]", "f32[1, 64, 8]", "f32[1, 64, 16]"},
       {{"hidden_size", 16}},
       {"float32[t, 1, n, 16]", "float32[1, n, 16]", "float32[1, n, 16]"}},
      {"LSTM",
       {"f32[t, n, 8]", "f32[2, 64, 8]", "f32[2, 64, 16]"},
       {{"direction", "bidirectional"}},
       {"float32[t, 2, n, 16]", "float32[2, n, 16]", "float32[2, n, 16]"}},
      {"LSTM",
       {"f32[n, t, 8]", "f32[1, 64, 8]", "f32[1, 64, 16]"},
       {{"hidden_size", 16}, {"layout", 1}},
       {"float32[n, t, 1, 16]", "float32[n, 1, 16]", "float32[n, 1, 16]"},
       14},
      {"GRU",
       {"f32[t, n, 8]", "f32[1, 48, 8]", "f32[1, 48, 16]"},
       {{"hidden_size", 16}},
       {"float32[t, 1, n, 16]", "float32[1, n, 16]"}},
      {"RNN",
       {"f32", "f32[1, 16, 8]", "f32[1, 16, 16]"},
       {{"hidden_size", 16}},
       {"float32[?0, 1, ?1, 16]", "float32[1, ?1, 16]"}},
      {"DynamicQuantizeLSTM",
       {"f32[t, n, 8]", "i8[1, 8, 64]", "i8[1, 16, 64]"},
       {{"hidden_size", 16}},
       {"float32[t, 1, n, 16]", "float32[1, n, 16]", "float32[1, n, 16]"},
       13,
       "com.microsoft"},
      // losses
      {"NegativeLogLikelihoodLoss", {"f32[n, 9, t]", "i64[n, t]"}, {}, {"float32[]"}},
      {"NegativeLogLikelihoodLoss", {"f32[n, 9, t]", "i64[n, t]"}, {{"reduction", "none"}}, {"float32[n, t]"}},
      {"SoftmaxCrossEntropyLoss", {"f32[n, 9]", "i64[n]"}, {}, {"float32[]", "float32[n, 9]"}},
      // strings
      {"StringNormalizer", {"string[4]"}, {}, {"string[4]"}},
      {"TfIdfVectorizer", {"i64[n, 6]"}, {{"ngram_indexes", Ints{0, 3, 2}}}, {"float32[n, 4]"}},
  };
  return table;
}

TEST_CASE("infer: layers") { checkTable(layerTable()); }

}  // namespace deploytool::ir::test
