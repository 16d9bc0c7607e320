// Files mapped for reading, and the rules for opening the external data of a model.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "deploytool/status.h"

namespace deploytool::onnx_io {

/// The bytes of a file for as long as someone holds it.
class MappedFile {
 public:
  /// Maps a regular file; what cannot be mapped (a pipe) is read into memory.
  static Result<std::shared_ptr<const MappedFile>> map(int descriptor, const std::string& name);
  static std::shared_ptr<const MappedFile> fromBytes(std::string bytes);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  MappedFile() = default;
  std::span<const std::byte> bytes_;
  std::string owned_;
  bool mapped_ = false;
};

/// Gives back the memory behind bytes of a mapped file that will not be needed soon; read again, they come from the file
/// again. Bytes that are not of a mapped file stay.
void dropPages(std::span<const std::byte> bytes);

/// Opens `location` below `folder`: relative, no `..`, no symbolic links, a regular file with one name. BadInput else.
Result<int> openBeneath(int folder, const std::string& location);

}  // namespace deploytool::onnx_io
