// Reference implementations of torchvision's operators, as its documentation and the papers define them. Written for
// clarity: they serve comparisons where torchvision itself is not at hand.
#include "torchscript/vision_kernels.h"

#include <cmath>

namespace deploytool::ts {

namespace {

using at::Tensor;

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

/// The largest value per bin, and where it was in its channel (-1 for an empty bin).
std::tuple<Tensor, Tensor> roiPool(const Tensor& input, const Tensor& rois, double scale, int64_t height, int64_t width) {
  auto result = at::zeros({rois.size(0), input.size(1), height, width}, input.options());
  const auto boxes = rois.to(at::kDouble).contiguous();
  for (int64_t r = 0; r < boxes.size(0); ++r) {
    const auto* box = boxes.data_ptr<double>() + 5 * r;
    const auto image = input[static_cast<int64_t>(box[0])];
    auto bins = [&](double low, double high, int64_t count, int64_t size) {
      const double start = std::round(low * scale);
      const double bin = std::max(std::round(high * scale) - start + 1, 1.0) / static_cast<double>(count);
      std::vector<std::pair<int64_t, int64_t>> result;
      for (int64_t i = 0; i < count; ++i) {
        auto at = [&](double place) { return std::min(std::max(static_cast<int64_t>(start + place), int64_t{0}), size); };
        result.emplace_back(at(std::floor(static_cast<double>(i) * bin)), at(std::ceil(static_cast<double>(i + 1) * bin)));
      }
      return result;
    };
    const auto rows = bins(box[2], box[4], height, input.size(2)), columns = bins(box[1], box[3], width, input.size(3));
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j) {
        const auto [top, bottom] = rows[static_cast<size_t>(i)];
        const auto [left, right] = columns[static_cast<size_t>(j)];
        if (bottom <= top || right <= left) continue;
        const auto part = image.slice(1, top, bottom).slice(2, left, right);
        result[r].select(1, i).select(1, j).copy_(part.amax({1, 2}));
      }
  }
  return {result, at::full(result.sizes(), -1, at::TensorOptions(at::kInt))};
}

/// Channel (c, i, j) of the input gives bin (i, j) of channel c.
std::tuple<Tensor, Tensor> psRoiAlign(const Tensor& input, const Tensor& rois, double scale, int64_t height, int64_t width,
                                      int64_t ratio) {
  const auto all = roiAlign(input, rois, scale, height, width, ratio, /*aligned=*/true);
  const int64_t channels = input.size(1) / (height * width);
  auto result = at::empty({rois.size(0), channels, height, width}, input.options());
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j) {
        const auto bin = all.select(1, (c * height + i) * width + j).select(1, i).select(1, j);
        result.select(1, c).select(1, i).select(1, j).copy_(bin);
      }
  return {result, at::zeros(result.sizes(), at::TensorOptions(at::kInt))};
}

/// One bilinear sample of [C, H, W]; pixels outside count as 0.
Tensor zeroPaddedSample(const Tensor& image, double y, double x) {
  auto result = at::zeros({image.size(0)}, image.options());
  const double top = std::floor(y), left = std::floor(x);
  for (int corner = 0; corner < 4; ++corner) {
    const double row = top + corner / 2, column = left + corner % 2;
    if (row < 0 || column < 0 || row >= static_cast<double>(image.size(1)) || column >= static_cast<double>(image.size(2))) continue;
    const double weight = (1 - std::abs(y - row)) * (1 - std::abs(x - column));
    result += image.select(1, static_cast<int64_t>(row)).select(1, static_cast<int64_t>(column)) * weight;
  }
  return result;
}

Tensor deformConv(const Tensor& input, const Tensor& weight, const Tensor& offset, const Tensor& mask, const Tensor& bias,
                  int64_t strideH, int64_t strideW, int64_t padH, int64_t padW, int64_t dilationH, int64_t dilationW,
                  int64_t groups, int64_t offsetGroups, bool useMask) {
  const int64_t kernelH = weight.size(2), kernelW = weight.size(3), taps = kernelH * kernelW;
  const int64_t rows = offset.size(2), columns = offset.size(3), share = input.size(1) / offsetGroups;
  auto taken = at::zeros({input.size(0), input.size(1), taps, rows, columns}, input.options());
  const auto moves = offset.to(at::kDouble).contiguous();
  auto move = [&](int64_t n, int64_t channel, int64_t i, int64_t j) { return moves[n][channel][i][j].item<double>(); };
  for (int64_t n = 0; n < input.size(0); ++n)
    for (int64_t g = 0; g < offsetGroups; ++g)
      for (int64_t t = 0; t < taps; ++t)
        for (int64_t i = 0; i < rows; ++i)
          for (int64_t j = 0; j < columns; ++j) {
            const double y = static_cast<double>(i * strideH - padH + t / kernelW * dilationH) + move(n, 2 * (g * taps + t), i, j);
            const double x = static_cast<double>(j * strideW - padW + t % kernelW * dilationW) + move(n, 2 * (g * taps + t) + 1, i, j);
            auto value = zeroPaddedSample(input[n].slice(0, g * share, (g + 1) * share), y, x);
            if (useMask) value = value * mask[n][g * taps + t][i][j];
            taken[n].slice(0, g * share, (g + 1) * share).select(1, t).select(1, i).select(1, j).copy_(value);
          }
  std::vector<Tensor> parts;
  for (int64_t g = 0; g < groups; ++g) {
    const auto part = taken.chunk(groups, 1)[static_cast<size_t>(g)].flatten(1, 2).flatten(2, 3);
    parts.push_back(at::matmul(weight.chunk(groups, 0)[static_cast<size_t>(g)].flatten(1), part));
  }
  return at::cat(parts, 1).reshape({input.size(0), weight.size(0), rows, columns}) + bias.reshape({1, -1, 1, 1});
}

Tensor bilinearAntialiased(const Tensor& input, c10::IntArrayRef size, bool alignCorners) {
  return at::_upsample_bilinear2d_aa(input, size, alignCorners);
}

Tensor bicubicAntialiased(const Tensor& input, c10::IntArrayRef size, bool alignCorners) {
  return at::_upsample_bicubic2d_aa(input, size, alignCorners);
}

}  // namespace

bool implementVision(torch::Library& library, const std::string& key) {
  auto implement = [&](const char* name, auto* function) {
    library.impl(name, torch::dispatch(c10::DispatchKey::CompositeImplicitAutograd, function));
    return true;
  };
  if (key == "torchvision::nms") return implement("nms", &nms);
  if (key == "torchvision::roi_align") return implement("roi_align", &roiAlign);
  if (key == "torchvision::roi_pool") return implement("roi_pool", &roiPool);
  if (key == "torchvision::ps_roi_align") return implement("ps_roi_align", &psRoiAlign);
  if (key == "torchvision::deform_conv2d") return implement("deform_conv2d", &deformConv);
  if (key == "torchvision::_interpolate_bilinear2d_aa") return implement("_interpolate_bilinear2d_aa", &bilinearAntialiased);
  if (key == "torchvision::_interpolate_bicubic2d_aa") return implement("_interpolate_bicubic2d_aa", &bicubicAntialiased);
  return false;
}

}  // namespace deploytool::ts
