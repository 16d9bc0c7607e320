// Entry point of the module libdeploytool_onnx_checker: libonnx's checker and shape inference on a file. libonnx
// crashes on some damaged models and does not go together with libtorch, so the module runs in a worker of its own.
#pragma once

#include <cstddef>

namespace deploytool::onnx_io {

enum class CheckOutcome : int {
  Valid = 0,
  Invalid = 1,     ///< the message says why
  Unknown = 2,     ///< this libonnx does not know the file's opset or IR version; the message says which it knows
  Unreadable = 3,  ///< the file cannot be read or decoded
};

/// Exported as `extern "C" int deploytool_check_onnx(int descriptor, char* message, size_t capacity)`. Reads the file
/// from its beginning; returns a CheckOutcome and puts a message (NUL-terminated) of at most `capacity` bytes. Bytes of
/// weights are left out of the check: they are neither copied nor looked up in external data.
inline constexpr const char* kCheckerEntry = "deploytool_check_onnx";
using CheckerEntry = int (*)(int descriptor, char* message, size_t capacity);

/// Exported as `extern "C" void deploytool_onnx_versions(char* text, size_t capacity)`: `1.12.0 3.21.12`, libonnx and
/// protobuf.
inline constexpr const char* kVersionsEntry = "deploytool_onnx_versions";
using VersionsEntry = void (*)(char* text, size_t capacity);

}  // namespace deploytool::onnx_io
