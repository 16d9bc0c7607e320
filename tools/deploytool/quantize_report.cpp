#include "deploytool/quantize_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "deploytool/megabytes.h"
#include "quantize/report.h"

namespace deploytool::cli {

namespace {

std::string shapeText(const std::vector<int64_t>& dims) {
  std::string text;
  for (const int64_t d : dims) text += fmt::format("{}{}", text.empty() ? "" : "x", d);
  return text;
}

std::string sqnrText(double sqnr) { return std::isfinite(sqnr) ? fmt::format("{:.1f} dB", sqnr) : "exact"; }

std::string scaleText(const WeightReport& w) {
  if (w.maxScale == 0) return "none";
  if (w.minScale == w.maxScale) return fmt::format("{:.2e}", w.minScale);
  return fmt::format("{:.2e} .. {:.2e}", w.minScale, w.maxScale);
}

std::string row(const WeightReport& w, size_t nameWidth, size_t opWidth, size_t shapeWidth) {
  const std::string start = fmt::format("{:{}}  {:{}}  {:>{}}  {:>11}", w.name, nameWidth, w.op, opWidth, shapeText(w.dims),
                                        shapeWidth, megabytesText(w.bytesBefore));
  if (!w.quantized) return fmt::format("{}  kept: {}\n", start, w.reason);
  return fmt::format("{}  {:>11}  {:>8}  {:11}  {}\n", start, megabytesText(w.bytesAfter), sqnrText(w.sqnr),
                     w.method.empty() ? "dynamic" : w.method, scaleText(w));
}

bool isListed(const WeightReport& w, bool all) { return all || w.quantized || w.dims.size() > 1; }

std::string table(const QuantizeReport& report, bool all) {
  size_t name = 6, op = 8, shape = 5;
  uint64_t others = 0, otherBytes = 0;
  for (const WeightReport& w : report.weights) {
    if (!isListed(w, all)) {
      ++others;
      otherBytes += w.bytesBefore;
      continue;
    }
    name = std::max(name, w.name.size());
    op = std::max(op, w.op.size());
    shape = std::max(shape, shapeText(w.dims).size());
  }
  std::string out = fmt::format("{:{}}  {:{}}  {:>{}}  {:>11}  {:>11}  {:>8}  {:11}  scale\n", "weight", name, "operator", op, "shape",
                                shape, "before", "after", "SQNR", "method");
  for (const WeightReport& w : report.weights) {
    if (isListed(w, all)) out += row(w, name, op, shape);
  }
  if (others) out += fmt::format("{} {} (biases, norms) stay: {}\n", others, others == 1 ? "vector" : "vectors", megabytesText(otherBytes));
  return out;
}

std::string sensitivityText(const std::vector<quantize::LayerSensitivity>& ranked) {
  size_t width = 5;
  for (const auto& layer : ranked) width = std::max(width, layer.layer.size());
  std::string out = fmt::format("\n{:{}}  {:>11}  {:>11}  {:>10}  share of the noise\n", "layer", width, "before",
                                "output SQNR", "mean error");
  for (const auto& layer : ranked) {
    out += fmt::format("{:{}}  {:>11}  {:>11}  {:>8.3f} %  {:.1f} %\n", layer.layer, width, megabytesText(layer.bytesBefore),
                       sqnrText(layer.sqnr), 100 * layer.meanRelative, 100 * layer.share);
  }
  const auto proposed = quantize::proposedExclusions(ranked);
  double share = 0;
  uint64_t bytes = 0;
  std::string flags;
  for (const auto& layer : proposed) {
    share += layer.share;
    bytes += layer.bytesBefore - std::min(layer.bytesBefore, layer.bytesAfter);
    for (const std::string& weight : layer.weights) flags += fmt::format(" --exclude '{}'", weight);
  }
  if (!proposed.empty())
    out += fmt::format("without the first {} the noise is {:.0f} % less and the file {} larger:\n {}\n", proposed.size(),
                       100 * share, megabytesText(bytes), flags);
  return out;
}

std::string errorText(const runtime::OutputError& e) {
  return fmt::format("outputs: SQNR {}, mean error {:.3f} %, max {:.3g}, cosine {:.6f} ({} cases)\n", sqnrText(e.sqnr),
                     100 * e.meanRelative, e.maxAbsolute, e.cosine, e.cases);
}

nlohmann::ordered_json decibels(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

}  // namespace

std::string quantizeText(const QuantizeResult& result, bool all) {
  const auto totals = quantize::totalsOf(result.report);
  std::string out = result.report.weights.empty() ? "" : table(result.report, all);
  out += fmt::format("{} of {} weights quantized", totals.quantized, totals.weights);
  if (totals.quantized)
    out += fmt::format(": {} -> {}", megabytesText(totals.quantizedBefore), megabytesText(totals.quantizedAfter));
  out += "\n";
  if (!result.choice.empty()) out += fmt::format("chosen: {}\n", result.choice);
  if (result.error) out += errorText(*result.error);
  out += fmt::format("file: {} -> {} ({:.3f} x)\n", megabytesText(result.sizes.before), megabytesText(result.sizes.after),
                     result.sizes.ratio());
  return result.sensitivity.empty() ? out : out + sensitivityText(result.sensitivity);
}

nlohmann::ordered_json quantizeJson(const QuantizeResult& result) {
  using Json = nlohmann::ordered_json;
  Json json = quantize::toJson(result.report);
  const auto totals = quantize::totalsOf(result.report);
  json["totals"] = {{"weights", totals.weights},
                    {"quantized", totals.quantized},
                    {"bytes_before", totals.bytesBefore},
                    {"bytes_after", totals.bytesAfter}};
  json["file"] = {{"bytes_before", result.sizes.before},
                  {"bytes_after", result.sizes.after},
                  {"megabytes_before", megabytes(result.sizes.before)},
                  {"megabytes_after", megabytes(result.sizes.after)},
                  {"ratio", result.sizes.ratio()}};
  if (result.error)
    json["outputs"] = {{"sqnr_db", decibels(result.error->sqnr)},
                       {"mean_relative_error", decibels(result.error->meanRelative)},
                       {"max_abs", result.error->maxAbsolute},
                       {"cosine", result.error->cosine},
                       {"cases", result.error->cases}};
  if (!result.choice.empty()) json["choice"] = result.choice;
  for (const auto& layer : result.sensitivity)
    json["sensitivity"].push_back({{"layer", layer.layer},
                                   {"weights", layer.weights},
                                   {"bytes_before", layer.bytesBefore},
                                   {"sqnr_db", decibels(layer.sqnr)},
                                   {"mean_relative_error", layer.meanRelative},
                                   {"noise_share", layer.share}});
  for (const auto& layer : quantize::proposedExclusions(result.sensitivity)) json["proposed_exclusions"].push_back(layer.layer);
  return json;
}

}  // namespace deploytool::cli
