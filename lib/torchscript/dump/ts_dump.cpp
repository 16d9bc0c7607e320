// ts_dump [-q] FILE...: prints each archive as ts::Program, or one line an archive with -q. A file that ends in .py is
// compiled.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "torchscript/module.h"

using namespace deploytool;

namespace {

Result<ts::LoadedModel> open(ts::TorchModule& torch, const std::string& file) {
  if (file.ends_with(".py")) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    return torch.compile(text.str());
  }
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  auto model = torch.load({descriptor, file});
  ::close(descriptor);
  return model;
}

bool dump(ts::TorchModule& torch, const std::string& file, bool brief) {
  auto model = open(torch, file);
  if (!model) {
    const auto& error = model.error();
    std::printf("%s: exit %d: %s\n", file.c_str(), static_cast<int>(error.code), error.message.c_str());
    for (const auto& place : error.places) std::printf("  --> %s\n", place.c_str());
    if (!error.help.empty()) std::printf("  help: %s\n", error.help.c_str());
    return false;
  }
  const auto& program = model->program;
  std::printf("%s: version %ld, %s, %zu functions, %zu classes\n", file.c_str(),
              static_cast<long>(program.archiveVersion), program.traced ? "traced" : "scripted",
              program.functions.size(), program.classes.size());
  if (!brief) std::printf("%s", ts::text(program).c_str());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  void* library = dlopen(TORCH_MODULE, RTLD_LAZY | RTLD_LOCAL);
  auto entry = library ? reinterpret_cast<ts::ModuleEntry>(dlsym(library, ts::kModuleEntry)) : nullptr;
  if (!entry) {
    std::fprintf(stderr, "%s\n", dlerror());
    return 70;
  }
  bool ok = true;
  bool brief = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "-q") {
      brief = true;
    } else {
      ok = dump(*entry(), argument, brief) && ok;
    }
  }
  return ok ? 0 : 1;
}
