// NumPy's .npz: a zip of .npy entries. libzip inflates; sizes are checked before anything is allocated.
#include <fmt/format.h>
#include <zip.h>

#include <memory>

#include "runtime/data_file.h"

namespace deploytool::runtime {
namespace {

constexpr int64_t kMaxEntries = 65536;
constexpr uint64_t kFreeSize = uint64_t{16} << 20;  // below it any compression ratio is fine
constexpr uint64_t kMaxRatio = 100;
constexpr std::string_view kSuffix = ".npy";

struct CloseZip {
  void operator()(zip_t* zip) const { zip_discard(zip); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;
struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

Diagnostic damaged(std::string what) { return makeError(ExitCode::BadInput, "damaged .npz: " + std::move(what)); }

Zip openZip(Bytes bytes) {
  if (bytes.empty()) return {};  // libzip takes it for an archive without entries
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error) : nullptr;
  if (source && !zip) zip_source_free(source);
  zip_error_fini(&error);
  return Zip(zip);
}

Result<NamedTensor> readEntry(zip_t* zip, uint64_t index) {
  zip_stat_t stat;
  constexpr uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(zip, index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) return damaged("an entry");
  if (stat.size > kFreeSize && stat.size / kMaxRatio > stat.comp_size) {
    return damaged(fmt::format("{} would inflate to {} bytes", stat.name, stat.size));
  }
  std::unique_ptr<zip_file_t, CloseEntry> file(zip_fopen_index(zip, index, 0));
  if (!file) return damaged(fmt::format("{} cannot be opened", stat.name));
  auto buffer = std::make_shared<Buffer>(stat.size);
  size_t have = 0;
  while (have < buffer->size()) {
    const auto got = zip_fread(file.get(), buffer->data() + have, buffer->size() - have);
    if (got <= 0) return damaged(fmt::format("{} is truncated or its checksum is wrong", stat.name));
    have += static_cast<size_t>(got);
  }
  std::byte extra;
  if (zip_fread(file.get(), &extra, 1) != 0) return damaged(fmt::format("{} has a wrong checksum", stat.name));
  auto tensor = parseNpy(*buffer, buffer);
  if (!tensor) return tensor.error();
  std::string name = stat.name;
  if (name.ends_with(kSuffix)) name.resize(name.size() - kSuffix.size());
  return NamedTensor{std::move(name), std::move(*tensor)};
}

Status addEntry(zip_t* zip, const std::string& name, const Buffer& data) {
  zip_source_t* source = zip_source_buffer(zip, data.data(), data.size(), 0);
  if (!source) return makeError(ExitCode::Internal, "npz: no memory for an entry");
  const auto index = zip_file_add(zip, (name + std::string(kSuffix)).c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    return makeError(ExitCode::Internal, fmt::format("npz: {}", zip_strerror(zip)));
  }
  zip_set_file_compression(zip, static_cast<uint64_t>(index), ZIP_CM_STORE, 0);
  zip_file_set_mtime(zip, static_cast<uint64_t>(index), 315532800, 0);  // 1980: the same input gives the same bytes
  return {};
}

// Closing writes the archive into `source`; returns its bytes.
Result<Buffer> finish(Zip zip, zip_source_t* source) {
  if (zip_close(zip.get()) != 0) return makeError(ExitCode::Io, fmt::format("npz: {}", zip_strerror(zip.get())));
  static_cast<void>(zip.release());  // closed
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) return makeError(ExitCode::Io, "npz");
  Buffer buffer(stat.size);
  const auto got = zip_source_read(source, buffer.data(), buffer.size());
  zip_source_close(source);
  if (got < 0 || static_cast<uint64_t>(got) != stat.size) return makeError(ExitCode::Io, "npz: short read");
  return buffer;
}

}  // namespace

Result<std::vector<NamedTensor>> parseNpz(Bytes bytes) {
  const Zip zip = openZip(bytes);
  if (!zip) return damaged("it is no zip file");
  const auto count = zip_get_num_entries(zip.get(), 0);
  if (count < 0 || count > kMaxEntries) return damaged("too many entries");
  std::vector<NamedTensor> tensors;
  for (int64_t i = 0; i < count; ++i) {
    auto entry = readEntry(zip.get(), static_cast<uint64_t>(i));
    if (!entry) return entry.error();
    tensors.push_back(std::move(*entry));
  }
  return tensors;
}

Result<Buffer> formatNpz(const std::vector<NamedTensor>& tensors) {
  std::vector<Buffer> entries;  // alive until the archive is closed
  for (const auto& tensor : tensors) {
    auto entry = formatNpy(tensor.tensor);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  Zip zip(source ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error) : nullptr);
  zip_error_fini(&error);
  if (!zip) return makeError(ExitCode::Internal, "npz: no memory");
  zip_source_keep(source);
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> kept(source, zip_source_free);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (auto status = addEntry(zip.get(), tensors[i].name, entries[i]); !status) return status.error();
  }
  return finish(std::move(zip), source);
}

}  // namespace deploytool::runtime
