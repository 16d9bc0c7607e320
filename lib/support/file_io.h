// Small pieces that files.cpp and output_file.cpp share.
#pragma once

#include <cstddef>
#include <string>

#include "deploytool/status.h"

namespace deploytool {

/// `path: what: <errno's text>`.
Diagnostic fileError(const std::string& path, const std::string& what, ExitCode code);
bool writeAll(int to, const char* data, size_t size);
bool copyAll(int from, int to);

}  // namespace deploytool
