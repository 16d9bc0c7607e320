// Hashing of weights: 64-bit words, each mixed by a multiplication and a shift (splitmix64's finisher).
#include "onnx/weights_hash.h"

#include <cstdio>
#include <cstring>
#include <span>

namespace deploytool::onnx_io {

namespace {

class Hash {
 public:
  void add(uint64_t word) {
    state_ = (state_ ^ word) * 0x9E3779B97F4A7C15ULL;
    state_ ^= state_ >> 32;
  }

  void add(std::span<const std::byte> bytes) {
    size_t at = 0;
    for (; at + 8 <= bytes.size(); at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, 8);
      add(word);
    }
    uint64_t rest = 0;
    if (at < bytes.size()) std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
    add(rest ^ (uint64_t{bytes.size()} << 8));
  }

  void add(const std::string& text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0;
};

void addWeights(Hash& hash, const ir::Graph& graph) {
  for (const ir::Value* value : graph.initializers()) {
    const ir::Tensor& tensor = *value->constant;
    hash.add(value->name);
    hash.add(static_cast<uint64_t>(tensor.dtype()));
    for (int64_t size : tensor.dims()) hash.add(static_cast<uint64_t>(size));
    tensor.stream([&](std::span<const std::byte> piece) { hash.add(piece); });
  }
  for (const auto& node : graph.nodes()) {
    for (const ir::Graph* inner : node->subgraphs()) addWeights(hash, *inner);
  }
}

}  // namespace

std::string weightsHash(const ir::Model& model) {
  Hash hash;
  addWeights(hash, model.graph);
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash.value()));
  return digits;
}

}  // namespace deploytool::onnx_io
