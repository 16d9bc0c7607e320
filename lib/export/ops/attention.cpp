// Scaled dot-product attention and the fused transformer operators that traces under no_grad hold.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "export/ops/families.h"
#include "export/ops/nested_tensor.h"

namespace deploytool::exporter::ops {

namespace {

constexpr double kMasked = -INFINITY;

Tensor multiplyByScale(Call& c, const Tensor& q) {
  if (c.has("scale")) return c.b.mulScalar(q, c.number("scale"));
  const Dim width = q.dim(-1);
  if (auto fixed = width.asLiteral()) return c.b.mulScalar(q, 1 / std::sqrt(static_cast<double>(*fixed)));
  return c.b.div(q, c.b.unary("Sqrt", c.b.cast(c.b.dim(width), q.dtype())));
}

/// bool[L, S]: true where a query sees a key.
Tensor causalMask(Call& c, const Dim& queries, const Dim& keys) {
  const Tensor row = c.b.unsqueeze(c.b.range(0, queries), {1});
  return c.b.logicalNot(c.b.compare("Less", row, c.b.unsqueeze(c.b.range(0, keys), {0})));
}

Tensor maskedOut(Call& c, const Tensor& scores, const Tensor& visible) {
  return c.b.where(visible, scores, c.b.scalarLike(scores, kMasked));
}

/// Grouped queries: every key and value head serves several query heads.
Tensor repeatedHeads(Call& c, const Tensor& x, const Dim& heads) {
  const Dim own = x.dim(-3);
  if (own == heads) return x;
  const Dim times = c.structural(ir::floorDiv(heads, own), "the number of query heads per key head");
  Dims wide = x.dims(), flat = x.dims();
  wide.insert(wide.end() - 2, times);
  flat[flat.size() - 3] = own * times;
  return c.b.reshape(c.b.expand(c.b.unsqueeze(x, {x.rank() - 2}), wide), flat);
}

/// Whether the mask is known to show every query some key.
bool showsEveryQuery(const Tensor& mask) {
  if (!mask.isConstant() || mask.rank() == 0) return false;
  const std::vector<double> values = mask.constant()->toDoubles();
  const auto keys = static_cast<size_t>(mask.dim(-1).literal());
  const double hidden = mask.dtype() == DType::Bool ? 0 : kMasked;
  for (size_t row = 0; row + keys <= values.size(); row += keys)
    if (std::all_of(values.begin() + row, values.begin() + row + keys, [&](double v) { return v == hidden; })) return false;
  return true;
}

/// A query that sees no key gets 0, as since PyTorch 2.5 (before, NaN).
Tensor zeroWhereBlind(Call& c, const Tensor& result, const Tensor& mask) {
  if (mask.rank() == 0 || showsEveryQuery(mask)) return result;
  const bool flags = mask.dtype() == DType::Bool;
  const Tensor best = c.b.reduce("ReduceMax", flags ? c.b.cast(mask, DType::Float32) : mask, {-1}, true);
  const Tensor blind = c.b.compare("Equal", best, c.b.scalarLike(best, flags ? 0 : kMasked));
  return c.b.where(blind, c.b.scalarLike(result, 0), result);
}

struct Attention {
  Tensor result, weights;
};

Attention attend(Call& c, const Tensor& q, const Tensor& k, const Tensor& v, const std::optional<Tensor>& mask, bool causal) {
  Tensor scores = c.b.matmul(multiplyByScale(c, q), c.b.swapAxes(k, -2, -1));
  if (causal) scores = maskedOut(c, scores, causalMask(c, q.dim(-2), k.dim(-2)));
  if (mask && mask->dtype() == DType::Bool) scores = maskedOut(c, scores, *mask);
  else if (mask) scores = c.b.add(scores, c.b.cast(*mask, scores.dtype()));
  Tensor weights = c.b.op("Softmax", {scores}, {{"axis", -1}});
  return {c.b.matmul(weights, v), weights};
}

// aten::scaled_dot_product_attention
Results scaledDotProductAttention(Call& c) {
  const Tensor q = c.tensor("query");
  Tensor k = c.tensor("key"), v = c.tensor("value");
  if (c.boolean("enable_gqa")) {
    k = repeatedHeads(c, k, q.dim(-3));
    v = repeatedHeads(c, v, q.dim(-3));
  }
  if (c.has("dropout_p") && c.number("dropout_p") > 0) c.note("dropout in attention is left out");
  const auto mask = c.optTensor("attn_mask");
  const Tensor result = attend(c, q, k, v, mask, c.boolean("is_causal")).result;
  return {mask ? zeroWhereBlind(c, result, *mask) : result};
}

// aten::_scaled_dot_product_attention (1.13): the weights too, when asked for
Results withWeights(Call& c) {
  const Attention a = attend(c, c.tensor("query"), c.tensor("key"), c.tensor("value"), c.optTensor("attn_mask"), c.boolean("is_causal"));
  return {a.result, a.weights};
}

Tensor affine(Call& c, const Tensor& x, const Tensor& weight, const std::optional<Tensor>& bias) {
  const Tensor y = c.b.matmul(x, c.b.swapAxes(weight, 0, 1));
  return bias ? c.b.add(y, *bias) : y;
}

/// What the fused operators' bool masks hide: mask_type 0 is [L, S], 1 is [batch, S], 2 is [batch, heads, L, S].
Tensor visibleBy(Call& c, const Tensor& mask) {
  Tensor hidden = c.b.cast(mask, DType::Bool);
  const int64_t type = c.has("mask_type") ? c.integer("mask_type") : hidden.rank() == 2 ? 0 : 2;
  if (type == 1 && hidden.rank() == 2) hidden = c.b.unsqueeze(hidden, {1, 2});
  return c.b.logicalNot(hidden);
}

struct Heads {
  Tensor q, k, v;
};

Tensor splitHeads(Call& c, const Tensor& x, int64_t heads, int64_t width) {
  return c.b.transpose(c.b.reshape(x, {x.dim(0), x.dim(1), heads, width / heads}), {0, 2, 1, 3});
}

Attention multiHead(Call& c, const Heads& in, int64_t heads, int64_t width, std::optional<Tensor> visible = {}) {
  const Tensor qkvWeight = c.tensor("qkv_weight"), qkvBias = c.tensor("qkv_bias");
  const auto project = [&](const Tensor& x, int64_t part) {
    const Tensor weight = c.b.slice(qkvWeight, 0, part * width, (part + 1) * width);
    return splitHeads(c, affine(c, x, weight, c.b.slice(qkvBias, 0, part * width, (part + 1) * width)), heads, width);
  };
  const Tensor q = project(in.q, 0), k = project(in.k, 1), v = project(in.v, 2);
  if (!visible && c.has("mask")) visible = visibleBy(c, c.tensor("mask"));
  Attention a = attend(c, q, k, v, visible, false);
  const Tensor merged = c.b.reshape(c.b.transpose(a.result, {0, 2, 1, 3}), {in.q.dim(0), in.q.dim(1), width});
  a.result = affine(c, merged, c.tensor("proj_weight"), c.optTensor("proj_bias"));
  return a;
}

// aten::_native_multi_head_attention
Results nativeMultiHeadAttention(Call& c) {
  const Heads in{c.tensor("query"), c.tensor("key"), c.tensor("value")};
  const Attention a = multiHead(c, in, c.integer("num_head"), c.integer("embed_dim"));
  if (!c.boolean("need_weights")) return {a.result, None{}};
  const bool average = !c.has("average_attn_weights") || c.boolean("average_attn_weights");
  return {a.result, average ? c.b.reduce("ReduceMean", a.weights, {1}, false) : a.weights};
}

Tensor layerNorm(Call& c, const Tensor& x, std::string_view weight, std::string_view bias) {
  const Tensor centred = c.b.sub(x, c.b.reduce("ReduceMean", x, {-1}, true));
  const Tensor variance = c.b.reduce("ReduceMean", c.b.mul(centred, centred), {-1}, true);
  const Tensor y = c.b.div(centred, c.b.unary("Sqrt", c.b.addScalar(variance, c.number("eps"))));
  return c.b.add(c.b.mul(y, c.tensor(weight)), c.tensor(bias));
}

Tensor gelu(Call& c, const Tensor& x) {
  const Tensor erf = c.b.unary("Erf", c.b.mulScalar(x, M_SQRT1_2));
  return c.b.mul(c.b.mulScalar(x, 0.5), c.b.addScalar(erf, 1));
}

Tensor feedForward(Call& c, const Tensor& x) {
  const Tensor hidden = affine(c, x, c.tensor("ffn_weight_1"), c.tensor("ffn_bias_1"));
  const Tensor active = c.boolean("use_gelu") ? gelu(c, hidden) : c.b.unary("Relu", hidden);
  return affine(c, active, c.tensor("ffn_weight_2"), c.tensor("ffn_bias_2"));
}

/// `visible` overrides what the argument `mask` says.
Tensor encoderLayer(Call& c, const Tensor& x, const std::optional<Tensor>& visible) {
  const auto attention = [&](const Tensor& t) {
    return multiHead(c, {t, t, t}, c.integer("num_heads"), c.integer("embed_dim"), visible).result;
  };
  if (c.boolean("norm_first")) {
    const Tensor y = c.b.add(x, attention(layerNorm(c, x, "norm_weight_1", "norm_bias_1")));
    return c.b.add(y, feedForward(c, layerNorm(c, y, "norm_weight_2", "norm_bias_2")));
  }
  const Tensor y = layerNorm(c, c.b.add(x, attention(x)), "norm_weight_1", "norm_bias_1");
  return layerNorm(c, c.b.add(y, feedForward(c, y)), "norm_weight_2", "norm_bias_2");
}

// aten::_transformer_encoder_layer_fwd
Results transformerEncoderLayer(Call& c) {
  const Tensor x = c.tensor("src");
  const auto mask = nestedMask(c, x);
  if (!mask) return {encoderLayer(c, x, {})};
  return {nest(c, encoderLayer(c, unnest(c, x, *mask), c.b.unsqueeze(*mask, {1, 2})), *mask)};
}

}  // namespace

std::vector<Row> attention() {
  return {
      {"aten::scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)",
       scaledDotProductAttention},
      {"aten::_scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal)", withWeights},
      {"aten::_native_multi_head_attention(query, key, value, embed_dim, num_head, qkv_weight, qkv_bias, proj_weight, "
       "proj_bias, mask, need_weights, average_attn_weights, mask_type)",
       nativeMultiHeadAttention},
      {"aten::_transformer_encoder_layer_fwd(src, embed_dim, num_heads, qkv_weight, qkv_bias, proj_weight, proj_bias, use_gelu, "
       "norm_first, eps, norm_weight_1, norm_bias_1, norm_weight_2, norm_bias_2, ffn_weight_1, ffn_bias_1, ffn_weight_2, "
       "ffn_bias_2, mask, mask_type)",
       transformerEncoderLayer},
  };
}

}  // namespace deploytool::exporter::ops
