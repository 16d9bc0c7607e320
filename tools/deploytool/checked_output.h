// libonnx's checker on a finished file.
#pragma once

#include "deploytool/console.h"
#include "deploytool/worker_options.h"
#include "support/files.h"

namespace deploytool::cli {

/// Checks what was written, in a worker of its own (libonnx and libtorch do not share a process), and reports what the
/// checker says. False: the model must not be committed.
/// What the checker says of `source`, an ONNX file that the result was made from, too, is no error of ours.
bool checkOutput(const OutputFile& output, const WorkerOptions& limits, Console& console, int source = -1);

}  // namespace deploytool::cli
