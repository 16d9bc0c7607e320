#include "quantize/report.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace deploytool::quantize {

using Json = nlohmann::ordered_json;

namespace {

// JSON has no infinity: null stands for exact.
Json decibels(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json toJson(const WeightReport& w) {
  Json json = {{"name", w.name}, {"op", w.op}, {"type", w.type}, {"layer", w.layer}, {"dims", w.dims}, {"quantized", w.quantized}};
  if (!w.quantized) json["reason"] = w.reason;
  if (!w.method.empty()) json["method"] = w.method;
  json["bytes_before"] = w.bytesBefore;
  json["bytes_after"] = w.bytesAfter;
  if (!w.quantized) return json;
  json["sqnr_db"] = decibels(w.sqnr);
  json["min_scale"] = w.minScale;
  json["max_scale"] = w.maxScale;
  return json;
}

WeightReport weightFromJson(const Json& json) {
  WeightReport w;
  w.name = json.value("name", "");
  w.op = json.value("op", "");
  w.type = json.value("type", "");
  w.layer = json.value("layer", "");
  w.dims = json.value("dims", std::vector<int64_t>{});
  w.quantized = json.value("quantized", false);
  w.reason = json.value("reason", "");
  w.method = json.value("method", "");
  w.bytesBefore = json.value("bytes_before", uint64_t{0});
  w.bytesAfter = json.value("bytes_after", uint64_t{0});
  const bool finite = json.contains("sqnr_db") && json["sqnr_db"].is_number();
  w.sqnr = finite ? json["sqnr_db"].get<double>() : std::numeric_limits<double>::infinity();
  w.minScale = json.value("min_scale", 0.0);
  w.maxScale = json.value("max_scale", 0.0);
  return w;
}

}  // namespace

Json toJson(const QuantizeReport& report) {
  Json weights = Json::array();
  for (const WeightReport& weight : report.weights) weights.push_back(toJson(weight));
  Json json = {{"weights", std::move(weights)}, {"data_file", report.dataFile}};
  if (report.unchanged) json["unchanged"] = true;
  return json;
}

QuantizeReport reportFromJson(const Json& json) {
  QuantizeReport report;
  if (!json.is_object()) return report;
  for (const Json& weight : json.value("weights", Json::array())) report.weights.push_back(weightFromJson(weight));
  report.dataFile = json.value("data_file", "");
  report.unchanged = json.value("unchanged", false);
  return report;
}

Totals totalsOf(const QuantizeReport& report) {
  Totals totals;
  for (const WeightReport& w : report.weights) {
    ++totals.weights;
    totals.bytesBefore += w.bytesBefore;
    totals.bytesAfter += w.bytesAfter;
    if (!w.quantized) continue;
    ++totals.quantized;
    totals.quantizedBefore += w.bytesBefore;
    totals.quantizedAfter += w.bytesAfter;
  }
  return totals;
}

}  // namespace deploytool::quantize
