#include "quantize/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
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

class Search {
 public:
  Search(const Budget& budget, bool isOnnx, const Trial& trial) : budget_(budget), isOnnx_(isOnnx), trial_(trial) {}

  Result<AutoResult> run(QuantizeOptions options) {
    if (const auto all = attempt(options, "all layers as the options say"); done(all)) return finish(all);
    const QuantizeReport full = best_.result.report;
    if (isOnnx_ && options.format == QuantizeOptions::Format::Dynamic && !options.perTokenActivations.value_or(false)) {
      QuantizeOptions perToken = options;
      perToken.perTokenActivations = true;
      if (const auto all = attempt(perToken, "a scale for each token"); done(all)) return finish(all);
      options = perToken;
    }
    auto ranked = sensitivities(options, full, counted());
    if (!ranked) return ranked.error();
    // What is left out costs in proportion to its size.
    const auto density = [](const LayerSensitivity& l) { return l.share / static_cast<double>(std::max<uint64_t>(l.bytesBefore, 1)); };
    std::stable_sort(ranked->begin(), ranked->end(), [&](const auto& a, const auto& b) { return density(a) > density(b); });
    if (isOnnx_ && options.format == QuantizeOptions::Format::Dynamic) {
      const auto found = fewest(*ranked, options, &QuantizeSelection::weightOnly, "float products");
      if (done(found)) return finish(found);
      // Float products of everything: what is left of the error is the weights' own.
      options.selection.weightOnly.insert(options.selection.weightOnly.end(), {"*"});
    }
    if (!isOnnx_) return finish(fewest(*ranked, options, &QuantizeSelection::exclude, "float weights"));
    const Patterns grouped = &QuantizeSelection::grouped;
    const char* const groups = "a scale for every 32 elements";
    if (const auto found = fewest(*ranked, options, grouped, groups); done(found)) return finish(found);
    QuantizeOptions allGrouped = options;
    allGrouped.selection.grouped.push_back("*");
    const auto found = fewest(*ranked, allGrouped, &QuantizeSelection::exclude, "float weights");
    if (!found || !*found) return finish(found);
    // Next to those float weights, fewer groups may do.
    options.selection.exclude = best_.options.selection.exclude;
    const std::string floats = best_.summary;
    if (const auto none = attempt(options, floats); done(none)) return finish(none);
    return finish(fewest(*ranked, options, grouped, floats + "; " + groups));
  }

 private:
  using Patterns = std::vector<std::string> QuantizeSelection::*;

  Trial counted() {
    return [this](const QuantizeOptions& options) {
      ++trials_;
      return trial_(options);
    };
  }

  /// Tries and remembers the result. False in it: outside the budget.
  Result<bool> attempt(const QuantizeOptions& options, const std::string& what) {
    auto result = counted()(options);
    if (!result) return result.error();
    const bool within = violations(budget_, *result).empty();
    if (within || !best_.withinBudget) best_ = {options, std::move(*result), within, 0, what};
    return within;
  }

  static bool done(const Result<bool>& attempted) { return !attempted || *attempted; }

  /// The smallest number of layers, from the worst on, with which the budget is kept; by halving.
  Result<bool> fewest(const std::vector<LayerSensitivity>& ranked, const QuantizeOptions& base, Patterns patterns,
                      const std::string& what) {
    size_t low = 0, high = ranked.size();  // low is outside the budget
    const auto with = [&](size_t count) {
      QuantizeOptions options = base;
      auto& list = options.selection.*patterns;
      for (size_t i = 0; i < count; ++i) list.insert(list.end(), ranked[i].weights.begin(), ranked[i].weights.end());
      return attempt(options, fmt::format("{} for the {} most sensitive of {} layers", what, count, ranked.size()));
    };
    const auto most = with(high);
    if (!most) return most.error();
    if (!*most) return false;
    while (high - low > 1) {
      const size_t middle = (low + high) / 2;
      const auto within = with(middle);
      if (!within) return within.error();
      (*within ? high : low) = middle;
    }
    return true;
  }

  Result<AutoResult> finish(const Result<bool>& last) {
    if (!last) return last.error();
    best_.trials = trials_;
    return std::move(best_);
  }

  Budget budget_;
  bool isOnnx_;
  const Trial& trial_;
  AutoResult best_;
  int trials_ = 0;
};

}  // namespace

Result<AutoResult> searchWithinBudget(const QuantizeOptions& options, const Budget& budget, bool isOnnx, const Trial& trial) {
  return Search(budget, isOnnx, trial).run(options);
}

}  // namespace deploytool::quantize
