// Streaming encoded models and external data into descriptors.
#include "onnx/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "onnx/encoder.h"

namespace deploytool::onnx_io {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr size_t kWritebackBytes = size_t{16} << 20;

Diagnostic writeError(const char* what) {
  return makeError(ExitCode::Io, std::string("cannot write ") + what + ": " + std::strerror(errno));
}

/// Collects short pieces; long ones go past the buffer. The first error stays.
class Stream {
 public:
  explicit Stream(int descriptor) : descriptor_(descriptor) { buffer_.reserve(kBufferBytes); }

  void write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) flush();
    if (bytes.size() >= kBufferBytes) {
      writeOut(bytes);
    } else {
      buffer_ += bytes;
    }
  }
  void write(const ir::Tensor& tensor) {
    tensor.stream([&](std::span<const std::byte> piece) {
      write(std::string_view(reinterpret_cast<const char*>(piece.data()), piece.size()));
    });
  }
  void flush() {
    writeOut(buffer_);
    buffer_.clear();
  }
  bool ok() const { return errno_ == 0; }
  Diagnostic error(const char* what) const {
    errno = errno_;
    return writeError(what);
  }

 private:
  void writeOut(std::string_view bytes) {
    while (!bytes.empty() && errno_ == 0) {
      const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n >= 0) {
        bytes.remove_prefix(static_cast<size_t>(n));
        dirty_ += static_cast<size_t>(n);
      } else if (errno != EINTR) {
        errno_ = errno;
      }
    }
    if (dirty_ >= kWritebackBytes) startWriteback();
  }

  // The caller's fsync has less to wait for when the disk is busy from the first bytes on. Only a hint: errors are fsync's.
  void startWriteback() {
    dirty_ = 0;
    sync_file_range(descriptor_, 0, 0, SYNC_FILE_RANGE_WRITE);
  }

  int descriptor_;
  std::string buffer_;
  size_t dirty_ = 0;
  int errno_ = 0;
};

Status writeMessage(const Message& message, int descriptor) {
  Stream stream(descriptor);
  for (const Message::Piece& piece : message.pieces()) {
    if (piece.tensor) {
      stream.write(*piece.tensor);
    } else {
      stream.write(piece.bytes);
    }
    if (!stream.ok()) break;
  }
  stream.flush();
  return stream.ok() ? Status() : Status(stream.error("the model"));
}

// Gaps between tensors are skipped: they read as zeros.
Status writeExternal(const ExternalLayout& layout, int descriptor) {
  Stream stream(descriptor);
  for (const auto& [offset, tensor] : layout.tensors) {
    if (::lseek(descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) return writeError("external data");
    stream.write(*tensor);
    stream.flush();
    if (!stream.ok()) return stream.error("external data");
  }
  return {};
}

uint64_t initializerBytes(const ir::Graph& graph) {
  uint64_t sum = 0;
  for (const ir::Value* value : graph.initializers()) {
    if (value->constant) sum += static_cast<uint64_t>(value->constant->byteSize());
  }
  for (const auto& node : graph.nodes()) {
    for (const ir::Graph* inner : node->subgraphs()) sum += initializerBytes(*inner);
  }
  return sum;
}

Status tooLarge() {
  return makeError(ExitCode::Unsupported, "the model is larger than an ONNX file may be (2 GB)",
                   "write the weights to external data");
}

Status writeInOne(const Message& message, int descriptor, const WriteOptions& options) {
  return message.size() <= options.maximumFileSize ? writeMessage(message, descriptor) : tooLarge();
}

Status writeWithExternal(const ir::Model& model, const Names& names, int descriptor, const WriteOptions& options) {
  if (!options.openExternal) return tooLarge();
  ExternalLayout layout = layOutExternal(model, options.externalThreshold);
  if (layout.tensors.empty()) return writeInOne(encodeModel(model, names, nullptr), descriptor, options);
  Result<ExternalFile> file = options.openExternal();
  if (!file) return file.error();
  layout.location = file->location;
  const Message message = encodeModel(model, names, &layout);
  if (message.size() > options.maximumFileSize) return tooLarge();
  if (Status status = writeExternal(layout, file->descriptor); !status) return status;
  return writeMessage(message, descriptor);
}

}  // namespace

Status writeModel(const ir::Model& model, int descriptor, const WriteOptions& options) {
  using External = WriteOptions::External;
  const Names names(model);
  const bool surelyTooLarge = initializerBytes(model.graph) > options.maximumFileSize;
  if (options.external == External::Always || (options.external == External::Automatic && surelyTooLarge)) {
    return writeWithExternal(model, names, descriptor, options);
  }
  const Message message = encodeModel(model, names, nullptr);
  if (message.size() <= options.maximumFileSize) return writeMessage(message, descriptor);
  if (options.external == External::Never) return tooLarge();
  return writeWithExternal(model, names, descriptor, options);
}

Result<std::string> encodeModel(const ir::Model& model) {
  const Names names(model);
  const Message message = encodeModel(model, names, nullptr);
  std::string out;
  out.reserve(message.size());
  for (const Message::Piece& piece : message.pieces()) {
    out += piece.bytes;
    if (!piece.tensor) continue;
    piece.tensor->stream([&](std::span<const std::byte> bytes) {
      out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
  }
  return out;
}

}  // namespace deploytool::onnx_io
