// Reading protobuf's wire format without copying: fields are slices of the file. Every length is checked against the
// bytes that are there.
#pragma once

#include <cstdint>
#include <string_view>

namespace deploytool::onnx_io::wire {

inline constexpr uint32_t kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kStartGroup = 3, kEndGroup = 4, kFixed32 = 5;

/// One field of a message. `encoded` is all of it, key included.
struct Field {
  uint32_t number = 0;
  uint32_t type = 0;
  uint64_t integer = 0;    ///< Varint, Fixed64, Fixed32
  std::string_view bytes;  ///< LengthDelimited
  std::string_view encoded;

  int64_t asInt() const { return static_cast<int64_t>(integer); }
};

/// Walks over the fields of one message.
class Scanner {
 public:
  explicit Scanner(std::string_view message) : rest_(message), begin_(message.data()) {}

  /// The next field; false at the end or at an error.
  bool next(Field& field);
  bool failed() const { return failed_; }
  /// Where the scanner stands, in bytes from the message's start.
  uint64_t position() const { return static_cast<uint64_t>(rest_.data() - begin_); }

 private:
  bool varint(uint64_t& value);
  bool fixed(size_t size, uint64_t& value);
  bool group(uint32_t number);
  bool value(Field& field);

  std::string_view rest_;
  const char* begin_;
  int depth_ = 0;
  bool failed_ = false;
};

/// Reads varints from packed bytes; false when they are malformed.
bool readPackedVarint(std::string_view& bytes, uint64_t& value);

}  // namespace deploytool::onnx_io::wire
