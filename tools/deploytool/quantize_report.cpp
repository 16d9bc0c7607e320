#include "deploytool/quantize_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  if (others) out += fmt::format("{} vectors (biases, norms) stay: {}\n", others, megabytesText(otherBytes));
  return out;
}

}  // namespace

// Small files get digits enough to tell them apart.
std::string megabytesText(uint64_t bytes) {
  return fmt::format("{:.{}f} MB", static_cast<double>(bytes) / 1e6, bytes >= 100'000 || bytes == 0 ? 2 : 6);
}

std::string quantizeText(const QuantizeReport& report, const FileSizes& sizes, bool all) {
  const auto totals = quantize::totalsOf(report);
  std::string out = report.weights.empty() ? "" : table(report, all);
  out += fmt::format("{} of {} weights quantized: {} -> {}\n", totals.quantized, totals.weights,
                     megabytesText(totals.quantizedBefore), megabytesText(totals.quantizedAfter));
  return out + fmt::format("file: {} -> {} ({:.3f} x)\n", megabytesText(sizes.before), megabytesText(sizes.after), sizes.ratio());
}

}  // namespace deploytool::cli
