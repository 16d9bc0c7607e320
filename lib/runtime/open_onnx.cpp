// Opening ONNX files for a runtime that trusts them.
#include <fcntl.h>

#include <filesystem>

#include "onnx/external_files.h"
#include "onnx/mapped_file.h"
#include "runtime/session.h"
#include "support/files.h"

namespace deploytool::runtime {

// Without external data the very bytes that were checked are what is run.
Result<std::unique_ptr<Session>> openOnnx(const std::string& path, const SessionOptions& options) {
  const Result<InputHandle> input = openInput(path);
  if (!input) return input.error();
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const Descriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto files = onnx_io::externalFiles({input->descriptor.get(), path, folder.get()});
  if (!files) return files.error();
  if (!files->empty()) return openTrustedOnnx(path, options);
  const auto mapped = onnx_io::MappedFile::map(input->descriptor.get(), path);
  if (!mapped) return mapped.error();
  return openOnnx((*mapped)->bytes(), options);
}

}  // namespace deploytool::runtime
