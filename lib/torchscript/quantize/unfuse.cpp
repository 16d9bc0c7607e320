// Taking fused attention apart; see unfuse.h. The parts are written in TorchScript and follow what the fused kernels of
// libtorch compute on the CPU: bool masks that are true where a key is hidden, 0 for a query that sees no key.
#include "torchscript/quantize/unfuse.h"

#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <string>

namespace deploytool::ts {

namespace {

using torch::jit::Node;

constexpr const char* kSource = R"SCRIPT(
def heads(x: Tensor, count: int) -> Tensor:
    return x.reshape([x.size(0), x.size(1), count, x.size(2) // count]).transpose(1, 2)

def attend(q: Tensor, k: Tensor, v: Tensor, count: int, mask: Optional[Tensor], mask_type: Optional[int]) -> Tuple[Tensor, Tensor]:
    width = q.size(2) // count
    scores = torch.matmul(heads(q, count) * (float(width) ** -0.5), heads(k, count).transpose(-2, -1))
    if mask is not None:
        hidden = mask.to(11)  # bool
        if mask_type is not None and mask_type == 1 and hidden.dim() == 2:
            hidden = hidden.unsqueeze(1).unsqueeze(1)
        weights = torch.softmax(scores.masked_fill(hidden, -float("inf")), -1).masked_fill(hidden, 0.0)
    else:
        weights = torch.softmax(scores, -1)
    merged = torch.matmul(weights, heads(v, count)).transpose(1, 2).reshape([q.size(0), q.size(1), q.size(2)])
    return merged, weights

def shown(weights: Tensor, need_weights: bool, average: bool) -> Tensor:
    if not need_weights:
        weights = weights.new_empty([0])
    elif average:
        weights = weights.mean(1)
    return weights

def self_attention(query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_head: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, mask: Optional[Tensor], need_weights: bool, average: bool, mask_type: Optional[int]) -> Tuple[Tensor, Tensor]:
    q, k, v = torch.linear(query, qkv_weight, qkv_bias).chunk(3, -1)
    merged, weights = attend(q, k, v, num_head, mask, mask_type)
    return torch.linear(merged, proj_weight, proj_bias), shown(weights, need_weights, average)

def attention(query: Tensor, key: Tensor, value: Tensor, embed_dim: int, num_head: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, mask: Optional[Tensor], need_weights: bool, average: bool, mask_type: Optional[int]) -> Tuple[Tensor, Tensor]:
    w_q, w_k, w_v = qkv_weight.chunk(3)
    b_q, b_k, b_v = qkv_bias.chunk(3)
    q = torch.linear(query, w_q, b_q)
    k = torch.linear(key, w_k, b_k)
    v = torch.linear(value, w_v, b_v)
    merged, weights = attend(q, k, v, num_head, mask, mask_type)
    return torch.linear(merged, proj_weight, proj_bias), shown(weights, need_weights, average)

def dense_layer(src: Tensor, embed_dim: int, num_heads: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, use_gelu: bool, norm_first: bool, eps: float, norm_weight_1: Tensor, norm_bias_1: Tensor, norm_weight_2: Tensor, norm_bias_2: Tensor, ffn_weight_1: Tensor, ffn_bias_1: Tensor, ffn_weight_2: Tensor, ffn_bias_2: Tensor, mask: Optional[Tensor], mask_type: Optional[int]) -> Tensor:
    x = src
    if norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    x = self_attention(x, x, x, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, mask, False, False, mask_type)[0] + src
    if not norm_first:
        x = torch.layer_norm(x, [embed_dim], norm_weight_1, norm_bias_1, eps)
    y = x
    if norm_first:
        y = torch.layer_norm(y, [embed_dim], norm_weight_2, norm_bias_2, eps)
    y = torch.linear(y, ffn_weight_1, ffn_bias_1)
    if use_gelu:
        y = torch.gelu(y)
    else:
        y = torch.relu(y)
    y = torch.linear(y, ffn_weight_2, ffn_bias_2) + x
    if not norm_first:
        y = torch.layer_norm(y, [embed_dim], norm_weight_2, norm_bias_2, eps)
    return y

def encoder_layer(src: Tensor, embed_dim: int, num_heads: int, qkv_weight: Tensor, qkv_bias: Tensor, proj_weight: Tensor, proj_bias: Tensor, use_gelu: bool, norm_first: bool, eps: float, norm_weight_1: Tensor, norm_bias_1: Tensor, norm_weight_2: Tensor, norm_bias_2: Tensor, ffn_weight_1: Tensor, ffn_bias_1: Tensor, ffn_weight_2: Tensor, ffn_bias_2: Tensor, mask: Optional[Tensor], mask_type: Optional[int]) -> Tensor:
    dense = src
    hidden = mask
    kind = mask_type
    nested = src.is_nested
    if nested:
        lengths = torch._nested_tensor_size(src)[:, :1]
        dense = torch.nested_to_padded_tensor(src, 0.0)
        hidden = torch.arange(dense.size(1)).unsqueeze(0) >= lengths
        kind = 1
    y = dense_layer(dense, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, norm_first, eps, norm_weight_1, norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, ffn_bias_2, hidden, kind)
    if nested:
        y = torch._nested_from_padded_and_nested_example(y, src)
    return y
)SCRIPT";

/// The graph of a helper, all inlined, every node at `range`.
std::shared_ptr<torch::jit::Graph> helper(const std::string& name, const torch::jit::SourceRange& range) {
  static const auto unit = [] {
    auto compiled = std::make_shared<torch::jit::CompilationUnit>();
    compiled->define(c10::QualifiedName("__torch__"), kSource, torch::jit::nativeResolver(), nullptr);
    return compiled;
  }();
  auto graph = torch::jit::toGraphFunction(unit->get_function(c10::QualifiedName("__torch__", name))).graph()->copy();
  torch::jit::Inline(*graph);
  forEachNode(*graph->block(), [&](Node* node) { node->setSourceRange(range); });
  return graph;
}

std::string helperFor(const Node* node) {
  const std::string kind = node->kind().toQualString();
  if (kind == "aten::_transformer_encoder_layer_fwd" && node->inputs().size() == 20) return "encoder_layer";
  if (kind != "aten::_native_multi_head_attention" || node->inputs().size() != 13) return {};
  const bool same = node->input(0) == node->input(1) && node->input(1) == node->input(2);
  return same ? "self_attention" : "attention";
}

/// Where the weights of linear layers are among the inputs.
std::vector<size_t> weightInputs(const Node* node) {
  return node->outputs().size() == 1 ? std::vector<size_t>{3, 5, 14, 16} : std::vector<size_t>{5, 7};
}

void replace(Node* node, const std::string& name) {
  auto* owner = node->owningGraph();
  torch::jit::WithInsertPoint guard(node);
  const auto outputs = torch::jit::insertGraph(*owner, *helper(name, node->sourceRange()), node->inputs());
  if (node->outputs().size() == 1) {
    node->output()->replaceAllUsesWith(outputs.at(0));
  } else {
    auto* unpack = owner->createTupleUnpack(outputs.at(0));
    unpack->setSourceRange(node->sourceRange());
    owner->insertNode(unpack);
    for (size_t i = 0; i < node->outputs().size(); ++i) node->output(i)->replaceAllUsesWith(unpack->output(i));
  }
  node->destroy();
}

}  // namespace

void unfuseAttention(torch::jit::Graph& graph, StaticValues& values,
                     const std::function<bool(const at::Tensor&)>& isChosen) {
  std::vector<std::pair<Node*, std::string>> found;
  forEachNode(*graph.block(), [&](Node* node) {
    const auto name = helperFor(node);
    if (name.empty()) return;
    const auto inputs = weightInputs(node);
    const bool chosen = std::any_of(inputs.begin(), inputs.end(), [&](size_t index) {
      const auto* weight = values.find(node->input(index));
      return weight && weight->value.isTensor() && isChosen(weight->value.toTensor());
    });
    if (chosen) found.emplace_back(node, name);
  });
  for (const auto& [node, name] : found) replace(node, name);
}

}  // namespace deploytool::ts
