// Every rule on small models: the quantized model in ONNX Runtime against the float one, and what it is made of.
#include "tests/unit/quantize_models.h"

using namespace deploytool;
using namespace deploytool::quantize;
using namespace deploytool::quantize::testing;

namespace {

// Two products, so that neither is the small last layer that keeps float products.
const std::string kTwoProducts = "graph(x: float32[n, 3, 16]) -> (y, z) {\n" + weight("w", {16, 12}) + weight("v", {16, 9}, 6) +
                                 weight("b", {12}, 7) +
                                 "m = MatMul(x, w)\n y = Add(m, b)\n z = MatMul(x, v)\n}";

}  // namespace

TEST_CASE("quantize: MatMul becomes an integer product, its activation is quantized once", "[quantize]") {
  const auto result = check(kTwoProducts, {floats({4, 3, 16}, 1)}, all(), 32);
  CHECK(result.ops == std::map<std::string, int>{{"DynamicQuantizeLinear", 1}, {"MatMulInteger", 2}, {"Cast", 2}, {"Mul", 4}, {"Add", 1}});
  REQUIRE(result.report.weights.size() == 3);
  CHECK(result.report.weights[0].name == "w");
  CHECK(result.report.weights[0].quantized);
  CHECK(result.report.weights[0].method == "dynamic");
  CHECK(result.report.weights[0].bytesBefore == 16 * 12 * 4);
  CHECK(result.report.weights[0].bytesAfter == 16 * 12 + 12 * 4);
  CHECK(result.report.weights[1].reason == "Add stays in float");
}

TEST_CASE("quantize: the formats and schemes of products", "[quantize]") {
  const std::vector<Tensor> x = {floats({4, 3, 16}, 2)};
  const auto qdq = check(kTwoProducts, x, with(Format::Qdq), 32);
  CHECK(qdq.ops == std::map<std::string, int>{{"DynamicQuantizeLinear", 1}, {"DequantizeLinear", 3}, {"MatMul", 2}, {"Add", 1}});
  const auto weightOnly = check(kTwoProducts, x, with(Format::WeightOnly), 42);
  CHECK(weightOnly.ops == std::map<std::string, int>{{"DequantizeLinear", 2}, {"MatMul", 2}, {"Add", 1}});
  auto perToken = all();
  perToken.perTokenActivations = true;
  CHECK(count(check(kTwoProducts, x, perToken, 36), "MatMulInteger") == 2);
  perToken.format = Format::Qdq;
  check(kTwoProducts, x, perToken, 36);
  for (const auto type : {WeightScheme::Type::QInt8, WeightScheme::Type::QUInt8}) {
    for (const bool perChannel : {true, false}) {
      for (const bool symmetric : {true, false}) {
        auto options = all();
        options.scheme.type = type;
        options.scheme.perChannel = perChannel;
        options.scheme.symmetric = symmetric;
        check(kTwoProducts, x, options, 32);
        options.format = Format::WeightOnly;
        check(kTwoProducts, x, options, 40);
        options.scheme.reduceRange = true;
        check(kTwoProducts, x, options, 33);
      }
    }
  }
}

TEST_CASE("quantize: old opsets have no axis in DequantizeLinear, the oldest none at all", "[quantize]") {
  for (const char* opset : {"opset 9\n", "opset 11\n", "opset 12\n"}) {
    for (const auto type : {WeightScheme::Type::QInt8, WeightScheme::Type::QUInt8}) {
      auto options = with(Format::WeightOnly);
      options.scheme.type = type;
      check(opset + kTwoProducts, {floats({2, 3, 16}, 2)}, options, 40);
    }
  }
  const auto old = quantized("opset 10\n" + kTwoProducts, all());
  CHECK(old.report.weights[0].reason == "opset 10: DynamicQuantizeLinear is there from opset 11 on");
}

TEST_CASE("quantize: Gemm with all it may have", "[quantize]") {
  const std::string head = "graph(x: float32[16, 5], c: float32[5, 1]) -> (y, z) {\n" + weight("w", {12, 16}) +
                           weight("v", {16, 8}, 9) + weight("b", {12}, 3);
  const std::string source = head +
                             "y = Gemm<transA=1, transB=1, alpha=-0.5, beta=2.0>(x, w, b)\n"
                             "z = Gemm<transA=1, beta=0.25>(x, v, c)\n}";
  const std::vector<Tensor> inputs = {floats({16, 5}, 1), floats({5, 1}, 2)};
  const auto result = check(source, inputs, all(), 32);
  CHECK(result.ops.count("Gemm") == 0);
  CHECK(count(check(source, inputs, with(Format::WeightOnly), 42), "Gemm") == 2);
  check(source, inputs, with(Format::Qdq), 32);
}

TEST_CASE("quantize: a stack of matrices, and operands that cannot be", "[quantize]") {
  const std::string source = "graph(x: float32[4, 3, 16]) -> (y) {\n" + weight("w", {4, 16, 12}) + "y = MatMul(x, w)\n}";
  CHECK(count(check(source, {floats({4, 3, 16}, 4)}, all(), 32), "MatMulInteger") == 1);
  // ONNX Runtime joins MatMul between two DequantizeLinear to an operator that takes matrices only.
  check(source, {floats({4, 3, 16}, 4)}, with(Format::Qdq), 32);
  check(source, {floats({4, 3, 16}, 4)}, with(Format::WeightOnly), 42);
  const std::string vector = "graph(x: float32[16]) -> (y) {\n" + weight("w", {4, 16, 12}) + "y = MatMul(x, w)\n}";
  CHECK(quantized(vector, all()).report.weights[0].reason == "a stack of matrices, times what may be a vector");
  check(vector, {floats({16}, 4)}, with(Format::Qdq), 32);
  const auto left = quantized("graph(x: float32[16, 3]) -> (y) {\n" + weight("w", {12, 16}) + "y = MatMul(w, x)\n}", all());
  CHECK(left.report.weights[0].reason == "the left operand of MatMul");
  REQUIRE(left.report.diagnostics.size() == 1);
  CHECK_THAT(left.report.diagnostics[0].message, StartsWith("nothing to quantize"));
}

TEST_CASE("quantize: the fused projections of ONNX Runtime's Attention", "[quantize]") {
  const std::string head = "opset 13, com.microsoft 1\ngraph(x: float32[2, 5, 8]) -> (y, present) {\n" + weight("w", {8, 24});
  const auto attention = [](const std::string& attributes, const std::string& inputs) {
    return "y, present = com.microsoft::Attention<num_heads=2" + attributes + ">(" + inputs + ")\n}";
  };
  const std::string source = head + weight("b", {24}, 4) + attention(", unidirectional=1", "x, w, b");
  const std::vector<Tensor> x = {floats({2, 5, 8}, 3)};
  CHECK(check(source, x, all(), 28).ops == std::map<std::string, int>{{"DynamicQuantizeLinear", 1}, {"QAttention", 1}});
  // The float operator without a bias crashes in ONNX Runtime.
  std::string zeros = "b: float32[24] = {0";
  for (int i = 1; i < 24; ++i) zeros += ", 0";
  zeros += "}\n";
  const auto withoutBias = quantized(head + attention("", "x, w, _"), all());
  CHECK(sqnr(run(*withoutBias.model, x), run(*parse(head + zeros + attention("", "x, w, b")), x)) > 28);
  auto asymmetric = all();
  asymmetric.scheme.symmetric = false;
  check(source, x, asymmetric, 28);
  auto perToken = all();
  perToken.perTokenActivations = true;
  CHECK(count(check(source, x, perToken, 30), "Attention") == 1);
  CHECK(count(check(source, x, with(Format::Qdq), 28), "Attention") == 1);
  CHECK(count(check(source, x, with(Format::WeightOnly), 38), "DequantizeLinear") == 1);
  const auto sizes = quantized(head + weight("b", {24}, 4) + attention(", qkv_hidden_sizes=[8, 8, 8]", "x, w, b"), all());
  CHECK(sizes.report.weights[0].reason == "qkv_hidden_sizes, which QAttention does not know");
}

TEST_CASE("quantize: the head of a classifier keeps float products", "[quantize]") {
  const std::string source = "graph(x: float32[n, 64]) -> (y) {\n" + weight("w", {64, 96}) + weight("head", {96, 1}, 6) +
                             "h = MatMul(x, w)\n r = Relu(h)\n y = MatMul(r, head)\n}";
  QuantizeOptions options = all();
  const auto result = check(source, {floats({5, 64}, 1)}, options, 30);
  CHECK(count(result, "MatMulInteger") == 2);  // 1.5 % is too much
  options.selection.weightOnly = {"head"};
  const auto spared = check(source, {floats({5, 64}, 1)}, options, 32);
  CHECK(count(spared, "MatMulInteger") == 1);
  CHECK(spared.report.weights[1].method == "weight-only");
}

TEST_CASE("quantize: a scale for every 32 elements of a channel", "[quantize]") {
  const std::string model = "graph(x: float32[n, 64], i: int64[a, b], o: float32[n, 40]) -> (y, z, e, t) {\n" +
                            weight("w", {64, 12}) + weight("v", {12, 64}, 9) + weight("table", {10, 96}, 3) +
                            weight("odd", {40, 8}, 4) +
                            "y = MatMul(x, w)\n z = Gemm<transB=1>(x, v, _)\n e = Gather(table, i)\n t = MatMul(o, odd)\n}";
  const std::vector<Tensor> inputs = {floats({5, 64}, 1), Tensor::of(DType::Int64, {2, 3}, std::vector<int64_t>{0, 9, 3, 3, 7, 1}),
                                      floats({5, 40}, 2)};
  QuantizeOptions options = all();
  options.selection.grouped = {"*"};
  for (const auto type : {WeightScheme::Type::QInt8, WeightScheme::Type::QUInt8}) {
    options.scheme.type = type;
    const auto grouped = check(model, inputs, options, 41);
    REQUIRE(grouped.report.weights.size() == 4);
    CHECK(grouped.report.weights[0].method == "grouped");
    CHECK(grouped.report.weights[0].bytesAfter == 64 * 12 + 2 * 12 * 4);
    CHECK(grouped.report.weights[1].method == "grouped");
    CHECK(grouped.report.weights[2].method == "grouped");
    CHECK(grouped.report.weights[3].method == "dynamic");  // 40 is no multiple of 32
    options.selection.exclude = {"odd"};
    check(model, inputs, options, 46);
    auto wholeChannels = all();
    wholeChannels.scheme.type = type;
    wholeChannels.format = Format::WeightOnly;
    wholeChannels.selection.exclude = {"odd"};
    check(model, inputs, wholeChannels, 43);
    options.selection.exclude.clear();
  }
}

TEST_CASE("quantize: float16 weights in place of integers", "[quantize]") {
  const std::string source = "graph(x: float32[5, 2, 64], i: int64[a, b]) -> (y, last, cell, e, t) {\n" + weight("w", {1, 48, 64}) +
                             weight("r", {1, 48, 12}, 3) + weight("table", {64, 24}, 4) +
                             "y, last, cell = LSTM<hidden_size=12>(x, w, r)\n e = Gather(table, i)\n t = MatMul(x, table)\n}";
  QuantizeOptions options = all();
  options.selection.float16 = {"w", "table"};
  const auto result = check(source, {floats({5, 2, 64}, 1), Tensor::of(DType::Int64, {1, 2}, std::vector<int64_t>{63, 9})}, options, 66);
  for (const WeightReport& w : result.report.weights) {
    CHECK(w.method == "float16");  // r is of the same layer as w
    CHECK(w.bytesAfter * 2 == w.bytesBefore);
    CHECK(w.sqnr > 66);
  }
  CHECK(count(result, "Cast") == 3);
}

TEST_CASE("quantize: what float16 cannot hold stays", "[quantize]") {
  auto model = parse("graph(x: float32[n, 4]) -> (y) {\nw: float32[4, 2] = {1, 70000, 1, 1, 1, 1, 1, 1}\ny = MatMul(x, w)\n}");
  QuantizeOptions options = all();
  options.selection.float16 = {"*"};
  const auto report = quantizeModel(*model, options, nullptr);
  REQUIRE(report);
  CHECK_FALSE(report->weights[0].quantized);
  CHECK(report->weights[0].reason == "holds NaN or values beyond float16's 65504");
}

TEST_CASE("quantize: LSTM, in both directions", "[quantize]") {
  const std::string source = "graph(x: float32[6, 2, 8], h: float32[2, 2, 10]) -> (y, last, cell) {\n" +
                             weight("w", {2, 40, 8}) + weight("r", {2, 40, 10}, 8) + weight("b", {2, 80}, 2) +
                             "y, last, cell = LSTM<hidden_size=10, direction=\"bidirectional\">(x, w, r, b, _, h, h)\n}";
  const std::vector<Tensor> inputs = {floats({6, 2, 8}, 1), floats({2, 2, 10}, 2)};
  const auto dynamic = check(source, inputs, all(), 30);
  CHECK(dynamic.ops == std::map<std::string, int>{{"DynamicQuantizeLSTM", 1}});
  CHECK(dynamic.model->opsets.at("com.microsoft") == 1);
  auto perTensor = all();
  perTensor.scheme.perChannel = false;
  check(source, inputs, perTensor, 30);
  CHECK(count(check(source, inputs, with(Format::WeightOnly), 40), "LSTM") == 1);
  auto partly = all();
  partly.selection.exclude = {"r"};
  const auto none = quantized(source, partly);
  CHECK(none.report.weights[0].reason == "'r' of the same LSTM stays");
  CHECK(none.report.weights[1].reason == "excluded by 'r'");
}

TEST_CASE("quantize: GRU and RNN get their weights out of 8 bits", "[quantize]") {
  const std::string head = "graph(x: float32[6, 2, 8]) -> (y) {\n";
  check(head + weight("w", {2, 30, 8}) + weight("r", {2, 30, 10}, 8) +
            "y, _ = GRU<hidden_size=10, direction=\"bidirectional\", linear_before_reset=1>(x, w, r)\n}",
        {floats({6, 2, 8}, 1)}, all(), 38);
  check(head + weight("w", {1, 10, 8}) + weight("r", {1, 10, 10}, 8) + "y, _ = RNN<hidden_size=10>(x, w, r)\n}",
        {floats({6, 2, 8}, 1)}, all(), 38);
}

TEST_CASE("quantize: an embedding's rows have scales of their own; tied weights are stored once", "[quantize]") {
  const std::string tied = "graph(i: int64[n]) -> (y) {\n" + weight("w", {20, 16}) +
                           "e = Gather(w, i)\n t = Transpose<perm=[1, 0]>(w)\n y = MatMul(e, t)\n}";
  const Tensor ids = Tensor::int64s({3, 0, 19, -1});
  const auto result = check(tied, {ids}, all(), 32);
  int64_t bytes = 0;
  for (const ir::Value* v : result.model->graph.initializers()) bytes += v->constant->byteSize();
  CHECK(bytes < 20 * 16 * 2);
  auto perTensor = all();
  perTensor.scheme.perChannel = false;
  check("graph(i: int64[n]) -> (y) {\n" + weight("w", {20, 16}) + "y = Gather(w, i)\n}", {ids}, perTensor, 38);
  auto isUnsigned = all();
  isUnsigned.scheme.type = WeightScheme::Type::QUInt8;
  check("graph(i: int64[n]) -> (y) {\n" + weight("w", {20, 16}) + "y = Gather(w, i)\n}", {ids}, isUnsigned, 40);
}

TEST_CASE("quantize: rows of an embedding may have zero points, and tied products share them", "[quantize]") {
  const std::string tied = "graph(i: int64[n]) -> (y, e) {\n" + weight("w", {2, 2}) +
                           "e = Gather(w, i)\n t = Transpose<perm=[1, 0]>(w)\n y = MatMul(e, t)\n}";
  auto model = parse(tied), reference = parse(tied);
  std::vector<float> values;  // from -0.2 to 1
  for (const double v : floats({20, 600}, 4).toDoubles()) values.push_back(static_cast<float>(0.4 + 0.6 * v));
  const auto table = std::make_shared<const Tensor>(Tensor::of(DType::Float32, {20, 600}, values));
  for (const auto& m : {model.get(), reference.get()}) m->graph.initializers().front()->constant = table;
  QuantizeOptions options = all();
  REQUIRE(quantizeModel(*model, options, nullptr));
  const std::vector<Tensor> ids = {Tensor::int64s({3, 0, 19, -1})};
  CHECK(sqnr(run(*model, ids), run(*reference, ids)) > 40);
  int64_t bytes = 0, zeros = 0;
  for (const ir::Value* v : model->graph.initializers()) {
    bytes += v->constant->byteSize();
    if (v->name.ends_with("_zero_point")) zeros += v->constant->numel();
  }
  CHECK(zeros >= 20);
  CHECK(bytes < 20 * 600 * 3 / 2);  // the integers once
}

TEST_CASE("quantize: a weight tied to one that stays in float stays too, and is stored once", "[quantize]") {
  const std::string source = "graph(i: int64[n]) -> (z) {\n" + weight("w", {20, 16}) + weight("v", {20, 30}, 7) +
                             weight("u", {30, 20}, 8) +
                             "e = Gather(w, i)\n t = Transpose<perm=[1, 0]>(w)\n y = MatMul(e, t)\n"
                             "h = MatMul(y, v)\n z = MatMul(h, u)\n}";
  const auto result = check(source, {Tensor::int64s({3, 0, 19})}, {}, 28);
  CHECK(count(result, "MatMulInteger") == 2);
  CHECK(count(result, "Transpose") == 1);
  CHECK(result.report.weights[1].reason == "tied to 'w', which stays: embedding is not among the types");
  int64_t floats = 0;
  for (const ir::Value* v : result.model->graph.initializers()) {
    if (v->dtype() == DType::Float32 && v->constant->rank() == 2) floats += v->constant->numel();
  }
  CHECK(floats == 20 * 16);
}

TEST_CASE("quantize: convolution", "[quantize]") {
  const std::string source = "graph(x: float32[2, 4, 9, 9]) -> (y) {\n" + weight("w", {6, 2, 3, 3}) + weight("b", {6}, 4) +
                             "y = Conv<group=2, pads=[1, 1, 1, 1], strides=[2, 2]>(x, w, b)\n}";
  CHECK(count(check(source, {floats({2, 4, 9, 9}, 3)}, all(), 32), "ConvInteger") == 1);
  CHECK(count(check(source, {floats({2, 4, 9, 9}, 3)}, with(Format::WeightOnly), 42), "Conv") == 1);
  CHECK(quantized(source, {}).report.weights[0].reason == "conv is not among the types");
  auto perToken = all();
  perToken.perTokenActivations = true;
  CHECK(count(check(source, {floats({2, 4, 9, 9}, 3)}, perToken, 32), "DynamicQuantizeLinear") == 1);
}

TEST_CASE("quantize: bodies of If", "[quantize]") {
  const std::string source = "graph(x: float32[4, 16], c: bool[]) -> (y) {\n" + weight("w", {16, 12}) + weight("v", {16, 12}, 9) +
                             "y = If<then_branch=graph() -> (t) { t = MatMul(x, w) }, "
                             "else_branch=graph() -> (e) { e = MatMul(x, v) }>(c)\n}";
  for (const uint8_t flag : {0, 1}) {
    const Tensor c = Tensor::of(DType::Bool, {}, std::vector<uint8_t>{flag});
    CHECK(count(check(source, {floats({4, 16}, 1), c}, all(), 32), "DynamicQuantizeLinear") == 2);
  }
}

TEST_CASE("quantize: weights that are not finite are named, all of them", "[quantize]") {
  const auto model = parse(kTwoProducts);
  for (ir::Value* value : model->graph.initializers()) {
    auto values = value->constant->toDoubles();
    std::vector<float> broken(values.begin(), values.end());
    broken[1] = NAN;
    value->constant = std::make_shared<const Tensor>(Tensor::of(DType::Float32, value->constant->dims(), broken));
  }
  const auto report = quantizeModel(*model, all(), nullptr);
  REQUIRE_FALSE(report);
  CHECK(report.error().code == ExitCode::BadInput);
  CHECK(report.error().message == "the weight 'w' holds 1 NaN or infinite elements");
  REQUIRE(report.error().notes.size() == 1);
  CHECK(report.error().notes[0] == "the weight 'v' holds 1 NaN or infinite elements");
}

TEST_CASE("quantize: a second time finds nothing to do and says why", "[quantize]") {
  auto once = quantized(kTwoProducts, all());
  const auto again = quantizeModel(*once.model, all(), nullptr);
  REQUIRE(again);
  REQUIRE(again->diagnostics.size() == 1);
  CHECK(again->diagnostics[0].message == "nothing to quantize: the model is quantized already (2 MatMulInteger)");
}
