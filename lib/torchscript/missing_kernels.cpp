// Reference implementations: attention as PyTorch documents it (scaled_dot_product_attention's pseudo code), torchvision's
// nms and roi_align as its documentation and the papers define them. Written for clarity: they serve comparisons.
#include "torchscript/missing_kernels.h"

#include <cmath>

namespace deploytool::ts {

namespace {

using at::Tensor;

Tensor repeatHeads(const Tensor& x, int64_t heads) { return x.repeat_interleave(heads / x.size(-3), -3); }

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
  return at::matmul(at::softmax(scores, -1), value);
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
  std::vector<int64_t> axes;
  for (size_t i = 0; i < shape.size(); ++i) axes.push_back(-1 - static_cast<int64_t>(i));
  const bool isDouble = x.scalar_type() == at::kDouble;
  const double least = isDouble ? std::numeric_limits<double>::epsilon() : std::numeric_limits<float>::epsilon();
  auto result = x * at::rsqrt(at::mean(x * x, axes, true) + (eps ? *eps : least));
  return weight && weight->defined() ? result * *weight : result;
}

/// Greedy suppression: boxes by falling score, each drops the later ones that overlap it by more than `threshold`.
Tensor nms(const Tensor& boxes, const Tensor& scores, double threshold) {
  const auto order = std::get<1>(scores.sort(/*stable=*/true, 0, /*descending=*/true)).contiguous();
  const auto b = boxes.to(at::kDouble).contiguous();
  const auto* p = b.data_ptr<double>();
  const auto* o = order.data_ptr<int64_t>();
  auto area = [&](int64_t i) { return (p[4 * i + 2] - p[4 * i]) * (p[4 * i + 3] - p[4 * i + 1]); };
  std::vector<bool> dropped(static_cast<size_t>(b.size(0)), false);
  std::vector<int64_t> kept;
  for (int64_t a = 0; a < b.size(0); ++a) {
    const int64_t i = o[a];
    if (dropped[static_cast<size_t>(i)]) continue;
    kept.push_back(i);
    for (int64_t c = a + 1; c < b.size(0); ++c) {
      const int64_t j = o[c];
      const double w = std::min(p[4 * i + 2], p[4 * j + 2]) - std::max(p[4 * i], p[4 * j]);
      const double h = std::min(p[4 * i + 3], p[4 * j + 3]) - std::max(p[4 * i + 1], p[4 * j + 1]);
      const double common = std::max(w, 0.0) * std::max(h, 0.0);
      if (common / (area(i) + area(j) - common) > threshold) dropped[static_cast<size_t>(j)] = true;
    }
  }
  return at::tensor(kept, at::TensorOptions(at::kLong));
}

/// Bilinear samples of one image [C, H, W] at rows × columns; 0 outside.
Tensor sample(const Tensor& image, const Tensor& rows, const Tensor& columns) {
  const int64_t height = image.size(1);
  const int64_t width = image.size(2);
  auto parts = [](const Tensor& place, int64_t size) {
    const auto outside = (place < -1.0) | (place > static_cast<double>(size));
    const auto inside = place.clamp(0, static_cast<double>(size - 1));
    const auto low = inside.floor().to(at::kLong);
    const auto high = (low + 1).clamp_max(size - 1);
    const auto upper = inside - low.to(inside.scalar_type());
    return std::make_tuple(low, high, upper, outside.logical_not().to(inside.scalar_type()));
  };
  const auto [y0, y1, fy, insideY] = parts(rows, height);
  const auto [x0, x1, fx, insideX] = parts(columns, width);
  auto at = [&](const Tensor& y, const Tensor& x) { return image.index_select(1, y).index_select(2, x); };
  const auto wy = fy.unsqueeze(1);
  const auto wx = fx.unsqueeze(0);
  const auto mixed = at(y0, x0) * (1 - wy) * (1 - wx) + at(y0, x1) * (1 - wy) * wx + at(y1, x0) * wy * (1 - wx) +
                     at(y1, x1) * wy * wx;
  return mixed * insideY.unsqueeze(1) * insideX.unsqueeze(0);
}

Tensor roiAlign(const Tensor& input, const Tensor& rois, double scale, int64_t height, int64_t width, int64_t ratio,
                bool aligned) {
  auto result = at::zeros({rois.size(0), input.size(1), height, width}, input.options());
  const auto boxes = rois.to(at::kDouble).contiguous();
  const double offset = aligned ? 0.5 : 0;
  for (int64_t r = 0; r < boxes.size(0); ++r) {
    const auto* box = boxes.data_ptr<double>() + 5 * r;
    const double left = box[1] * scale - offset, top = box[2] * scale - offset;
    double w = box[3] * scale - offset - left, h = box[4] * scale - offset - top;
    if (!aligned) {
      w = std::max(w, 1.0);
      h = std::max(h, 1.0);
    }
    const auto ny = ratio > 0 ? ratio : static_cast<int64_t>(std::ceil(h / static_cast<double>(height)));
    const auto nx = ratio > 0 ? ratio : static_cast<int64_t>(std::ceil(w / static_cast<double>(width)));
    if (ny <= 0 || nx <= 0) continue;
    auto places = [&](double start, double length, int64_t count) {
      const auto steps = at::arange(count, at::TensorOptions(at::kDouble)) + 0.5;
      return (start + steps * (length / static_cast<double>(count))).to(input.scalar_type());
    };
    const auto samples = sample(input[static_cast<int64_t>(box[0])], places(top, h, height * ny), places(left, w, width * nx));
    result[r].copy_(samples.reshape({input.size(1), height, ny, width, nx}).mean({2, 4}));
  }
  return result;
}

}  // namespace

bool implementMissing(torch::Library& library, const std::string& key) {
  auto implement = [&](const char* name, auto* function) {
    library.impl(name, torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, function));
    return true;
  };
  if (key == "aten::scaled_dot_product_attention") return implement("scaled_dot_product_attention", &attention);
  if (key == "aten::squeeze.dims") return implement("squeeze.dims", &squeezeDims);
  if (key == "aten::rms_norm") return implement("rms_norm", &rmsNorm);
  if (key == "torchvision::nms") return implement("nms", &nms);
  if (key == "torchvision::roi_align") return implement("roi_align", &roiAlign);
  return false;
}

}  // namespace deploytool::ts
