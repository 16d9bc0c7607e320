// Writing archives; see save.h.
#include "torchscript/quantize/save.h"

#include <fmt/format.h>
#include <torch/csrc/jit/serialization/export.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "archive/zip_directory.h"

namespace deploytool::ts {

namespace {

bool writeAt(int descriptor, uint64_t offset, const char* data, size_t size) {
  for (size_t done = 0; done < size;) {
    const auto wrote = pwrite(descriptor, data + done, size - done, static_cast<off_t>(offset + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<size_t>(wrote);
  }
  return true;
}

Diagnostic writeError() {
  return makeError(ExitCode::Io, fmt::format("cannot write the archive: {}", std::strerror(errno)));
}

}  // namespace

Result<uint64_t> saveArchive(const torch::jit::Module& module, const torch::jit::ExtraFilesMap& extraFiles,
                             int64_t version, int descriptor) {
  uint64_t written = 0;
  bool failed = false;
  int error = 0;
  try {
    caffe2::serialize::PyTorchStreamWriter writer([&](const void* data, size_t size) -> size_t {
      if (!failed && !writeAt(descriptor, written, static_cast<const char*>(data), size)) failed = true, error = errno;
      written += size;
      return failed ? 0 : size;
    });
    if (version > 0) writer.setMinVersion(static_cast<uint64_t>(version));
    torch::jit::ScriptModuleSerializer serializer(writer);
    serializer.serialize(module, extraFiles, /*bytecode_format=*/false, /*save_mobile_debug_info=*/false);
  } catch (const std::exception& thrown) {
    if (!failed)
      return makeError(ExitCode::Unsupported, "libtorch cannot write the quantized archive: " + exceptionText(thrown));
  }
  errno = error;
  if (failed || ftruncate(descriptor, static_cast<off_t>(written)) != 0) return writeError();
  return written;
}

Result<uint64_t> copyArchive(const InputFile& file, int descriptor) {
  constexpr size_t kPiece = 1 << 22;
  uint64_t done = 0;
  for (std::string piece; !(piece = archive::readAt(file.descriptor, done, kPiece)).empty(); done += piece.size()) {
    if (!writeAt(descriptor, done, piece.data(), piece.size())) return writeError();
  }
  if (ftruncate(descriptor, static_cast<off_t>(done)) != 0) return writeError();
  return done;
}

}  // namespace deploytool::ts
