// dlopen of libonnxruntime and the version handshake of its C API.
#include "runtime/onnxruntime_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#ifdef DEPLOYTOOL_WITH_ONNXRUNTIME
#include <onnxruntime_c_api.h>
#endif

namespace deploytool::runtime {
namespace {

constexpr const char* kInstallHelp =
    "Debian 13: apt install libonnxruntime1.21; Debian 12: scripts/setup; or set DEPLOYTOOL_ONNXRUNTIME to the library";
constexpr const char* kFileNames[] = {"libonnxruntime.so.1", "libonnxruntime.so.1.21", "libonnxruntime.so"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void addFolder(std::vector<std::string>& candidates, const std::filesystem::path& folder) {
  for (const char* name : kFileNames) {
    std::error_code error;
    if (std::filesystem::exists(folder / name, error)) candidates.push_back((folder / name).string());
  }
}

std::filesystem::path cacheFolder() {
  if (auto cache = environment("DEPLOYTOOL_CACHE"); !cache.empty()) return cache;
  if (auto home = environment("HOME"); !home.empty()) return std::filesystem::path(home) / ".cache" / "deploytool";
  return {};
}

#ifdef DEPLOYTOOL_WITH_ONNXRUNTIME
// The library knows every API up to its own minor version, and prints to stderr when asked for a newer one.
uint32_t commonApiVersion(const std::string& version) {
  const auto dot = version.find('.');
  if (dot == std::string::npos || version.substr(0, dot) != "1") return 0;
  const int minor = std::atoi(version.c_str() + dot + 1);
  return static_cast<uint32_t>(std::clamp(minor, 0, ORT_API_VERSION));
}

Result<OnnxRuntimeLibrary> handshake(void* handle, const std::string& path) {
  constexpr uint32_t kOldestApi = 16;  // everything that onnxruntime_session.cpp calls is older
  const auto entry = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (!entry) return makeError(ExitCode::Usage, fmt::format("{} is not ONNX Runtime", path), kInstallHelp);
  OnnxRuntimeLibrary library;
  library.version = entry()->GetVersionString();
  library.path = path;
  const uint32_t version = commonApiVersion(library.version);
  if (version >= kOldestApi) library.api = entry()->GetApi(version);
  if (!library.api) {
    return makeError(ExitCode::Usage, fmt::format("ONNX Runtime {} ({}) is too old", library.version, path),
                     kInstallHelp);
  }
  return library;
}

Result<OnnxRuntimeLibrary> find() {
  std::vector<std::string> notes;
  for (const auto& path : onnxRuntimeCandidates()) {
    if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return handshake(handle, path);
    notes.push_back(fmt::format("tried {}", dlerror()));
  }
  auto error = makeError(ExitCode::Usage, "ONNX Runtime was not found", kInstallHelp);
  error.notes = std::move(notes);
  return error;
}
#else
Result<OnnxRuntimeLibrary> find() {
  return makeError(ExitCode::Usage, "this deploytool was built without ONNX Runtime",
                   "run scripts/setup (it brings the headers) and build again");
}
#endif

}  // namespace

std::vector<std::string> onnxRuntimeCandidates() {
  std::vector<std::string> candidates;
  if (const auto wanted = environment("DEPLOYTOOL_ONNXRUNTIME"); !wanted.empty()) {
    std::error_code error;
    if (!std::filesystem::is_directory(wanted, error)) return {wanted};
    addFolder(candidates, wanted);
    if (candidates.empty()) candidates.push_back((std::filesystem::path(wanted) / kFileNames[0]).string());
    return candidates;
  }
  std::error_code error;
  const auto executable = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (!executable.empty()) {
    addFolder(candidates, executable);
    addFolder(candidates, executable.parent_path() / "lib");
  }
  for (const char* name : {kFileNames[0], kFileNames[1]}) candidates.push_back(name);
  if (const auto cache = cacheFolder(); !cache.empty()) addFolder(candidates, cache / "onnxruntime" / "lib");
  return candidates;
}

Result<OnnxRuntimeLibrary> loadOnnxRuntime() {
  static const Result<OnnxRuntimeLibrary> library = find();
  return library;
}

}  // namespace deploytool::runtime
