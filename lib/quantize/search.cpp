#include "quantize/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace deploytool::quantize {
namespace {

std::string withoutSpaces(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != ' '; });
  return out;
}

std::optional<double> number(std::string_view text, bool percentAllowed) {
  const bool percent = percentAllowed && text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0) return {};
  return percent ? value / 100 : value;
}

bool parseTerm(std::string_view term, Budget& budget) {
  const auto take = [&](std::string_view prefix, bool percentAllowed, std::optional<double>& into) {
    if (!term.starts_with(prefix)) return false;
    into = number(term.substr(prefix.size()), percentAllowed);
    return into.has_value();
  };
  return take("sqnr>=", false, budget.minSqnr) || take("error<=", true, budget.maxError) ||
         take("size<=", true, budget.maxSizeRatio);
}

double noiseOf(double sqnr) { return std::isfinite(sqnr) ? std::pow(10, -sqnr / 10) : 0; }

}  // namespace

Status parseBudget(const std::string& text, Budget& budget) {
  const std::string terms = withoutSpaces(text);
  size_t first = 0;
  while (first <= terms.size()) {
    const size_t comma = std::min(terms.find(',', first), terms.size());
    if (!parseTerm(std::string_view(terms).substr(first, comma - first), budget))
      return makeError(ExitCode::Usage, fmt::format("'{}' is no budget", text), "sqnr>=30, error<=1% or size<=0.3");
    first = comma + 1;
  }
  return {};
}

std::vector<std::string> violations(const Budget& budget, const TrialResult& result) {
  std::vector<std::string> out;
  if (budget.minSqnr && !(result.error.sqnr >= *budget.minSqnr))
    out.push_back(fmt::format("output SQNR {:.2f} dB, below the budget of {:g} dB", result.error.sqnr, *budget.minSqnr));
  if (budget.maxError && !(result.error.meanRelative <= *budget.maxError))
    out.push_back(fmt::format("mean output error {:.3f} %, over the budget of {:g} %", 100 * result.error.meanRelative,
                              100 * *budget.maxError));
  if (budget.maxSizeRatio && !(result.sizeRatio <= *budget.maxSizeRatio))
    out.push_back(fmt::format("{:.3f} x the input, over the budget of {:g} x", result.sizeRatio, *budget.maxSizeRatio));
  return out;
}

// ---- sensitivity ----------------------------------------------------------------------------------------------------

namespace {

std::vector<LayerSensitivity> layersOf(const QuantizeReport& report) {
  std::vector<LayerSensitivity> layers;
  for (const WeightReport& w : report.weights) {
    if (!w.quantized) continue;
    const std::string& name = w.layer.empty() ? w.name : w.layer;
    auto found = std::find_if(layers.begin(), layers.end(), [&](const auto& l) { return l.layer == name; });
    if (found == layers.end()) found = layers.insert(layers.end(), LayerSensitivity{name, {}, 0, 0, 0, 0, 0});
    found->weights.push_back(w.name);
    found->bytesBefore += w.bytesBefore;
    found->bytesAfter += w.bytesAfter;
  }
  return layers;
}

}  // namespace

Result<std::vector<LayerSensitivity>> sensitivities(const QuantizeOptions& options, const QuantizeReport& full,
                                                    const Trial& trial) {
  auto layers = layersOf(full);
  double total = 0;
  QuantizeOptions alone = options;
  for (const WeightReport& w : full.weights) {  // as they are in the whole, also where one stands alone
    if (w.quantized && w.method == "weight-only") alone.selection.weightOnly.push_back(w.name);
  }
  for (LayerSensitivity& layer : layers) {
    alone.selection.include = layer.weights;
    const auto result = trial(alone);
    if (!result) return result.error();
    layer.sqnr = result->error.sqnr;
    layer.meanRelative = result->error.meanRelative;
    total += noiseOf(layer.sqnr);
  }
  for (LayerSensitivity& layer : layers) layer.share = total > 0 ? noiseOf(layer.sqnr) / total : 0;
  std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a.sqnr < b.sqnr; });
  return layers;
}

std::vector<LayerSensitivity> proposedExclusions(const std::vector<LayerSensitivity>& ranked) {
  std::vector<LayerSensitivity> proposed;
  double left = 1;
  for (const LayerSensitivity& layer : ranked) {
    if (left <= 0.5 || 3 * (proposed.size() + 1) > std::max<size_t>(ranked.size(), 3)) break;
    proposed.push_back(layer);
    left -= layer.share;
  }
  return proposed;
}

// ---- the smallest within a budget -----------------------------------------------------------------------------------

namespace {

using Patterns = std::vector<std::string> QuantizeSelection::*;

constexpr Patterns kFloatProducts = &QuantizeSelection::weightOnly;
constexpr Patterns kGroups = &QuantizeSelection::grouped;
constexpr Patterns kHalves = &QuantizeSelection::float16;
constexpr Patterns kFloats = &QuantizeSelection::exclude;

std::string textOf(Patterns patterns) {
  if (patterns == kFloatProducts) return "float products";
  if (patterns == kGroups) return "a scale for every 32 elements";
  return patterns == kHalves ? "float16 weights" : "float weights";
}

QuantizeOptions withAll(QuantizeOptions options, Patterns patterns) {
  (options.selection.*patterns).push_back("*");
  return options;
}

class Search {
 public:
  Search(const Budget& budget, bool isOnnx, const Trials& trials)
      : budget_(budget), ofOutputs_(budget), isOnnx_(isOnnx), trials_(trials) {
    ofOutputs_.maxSizeRatio.reset();  // the smallest is looked for anyway
  }

  Result<AutoResult> run(const QuantizeOptions& options) {
    const auto found = isOnnx_ ? searchOnnx(options) : searchArchive(options);
    if (!found) return found.error();
    best_.trials = count_;
    best_.withinBudget = violations(budget_, best_.result).empty();
    return std::move(best_);
  }

 private:
  Result<bool> searchArchive(const QuantizeOptions& options) {
    if (auto all = attempt(options, "all layers as the options say"); done(all)) return all;
    return fewest(options, kFloats, "");
  }

  Result<bool> searchOnnx(QuantizeOptions options) {
    if (auto all = attempt(options, "all layers as the options say"); done(all)) return all;
    if (options.format == QuantizeOptions::Format::Dynamic && !options.perTokenActivations.value_or(false)) {
      options.perTokenActivations = true;
      if (auto all = attempt(options, "a scale for each token"); done(all)) return all;
    }
    if (options.format != QuantizeOptions::Format::WeightOnly) {
      auto found = fewest(options, kFloatProducts, "");
      if (done(found)) return found;
      // Float products of everything: what is left of the error is the weights' own.
      options = withAll(options, kFloatProducts);
    }
    if (auto found = fewest(options, kGroups, ""); done(found)) return found;
    const auto found = fewest(withAll(options, kGroups), kHalves, "");
    if (!found) return found;
    if (!*found) return fewest(withAll(options, kHalves), kFloats, "");
    // Next to those, fewer groups may do.
    options.selection.float16 = best_.options.selection.float16;
    const std::string halves = best_.summary;
    if (auto none = attempt(options, halves); done(none)) return none;
    return fewest(options, kGroups, halves + "; ");
  }

  /// Tries and remembers the result. False in it: outside the budget.
  Result<bool> attempt(const QuantizeOptions& options, const std::string& what) {
    ++count_;
    auto result = trials_.thorough(options);
    if (!result) return result.error();
    const bool within = violations(ofOutputs_, *result).empty();
    last_ = *result;
    if (within || !best_.withinBudget) best_ = {options, std::move(*result), within, 0, what};
    return within;
  }

  static bool done(const Result<bool>& attempted) { return !attempted || *attempted; }

  /// Layers by what they add to the noise for what they take: those with most come first.
  Result<std::vector<LayerSensitivity>> ranked(const QuantizeOptions& options, const QuantizeReport& full) {
    if (ranking_ && rankedFloatProducts_ == options.selection.weightOnly) return *ranking_;
    auto layers = sensitivities(options, full, trials_.quick);
    if (!layers) return layers;
    count_ += static_cast<int>(layers->size());
    const auto density = [](const LayerSensitivity& l) {
      return l.share / static_cast<double>(std::max<uint64_t>(l.bytesBefore, 1));
    };
    std::stable_sort(layers->begin(), layers->end(),
                     [&](const auto& a, const auto& b) { return density(a) > density(b); });
    ranking_ = *layers;
    rankedFloatProducts_ = options.selection.weightOnly;
    return layers;
  }

  /// How many of the first layers have to change, when the noise of layers adds up.
  size_t expected(const std::vector<LayerSensitivity>& layers, const runtime::OutputError& none,
                  const runtime::OutputError& all) const {
    double keep = 1;  // of the noise
    if (ofOutputs_.minSqnr) keep = std::min(keep, noiseOf(*ofOutputs_.minSqnr) / noiseOf(none.sqnr));
    if (ofOutputs_.maxError) keep = std::min(keep, std::pow(*ofOutputs_.maxError / none.meanRelative, 2));
    const double gain = 1 - std::pow(all.meanRelative / none.meanRelative, 2);
    double total = 0, left = 1;
    for (const LayerSensitivity& layer : layers) total += layer.share;
    size_t count = 0;
    while (count < layers.size() && left > keep) left -= gain * layers[count++].share / total;
    return count;
  }

  /// Without those that have float16 weights already.
  static void leaveHalvesOut(std::vector<LayerSensitivity>& layers, const QuantizeOptions& options) {
    const auto& halves = options.selection.float16;
    std::erase_if(layers, [&](const LayerSensitivity& layer) {
      return std::find(halves.begin(), halves.end(), layer.weights.front()) != halves.end();
    });
  }

  Result<bool> attemptFirst(size_t count, const std::vector<LayerSensitivity>& layers, QuantizeOptions options,
                            Patterns patterns, const std::string& kind) {
    auto& list = options.selection.*patterns;
    for (size_t i = 0; i < count; ++i) list.insert(list.end(), layers[i].weights.begin(), layers[i].weights.end());
    return attempt(options, fmt::format("{} for the {} most sensitive of {} layers", kind, count, layers.size()));
  }

  /// The smallest number of layers, from the worst on, whose patterns keep the budget, which `base`, the last attempt,
  /// does not. First all of them, then about as many as the noise of each tells, in steps that double.
  Result<bool> fewest(const QuantizeOptions& base, Patterns patterns, const std::string& before) {
    const TrialResult none = last_;
    const std::string kind = before + textOf(patterns);
    runtime::OutputError error;  // with all layers: none where they are float
    if (patterns != kFloats) {
      if (auto all = attempt(withAll(base, patterns), kind + " for all layers"); !all || !*all) return all;
      error = last_.error;
    }
    auto layers = ranked(base, none.report);
    if (!layers) return layers.error();
    leaveHalvesOut(*layers, base);
    size_t low = 0, high = layers->size();  // low is outside the budget, high inside
    size_t step = 1, next = expected(*layers, none.error, error);
    while (high - low > 1) {
      next = std::clamp(next, low + 1, high - 1);
      const auto within = attemptFirst(next, *layers, base, patterns, kind);
      if (!within) return within.error();
      (*within ? high : low) = next;
      const bool isBracketed = low > 0 && high < layers->size();
      next = isBracketed ? (low + high) / 2 : *within ? high - std::min(high, step) : low + step;
      step *= 2;
    }
    if (patterns == kFloats && high == layers->size()) return attemptFirst(high, *layers, base, patterns, kind);
    return true;
  }

  Budget budget_, ofOutputs_;
  bool isOnnx_;
  const Trials& trials_;
  AutoResult best_;
  TrialResult last_;  // of the last attempt
  int count_ = 0;
  std::optional<std::vector<LayerSensitivity>> ranking_;
  std::vector<std::string> rankedFloatProducts_;
};

}  // namespace

Result<AutoResult> searchWithinBudget(const QuantizeOptions& options, const Budget& budget, bool isOnnx,
                                      const Trials& trials) {
  return Search(budget, isOnnx, trials).run(options);
}

}  // namespace deploytool::quantize
