// Zip central directory (PKWARE APPNOTE 6.3: end record, zip64 records, file headers); see zip_directory.h.
#include "archive/zip_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace deploytool::archive {

namespace {

constexpr uint64_t kMaxDirectory = uint64_t{64} << 20;
constexpr uint64_t kMaxEntries = 65536;

/// Little-endian numbers at a place; the caller has checked the length.
uint64_t number(std::string_view bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

Diagnostic damaged(std::string message) {
  return makeError(ExitCode::BadInput, std::move(message), "the file is incomplete or damaged; copy or save it again");
}

struct Ending {
  uint64_t entries = 0;
  uint64_t size = 0;
  uint64_t offset = 0;
};

/// The zip64 end record, found through its locator right before the end record.
std::optional<Ending> readZip64(int descriptor, uint64_t endRecord) {
  if (endRecord < 20) return std::nullopt;
  const std::string locator = readAt(descriptor, endRecord - 20, 20);
  if (locator.size() < 20 || locator.compare(0, 4, "PK\6\7") != 0) return std::nullopt;
  const std::string record = readAt(descriptor, number(locator, 8, 8), 56);
  if (record.size() < 56 || record.compare(0, 4, "PK\6\6") != 0) return std::nullopt;
  return Ending{number(record, 32, 8), number(record, 40, 8), number(record, 48, 8)};
}

Result<Ending> findEnding(int descriptor, uint64_t fileSize) {
  const uint64_t window = std::min<uint64_t>(fileSize, 22 + 65535);
  const std::string tail = readAt(descriptor, fileSize - window, static_cast<size_t>(window));
  size_t at = tail.size() < 22 ? std::string::npos : tail.rfind("PK\5\6", tail.size() - 22);
  if (at == std::string::npos) return damaged("a truncated zip archive: its directory at the end is missing");
  const Ending plain{number(tail, at + 10, 2), number(tail, at + 12, 4), number(tail, at + 16, 4)};
  const bool full = plain.entries == 0xFFFF || plain.size == 0xFFFFFFFF || plain.offset == 0xFFFFFFFF;
  if (!full) return plain;
  auto large = readZip64(descriptor, fileSize - window + at);
  if (!large) return damaged("a damaged zip archive: its zip64 directory is missing");
  return *large;
}

/// Replaces the fields that say "look into the zip64 extra field".
void applyZip64(std::string_view extra, ZipEntry& entry) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const auto id = number(extra, at, 2);
    const auto length = static_cast<size_t>(number(extra, at + 2, 2));
    at += 4;
    if (at + length > extra.size()) return;
    size_t from = at;
    auto take = [&](uint64_t& field) {
      if (id != 1 || field != 0xFFFFFFFF || from + 8 > at + length) return;
      field = number(extra, from, 8);
      from += 8;
    };
    take(entry.size);
    take(entry.compressedSize);
    take(entry.headerOffset);
    at += length;
  }
}

/// One file header of the directory; moves `at` behind it.
std::optional<ZipEntry> readHeader(std::string_view directory, size_t& at) {
  if (at + 46 > directory.size() || directory.compare(at, 4, "PK\1\2") != 0) return std::nullopt;
  ZipEntry entry;
  entry.method = static_cast<uint16_t>(number(directory, at + 10, 2));
  entry.crc = static_cast<uint32_t>(number(directory, at + 16, 4));
  entry.compressedSize = number(directory, at + 20, 4);
  entry.size = number(directory, at + 24, 4);
  const auto nameLength = static_cast<size_t>(number(directory, at + 28, 2));
  const auto extraLength = static_cast<size_t>(number(directory, at + 30, 2));
  const auto commentLength = static_cast<size_t>(number(directory, at + 32, 2));
  entry.headerOffset = number(directory, at + 42, 4);
  at += 46;
  if (at + nameLength + extraLength + commentLength > directory.size()) return std::nullopt;
  entry.name = std::string(directory.substr(at, nameLength));
  applyZip64(directory.substr(at + nameLength, extraLength), entry);
  at += nameLength + extraLength + commentLength;
  return entry;
}

}  // namespace

int64_t fileSize(int descriptor) {
  struct stat info {};
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) return -1;
  return info.st_size;
}

std::string readAt(int descriptor, uint64_t offset, size_t count) {
  std::string bytes(count, '\0');
  size_t done = 0;
  while (done < count) {
    const auto got = pread(descriptor, bytes.data() + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<ZipDirectory> ZipDirectory::read(int descriptor) {
  const int64_t size = fileSize(descriptor);
  if (size < 0) return makeError(ExitCode::Io, "not a regular file");
  auto ending = findEnding(descriptor, static_cast<uint64_t>(size));
  if (!ending) return ending.error();
  const auto total = static_cast<uint64_t>(size);
  if (ending->size > total || ending->offset > total - ending->size || ending->size > kMaxDirectory ||
      ending->entries > kMaxEntries) {
    return damaged("a damaged zip archive: its directory lies outside the file");
  }
  const std::string bytes = readAt(descriptor, ending->offset, static_cast<size_t>(ending->size));
  ZipDirectory result;
  result.descriptor_ = descriptor;
  for (size_t at = 0; result.entries_.size() < ending->entries;) {
    auto entry = readHeader(bytes, at);
    if (!entry) return damaged("a damaged zip archive: its directory is cut short");
    if (entry->headerOffset > total || entry->compressedSize > total - entry->headerOffset) {
      return damaged("a damaged zip archive: `" + entry->name + "` lies outside the file");
    }
    result.entries_.push_back(std::move(*entry));
  }
  return result;
}

const ZipEntry* ZipDirectory::find(std::string_view path) const {
  for (const auto& entry : entries_) {
    const std::string_view name = entry.name;
    if (name == path) return &entry;
    if (name.size() > path.size() && name.ends_with(path) && (path[0] == '/' || name[name.size() - path.size() - 1] == '/')) {
      return &entry;
    }
  }
  return nullptr;
}

std::string ZipDirectory::prefix(const ZipEntry& entry, size_t count) const {
  if (entry.method != 0) return {};
  const std::string header = readAt(descriptor_, entry.headerOffset, 30);
  if (header.size() < 30 || header.compare(0, 4, "PK\3\4") != 0) return {};
  const uint64_t start = entry.headerOffset + 30 + number(header, 26, 2) + number(header, 28, 2);
  return readAt(descriptor_, start, static_cast<size_t>(std::min<uint64_t>(count, entry.size)));
}

}  // namespace deploytool::archive
