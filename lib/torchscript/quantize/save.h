// Writing a module as an archive, straight to a descriptor.
#pragma once

#include "torchscript/load.h"

namespace deploytool::ts {

/// Writes from the descriptor's start with pwrite; gives the archive's size. The version record is that of `version`,
/// or what the operators need where that is more.
Result<uint64_t> saveArchive(const torch::jit::Module& module, const torch::jit::ExtraFilesMap& extraFiles,
                             int64_t version, int descriptor);
/// Copies a file byte for byte.
Result<uint64_t> copyArchive(const InputFile& file, int descriptor);

}  // namespace deploytool::ts
