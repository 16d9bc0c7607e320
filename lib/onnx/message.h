// An encoded protobuf message as a rope: short bytes are kept, the bytes of large tensors are only referred to. Its
// size is known before a byte of a weight is read, so a file is written in one pass.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"
#include "onnx/fields.h"

namespace deploytool::onnx_io {

class Message {
 public:
  /// Bytes, or a tensor whose raw data stands there.
  struct Piece {
    std::string bytes;
    ir::TensorPtr tensor;
  };

  uint64_t size() const { return size_; }
  const std::vector<Piece>& pieces() const { return pieces_; }

  void addInt(field::Number number, int64_t value);
  void addFloat(field::Number number, float value);
  void addBytes(field::Number number, std::string_view value);
  /// addBytes unless it is empty.
  void addText(field::Number number, std::string_view value);
  void addMessage(field::Number number, Message message);
  /// The tensor's elements in row-major order; copied at once when there are few.
  void addRawData(field::Number number, const ir::TensorPtr& tensor);
  /// Encoded fields, as they are.
  void addEncoded(std::string_view fields) { append(fields); }

 private:
  void addKey(field::Number number, uint32_t wireType);
  void addVarint(uint64_t value);
  void append(std::string_view bytes);

  std::vector<Piece> pieces_;
  uint64_t size_ = 0;
};

}  // namespace deploytool::onnx_io
