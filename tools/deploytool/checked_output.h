// The last step of commands that write an ONNX file: libonnx's checker on the finished bytes, then the commit.
#pragma once

#include <string>

#include "deploytool/console.h"
#include "deploytool/worker_options.h"
#include "support/files.h"

namespace deploytool::cli {

/// Checks what was written (in a worker of its own: libonnx and libtorch do not share a process), reports what the
/// checker says, and gives the file its name. False: reported, nothing was committed.
bool checkAndCommit(OutputFile& output, const std::string& dataFile, const WorkerOptions& limits, Console& console);

}  // namespace deploytool::cli
