// Telling file formats apart.
#include "deploytool/model_kind.h"

#include <unistd.h>

#include <string_view>

namespace deploytool::cli {

ModelKind kindOf(const InputHandle& input) {
  char head[4] = {};
  const ssize_t got = pread(input.descriptor.get(), head, sizeof head, 0);
  const std::string_view bytes(head, got > 0 ? static_cast<size_t>(got) : 0);
  if (bytes.starts_with("PK\x03\x04")) return ModelKind::Archive;
  // A ModelProto begins with its first field, ir_version.
  if (bytes.starts_with('\x08') || input.path.ends_with(".onnx")) return ModelKind::Onnx;
  return ModelKind::Archive;
}

}  // namespace deploytool::cli
