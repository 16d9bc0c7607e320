// Loading archives; see load.h.
#include "torchscript/load.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "archive/file_kind.h"
#include "archive/zip_directory.h"
#include "support/parallel.h"
#include "torchscript/missing_schemas.h"

namespace deploytool::ts {

namespace {

/// What libtorch reads an archive through: pread on a descriptor that someone else opened.
class DescriptorReader final : public caffe2::serialize::ReadAdapterInterface {
 public:
  explicit DescriptorReader(int descriptor) : descriptor_(descriptor), size_(archive::fileSize(descriptor)) {}
  size_t size() const override { return static_cast<size_t>(std::max<int64_t>(size_, 0)); }
  size_t read(uint64_t position, void* buffer, size_t count, const char* what) const override;

 private:
  int descriptor_;
  int64_t size_;
};

/// How many bytes there were to read.
size_t readPiece(int descriptor, uint64_t position, char* buffer, size_t count) {
  size_t done = 0;
  while (done < count) {
    const auto got = pread(descriptor, buffer + done, count - done, static_cast<off_t>(position + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

/// A fresh buffer in huge pages takes a fraction of the time to fill, and to give back.
void askForHugePages(char* buffer, size_t count) {
  constexpr uintptr_t kHugePage = 1 << 21;
  const uintptr_t first = (reinterpret_cast<uintptr_t>(buffer) + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t last = (reinterpret_cast<uintptr_t>(buffer) + count) & ~(kHugePage - 1);
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
}

/// Large weights by several threads: most of the time goes into giving the buffer its pages.
size_t DescriptorReader::read(uint64_t position, void* buffer, size_t count, const char*) const {
  constexpr size_t kPiece = 1 << 22;
  auto* to = static_cast<char*>(buffer);
  askForHugePages(to, count);
  std::atomic<size_t> done = 0;
  inParallel((count + kPiece - 1) / kPiece, [&](size_t piece) {
    const size_t first = piece * kPiece;
    done += readPiece(descriptor_, position + first, to + first, std::min(kPiece, count - first));
  });
  return done;
}

std::string recordText(caffe2::serialize::PyTorchStreamReader& reader, const std::string& name) {
  auto [data, size] = reader.getRecord(name);
  return {static_cast<const char*>(data.get()), size};
}

bool isCode(const std::string& record) { return record.rfind("code/", 0) == 0 && record.ends_with(".py"); }

/// What the archive says about itself; registers the schemas its code asks for.
void readRecords(LoadedArchive& archive, const std::shared_ptr<DescriptorReader>& input) {
  caffe2::serialize::PyTorchStreamReader reader(
      std::static_pointer_cast<caffe2::serialize::ReadAdapterInterface>(input));
  archive.version = static_cast<int64_t>(reader.version());
  for (const auto& record : reader.getAllRecords()) {
    if (!isCode(record)) continue;
    for (auto& name : registerMissingSchemas(recordText(reader, record))) {
      archive.missingSchemas.push_back(std::move(name));
    }
  }
  auto& names = archive.missingSchemas;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

/// `Arguments for call are not valid.`, the variants that libtorch knows, and the call. Empty for another error.
std::string refusedCall(const std::string& whole) {
  if (whole.find("Arguments for call are not valid") == std::string::npos) return {};
  const auto at = whole.find("aten::");
  return at == std::string::npos ? "" : whole.substr(at, whole.find_first_of("(. \n", at) - at);
}

/// `Unknown builtin op: aten::foo.` names an operator that this libtorch lacks and we do not know either.
Diagnostic loadError(const std::string& message, const std::string& whole) {
  if (const std::string name = refusedCall(whole); !name.empty())
    return makeError(ExitCode::Unsupported, "the model calls " + name + " with arguments that this libtorch does not know",
                     "it was written by a newer PyTorch than libtorch " TORCH_VERSION ", which deploytool runs on");
  static constexpr std::string_view kUnknown = "Unknown builtin op: ";
  const auto at = message.find(kUnknown);
  if (at == std::string::npos) return makeError(ExitCode::BadInput, "libtorch cannot load it: " + message);
  auto name = message.substr(at + kUnknown.size());
  name = name.substr(0, name.find_first_of(" \n"));
  while (!name.empty() && name.back() == '.') name.pop_back();
  return makeError(ExitCode::Unsupported, "the model uses " + name + ", which this libtorch does not have",
                   fmt::format("--custom-op '{}=my.domain::Op' makes it a node of your own", name));
}

}  // namespace

std::string exceptionText(const std::exception& error) {
  const auto* torchError = dynamic_cast<const c10::Error*>(&error);
  std::string message = torchError ? torchError->what_without_backtrace() : error.what();
  while (!message.empty() && (message.front() == '\n' || message.front() == ' ')) message.erase(0, 1);
  // An interpreter's error ends with `RuntimeError: <what happened>` after the TorchScript traceback.
  const auto cause = message.rfind("RuntimeError: ");
  if (message.rfind("The following operation failed", 0) == 0 && cause != std::string::npos) {
    message = message.substr(cause + 14);
  }
  return message.substr(0, message.find('\n'));
}

void settleExecutor() {
  static const bool once = [] {
    torch::jit::setTensorExprFuserEnabled(false);
    torch::jit::overrideCanFuseOnCPULegacy(false);
    torch::jit::getProfilingMode() = false;
    torch::jit::getExecutorMode() = false;
    return true;
  }();
  (void)once;
}

torch::jit::ExtraFilesMap readExtraFiles(const InputFile& file) {
  static constexpr std::string_view kFolder = "extra/";
  caffe2::serialize::PyTorchStreamReader reader(std::static_pointer_cast<caffe2::serialize::ReadAdapterInterface>(
      std::make_shared<DescriptorReader>(file.descriptor)));
  torch::jit::ExtraFilesMap result;
  for (const auto& record : reader.getAllRecords()) {
    if (record.rfind(kFolder, 0) == 0) result[record.substr(kFolder.size())] = recordText(reader, record);
  }
  return result;
}

Result<LoadedArchive> loadArchive(const InputFile& file, bool keepMode) {
  settleExecutor();
  if (auto kind = archive::checkTorchScript(file.descriptor); !kind) return kind.error();
  try {
    auto input = std::make_shared<DescriptorReader>(file.descriptor);
    LoadedArchive result{torch::jit::Module("unset"), 0, {}, {}};
    readRecords(result, input);
    auto unit = std::make_shared<torch::jit::CompilationUnit>();
    torch::jit::ExtraFilesMap extra;
    result.module = torch::jit::import_ir_module(
        unit, std::static_pointer_cast<caffe2::serialize::ReadAdapterInterface>(input), c10::Device(c10::kCPU), extra);
    if (!keepMode) result.module.eval();
    return result;
  } catch (const std::exception& error) {
    return loadError(exceptionText(error), error.what());
  }
}

}  // namespace deploytool::ts
