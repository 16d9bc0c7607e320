// One quantization in a worker, into a descriptor: of the result, or of a trial that is measured and thrown away.
#pragma once

#include <string>

#include "deploytool/console.h"
#include "deploytool/model_kind.h"
#include "deploytool/quantize.h"
#include "deploytool/verify.h"
#include "deploytool/worker_options.h"
#include "onnx/output_target.h"
#include "quantize/search.h"
#include "support/files.h"

namespace deploytool::cli {

struct QuantizeJob {
  const InputHandle& input;
  ModelKind kind = ModelKind::Onnx;
  WorkerOptions worker;
  Console& console;
};

/// Diagnostics that are errors mean that it failed.
Result<QuantizeReport> runQuantize(const QuantizeJob& job, const QuantizeOptions& options,
                                   const onnx_io::OutputTarget& target);

/// Compares the model at `candidate` with the input.
Result<runtime::OutputError> measure(const QuantizeJob& job, const std::string& candidate, VerifyOptions how);

/// Quantizes into memory and measures. The outputs are compared only when `outputs` is true.
Result<quantize::TrialResult> runTrial(const QuantizeJob& job, const QuantizeOptions& options, const VerifyOptions& how,
                                       bool outputs);

uint64_t sizeOf(int descriptor);

}  // namespace deploytool::cli
