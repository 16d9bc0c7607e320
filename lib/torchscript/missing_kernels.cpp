// Reference kernels, composed of operators that every libtorch has. They follow PyTorch 2.6.
#include "torchscript/missing_kernels.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

namespace deploytool::ts {

namespace {

using OptionalTensor = c10::optional<at::Tensor>;

// What a query may see: added to the scores.
at::Tensor masked(at::Tensor scores, const OptionalTensor& mask, bool causal) {
  constexpr double kHidden = -std::numeric_limits<double>::infinity();
  if (causal) {
    const auto seen = at::ones({scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).tril();
    scores = scores.masked_fill(seen.logical_not(), kHidden);
  }
  if (!mask) return scores;
  return mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), kHidden) : scores + *mask;
}

// aten::scaled_dot_product_attention: a query that sees nothing gives zeros.
at::Tensor attention(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const OptionalTensor& mask,
                     double, bool causal, c10::optional<double> scale, bool grouped) {
  const auto heads = [&](const at::Tensor& x) {
    return grouped ? x.repeat_interleave(query.size(-3) / x.size(-3), -3) : x;
  };
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(query.size(-1)));
  const auto scores = masked(at::matmul(query * factor, heads(key).transpose(-2, -1)), mask, causal);
  const auto blind = scores.isneginf().all(-1, true);
  return at::matmul(at::softmax(scores, -1).masked_fill(blind, 0), heads(value));
}

// aten::rms_norm
at::Tensor rmsNorm(const at::Tensor& input, at::IntArrayRef shape, const OptionalTensor& weight,
                   c10::optional<double> epsilon) {
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i) axes.push_back(input.dim() - static_cast<int64_t>(shape.size() - i));
  const double smallest = input.scalar_type() == at::kDouble ? std::numeric_limits<double>::epsilon()
                                                             : std::numeric_limits<float>::epsilon();
  const auto scale = at::rsqrt(input.pow(2).mean(axes, true) + (epsilon ? *epsilon : smallest));
  return weight ? input * scale * *weight : input * scale;
}

// aten::squeeze.dims
at::Tensor squeezeDims(const at::Tensor& self, at::IntArrayRef dims) {
  std::vector<int64_t> axes;
  for (int64_t dim : dims) axes.push_back(dim < 0 ? dim + self.dim() : dim);
  std::sort(axes.begin(), axes.end(), std::greater<>());
  at::Tensor result = self;
  for (int64_t axis : axes) {
    if (result.dim() > 0) result = result.squeeze(axis);
  }
  return result;
}

}  // namespace

void registerMissingKernel(torch::Library& library, std::string_view key) {
  const auto add = [&](const char* name, auto* kernel) {
    library.impl(name, torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, kernel));
  };
  if (key == "aten::scaled_dot_product_attention") add("scaled_dot_product_attention", attention);
  if (key == "aten::rms_norm") add("rms_norm", rmsNorm);
  if (key == "aten::squeeze.dims") add("squeeze.dims", squeezeDims);
}

}  // namespace deploytool::ts
