// The central directory of a zip file, read with pread. Sizes and offsets are checked against the file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "deploytool/status.h"

namespace deploytool::archive {

struct ZipEntry {
  std::string name;
  uint16_t method = 0;  ///< 0: stored, 8: deflated
  uint32_t crc = 0;
  uint64_t compressedSize = 0;
  uint64_t size = 0;
  uint64_t headerOffset = 0;  ///< of the local header
};

class ZipDirectory {
 public:
  /// An error says in one sentence what is wrong with the zip; it names no file.
  static Result<ZipDirectory> read(int descriptor);

  const std::vector<ZipEntry>& entries() const { return entries_; }
  /// An entry by the end of its name (`constants.pkl` finds `net/constants.pkl`, `/data.pkl` not `my_data.pkl`).
  const ZipEntry* find(std::string_view path) const;
  /// The first bytes of a stored entry; empty for a deflated one.
  std::string prefix(const ZipEntry& entry, size_t count) const;

 private:
  int descriptor_ = -1;
  std::vector<ZipEntry> entries_;
};

/// Size of an open regular file; -1 for anything else.
int64_t fileSize(int descriptor);
/// Reads exactly `count` bytes, fewer only at the end of the file or on an error.
std::string readAt(int descriptor, uint64_t offset, size_t count);

}  // namespace deploytool::archive
