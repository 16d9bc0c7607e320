#include "runtime/output_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace deploytool::runtime {

Result<OutputError> sumUp(const VerifyReport& report) {
  OutputError total;
  ErrorSums sums;
  for (const VerifiedCase& item : report.cases) {
    if (item.outcome == VerifiedCase::Outcome::Refused) continue;
    if (item.outcome == VerifiedCase::Outcome::Failed || !item.message.empty())
      return makeError(ExitCode::BadInput, fmt::format("the quantized model fails on {}: {}", item.name, item.message));
    ++total.cases;
    for (const VerifiedOutput& output : item.outputs) {
      sums.signal += output.sums.signal;
      sums.noise += output.sums.noise;
      sums.magnitude += output.sums.magnitude;
      sums.difference += output.sums.difference;
      if (output.sums.magnitude == 0 && output.sums.difference == 0) continue;
      total.maxAbsolute = std::max(total.maxAbsolute, output.maxAbsolute);
      total.cosine = std::min(total.cosine, output.cosine);
    }
  }
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  total.meanRelative = sums.difference == 0 ? 0 : sums.magnitude == 0 ? kInfinite : sums.difference / sums.magnitude;
  total.sqnr = sums.noise == 0 ? kInfinite : 10 * std::log10(sums.signal / sums.noise);
  return total;
}

Result<OutputError> measureOutputError(VerifyOptions options) {
  options.allowSpread = false;
  const auto report = verify(options);
  if (!report) return report.error();
  return sumUp(*report);
}

}  // namespace deploytool::runtime
