// Output files: made under a hidden name, renamed when complete and on the disk.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "support/cleanup.h"
#include "support/file_io.h"
#include "support/files.h"

namespace deploytool {

namespace fs = std::filesystem;

namespace {

// A file with a name that nothing else has, removed unless it was renamed.
struct Temporary {
  std::string name;  // in the folder; empty: none
  Descriptor descriptor;
  int cleanupSlot = -1;
};

std::string randomSuffix() {
  uint64_t bits = 0;
  if (getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = static_cast<uint64_t>(getpid());
  static constexpr char kDigits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string suffix;
  for (int i = 0; i < 8; ++i, bits /= 36) suffix += kDigits[bits % 36];
  return suffix;
}

mode_t modeByUmask() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// Where the name really points: a link's target is what gets replaced or made, not the link.
fs::path resolved(fs::path path, std::error_code& error) {
  constexpr int kMostLinks = 40;  // as the kernel
  for (int links = 0; fs::is_symlink(path, error); ++links) {
    if (links == kMostLinks) {
      error = std::make_error_code(std::errc::too_many_symbolic_link_levels);
      return {};
    }
    const fs::path target = fs::read_symlink(path, error);
    if (error) return {};
    path = path.parent_path() / target;  // an absolute target stands alone
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const fs::path real = fs::canonical(folder, error);
  return error ? fs::path() : real / path.filename();
}

// Names `<file>.<16 hex digits>.data` are ours: weights of a generation of the model.
bool isGenerationOf(const std::string& candidate, const std::string& model) {
  const std::string prefix = model + ".";
  const std::string suffix = ".data";
  if (candidate.size() != prefix.size() + 16 + suffix.size() || !candidate.starts_with(prefix) ||
      !candidate.ends_with(suffix)) {
    return false;
  }
  const std::string middle = candidate.substr(prefix.size(), 16);
  return middle.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

struct OutputFile::State {
  std::string path;  // as the user wrote it
  fs::path folder;
  std::string name;
  Descriptor folderDescriptor;
  mode_t mode = 0;
  Temporary model;
  Temporary data;
  bool toStdout = false;

  ~State() {
    discard(model);
    discard(data);
  }

  void discard(Temporary& file) {
    file.descriptor.close();
    if (!file.name.empty()) unlinkat(folderDescriptor.get(), file.name.c_str(), 0);
    forget(file);
  }

  void forget(Temporary& file) {
    file.name.clear();
    forgetTemporary(file.cleanupSlot);
    file.cleanupSlot = -1;
  }

  Diagnostic error(const std::string& what) const { return fileError(path, what, ExitCode::Io); }

  Status findPlace(const OutputOptions& options);
  Status makeTemporary(Temporary& file);
  Status flush(Temporary& file);
  Status rename(const Temporary& file, const std::string& target);
  Status placeData(const std::string& target);
  Status copyToStdout();
  void removeOldGenerations(const std::string& keep);
};

Status OutputFile::State::findPlace(const OutputOptions& options) {
  std::error_code failure;
  if (path.empty()) {
    return makeError(ExitCode::Usage, "the name of the output file is empty");
  }
  const fs::path target = resolved(path, failure);
  if (failure || target.filename().empty()) {
    errno = failure ? failure.value() : EISDIR;
    return error("cannot write there");
  }
  folder = target.parent_path();
  name = target.filename().string();
  folderDescriptor = Descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folderDescriptor.get() < 0) return error("cannot open the folder for writing");
  struct stat old {};
  mode = modeByUmask();
  if (fstatat(folderDescriptor.get(), name.c_str(), &old, 0) != 0) return {};
  if (!S_ISREG(old.st_mode)) {
    Diagnostic d = makeError(ExitCode::Io, S_ISDIR(old.st_mode) ? "is a folder" : "exists and is not a regular file");
    d.file = path;
    return d;
  }
  if (!options.force) {
    Diagnostic d = makeError(ExitCode::Io, "the file exists", "--force replaces it");
    d.file = path;
    return d;
  }
  mode = old.st_mode & 07777;
  return {};
}

Status OutputFile::State::makeTemporary(Temporary& file) {
  for (int attempt = 0; attempt < 16; ++attempt) {
    // A name near the limit of 255 bytes has no room for more.
    const std::string candidate = "." + name.substr(0, 200) + ".dt-" + randomSuffix();
    file.cleanupSlot = rememberTemporary((folder / candidate).string());
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file.descriptor = Descriptor(openat(folderDescriptor.get(), candidate.c_str(), flags, 0600));
    if (file.descriptor.get() >= 0) {
      file.name = candidate;
      return {};
    }
    forgetTemporary(file.cleanupSlot);
    file.cleanupSlot = -1;
    if (errno != EEXIST) break;
  }
  return error("cannot create a file in its folder");
}

Status OutputFile::State::flush(Temporary& file) {
  if (fchmod(file.descriptor.get(), mode) != 0) return error("cannot set the mode of the file");
  if (fsync(file.descriptor.get()) != 0) return error("cannot write the file to the disk");
  if (!file.descriptor.close()) return error("cannot close the file");
  return {};
}

Status OutputFile::State::rename(const Temporary& file, const std::string& target) {
  if (renameat(folderDescriptor.get(), file.name.c_str(), folderDescriptor.get(), target.c_str()) != 0) {
    return error("cannot rename the complete file to its name");
  }
  return {};
}

// Until the model has its name, the data file is as temporary as before, only under another name. One that is there
// already has the same contents, by its name, and may be in use: it stays whatever happens.
Status OutputFile::State::placeData(const std::string& target) {
  if (data.descriptor.get() < 0) return {};  // placed already
  struct stat there {};
  const bool inUse = fstatat(folderDescriptor.get(), target.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0;
  if (Status flushed = flush(data); !flushed) return flushed;
  const int slot = inUse ? -1 : rememberTemporary((folder / target).string());
  if (Status renamed = rename(data, target); !renamed) {
    forgetTemporary(slot);
    return renamed;
  }
  forget(data);
  if (inUse) return {};
  data.name = target;
  data.cleanupSlot = slot;
  return {};
}

Status OutputFile::State::copyToStdout() {
  if (lseek(model.descriptor.get(), 0, SEEK_SET) != 0 || !copyAll(model.descriptor.get(), STDOUT_FILENO)) {
    return error("cannot write to stdout");
  }
  return {};
}

void OutputFile::State::removeOldGenerations(const std::string& keep) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string candidate = entry.path().filename().string();
    if (candidate != keep && isGenerationOf(candidate, name)) {
      unlinkat(folderDescriptor.get(), candidate.c_str(), 0);
    }
  }
}

Result<OutputFile> OutputFile::create(const std::string& path, const OutputOptions& options) {
  auto state = std::make_unique<State>();
  state->path = path;
  if (path == "-") {
    state->toStdout = true;
    state->model.descriptor = Descriptor(memfd_create("deploytool-stdout", MFD_CLOEXEC));
    if (state->model.descriptor.get() < 0) return state->error("cannot make room for the output");
    return OutputFile(std::move(state));
  }
  if (Status placed = state->findPlace(options); !placed) return placed.error();
  if (Status made = state->makeTemporary(state->model); !made) return made.error();
  if (options.externalData) {
    if (Status made = state->makeTemporary(state->data); !made) return made.error();
  }
  return OutputFile(std::move(state));
}

OutputFile::OutputFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
OutputFile::OutputFile(OutputFile&&) noexcept = default;
OutputFile& OutputFile::operator=(OutputFile&&) noexcept = default;
OutputFile::~OutputFile() = default;

int OutputFile::descriptor() const { return state_->model.descriptor.get(); }
int OutputFile::dataDescriptor() const { return state_->data.descriptor.get(); }
const std::string& OutputFile::path() const { return state_->path; }
std::string OutputFile::unfinishedPath() const {
  if (state_->toStdout) return "/proc/self/fd/" + std::to_string(descriptor());
  return (state_->folder / state_->model.name).string();
}
const std::string& OutputFile::name() const { return state_->name; }

Status OutputFile::placeData(const std::string& dataName) { return state_->placeData(dataName); }

Status OutputFile::commit(const std::string& dataName) {
  State& state = *state_;
  if (state.toStdout) return state.copyToStdout();
  if (dataName.empty()) {
    state.discard(state.data);
  } else if (Status placed = state.placeData(dataName); !placed) {
    return placed;
  }
  if (Status flushed = state.flush(state.model); !flushed) return flushed;
  // A signal must not take the data away from a model that has its name.
  forgetTemporary(std::exchange(state.data.cleanupSlot, -1));
  if (Status renamed = state.rename(state.model, state.name); !renamed) return renamed;
  state.forget(state.model);
  state.forget(state.data);
  if (fsync(state.folderDescriptor.get()) != 0) return state.error("cannot write the folder to the disk");
  state.removeOldGenerations(dataName);
  return {};
}

}  // namespace deploytool
