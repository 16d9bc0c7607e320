// Framing of messages on the pipe of a worker.
#include "support/worker_channel.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace deploytool {

namespace {

constexpr uint64_t kMostBytes = uint64_t{64} << 20;  // of all messages of one worker
constexpr size_t kHeader = 5;

bool writeAll(int pipe, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t written = write(pipe, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

bool sendMessage(int pipe, MessageKind kind, std::string_view payload) {
  const auto length = static_cast<uint32_t>(payload.size());
  char header[kHeader];
  header[0] = static_cast<char>(kind);
  std::memcpy(header + 1, &length, sizeof length);
  return writeAll(pipe, header, kHeader) && writeAll(pipe, payload.data(), payload.size());
}

MessageReader::State MessageReader::readSome(int pipe) {
  std::array<char, 65536> chunk;
  const ssize_t got = read(pipe, chunk.data(), chunk.size());
  if (got < 0) return errno == EINTR ? State::Open : State::Closed;
  if (got == 0) return State::Closed;
  total_ += static_cast<uint64_t>(got);
  if (total_ > kMostBytes) return State::Flooded;
  buffer_.append(chunk.data(), static_cast<size_t>(got));
  return State::Open;
}

std::optional<Message> MessageReader::next() {
  if (buffer_.size() < kHeader) return std::nullopt;
  uint32_t length = 0;
  std::memcpy(&length, buffer_.data() + 1, sizeof length);
  if (buffer_.size() - kHeader < length) return std::nullopt;
  Message message{static_cast<MessageKind>(buffer_[0]), buffer_.substr(kHeader, length)};
  buffer_.erase(0, kHeader + length);
  return message;
}

}  // namespace deploytool
