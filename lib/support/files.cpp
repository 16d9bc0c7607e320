// Descriptors and input files. Every error names the file and says what the system said.
#include "support/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "support/file_io.h"

namespace deploytool {

Descriptor::~Descriptor() { close(); }

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(number_, -1); }

bool Descriptor::close() {
  const int number = release();
  return number < 0 || ::close(number) == 0;
}

Diagnostic fileError(const std::string& path, const std::string& what, ExitCode code) {
  Diagnostic d = makeError(code, what + ": " + strerror(errno));
  d.file = path;
  return d;
}

bool copyAll(int from, int to) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    if (!writeAll(to, buffer.data(), static_cast<size_t>(got))) return false;
  }
}

bool writeAll(int to, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(to, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

namespace {

Result<InputHandle> readStdin() {
  InputHandle input;
  input.path = "-";
  input.descriptor = Descriptor(memfd_create("deploytool-stdin", MFD_CLOEXEC));
  if (input.descriptor.get() < 0 || !copyAll(STDIN_FILENO, input.descriptor.get())) {
    return fileError("-", "cannot read stdin", ExitCode::Io);
  }
  const off_t size = lseek(input.descriptor.get(), 0, SEEK_END);
  lseek(input.descriptor.get(), 0, SEEK_SET);
  input.size = static_cast<uint64_t>(size);
  return input;
}

}  // namespace

Descriptor openFolderOf(const std::string& path) {
  if (path == "-") return Descriptor();
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return Descriptor(open(folder.empty() ? "." : folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Result<InputHandle> openInput(const std::string& path) {
  if (path == "-") return readStdin();
  InputHandle input;
  input.path = path;
  // O_NONBLOCK: opening a named pipe must not wait for its writer; regular files ignore it.
  input.descriptor = Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (input.descriptor.get() < 0) return fileError(path, "cannot open the file", ExitCode::Io);
  struct stat info {};
  if (fstat(input.descriptor.get(), &info) != 0) return fileError(path, "cannot read the file", ExitCode::Io);
  if (!S_ISREG(info.st_mode)) {
    Diagnostic d = makeError(ExitCode::Io, S_ISDIR(info.st_mode) ? "is a folder, not a file" : "is not a regular file");
    d.file = path;
    return d;
  }
  input.size = static_cast<uint64_t>(info.st_size);
  return input;
}

}  // namespace deploytool
