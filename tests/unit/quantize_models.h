// Small models to quantize: made from text, run in ONNX Runtime before and after.
#pragma once

#include <cmath>
#include <map>
#include <random>

#include "ir/text.h"
#include "ir/verify.h"
#include "onnx/writer.h"
#include "quantize/quantize.h"
#include "runtime/session.h"
#include "tests/catch.h"

namespace deploytool::quantize::testing {

using ir::DType;
using ir::Tensor;

/// `{0.12, -0.4, ...}`: a constant's elements, the same on every platform.
inline std::string numbers(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string text = "{";
  for (size_t i = 0; i < count; ++i) {
    const double v = (static_cast<double>(random() >> 8) / 16777216.0 - 0.5) * (i % 7 == 0 ? 1.6 : 0.8);
    text += (i ? ", " : "") + std::to_string(v);
  }
  return text + "}";
}

inline std::string weight(const std::string& name, const std::vector<int64_t>& dims, unsigned seed = 5) {
  size_t count = 1;
  std::string shape;
  for (const int64_t d : dims) {
    count *= static_cast<size_t>(d);
    shape += (shape.empty() ? "" : ", ") + std::to_string(d);
  }
  return name + ": float32[" + shape + "] = " + numbers(count, seed) + "\n";
}

inline std::unique_ptr<ir::Model> parse(const std::string& source) {
  auto model = ir::parseModel(source);
  INFO(source);
  if (!model) FAIL(model.error().message);
  return std::move(*model);
}

inline Tensor floats(const std::vector<int64_t>& dims, unsigned seed) {
  size_t count = 1;
  for (const int64_t d : dims) count *= static_cast<size_t>(d);
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& v : values) v = static_cast<float>(random() >> 8) / 8388608.0F - 1;
  return Tensor::of(DType::Float32, dims, values);
}

inline std::vector<Tensor> run(const ir::Model& model, const std::vector<Tensor>& inputs) {
  const auto bytes = onnx_io::encodeModel(model);
  REQUIRE(bytes);
  auto session = runtime::openOnnx(std::as_bytes(std::span(*bytes)));
  if (!session) FAIL(session.error().message + "\n" + ir::text(model));
  auto values = (*session)->run(inputs);
  if (!values) FAIL(values.error().message);
  std::vector<Tensor> outputs;
  for (auto& value : *values) outputs.push_back(value.tensors.at(0));
  return outputs;
}

inline double sqnr(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected) {
  double signal = 0, noise = 0;
  REQUIRE(actual.size() == expected.size());
  for (size_t t = 0; t < actual.size(); ++t) {
    REQUIRE(actual[t].dims() == expected[t].dims());
    const auto a = actual[t].toDoubles(), e = expected[t].toDoubles();
    for (size_t i = 0; i < a.size(); ++i) {
      signal += e[i] * e[i];
      noise += (a[i] - e[i]) * (a[i] - e[i]);
    }
  }
  return noise == 0 ? 1e9 : 10 * std::log10(signal / noise);
}

struct Quantized {
  std::unique_ptr<ir::Model> model;
  QuantizeReport report;
  std::map<std::string, int> ops;
};

inline Quantized quantized(const std::string& source, const QuantizeOptions& options) {
  Quantized result;
  result.model = parse(source);
  auto report = quantizeModel(*result.model, options, nullptr);
  if (!report) FAIL(report.error().message);
  result.report = std::move(*report);
  const auto problems = ir::verify(*result.model);
  if (!problems.empty()) FAIL(problems[0].message + "\n" + ir::text(*result.model));
  result.model->graph.forEachNode([&](ir::Node& node) { ++result.ops[node.opType]; });
  return result;
}

inline int count(const Quantized& q, const std::string& op) { return q.ops.count(op) ? q.ops.at(op) : 0; }

/// Quantizes, runs both, and gives back what was made.
inline Quantized check(const std::string& source, const std::vector<Tensor>& inputs, const QuantizeOptions& options, double decibels) {
  Quantized result = quantized(source, options);
  INFO(ir::text(*result.model));
  const double measured = sqnr(run(*result.model, inputs), run(*parse(source), inputs));
  CHECK(measured > decibels);
  CHECK(measured < 1e8);  // something was rounded
  return result;
}

inline QuantizeOptions all() {
  QuantizeOptions options;
  options.selection.types = {"linear", "lstm", "gru", "rnn", "embedding", "conv"};
  return options;
}

inline QuantizeOptions with(QuantizeOptions::Format format) {
  QuantizeOptions options = all();
  options.format = format;
  return options;
}

using Format = QuantizeOptions::Format;

}  // namespace deploytool::quantize::testing
