// Messages between a worker process and its parent: one byte of kind, four of length, then the payload.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/worker.h"

namespace deploytool {

inline constexpr const char* kLoadingStage = "loading";

enum class MessageKind : uint8_t { Stage = 'S', OutOfMemory = 'M', Diagnostics = 'D', Report = 'R' };

struct Message {
  MessageKind kind;
  std::string payload;
};

/// Writes one message whole; false when the other end is gone. Async-signal-safe for an empty payload.
bool sendMessage(int pipe, MessageKind kind, std::string_view payload);

/// Puts messages together from what arrives. The sender is not trusted.
class MessageReader {
 public:
  enum class State { Open, Closed, Flooded };
  /// One read() of what is there.
  State readSome(int pipe);
  std::optional<Message> next();

 private:
  std::string buffer_;
  uint64_t total_ = 0;
};

/// What the child does after fork; never returns.
[[noreturn]] void runChild(const WorkerRequest& request, int pipe, pid_t parent);

}  // namespace deploytool
