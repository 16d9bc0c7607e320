// Loading archives with libtorch, from an open descriptor.
#pragma once

#include "torchscript/module.h"
#include "torchscript/torch_headers.h"

namespace deploytool::ts {

struct LoadedArchive {
  torch::jit::Module module;
  int64_t version = 0;                      ///< the `version` record
  std::string producer;
  std::vector<std::string> missingSchemas;  ///< registered because this libtorch lacks them
};

/// CPU, eval mode unless `keepMode`. Messages name no file; loadArchive's caller sets Diagnostic::file.
Result<LoadedArchive> loadArchive(const InputFile& file, bool keepMode = false);
/// What was given to torch.jit.save as `_extra_files`.
torch::jit::ExtraFilesMap readExtraFiles(const InputFile& file);
/// Fusers and the profiling executor off: what runs is the plain interpreter. Once per process.
void settleExecutor();
/// Turns what libtorch throws into one line, without its backtrace.
std::string exceptionText(const std::exception& error);

}  // namespace deploytool::ts
