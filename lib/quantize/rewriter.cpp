#include "quantize/rewriter.h"

#include <algorithm>
#include <limits>

#include "onnx/mapped_file.h"
#include "passes/rewrite.h"

namespace deploytool::quantize {

using ir::DType;
using ir::Tensor;
using ir::Value;
using Ints = std::vector<int64_t>;

namespace {

template <class T>
Tensor vectorOf(DType dtype, const Ints& dims, const std::vector<T>& values) {
  return Tensor::of(dtype, dims, values);
}

Tensor scalesOf(const IntegerTensor& integers, const WeightLayout& layout, const Ints& dims) {
  std::vector<float> scales = integers.scales;
  for (float& scale : scales) scale *= layout.factor;
  return vectorOf(DType::Float32, dims, scales);
}

/// Zero points in the integers' dtype.
Tensor zeroPointsOf(const IntegerTensor& integers, const Ints& dims, bool asScalar) {
  std::vector<int8_t> bytes;
  for (const int32_t zero : integers.zeroPoints) bytes.push_back(static_cast<int8_t>(zero));
  if (asScalar) bytes.resize(1);
  return vectorOf(integers.integers->dtype(), asScalar ? Ints{} : dims, bytes);
}

std::string nameOf(const Value* value) { return value->name.empty() ? value->constant->name : value->name; }

using Axes = std::vector<std::pair<int64_t, int64_t>>;

Axes axesOf(const Tensor& view) {
  Axes axes;
  for (size_t i = 0; i < view.dims().size(); ++i) axes.emplace_back(view.dims()[i], view.strides()[i]);
  return axes;
}

Axes sortedAxes(Axes axes) {
  std::sort(axes.begin(), axes.end());
  return axes;
}

bool sameFormat(const IntegerFormat& a, const IntegerFormat& b) {
  return a.isSigned == b.isSigned && a.symmetric == b.symmetric && a.bits == b.bits;
}

}  // namespace

Rewriter::Rewriter(ir::Model& model, Plan& plan, const QuantizeOptions& options)
    : model_(model), plan_(plan), options_(options) {}

// ---- nodes ----------------------------------------------------------------------------------------------------------

ir::Node* Rewriter::emitNode(const std::string& op, const std::vector<Value*>& inputs, size_t outputs,
                             ir::Attributes attributes, const std::string& domain) {
  return at_->graph().addNode(op, inputs, outputs, std::move(attributes), at_, domain);
}

Value* Rewriter::emit(const std::string& op, const std::vector<Value*>& inputs, ir::Attributes attributes,
                      const std::string& domain) {
  return emitNode(op, inputs, 1, std::move(attributes), domain)->output();
}

Value* Rewriter::constant(Tensor tensor, const std::string& name) {
  return passes::mainGraphOf(model_.graph).addInitializer(name, std::make_shared<const Tensor>(std::move(tensor)));
}

void Rewriter::replace(Value* old, Value* result) {
  result->type = old->type;
  result->name = old->name;
  old->name.clear();
  old->graph().replaceAllUses(old, result);
}

// ---- weights --------------------------------------------------------------------------------------------------------

IntegerFormat Rewriter::formatFor(const WeightLayout& layout, const Tensor& view, const Ints& groupAxes) const {
  const WeightScheme& scheme = options_.scheme;
  IntegerFormat format;
  format.isSigned = isSigned() && !layout.asUnsigned;
  // Consumers of the standard formats, TensorRT among them, want zero points of 0.
  const bool mayBeOpen = !scheme.symmetric && options_.format == QuantizeOptions::Format::Dynamic;
  format.symmetric = layout.forceSymmetric || (mayBeOpen ? !isLopsided(view, groupAxes) : scheme.symmetric.value_or(true));
  format.bits = scheme.reduceRange.value_or(false) ? 7 : 8;
  format.search = scheme.search.value_or(WeightScheme::Search::Mse);
  format.percentile = scheme.percentile;
  return format;
}

Rewriter::Stored& Rewriter::stored(Value* value, const Tensor& view, const WeightLayout& layout) {
  const Ints& groupAxes = perChannel() ? layout.groupAxes : layout.perTensorGroups;
  const IntegerFormat format = formatFor(layout, view, groupAxes);
  Axes groups;
  for (const int64_t axis : groupAxes) groups.push_back(axesOf(view)[static_cast<size_t>(axis)]);
  const Axes axes = sortedAxes(axesOf(view));
  for (const auto& one : stored_) {
    if (one->data == view.data() && one->axes == axes && one->groups == groups && sameFormat(one->format, format))
      return *one;
  }
  auto made = std::make_unique<Stored>();
  auto integers = toIntegers(view, groupAxes, format);
  made->integers = integers ? std::move(*integers) : refused(value, view, groupAxes, integers.error());
  made->data = view.data();
  made->axes = axes;
  made->groups = groups;
  made->format = format;
  made->view = view;
  Tensor named = *made->integers.integers;
  named.name = nameOf(value) + "_quantized";
  made->value = constant(std::move(named), nameOf(value) + "_quantized");
  note(value, made->integers, made->integers.scales.size() * (sizeof(float) + (layout.scalarZeroPoint && format.symmetric ? 0 : 1)));
  onnx_io::dropPages(view.storage());
  stored_.push_back(std::move(made));
  return *stored_.back();
}

// The walk goes on with zeros, so that all bad weights are found in one run.
IntegerTensor Rewriter::refused(Value* value, const Tensor& view, const Ints& groupAxes, const Diagnostic& error) {
  errors_.push_back(makeError(ExitCode::BadInput, "the weight '" + nameOf(value) + "' holds " + error.message,
                              "--exclude '" + nameOf(value) + "' leaves it as it is"));
  IntegerTensor zeros;
  size_t groups = 1;
  for (const int64_t axis : groupAxes) groups *= static_cast<size_t>(view.dims()[static_cast<size_t>(axis)]);
  zeros.scales.assign(groups, 1);
  zeros.zeroPoints.assign(groups, 0);
  zeros.integers = std::make_shared<const Tensor>(Tensor::full(DType::Int8, view.dims(), 0));
  return zeros;
}

void Rewriter::note(Value* value, const IntegerTensor& integers, uint64_t scaleBytes) {
  const auto found = plan_.byValue.find(value);
  if (found == plan_.byValue.end()) return;
  WeightReport& report = plan_.weights[found->second].report;
  const auto [low, high] = std::minmax_element(integers.scales.begin(), integers.scales.end());
  const bool first = report.bytesAfter == 0;
  report.minScale = first ? *low : std::min<double>(report.minScale, *low);
  report.maxScale = first ? *high : std::max<double>(report.maxScale, *high);
  report.sqnr = first ? integers.sqnr : std::min(report.sqnr, integers.sqnr);
  report.bytesAfter += static_cast<uint64_t>(integers.integers->byteSize()) + scaleBytes;
}

Value* Rewriter::transposedTo(const Stored& stored, const Tensor& view) {
  const Axes from = axesOf(stored.view), to = axesOf(view);
  if (from == to) return stored.value;
  Ints order;
  std::vector<bool> used(from.size());
  for (const auto& axis : to) {
    for (size_t i = 0; i < from.size(); ++i) {
      if (used[i] || from[i] != axis) continue;
      used[i] = true;
      order.push_back(static_cast<int64_t>(i));
      break;
    }
  }
  return emit("Transpose", {stored.value}, {{"perm", order}});
}

QuantizedWeight Rewriter::weight(Value* value, const Tensor& view, const WeightLayout& layout) {
  const Stored& integers = stored(value, view, layout);
  const Ints& dims = perChannel() ? layout.perChannelDims : layout.perTensorDims;
  const std::string name = nameOf(value);
  const auto parameter = [&](const char* suffix, Tensor tensor) {
    // Users with the same layout share them; the suffix carries what may differ.
    std::string key = name + suffix + "/" + std::to_string(reinterpret_cast<uintptr_t>(&integers)) + "/" +
                      std::to_string(layout.factor);
    for (const int64_t d : tensor.dims()) key += "," + std::to_string(d);
    Value*& made = parameters_[key];
    if (!made) made = constant(std::move(tensor), name + suffix);
    return made;
  };
  QuantizedWeight result;
  result.integers = transposedTo(integers, view);
  result.scale = parameter("_scale", scalesOf(integers.integers, layout, dims));
  result.symmetric = integers.integers.symmetric;
  const bool scalar = layout.scalarZeroPoint && result.symmetric;
  result.zeroPoint = parameter("_zero_point", zeroPointsOf(integers.integers, dims, scalar));
  return result;
}

QuantizedWeight Rewriter::groupedWeight(Value* value, const Tensor& view, int64_t axis) {
  const auto at = static_cast<size_t>(1 - axis);  // the elements of a channel
  Ints dims = view.dims(), strides = view.strides();
  dims[at] /= kGroupSize;
  dims.insert(dims.begin() + static_cast<int64_t>(at) + 1, kGroupSize);
  strides.insert(strides.begin() + static_cast<int64_t>(at), strides[at] * kGroupSize);
  WeightLayout layout;
  for (int64_t i = 0; i < 3; ++i) {
    if (i != static_cast<int64_t>(at) + 1) layout.groupAxes.push_back(i);
  }
  layout.perChannelDims = dims;
  layout.perChannelDims[at + 1] = 1;
  layout.perTensorGroups = layout.groupAxes;
  layout.perTensorDims = layout.perChannelDims;
  layout.forceSymmetric = layout.scalarZeroPoint = true;
  return weight(value, Tensor::share(view.dtype(), dims, strides, view.storage(), view.offset(), view.owner()), layout);
}

Value* Rewriter::scaled(Value* integers, Value* scale) {
  Value* result = emit("Cast", {integers}, {{"to", static_cast<int64_t>(DType::Float32)}});
  if (!isSigned()) result = emit("Sub", {result, constant(Tensor::float32(unsignedMiddle()))});
  return emit("Mul", {result, scale});
}

Value* Rewriter::dequantized(Value* value, const Tensor& view, int64_t axis) {
  const auto inItsDtype = [&](Value* floats) {
    if (view.dtype() == DType::Float32) return floats;
    return emit("Cast", {floats}, {{"to", static_cast<int64_t>(view.dtype())}});
  };
  if (isGrouped(value)) {
    const QuantizedWeight w = groupedWeight(value, view, axis);
    return inItsDtype(emit("Reshape", {scaled(w.integers, w.scale), constant(Tensor::int64s(view.dims()))}));
  }
  const bool byAxis = perChannel();
  const bool knowsAxis = opset() >= 13 || (!byAxis && opset() >= 10);
  WeightLayout layout;
  layout.groupAxes = {axis};
  if (knowsAxis) {
    layout.perChannelDims = {view.dims()[static_cast<size_t>(axis)]};
  } else {
    layout.perChannelDims.assign(view.dims().size(), 1);
    layout.perChannelDims[static_cast<size_t>(axis)] = view.dims()[static_cast<size_t>(axis)];
    layout.forceSymmetric = true;
    layout.scalarZeroPoint = true;
  }
  const QuantizedWeight w = weight(value, view, layout);
  Value* result = nullptr;
  if (knowsAxis) {
    ir::Attributes attributes;
    if (byAxis) attributes.emplace_back("axis", axis);
    result = emit("DequantizeLinear", {w.integers, w.scale, w.zeroPoint}, std::move(attributes));
  } else {
    result = scaled(w.integers, w.scale);
  }
  return inItsDtype(result);
}

}  // namespace deploytool::quantize
