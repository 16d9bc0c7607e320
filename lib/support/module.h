// Finding and opening the loadable modules that belong to this library.
#pragma once

#include <string>

#include "deploytool/status.h"

namespace deploytool {

inline constexpr const char* kTorchModuleFile = "libdeploytool_torch.so";
inline constexpr const char* kOnnxCheckerFile = "libdeploytool_onnx_checker.so";

/// Full path of a module: next to the core library, in `deploytool/` below that, or in `../lib` of the executable.
Result<std::string> findModule(const std::string& fileName);
/// Opens it (symbols resolved lazily: that saves a third of libtorch's start) and returns its entry point.
Result<void*> openModule(const std::string& fileName, const char* entry);

}  // namespace deploytool
