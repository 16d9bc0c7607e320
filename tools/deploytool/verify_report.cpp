// Rendering of comparisons.
#include "deploytool/verify_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "support/diagnostics.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;
using Outcome = VerifiedCase::Outcome;

const char* outcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::Equal: return "equal";
    case Outcome::Different: return "different";
    case Outcome::Refused: return "not run";
    case Outcome::Failed: return "failed";
  }
  return "";
}

// JSON has no infinities.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string outputText(const VerifiedOutput& output) {
  std::string out = fmt::format("  {} {}[{}]: {}; max abs {:.3g}, max rel {:.3g}, cosine {:.7g}", output.name, output.dtype,
                                fmt::join(output.dims, ","), output.verdict, output.maxAbsolute, output.maxRelative,
                                output.cosine);
  if (output.spread) out += fmt::format(", float32-float64 spread {:.3g}", *output.spread);
  return out + "\n";
}

double largest(const VerifiedCase& item, double VerifiedOutput::*member) {
  double most = 0;
  for (const VerifiedOutput& output : item.outputs) most = std::max(most, output.*member);
  return most;
}

double smallestCosine(const VerifiedCase& item) {
  double least = 1;
  for (const VerifiedOutput& output : item.outputs) least = std::min(least, output.cosine);
  return least;
}

std::string caseText(const VerifiedCase& item, bool all) {
  std::string out = fmt::format("{}: {}", item.name, outcomeName(item.outcome));
  if (!item.message.empty()) out += " (" + item.message + ")";
  if (!item.outputs.empty()) {
    out += fmt::format(", {} output{}, max abs {:.3g}, max rel {:.3g}, cosine {:.7g}", item.outputs.size(),
                       item.outputs.size() == 1 ? "" : "s", largest(item, &VerifiedOutput::maxAbsolute),
                       largest(item, &VerifiedOutput::maxRelative), smallestCosine(item));
  }
  out += "\n";
  for (const VerifiedOutput& output : item.outputs) {
    if (all || !output.equal) out += outputText(output);
  }
  return out;
}

Json outputJson(const VerifiedOutput& output) {
  return {{"name", output.name},
          {"equal", output.equal},
          {"verdict", output.verdict},
          {"dtype", output.dtype},
          {"dims", output.dims},
          {"elements", output.elements},
          {"mismatches", output.mismatches},
          {"max_abs", number(output.maxAbsolute)},
          {"max_rel", number(output.maxRelative)},
          {"cosine", number(output.cosine)},
          {"sqnr_db", number(output.sqnr)},
          {"spread", output.spread ? number(*output.spread) : Json(nullptr)}};
}

}  // namespace

std::string verifyText(const VerifyReport& report, bool all) {
  std::string out;
  for (const VerifiedCase& item : report.cases) out += caseText(item, all);
  out += report.equal ? "the models are equal within tolerance\n" : "the models are NOT equal\n";
  return cleaned(out, size_t{1} << 24);
}

std::vector<std::string> verifyLines(const VerifyReport& report) {
  constexpr size_t kMost = 8;
  std::vector<std::string> lines;
  for (const VerifiedCase& item : report.cases) {
    if (item.outcome != Outcome::Different && item.outcome != Outcome::Failed) continue;
    std::istringstream text(cleaned(caseText(item, false), 4096));
    for (std::string line; std::getline(text, line);) {
      if (lines.size() == kMost) return lines;
      lines.push_back(line);
    }
  }
  return lines;
}

Json verifyJson(const VerifyReport& report) {
  Json cases = Json::array();
  for (const VerifiedCase& item : report.cases) {
    Json outputs = Json::array();
    for (const VerifiedOutput& output : item.outputs) outputs.push_back(outputJson(output));
    cases.push_back({{"name", item.name},
                     {"sizes", item.sizes},
                     {"outcome", outcomeName(item.outcome)},
                     {"message", item.message},
                     {"outputs", std::move(outputs)}});
  }
  return {{"equal", report.equal}, {"cases", std::move(cases)}};
}

}  // namespace deploytool::cli
