// duplicate-initializers: of several equal constants the first stays.
#include <array>
#include <map>
#include <unordered_map>

#include "passes/all.h"

namespace deploytool::passes {
namespace {

using ir::Graph;
using ir::Tensor;
using ir::Value;

// Of larger tensors a few elements are looked at: weights differ there already.
constexpr int64_t kMostHashedBytes = int64_t{1} << 16;

/// What equal tensors have in common and is cheap to find. Small ones are alike at their beginning where a loop was
/// unrolled, thousands of them: all of their contents count.
std::string keyOf(const Tensor& tensor) {
  std::string key(1, static_cast<char>(tensor.dtype()));
  for (int64_t d : tensor.dims()) key.append(reinterpret_cast<const char*>(&d), sizeof d);
  key += '|';
  if (tensor.numel() == 0) return key;
  if (tensor.dtype() == ir::DType::String) return key + tensor.stringValues()[0];
  if (tensor.byteSize() <= kMostHashedBytes) {
    size_t hash = 0;
    tensor.stream([&](std::span<const std::byte> bytes) {
      const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      hash = hash * 31 + std::hash<std::string_view>()(text);
    });
    return key.append(reinterpret_cast<const char*>(&hash), sizeof hash);
  }
  // The first elements along the last axis.
  const size_t item = ir::itemSize(tensor.dtype());
  const int64_t last = tensor.rank() == 0 ? 1 : tensor.dims().back();
  const int64_t stride = tensor.rank() == 0 ? 0 : tensor.strides().back();
  for (int64_t i = 0; i < std::min<int64_t>(last, 16); ++i) {
    const std::byte* at = tensor.data() + i * stride * static_cast<int64_t>(item);
    key.append(reinterpret_cast<const char*>(at), item);
  }
  return key;
}

struct Scope {
  std::unordered_map<std::string, std::vector<Value*>> values;
  const Scope* up = nullptr;

  Value* find(const std::string& key, const Tensor& tensor) const {
    for (const Scope* scope = this; scope; scope = scope->up) {
      const auto it = scope->values.find(key);
      if (it == scope->values.end()) continue;
      for (Value* value : it->second) {
        if (ir::identical(*value->constant, tensor)) return value;
      }
    }
    return nullptr;
  }
};

bool shareIn(Graph& graph, const Scope* up) {
  bool changed = false;
  Scope scope{{}, up};
  const std::vector<Value*> initializers = graph.initializers();
  for (Value* value : initializers) {
    if (!value->isConstant()) continue;
    std::string key = keyOf(*value->constant);
    Value* earlier = scope.find(key, *value->constant);
    if (!earlier) {
      scope.values[std::move(key)].push_back(value);
    } else if (!value->isGraphOutput()) {
      graph.replaceAllUses(value, earlier);
      graph.removeInitializer(value);
      changed = true;
    }
  }
  for (const auto& node : graph.nodes()) {
    for (Graph* inner : node->subgraphs()) changed |= shareIn(*inner, &scope);
  }
  return changed;
}

}  // namespace

bool duplicateInitializers(Graph& graph, const PassContext&) { return shareIn(graph, nullptr); }

}  // namespace deploytool::passes
