// Tensors from nothing or from a shape: Constant, ConstantOfShape, Range, EyeLike, random numbers.
#include <cmath>

#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

struct ConstantPayload {
  InferContext& ctx;

  void operator()(int64_t value) const {
    ctx.set(0, DType::Int64, Dims{});
    ctx.setElements(0, Dims{value});
  }
  void operator()(float) const { ctx.set(0, DType::Float32, Dims{}); }
  void operator()(const std::string&) const { ctx.set(0, DType::String, Dims{}); }
  void operator()(const std::vector<int64_t>& values) const {
    ctx.set(0, DType::Int64, Dims{static_cast<int64_t>(values.size())});
    if (values.size() <= InferContext::kMaxElements) ctx.setElements(0, toDims(values));
  }
  void operator()(const std::vector<float>& values) const {
    ctx.set(0, DType::Float32, Dims{static_cast<int64_t>(values.size())});
  }
  void operator()(const std::vector<std::string>& values) const {
    ctx.set(0, DType::String, Dims{static_cast<int64_t>(values.size())});
  }
  void operator()(const TensorPtr& tensor) const {
    if (!tensor) return;
    ctx.set(0, tensor->dtype(), toDims(tensor->dims()));
    const DType dtype = tensor->dtype();
    const bool integral = dtype == DType::Int64 || dtype == DType::Int32 || dtype == DType::Bool;
    if (integral && tensor->rank() <= 1 && tensor->numel() <= static_cast<int64_t>(InferContext::kMaxElements))
      ctx.setElements(0, toDims(tensor->toInt64s()));
  }
  void operator()(const auto&) const {}
};

void constant(InferContext& ctx) {
  for (const Attribute& attribute : ctx.node.attributes)
    if (attribute.name.starts_with("value")) return std::visit(ConstantPayload{ctx}, attribute.value);
}

TensorPtr tensorAttribute(const Node& node, const char* name) {
  const Attribute* attribute = node.attribute(name);
  const TensorPtr* tensor = attribute ? std::get_if<TensorPtr>(&attribute->value) : nullptr;
  return tensor ? *tensor : nullptr;
}

void constantOfShape(InferContext& ctx) {
  const TensorPtr value = tensorAttribute(ctx.node, "value");
  const DType dtype = value ? value->dtype() : DType::Float32;
  const auto shape = ctx.elements(0);
  if (!shape) {
    const auto length = ctx.length(0);
    return length && *length >= 0 && *length <= 64 ? ctx.set(0, dtype, ctx.fresh(static_cast<size_t>(*length)))
                                                   : ctx.set(0, dtype);
  }
  Dims dims;
  for (const Dim& element : *shape) dims.push_back(dimFrom(ctx, element));
  const auto count = dims.empty() ? std::optional<int64_t>(1) : dims.front().asLiteral();
  const bool listed = dims.size() <= 1 && count && *count <= static_cast<int64_t>(InferContext::kMaxElements) &&
                      (isIntegral(dtype) || dtype == DType::Bool);
  ctx.set(0, dtype, std::move(dims));
  if (listed && value->numel() == 1) ctx.setElements(0, Dims(static_cast<size_t>(*count), Dim(value->toInt64s()[0])));
}

/// How many numbers a Range of integers has; nothing when it depends on unknowns too much.
std::optional<Dim> rangeLength(const Dim& start, const Dim& limit, const Dim& delta) {
  const auto step = delta.asLiteral();
  if (!step || *step == 0) return {};
  const Dim length = *step > 0 ? ceilDiv(limit - start, *step) : ceilDiv(start - limit, -Dim(*step));
  return clampAtZero(length);
}

std::optional<Dim> rangeOfNumbers(const InferContext& ctx) {
  const auto start = ctx.numbers(0);
  const auto limit = ctx.numbers(1);
  const auto delta = ctx.numbers(2);
  if (!start || !limit || !delta || start->size() != 1 || limit->size() != 1 || delta->size() != 1) return {};
  const double length = std::ceil(((*limit)[0] - (*start)[0]) / (*delta)[0]);
  if (std::isnan(length) || length >= 9e15) return {};
  return length <= 0 ? Dim(0) : Dim(static_cast<int64_t>(length));
}

void range(InferContext& ctx) {
  const auto start = ctx.element(0);
  const auto limit = ctx.element(1);
  const auto delta = ctx.element(2);
  if (!start || !limit || !delta) {
    const auto length = rangeOfNumbers(ctx);
    return ctx.set(0, ctx.dtype(), Dims{length ? *length : ctx.fresh()});
  }
  const auto length = rangeLength(*start, *limit, *delta);
  ctx.set(0, ctx.dtype(), Dims{length ? dimFrom(ctx, *length) : ctx.fresh()});
  const auto count = length ? length->asLiteral() : std::nullopt;
  if (!count || *count > static_cast<int64_t>(InferContext::kMaxElements)) return;
  Dims elements;
  for (int64_t i = 0; i < *count; ++i) elements.push_back(*start + *delta * i);
  ctx.setElements(0, std::move(elements));
}

/// `dtype` attribute, else the type of the input.
void likeInput(InferContext& ctx) { ctx.set(0, dtypeAttribute(ctx, "dtype", ctx.dtype()), copyOf(ctx.dims())); }

void randomOfShape(InferContext& ctx) {
  const auto shape = ctx.node.intsAttribute("shape");
  const DType dtype = dtypeAttribute(ctx, "dtype", DType::Float32);
  shape ? ctx.set(0, dtype, toDims(*shape)) : ctx.set(0, dtype);
}

/// [batch, classes] → [batch, sample_size]
void multinomial(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  ctx.set(0, dtypeAttribute(ctx, "dtype", DType::Int32),
          Dims{dims && dims->size() == 2 ? (*dims)[0] : ctx.fresh(), ctx.node.intAttribute("sample_size", 1)});
}

const InferRow kRows[] = {
    {"Constant", constant},
    {"ConstantOfShape", constantOfShape},
    {"Range", range},
    {"EyeLike", likeInput},
    {"Bernoulli", likeInput},
    {"RandomNormalLike", likeInput},
    {"RandomUniformLike", likeInput},
    {"RandomNormal", randomOfShape},
    {"RandomUniform", randomOfShape},
    {"Multinomial", multinomial},
};

}  // namespace

std::span<const InferRow> creationRows() { return kRows; }

}  // namespace deploytool::ir::inference
