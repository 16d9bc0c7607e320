// Loadable modules by dlopen.
#include "support/module.h"

#include <dlfcn.h>

#include <filesystem>
#include <system_error>
#include <vector>

namespace deploytool {

namespace fs = std::filesystem;

namespace {

fs::path folderOfThisLibrary() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(&findModule), &info) == 0 || !info.dli_fname) return {};
  std::error_code ignored;
  return fs::canonical(info.dli_fname, ignored).parent_path();
}

fs::path folderOfExecutable() {
  std::error_code ignored;
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

Result<std::string> findModule(const std::string& fileName) {
  const fs::path library = folderOfThisLibrary();
  const fs::path executable = folderOfExecutable();
  for (const fs::path& folder : {library, library / "deploytool", executable / ".." / "lib"}) {
    std::error_code ignored;
    const fs::path candidate = folder / fileName;
    if (fs::is_regular_file(candidate, ignored)) return candidate.string();
  }
  return makeError(ExitCode::Io, "the module " + fileName + " is missing (looked in " + library.string() + ")",
                   "install deploytool again; every part of it is needed");
}

Result<void*> openModule(const std::string& fileName, const char* entry) {
  const Result<std::string> path = findModule(fileName);
  if (!path) return path.error();
  void* handle = dlopen(path->c_str(), RTLD_LAZY | RTLD_LOCAL);
  void* symbol = handle ? dlsym(handle, entry) : nullptr;
  if (symbol) return symbol;
  const char* why = dlerror();
  return makeError(ExitCode::Io, "cannot open the module " + fileName + ": " + (why ? why : "unknown reason"),
                   "install the libraries it needs (the set-up script names them)");
}

}  // namespace deploytool
