// Attention and the transformer layers that libtorch fuses.
#include "tests/lowering/cases.h"

namespace deploytool::testing {

namespace {

const std::vector<std::string> kHeads{"q:T[n,2,s=5,4]", "k:T[n,2,t=6,4]", "v:T[n,2,t=6,3]"};

/// softmax(q kᵀ · scale + mask) v, for a libtorch that has no operator for it.
std::string plain(const std::string& mask = "", const std::string& scale = "0.5") {
  return "torch.matmul(torch.softmax(torch.matmul(q, k.transpose(-2, -1)) * " + scale + mask + ", -1), v)";
}

std::vector<std::string> with(std::vector<std::string> inputs, const std::string& more) {
  inputs.push_back(more);
  return inputs;
}

const std::string kCausal = " + torch.triu(torch.full([q.size(-2), k.size(-2)], float(\"-inf\")), 1)";

const Cases kAttention("attention", {
    {"torch.scaled_dot_product_attention(q, k, v)", kHeads, {.dtypes = "f32 f64 f16", .reference = plain()}},
    {"torch.scaled_dot_product_attention(q, k, v, m)", with(kHeads, "m:f32[s=5,t=6]"), {.reference = plain(" + m")}},
    {"torch.scaled_dot_product_attention(q, k, v, m > -2.0)", with(kHeads, "m:f32[n,1,s=5,t=6]"),
     {.ranges = {{"m", {-2.2, 2}}}, .reference = plain(" + torch.where(m > -2.0, 0., float(\"-inf\"))")}},
    {"torch.scaled_dot_product_attention(q, k, v, None, 0.0, True)", kHeads, {.reference = plain(kCausal)}},
    {"torch.scaled_dot_product_attention(q, k, v, None, 0.0, False, scale=0.3)", kHeads, {.reference = plain("", "0.3")}},
    {"torch.scaled_dot_product_attention(q, k, v)", {"q:f32[s=5,c=4]", "k:f32[t=6,c=4]", "v:f32[t=6,3]"},
     {.reference = plain("", "(1 / float(q.size(-1)) ** 0.5)")}},
    {"torch.scaled_dot_product_attention(q, k, v, enable_gqa=True)", {"q:f32[n,6,s=5,4]", "k:f32[n,2,t=6,4]", "v:f32[n,2,t=6,3]"},
     {.reference = "torch.matmul(torch.softmax(torch.matmul(q, k.repeat_interleave(3, 1).transpose(-2, -1)) * 0.5, -1), "
                   "v.repeat_interleave(3, 1))"}},
    {"def f(q, k, v):\n  y, w = torch._scaled_dot_product_attention(q, k, v, None, 0.0, True, False)\n  return y, w", kHeads,
     {.libtorch = "1."}},
    {"def f(q, k, v):\n  y, w = torch._scaled_dot_product_attention(q, k, v, None, 0.0, False, True)\n  return y, w", kHeads,
     {.libtorch = "1."}},
});

const std::vector<std::string> kProjections{"x:f32[n,s=5,8]", "w:f32[24,8]", "b:f32[24]", "p:f32[8,8]", "c:f32[8]"};

std::string multiHead(const std::string& rest, bool weights) {
  return "def f(x, w, b, p, c):\n  y, a = torch._native_multi_head_attention(x, x, x, 8, 2, w, b, p, c" + rest + ")\n  return y" +
         (weights ? ", a" : "");
}

std::string encoder(const char* gelu, const char* normFirst, const char* rest) {
  return std::string("torch._transformer_encoder_layer_fwd(x, 8, 2, w, b, p, c, ") + gelu + ", " + normFirst +
         ", 1e-5, c + 1, c, c + 0.5, c, g, h, i, c" + rest + ")";
}

std::vector<std::string> layer() {
  std::vector<std::string> inputs = kProjections;
  inputs.insert(inputs.end(), {"g:f32[6,8]", "h:f32[6]", "i:f32[8,6]"});
  return inputs;
}

const Cases kFused("attention", {
    {multiHead("", true), kProjections},
    {multiHead(", None, True, False", true), kProjections},
    {multiHead(", None, False", false), kProjections},
    {encoder("True", "False", ""), layer()},
    {encoder("False", "True", ""), layer()},
});

}  // namespace

}  // namespace deploytool::testing
