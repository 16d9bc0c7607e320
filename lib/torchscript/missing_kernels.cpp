// Reference implementations: attention as PyTorch documents it (scaled_dot_product_attention's pseudo code); torchvision's
// and torchaudio's operators are in files of their own. Written for clarity: they serve comparisons.
#include "torchscript/missing_kernels.h"

#include <cmath>

#include "torchscript/audio_kernels.h"
#include "torchscript/vision_kernels.h"

namespace deploytool::ts {

namespace {

using at::Tensor;

Tensor repeatHeads(const Tensor& x, int64_t heads) { return x.repeat_interleave(heads / x.size(-3), -3); }

/// 0 where a whole slice is hidden, as attention does it since PyTorch 2.5.
Tensor safeSoftmax(const Tensor& x, int64_t dim, Optional<at::ScalarType> dtype) {
  const auto hidden = (x == -std::numeric_limits<double>::infinity()).all(dim, /*keepdim=*/true);
  return at::softmax(x, dim, dtype).masked_fill(hidden, 0);
}

Tensor attention(const Tensor& query, const Tensor& givenKey, const Tensor& givenValue, const Optional<Tensor>& mask,
                 double dropout, bool isCausal, Optional<double> scale, bool enableGqa) {
  TORCH_CHECK(dropout == 0, "attention with dropout");
  const Tensor key = enableGqa ? repeatHeads(givenKey, query.size(-3)) : givenKey;
  const Tensor value = enableGqa ? repeatHeads(givenValue, query.size(-3)) : givenValue;
  const double factor = scale ? *scale : 1 / std::sqrt(static_cast<double>(query.size(-1)));
  Tensor scores = at::matmul(query, key.transpose(-2, -1)) * factor;
  const double least = -std::numeric_limits<double>::infinity();
  if (isCausal) {
    const auto allowed = at::ones({query.size(-2), key.size(-2)}, at::TensorOptions(at::kBool)).tril();
    scores = scores.masked_fill(allowed.logical_not(), least);
  }
  if (mask && mask->defined()) {
    scores = mask->scalar_type() == at::kBool ? scores.masked_fill(mask->logical_not(), least) : scores + *mask;
  }
  return at::matmul(safeSoftmax(scores, -1, {}), value);
}

Tensor squeezeDims(const Tensor& x, c10::IntArrayRef dims) {
  std::vector<int64_t> sizes;
  std::vector<int64_t> strides;
  std::vector<bool> asked(static_cast<size_t>(x.dim()), false);
  for (int64_t dim : dims) asked.at(static_cast<size_t>(dim < 0 ? dim + x.dim() : dim)) = true;
  for (int64_t i = 0; i < x.dim(); ++i) {
    if (asked[static_cast<size_t>(i)] && x.size(i) == 1) continue;
    sizes.push_back(x.size(i));
    strides.push_back(x.stride(i));
  }
  return x.as_strided(sizes, strides);
}

Tensor rmsNorm(const Tensor& x, c10::IntArrayRef shape, const Optional<Tensor>& weight, Optional<double> eps) {
  TORCH_CHECK(shape.size() <= static_cast<size_t>(x.dim()) && x.sizes().slice(x.dim() - shape.size()) == shape, "rms_norm of ",
              x.sizes(), " over ", shape);
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i) axes.push_back(-1 - static_cast<int64_t>(i));
  const bool isDouble = x.scalar_type() == at::kDouble;
  const double least = isDouble ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  auto result = x * at::rsqrt(at::mean(x * x, axes, true) + (eps ? *eps : least));
  return weight && weight->defined() ? result * *weight : result;
}

}  // namespace

bool implementMissing(torch::Library& library, const std::string& key) {
  auto implement = [&](const char* name, auto* function) {
    library.impl(name, torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, function));
    return true;
  };
  if (key == "aten::scaled_dot_product_attention") return implement("scaled_dot_product_attention", &attention);
  if (key == "aten::_safe_softmax") return implement("_safe_softmax", &safeSoftmax);
  if (key == "aten::squeeze.dims") return implement("squeeze.dims", &squeezeDims);
  if (key == "aten::rms_norm") return implement("rms_norm", &rmsNorm);
  return implementVision(library, key) || implementAudio(library, key);
}

}  // namespace deploytool::ts
