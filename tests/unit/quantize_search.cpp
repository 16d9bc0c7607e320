// Patterns of the selection, budgets, and the search for the smallest model, on made-up trials.
#include <algorithm>
#include <cmath>

#include "quantize/search.h"
#include "quantize/selection.h"
#include "tests/catch.h"

using namespace deploytool;
using namespace deploytool::quantize;

TEST_CASE("selection: globs", "[quantize]") {
  CHECK(matchesGlob("encoder.*", "encoder.0.weight"));
  CHECK(matchesGlob("*.weight", "encoder.0.weight"));
  CHECK(matchesGlob("e*.?.w*t", "encoder.0.weight"));
  CHECK(matchesGlob("*", ""));
  CHECK_FALSE(matchesGlob("encoder", "encoder.0"));
  CHECK_FALSE(matchesGlob("?", ""));
  CHECK_FALSE(matchesGlob("*.bias", "encoder.0.weight"));
}

TEST_CASE("selection: types, patterns and sizes", "[quantize]") {
  const Subject head{"head.weight", {"Gemm"}, {"linear"}, 4096};
  const Subject words{"words.weight", {"Gather"}, {"embedding"}, 1'000'000};
  QuantizeSelection s;
  CHECK(whyNotSelected(s, head).empty());
  CHECK(whyNotSelected(s, words) == "embedding is not among the types");
  s.include = {"words.*"};  // whatever its type
  CHECK(whyNotSelected(s, words).empty());
  CHECK(whyNotSelected(s, head) == "not among those included");
  s.include = {"op:Gem?", "size>=1MB"};
  CHECK(whyNotSelected(s, head).empty());
  CHECK(whyNotSelected(s, words).empty());
  s.exclude = {"size<=4096"};
  CHECK(whyNotSelected(s, head) == "excluded by 'size<=4096'");
  s = {};
  s.minSize = 5000;
  CHECK(whyNotSelected(s, head) == "4096 bytes, less than 5000");
  s.exclude = {"size>=many"};
  CHECK(checkSelection(s).error().code == ExitCode::Usage);
  s = {};
  s.types = {"linear", "convolution"};
  CHECK(checkSelection(s).error().message == "there is no type 'convolution'");
}

TEST_CASE("selection: patterns of names that fit nothing", "[quantize]") {
  QuantizeSelection s;
  s.include = {"head.*", "haed.*", "op:Gemm"};
  s.exclude = {"size>=1GB"};
  s.weightOnly = {"words"};
  s.grouped = {"*.weight"};
  s.float16 = {"tail"};
  CHECK(patternsWithoutMatch(s, {"head.weight", "words.weight"}) == std::vector<std::string>{"haed.*", "words", "tail"});
}

TEST_CASE("budget: what can be written", "[quantize]") {
  Budget budget;
  REQUIRE(parseBudget("sqnr >= 30, error<=1%,size<=0.3", budget));
  CHECK(*budget.minSqnr == 30);
  CHECK(std::fabs((*budget.maxError) - (0.01)) < 1e-12);
  CHECK(std::fabs((*budget.maxSizeRatio) - (0.3)) < 1e-12);
  for (const char* bad : {"", "sqnr<=30", "error<=1%,", "size<=x", "sqnr>=30dB", "error<=-1", "size<=nan"}) {
    INFO(bad);
    Budget none;
    CHECK_FALSE(parseBudget(bad, none).ok());
  }
}

namespace {

/// Ten layers, the i-th with noise 2^-i of 1e-3 in integer products, a tenth of that with float products, less than half
/// of that again with scales for groups, nearly nothing in float16.
struct MadeUp {
  int trials = 0;
  bool isChosen(const QuantizeSelection& s, const std::string& name) const {
    return whyNotSelected(s, Subject{name, {"MatMul"}, {"linear"}, 1000}).empty();
  }
  Result<TrialResult> operator()(const QuantizeOptions& o) {
    ++trials;
    TrialResult result;
    double noise = 0, size = 0.1;
    for (int i = 0; i < 10; ++i) {
      const std::string name = "layer" + std::to_string(i);
      WeightReport w;
      w.name = name;
      w.quantized = isChosen(o.selection, name);
      w.type = "linear";
      result.report.weights.push_back(w);
      const Subject subject{name, {"MatMul"}, {"linear"}, 1000};
      const bool grouped = matchesAny(o.selection.grouped, subject);
      const bool half = matchesAny(o.selection.float16, subject);
      size += !w.quantized ? 0.08 : half ? 0.04 : grouped ? 0.0225 : 0.02;
      if (!w.quantized) continue;
      const bool exact = matchesAny(o.selection.weightOnly, subject);
      noise += 1e-3 * std::pow(2.0, -i) * (half ? 1e-5 : grouped ? 0.04 : exact ? 0.1 : (o.perTokenActivations ? 0.8 : 1));
    }
    result.sizeRatio = size;
    result.error.sqnr = noise > 0 ? -10 * std::log10(noise) : std::numeric_limits<double>::infinity();
    result.error.meanRelative = std::sqrt(noise);
    return result;
  }
};

AutoResult search(const char* text, bool isOnnx, MadeUp& model) {
  Budget budget;
  REQUIRE(parseBudget(text, budget));
  auto found = searchWithinBudget({}, budget, isOnnx, {std::ref(model), std::ref(model)});
  REQUIRE(found);
  return std::move(*found);
}

}  // namespace

TEST_CASE("sensitivity: the worst layer first, and what to exclude", "[quantize]") {
  MadeUp model;
  const auto full = model({});
  const auto ranked = sensitivities({}, full->report, std::ref(model));
  REQUIRE(ranked);
  REQUIRE(ranked->size() == 10);
  CHECK((*ranked)[0].layer == "layer0");
  CHECK((*ranked)[9].layer == "layer9");
  CHECK(std::fabs(((*ranked)[0].share) - (0.5)) < 0.01);
  CHECK(std::fabs(((*ranked)[0].sqnr) - (30)) < 1e-6);
  const auto proposed = proposedExclusions(*ranked);
  REQUIRE(proposed.size() == 1);
  CHECK(proposed[0].layer == "layer0");
}

TEST_CASE("auto: no more is given up than the budget asks for", "[quantize]") {
  MadeUp model;
  const AutoResult easy = search("sqnr>=26", true, model);
  CHECK(easy.withinBudget);
  CHECK(easy.trials == 1);
  CHECK_FALSE(easy.options.perTokenActivations);

  const AutoResult perToken = search("sqnr>=27.8", true, model);
  CHECK(perToken.withinBudget);
  CHECK(perToken.options.perTokenActivations);
  CHECK(perToken.options.selection.weightOnly.empty());

  // 30.5 dB: noise 8.9e-4 of 1.6e-3 per token; float products for layer0 save 7e-4, for two layers 1.05e-3.
  const AutoResult mixed = search("sqnr>=30.5", true, model);
  CHECK(mixed.withinBudget);
  CHECK(mixed.options.selection.weightOnly == std::vector<std::string>{"layer0", "layer1"});
  CHECK(mixed.options.selection.exclude.empty());

  // Float products everywhere leave 37 dB, scales for groups 41, float16 77.
  const AutoResult grouped = search("sqnr>=38", true, model);
  CHECK(grouped.withinBudget);
  CHECK(grouped.options.selection.grouped == std::vector<std::string>{"layer0"});
  CHECK(grouped.options.selection.exclude.empty());
  const AutoResult halves = search("sqnr>=42", true, model);
  CHECK(halves.withinBudget);
  CHECK(halves.options.selection.float16 == std::vector<std::string>{"layer0"});
  CHECK(halves.options.selection.grouped == std::vector<std::string>{"layer1", "layer2"});
  CHECK(halves.options.selection.exclude.empty());
  const AutoResult floats = search("sqnr>=78", true, model);
  CHECK(floats.withinBudget);
  CHECK(floats.options.selection.exclude == std::vector<std::string>{"layer0"});

  const AutoResult archive = search("sqnr>=31", false, model);
  CHECK(archive.withinBudget);
  CHECK(archive.options.selection.exclude == std::vector<std::string>{"layer0", "layer1"});
  CHECK(archive.options.selection.weightOnly.empty());

  const AutoResult impossible = search("sqnr>=60,size<=0.4", true, model);
  CHECK_FALSE(impossible.withinBudget);
}
