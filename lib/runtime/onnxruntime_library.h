// Finding ONNX Runtime at run time: nothing links it, so one binary works with and without it.
#pragma once

#include <string>
#include <vector>

#include "deploytool/status.h"

struct OrtApi;  // onnxruntime_c_api.h, included only by onnxruntime_*.cpp

namespace deploytool::runtime {

struct OnnxRuntimeLibrary {
  const OrtApi* api = nullptr;
  std::string version;  ///< `1.21.0`
  std::string path;     ///< as it was found; for `--version`, never for files that we write
};

/// Where the library is looked for, in order: `$DEPLOYTOOL_ONNXRUNTIME` (a file or folder; nothing else is tried when
/// it is set), next to the executable, in `../lib` from there, by the dynamic loader, in the set-up's cache folder.
std::vector<std::string> onnxRuntimeCandidates();

/// Loads it, once per process; the same answer ever after. Must not be called in a process that has loaded libtorch.
Result<OnnxRuntimeLibrary> loadOnnxRuntime();

}  // namespace deploytool::runtime
