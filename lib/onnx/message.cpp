// Encoding of protobuf messages.
#include "onnx/message.h"

#include <bit>

#include "onnx/wire.h"

namespace deploytool::onnx_io {
namespace {

// Tensors up to here are copied into the message: they cost less than a piece of their own.
constexpr int64_t kInlineBytes = 4096;

}  // namespace

void Message::append(std::string_view bytes) {
  if (pieces_.empty() || pieces_.back().tensor) pieces_.emplace_back();
  pieces_.back().bytes += bytes;
  size_ += bytes.size();
}

void Message::addVarint(uint64_t value) {
  char bytes[10];
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) bytes[n++] = static_cast<char>(value | 0x80);
  bytes[n++] = static_cast<char>(value);
  append({bytes, n});
}

void Message::addKey(field::Number number, uint32_t wireType) {
  addVarint((static_cast<uint64_t>(number) << 3) | wireType);
}

void Message::addInt(field::Number number, int64_t value) {
  addKey(number, wire::kVarint);
  addVarint(static_cast<uint64_t>(value));
}

void Message::addFloat(field::Number number, float value) {
  addKey(number, wire::kFixed32);
  const auto bits = std::bit_cast<uint32_t>(value);
  char bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
  append({bytes, 4});
}

void Message::addBytes(field::Number number, std::string_view value) {
  addKey(number, wire::kLengthDelimited);
  addVarint(value.size());
  append(value);
}

void Message::addText(field::Number number, std::string_view value) {
  if (!value.empty()) addBytes(number, value);
}

void Message::addMessage(field::Number number, Message message) {
  addKey(number, wire::kLengthDelimited);
  addVarint(message.size_);
  for (Piece& piece : message.pieces_) {
    if (!piece.tensor) {
      append(piece.bytes);
      continue;
    }
    size_ += static_cast<uint64_t>(piece.tensor->byteSize());
    pieces_.push_back(std::move(piece));
  }
}

void Message::addRawData(field::Number number, const ir::TensorPtr& tensor) {
  const int64_t size = tensor->byteSize();
  addKey(number, wire::kLengthDelimited);
  addVarint(static_cast<uint64_t>(size));
  if (size <= kInlineBytes) {
    std::string bytes(static_cast<size_t>(size), '\0');
    tensor->gather(reinterpret_cast<std::byte*>(bytes.data()));
    append(bytes);
    return;
  }
  pieces_.push_back({{}, tensor});
  size_ += static_cast<uint64_t>(size);
}

}  // namespace deploytool::onnx_io
