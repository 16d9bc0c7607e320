// Decoding of protobuf's wire format.
#include "onnx/wire.h"

namespace deploytool::onnx_io::wire {
namespace {

constexpr int kMaxGroupDepth = 32;

}  // namespace

bool readPackedVarint(std::string_view& bytes, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0, i = 0; i < bytes.size() && shift < 64; ++i, shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool Scanner::varint(uint64_t& value) { return readPackedVarint(rest_, value); }

bool Scanner::fixed(size_t size, uint64_t& value) {
  if (rest_.size() < size) return false;
  value = 0;
  for (size_t i = 0; i < size; ++i) value |= static_cast<uint64_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
  rest_.remove_prefix(size);
  return true;
}

// Groups are obsolete; a file may hold one as an unknown field.
bool Scanner::group(uint32_t number) {
  if (++depth_ > kMaxGroupDepth) return false;
  Field inner;
  while (!rest_.empty()) {
    uint64_t key = 0;
    if (!varint(key)) return false;
    inner.number = static_cast<uint32_t>(key >> 3);
    inner.type = static_cast<uint32_t>(key & 7);
    if (inner.type == kEndGroup) {
      --depth_;
      return inner.number == number;
    }
    if (!value(inner)) return false;
  }
  return false;
}

bool Scanner::value(Field& field) {
  switch (field.type) {
    case kVarint: return varint(field.integer);
    case kFixed64: return fixed(8, field.integer);
    case kFixed32: return fixed(4, field.integer);
    case kStartGroup: return group(field.number);
    case kLengthDelimited: {
      uint64_t size = 0;
      if (!varint(size) || size > rest_.size()) return false;
      field.bytes = rest_.substr(0, size);
      rest_.remove_prefix(size);
      return true;
    }
    default: return false;
  }
}

bool Scanner::next(Field& field) {
  if (rest_.empty() || failed_) return false;
  const char* start = rest_.data();
  uint64_t key = 0;
  field = {};
  if (varint(key) && key >> 3 != 0 && key >> 3 < (uint64_t{1} << 29)) {
    field.number = static_cast<uint32_t>(key >> 3);
    field.type = static_cast<uint32_t>(key & 7);
    if (value(field)) {
      field.encoded = {start, static_cast<size_t>(rest_.data() - start)};
      return true;
    }
  }
  failed_ = true;
  return false;
}

}  // namespace deploytool::onnx_io::wire
