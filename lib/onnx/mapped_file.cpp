// Mapping files, and opening files beneath a folder without following links.
#include "onnx/mapped_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace deploytool::onnx_io {
namespace {

Diagnostic ioError(const std::string& name, const char* what) {
  Diagnostic d = makeError(ExitCode::Io, std::string(what) + ": " + std::strerror(errno));
  d.file = name;
  return d;
}

Result<std::string> readAll(int descriptor, const std::string& name) {
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(descriptor, buffer, sizeof buffer);
    if (n == 0) return bytes;
    if (n > 0) {
      bytes.append(buffer, static_cast<size_t>(n));
    } else if (errno != EINTR) {
      return ioError(name, "cannot read");
    }
  }
}

// Start and size of every mapping there is: only what is in here may be dropped, for other memory would be lost.
struct Mappings {
  std::mutex mutex;
  std::map<const std::byte*, size_t> ranges;
};

Mappings& mappings() {
  static Mappings all;
  return all;
}

}  // namespace

void dropPages(std::span<const std::byte> bytes) {
  const std::lock_guard lock(mappings().mutex);
  auto range = mappings().ranges.upper_bound(bytes.data());
  if (range == mappings().ranges.begin()) return;
  --range;
  if (bytes.data() + bytes.size() > range->first + range->second) return;
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const uintptr_t before = reinterpret_cast<uintptr_t>(bytes.data()) % page;
  const size_t skipped = before == 0 ? 0 : page - before;
  const size_t whole = bytes.size() < skipped ? 0 : (bytes.size() - skipped) / page * page;
  if (whole > 0) ::madvise(const_cast<std::byte*>(bytes.data()) + skipped, whole, MADV_DONTNEED);
}

std::shared_ptr<const MappedFile> MappedFile::fromBytes(std::string bytes) {
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->owned_ = std::move(bytes);
  file->bytes_ = std::as_bytes(std::span(file->owned_));
  return file;
}

Result<std::shared_ptr<const MappedFile>> MappedFile::map(int descriptor, const std::string& name) {
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return ioError(name, "cannot read");
  if (!S_ISREG(info.st_mode)) {
    Result<std::string> bytes = readAll(descriptor, name);
    if (!bytes) return bytes.error();
    return fromBytes(std::move(*bytes));
  }
  const auto size = static_cast<size_t>(info.st_size);
  if (size == 0) return fromBytes({});
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (start == MAP_FAILED) return ioError(name, "cannot map");
  std::shared_ptr<MappedFile> file(new MappedFile);
  file->bytes_ = {static_cast<const std::byte*>(start), size};
  file->mapped_ = true;
  {
    const std::lock_guard lock(mappings().mutex);
    mappings().ranges[file->bytes_.data()] = size;
  }
  return std::shared_ptr<const MappedFile>(std::move(file));
}

MappedFile::~MappedFile() {
  if (!mapped_) return;
  {
    const std::lock_guard lock(mappings().mutex);
    mappings().ranges.erase(bytes_.data());
  }
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

// ---- external data ------------------------------------------------------------------------------------------------

namespace {

std::vector<std::string> pathParts(const std::string& location) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= location.size();) {
    const size_t end = std::min(location.find('/', at), location.size());
    std::string part = location.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
    at = end + 1;
  }
  return parts;
}

// For kernels (or sandboxes) without openat2: one part after the other, none of them a link.
int openParts(int folder, const std::vector<std::string>& parts) {
  int at = ::dup(folder);
  for (size_t i = 0; i < parts.size() && at >= 0; ++i) {
    const int kind = i + 1 < parts.size() ? O_DIRECTORY | O_PATH : O_RDONLY | O_NONBLOCK;
    const int next = ::openat(at, parts[i].c_str(), kind | O_NOFOLLOW | O_CLOEXEC);
    const int error = errno;
    ::close(at);
    errno = error;
    at = next;
  }
  return at;
}

int openSafely(int folder, const std::string& location, const std::vector<std::string>& parts) {
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const long fd = ::syscall(SYS_openat2, folder, location.c_str(), &how, sizeof how);
  if (fd >= 0) return static_cast<int>(fd);
  return errno == ENOSYS || errno == EPERM ? openParts(folder, parts) : -1;
}

Diagnostic refused(const std::string& location, const std::string& why) {
  return makeError(ExitCode::BadInput, "external data '" + location + "' " + why);
}

}  // namespace

Result<int> openBeneath(int folder, const std::string& location) {
  const std::vector<std::string> parts = pathParts(location);
  if (location.empty() || parts.empty()) return refused(location, "has no location");
  if (location[0] == '/') return refused(location, "is outside of the model's folder");
  if (location.find('\0') != std::string::npos) return refused(location, "has no valid name");
  for (const std::string& part : parts) {
    if (part == "..") return refused(location, "is outside of the model's folder");
  }
  const int fd = openSafely(folder, location, parts);
  if (fd < 0) {
    if (errno == ELOOP || errno == EXDEV) return refused(location, "is a symbolic link");
    return refused(location, std::string("cannot be opened: ") + std::strerror(errno));
  }
  struct stat info {};
  const bool known = ::fstat(fd, &info) == 0;
  if (known && S_ISREG(info.st_mode) && info.st_nlink == 1) return fd;
  ::close(fd);
  return refused(
      location, known && S_ISREG(info.st_mode) ? "is a file with several names (hard links)" : "is not a regular file");
}

}  // namespace deploytool::onnx_io
