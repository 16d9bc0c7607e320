// libonnx's checker on a finished file.
#pragma once

#include "deploytool/console.h"
#include "deploytool/worker_options.h"
#include "support/files.h"

namespace deploytool::cli {

/// Checks what was written, in a worker of its own (libonnx and libtorch do not share a process), and reports what the
/// checker says. False: the model must not be committed.
bool checkOutput(const OutputFile& output, const WorkerOptions& limits, Console& console);

}  // namespace deploytool::cli
