// cse: a node that computes what an earlier visible one computes gives way to it.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "passes/all.h"
#include "passes/rewrite.h"

namespace deploytool::passes {
namespace {

using ir::Attribute;
using ir::Graph;
using ir::Node;
using ir::Value;

// Larger constants in attributes are not compared.
constexpr int64_t kMaxTensorBytes = 4096;

template <class T>
void append(std::string& key, const T& value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(T));  // NOLINT(bugprone-sizeof-expression): of pointers, too
}

void append(std::string& key, const std::string& value) {
  append(key, value.size());
  key += value;
}

bool appendTensor(std::string& key, const ir::Tensor& tensor) {
  if (tensor.dtype() == ir::DType::String || tensor.byteSize() > kMaxTensorBytes) return false;
  append(key, tensor.dtype());
  for (int64_t d : tensor.dims()) append(key, d);
  tensor.stream(
      [&](std::span<const std::byte> bytes) { key.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); });
  return true;
}

// False for what is not compared: subgraphs, large or encoded payloads.
bool appendPayload(std::string& key, const Attribute& attribute) {
  append(key, attribute.name);
  append(key, attribute.value.index());
  const auto print = [&](const auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, float> || std::is_same_v<T, std::string>) {
      append(key, value);
      return true;
    } else if constexpr (std::is_same_v<T, ir::TensorPtr>) {
      return appendTensor(key, *value);
    } else if constexpr (std::is_same_v<T, std::vector<int64_t>> || std::is_same_v<T, std::vector<float>> ||
                         std::is_same_v<T, std::vector<std::string>>) {
      append(key, value.size());
      for (const auto& item : value) append(key, item);
      return true;
    } else {
      return false;
    }
  };
  return std::visit(print, attribute.value);
}

/// Equal for nodes that compute the same; empty for a node that is not compared.
std::string keyOf(const Node& node) {
  std::string key;
  if (!node.domain.empty() || isRandom(node) || node.outputs().empty()) return {};
  append(key, node.opType);
  append(key, node.inputs().size());
  for (const Value* input : node.inputs()) append(key, input);
  append(key, node.outputs().size());
  std::vector<const Attribute*> attributes;
  for (const Attribute& a : node.attributes) attributes.push_back(&a);
  std::sort(attributes.begin(), attributes.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
  for (const Attribute* a : attributes) {
    if (!appendPayload(key, *a)) return {};
  }
  return key;
}

/// Nodes seen so far in a graph, and those of the graphs around it up to the node that holds it.
struct Scope {
  std::unordered_map<std::string, Node*> nodes;
  const Scope* up = nullptr;

  Node* find(const std::string& key) const {
    for (const Scope* scope = this; scope; scope = scope->up) {
      const auto it = scope->nodes.find(key);
      if (it != scope->nodes.end()) return it->second;
    }
    return nullptr;
  }
};

// An output of a graph keeps its name and its place.
bool mayGo(const Node& node) {
  return std::none_of(node.outputs().begin(), node.outputs().end(), [](const Value* v) { return v->isGraphOutput(); });
}

void replace(Node& node, Node& earlier) {
  for (size_t i = 0; i < node.outputs().size(); ++i) {
    Value* kept = earlier.output(i);
    if (kept->type.kind == ir::Type::Kind::Unknown) kept->type = node.output(i)->type;
    if (!kept->elements) kept->elements = node.output(i)->elements;
    node.graph().replaceAllUses(node.output(i), kept);
  }
  node.graph().remove(&node);
}

bool shareIn(Graph& graph, const Scope* up) {
  bool changed = false;
  Scope scope{{}, up};
  const auto& nodes = graph.nodes();
  for (Node* node = nodes.empty() ? nullptr : nodes.front().get(); node;) {
    Node* next = node->next();
    for (Graph* inner : node->subgraphs()) changed |= shareIn(*inner, &scope);
    const std::string key = keyOf(*node);
    Node* earlier = key.empty() ? nullptr : scope.find(key);
    if (earlier && mayGo(*node)) {
      replace(*node, *earlier);
      changed = true;
    } else if (!key.empty() && !earlier) {
      scope.nodes.emplace(key, node);
    }
    node = next;
  }
  return changed;
}

}  // namespace

bool commonSubexpressions(Graph& graph, const PassContext&) { return shareIn(graph, nullptr); }

}  // namespace deploytool::passes
