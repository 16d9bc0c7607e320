// torchvision's operators on boxes and regions: suppression, region pooling.
#include <string>

#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

// torchvision::nms: indices of the boxes kept, by falling score
Results nms(Call& c) {
  Builder& b = c.b;
  const Tensor boxes = b.cast(c.tensor("dets"), DType::Float32), scores = b.cast(c.tensor("scores"), DType::Float32);
  const Tensor most = b.shape({boxes.dim(0)});
  const Tensor threshold = b.reshape(numberAs(c, c.arg("iou_threshold"), DType::Float32), {1});
  const Tensor chosen =
      b.op("NonMaxSuppression", {b.unsqueeze(boxes, {0}), b.unsqueeze(scores, {0, 1}), most, threshold});
  return {b.select(chosen, 1, 2)};
}

/// The regions of a call: which image each one is of, and its box in the input's coordinates.
struct Regions {
  Tensor x, images, boxes;
  int64_t height, width;
  int64_t ratio;  ///< samples per bin along each axis; 0: as many as a bin has cells
  double scale;

  /// Element `i` of every box, in cells of the input: [regions].
  Tensor edge(Builder& b, int64_t i) const {
    return b.addScalar(b.mulScalar(b.select(boxes, 1, i), scale), -0.5);
  }
};

Regions regionsOf(Call& c) {
  Regions r;
  const Tensor input = c.tensor("input");
  r.x = isHalf(input.dtype()) ? c.b.cast(input, DType::Float32) : input;
  const Tensor rois = c.b.cast(c.tensor("rois"), r.x.dtype());
  r.images = c.b.cast(c.b.select(rois, 1, 0), DType::Int64);
  r.boxes = c.b.slice(rois, 1, 1, 5);
  r.height = c.integer("pooled_height");
  r.width = c.integer("pooled_width");
  r.ratio = c.has("sampling_ratio") ? std::max<int64_t>(c.integer("sampling_ratio"), 0) : 0;
  // The attribute is a constant; a scale computed from the sizes of an image goes into the boxes.
  const Value& scale = c.arg("spatial_scale");
  const auto* whole = scale.as<Dim>();
  const bool decidedByRun = scale.is<RuntimeScalar>() || (whole && !whole->isLiteral());
  r.scale = decidedByRun ? 1 : c.number("spatial_scale");
  if (decidedByRun) r.boxes = c.b.mul(r.boxes, numberAs(c, scale, r.x.dtype()));
  return r;
}

Tensor nativeRoiAlign(Builder& b, const Regions& r, bool aligned) {
  ir::Attributes attributes{{"mode", "avg"}, {"output_height", r.height}, {"output_width", r.width},
                            {"sampling_ratio", r.ratio}, {"spatial_scale", r.scale}};
  if (b.opset() >= 16)
    attributes.emplace_back("coordinate_transformation_mode", aligned ? "half_pixel" : "output_half_pixel");
  return b.op("RoiAlign", {r.x, r.boxes, r.images}, std::move(attributes));
}

/// Sample points of all bins along one axis.
struct Points {
  Tensor at;     ///< [regions, bins · samples]
  Tensor used;   ///< [regions, samples], in the input's dtype: 0 where a region has fewer samples than others
  Tensor count;  ///< [regions]: how many it has
  int64_t bins;
  Dim samples;
};

Points pointsAlong(Builder& b, const Regions& r, int64_t bins, int64_t low, int64_t high) {
  const Tensor start = r.edge(b, low), length = b.sub(r.edge(b, high), start);
  const DType dtype = start.dtype();
  const Tensor bin = b.mulScalar(length, 1.0 / static_cast<double>(bins));
  const Dim regions = r.boxes.dim(0);
  Points p{{}, {}, r.ratio > 0 ? b.full(dtype, {regions}, static_cast<double>(r.ratio)) : b.unary("Ceil", bin), bins, r.ratio};
  if (r.ratio == 0) {
    const Tensor some = b.concat({b.full(dtype, {1}, 1), p.count}, 0);  // none at all: one
    p.samples = b.toDim(b.cast(b.reduce("ReduceMax", some, {0}, false), DType::Int64));
  }
  const Tensor s = b.cast(b.range(0, p.samples), dtype);
  p.used = b.cast(b.compare("Less", b.unsqueeze(s, {0}), b.unsqueeze(p.count, {1})), dtype);
  p.count = b.binary("Max", p.count, b.scalar(dtype, 1));
  const Tensor share = b.div(b.unsqueeze(b.addScalar(s, 0.5), {0}), b.unsqueeze(p.count, {1}));
  const Tensor steps = b.add(b.unsqueeze(b.cast(b.range(0, bins), dtype), {0, 2}), b.unsqueeze(share, {1}));
  const Tensor at = b.add(b.unsqueeze(start, {1, 2}), b.mul(steps, b.unsqueeze(bin, {1, 2})));
  p.at = b.reshape(at, {regions, Dim(bins) * p.samples});
  return p;
}

/// Regions of any size, aligned, sample by sample: a region of one cell around a point, pooled to one bin of one sample,
/// is the sample. Below opset 16, RoiAlign takes no region for smaller than one cell.
Tensor pointwiseRoiAlign(Builder& b, const Regions& r) {
  const Points rows = pointsAlong(b, r, r.height, 1, 3), columns = pointsAlong(b, r, r.width, 0, 2);
  const Dim regions = r.boxes.dim(0), down = rows.at.dim(1), across = columns.at.dim(1), all = regions * down * across;
  const Dims grid{regions, down, across};
  const auto flat = [&](const Tensor& t, std::vector<int64_t> axes) { return b.reshape(b.expand(b.unsqueeze(t, std::move(axes)), grid), {all}); };
  const Tensor y = flat(rows.at, {2}), x = flat(columns.at, {1}), images = flat(r.images, {1, 2});
  const Tensor boxes = b.stack({b.addScalar(x, -0.5), b.addScalar(y, -0.5), b.addScalar(x, 0.5), b.addScalar(y, 0.5)}, 1);
  const Tensor samples = nativeRoiAlign(b, {r.x, images, boxes, 1, 1, 1, 1.0}, false);
  const Tensor split = b.reshape(samples, {regions, r.height, rows.samples, r.width, columns.samples, r.x.dim(1)});
  const Tensor used = b.mul(b.unsqueeze(rows.used, {1, 3, 4, 5}), b.unsqueeze(columns.used, {1, 2, 3, 5}));
  const Tensor sum = b.reduce("ReduceSum", b.mul(split, used), {2, 4}, false);
  const Tensor mean = b.div(sum, b.unsqueeze(b.mul(rows.count, columns.count), {1, 2, 3}));
  return b.transpose(mean, {0, 3, 1, 2});
}

/// Regions moved by half a cell, which is exact from one cell up; smaller ones are sampled by hand and put in their place.
Tensor alignedRoiAlign(Builder& b, const Regions& r) {
  if (b.opset() >= 16) return nativeRoiAlign(b, r, true);
  Regions moved = r;
  moved.boxes = b.addScalar(r.boxes, -0.5 / r.scale);
  const Tensor all = nativeRoiAlign(b, moved, true);
  const auto isSmall = [&](int64_t low, int64_t high) {
    const Tensor length = b.sub(r.edge(b, high), r.edge(b, low));
    return b.compare("Less", length, b.scalarLike(length, 1));
  };
  const Tensor rows = b.select(nonZeroColumns(b, b.op("Or", {isSmall(0, 2), isSmall(1, 3)})), 0, 0);
  Regions small = r;
  small.boxes = b.gather(r.boxes, rows, 0);
  small.images = b.gather(r.images, rows, 0);
  return knownDims(b.op("ScatterND", {all, b.unsqueeze(rows, {1}), pointwiseRoiAlign(b, small)}), all.dims());
}

// torchvision::roi_align
Results roiAlign(Call& c) {
  const Regions r = regionsOf(c);
  const Tensor y = c.boolean("aligned") ? alignedRoiAlign(c.b, r) : nativeRoiAlign(c.b, r, false);
  return {c.b.cast(y, c.tensor("input").dtype())};
}

Value unknownResult(const char* what) { return Poison{std::make_shared<std::string>(what)}; }

// torchvision::roi_pool
Results roiPool(Call& c) {
  const Tensor input = c.tensor("input");
  const Tensor y = c.b.op("MaxRoiPool", {input, c.b.cast(c.tensor("rois"), input.dtype())},
                          {{"pooled_shape", std::vector<int64_t>{c.integer("pooled_height"), c.integer("pooled_width")}},
                           {"spatial_scale", c.number("spatial_scale")}});
  return {y, unknownResult("torchvision::roi_pool: the positions of the largest values have no counterpart in ONNX")};
}

// torchvision::ps_roi_align: channel (c, i, j) of the input gives bin (i, j) of channel c
Results psRoiAlign(Call& c) {
  Builder& b = c.b;
  const Regions r = regionsOf(c);
  const int64_t bins = r.height * r.width;
  const Tensor all = alignedRoiAlign(b, r);
  const Dims apart{all.dim(0), ir::floorDiv(all.dim(1), bins), bins * bins};
  const Tensor diagonal = progression(b, bins, 0, bins + 1);
  const Tensor own = b.gather(b.reshape(all, apart), diagonal, 2);
  const Tensor y = b.reshape(own, {apart[0], apart[1], r.height, r.width});
  return {b.cast(y, c.tensor("input").dtype()),
          unknownResult("torchvision::ps_roi_align: the channel mapping is only known to its backward pass")};
}

}  // namespace

std::vector<Row> detection() {
  return {
      {"torchvision::nms(dets, scores, iou_threshold)", nms},
      {"torchvision::roi_align(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)", roiAlign},
      {"torchvision::roi_pool(input, rois, spatial_scale, pooled_height, pooled_width)", roiPool, "use of the positions"},
      {"torchvision::ps_roi_align(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio)", psRoiAlign,
       "use of the channel mapping"},
      refusing("torchvision::ps_roi_pool(input)", "pooling over whole cells per channel has no counterpart in ONNX"),
      refusing("torchvision::box_iou_rotated(boxes1)", "clipping rotated boxes has no counterpart in ONNX"),
  };
}

}  // namespace deploytool::exporter::ops
