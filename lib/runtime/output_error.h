// How far a model's outputs are from another's, in a few numbers.
#pragma once

#include <cstdint>

#include "deploytool/status.h"
#include "deploytool/verify.h"

namespace deploytool::runtime {

/// Over all floating outputs of all cases.
struct OutputError {
  double maxAbsolute = 0;
  double meanRelative = 0;  ///< Σ |difference| / Σ |reference|
  double cosine = 1;        ///< the lowest of any output
  double sqnr = 0;          ///< dB; infinite when equal
  int64_t cases = 0;
};

/// Runs both models as verify() does and sums up. Errors: those of verify(); BadInput where the candidate fails or its
/// outputs do not pair up with the reference's.
Result<OutputError> measureOutputError(VerifyOptions options);
Result<OutputError> sumUp(const VerifyReport& report);

}  // namespace deploytool::runtime
