// Scales for the rows of an activation: what they gain, and where they are taken by themselves.
#include "quantize/row_scales.h"
#include "tests/unit/quantize_models.h"

using namespace deploytool;
using namespace deploytool::quantize;
using namespace deploytool::quantize::testing;

TEST_CASE("quantize: rows of an activation have their own scale where they differ", "[quantize]") {
  // Rows of very different size: one scale for all leaves little of the small ones.
  std::vector<double> rowSizes = {1, 0.1, 0.01, 0};
  std::vector<float> values;
  for (const double v : floats({4, 64}, 3).toDoubles()) values.push_back(static_cast<float>(v * rowSizes[values.size() / 64]));
  const Tensor x = Tensor::of(DType::Float32, {4, 64}, values);
  const std::string source = "graph(x: float32[n, 64]) -> (y) {\n" + weight("w", {64, 96}) + weight("b", {96}, 2) +
                             weight("v", {96, 64}, 6) +
                             "m = MatMul(x, w)\n h = Add(m, b)\n r = Relu(h)\n y = MatMul(r, v)\n}";
  const auto smallest = [&](const QuantizeOptions& options, int reduceMax, int abs) {
    const Quantized q = quantized(source, options);
    CHECK(count(q, "ReduceMax") == reduceMax);
    CHECK(count(q, "Abs") == abs);  // none where a Relu comes before
    const auto a = run(*q.model, {x}).at(0).toDoubles(), e = run(*parse(source), {x}).at(0).toDoubles();
    double noise = 0, signal = 0;
    for (size_t i = 2 * 64; i < 3 * 64; ++i) noise += (a[i] - e[i]) * (a[i] - e[i]), signal += e[i] * e[i];
    for (const double v : a) CHECK(std::isfinite(v));  // the row of zeros, too
    return 10 * std::log10(signal / noise);
  };
  QuantizeOptions perToken = all(), perTensor = all();
  perToken.perTokenActivations = true;
  perTensor.perTokenActivations = false;
  CHECK(smallest(perToken, 2, 1) > smallest(perTensor, 0, 0) + 6);
}

TEST_CASE("quantize: by default rows have scales where the products are large", "[quantize]") {
  CHECK(rowsAreCheap(1024, 4096));
  CHECK(rowsAreCheap(768, 4 * 768));
  CHECK_FALSE(rowsAreCheap(768, 768));
  CHECK_FALSE(rowsAreCheap(512, 10000));
  CHECK_FALSE(rowsAreCheap(0, 0));
  // Two narrow products that share an activation make one wide one; a product with a narrow activation stays by tensor.
  auto model = parse("graph(x: float32[n, 1500]) -> (y, z, u) {\n" + weight("a", {2, 2}) + weight("b", {2, 2}) + weight("c", {2, 2}) +
                     "y = MatMul(x, a)\n z = MatMul(x, b)\n t = Relu(z)\n u = MatMul(t, c)\n}");
  const std::map<std::string, std::vector<int64_t>> dims = {{"a", {1500, 700}}, {"b", {1500, 700}}, {"c", {700, 9000}}};
  for (ir::Value* v : model->graph.initializers())
    v->constant = std::make_shared<const Tensor>(floats(dims.at(v->name), 3));
  const auto report = quantizeModel(*model, {}, nullptr);
  REQUIRE(report);
  std::vector<std::string> methods;
  for (const WeightReport& w : report->weights) methods.push_back(w.method);
  CHECK(methods == std::vector<std::string>{"per-token", "per-token", "dynamic"});
  // Cheap for themselves, all of them would be too much of a model of nothing else: the cheapest have rows.
  auto wide = parse("graph(x: float32[n, 1500]) -> (z) {\n" + weight("a", {2, 2}) + weight("b", {2, 2}) +
                    "y = MatMul(x, a)\n z = MatMul(y, b)\n}");
  const std::map<std::string, std::vector<int64_t>> wideDims = {{"a", {1500, 3000}}, {"b", {3000, 6000}}};
  for (ir::Value* v : wide->graph.initializers())
    v->constant = std::make_shared<const Tensor>(floats(wideDims.at(v->name), 3));
  const auto some = quantizeModel(*wide, {}, nullptr);
  REQUIRE(some);
  CHECK(some->weights[0].method == "per-token");
  CHECK(some->weights[1].method == "dynamic");
}
