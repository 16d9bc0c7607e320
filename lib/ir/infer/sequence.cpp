// Sequences and optionals. The dims of a sequence's element type hold for all its elements; a fresh symbol in them
// stands for "differs", so each element taken out gets fresh symbols of its own.
#include "ir/infer/families.h"
#include "ir/infer/support.h"

namespace deploytool::ir::inference {
namespace {

const Type* elementType(const InferContext& ctx, size_t input) {
  const Value* value = ctx.node.input(input);
  const bool wraps = value && (value->type.kind == Type::Kind::Sequence || value->type.kind == Type::Kind::Optional);
  return wraps ? value->type.element.get() : nullptr;
}

bool isProducedBy(const InferContext& ctx, size_t input, const char* opType) {
  const Value* value = ctx.node.input(input);
  return value && value->producer() && value->producer()->opType == opType;
}

Type inputType(const InferContext& ctx, size_t input) { return ctx.has(input) ? ctx.node.input(input)->type : Type(); }

void sequenceEmpty(InferContext& ctx) {
  ctx.setType(0, Type::sequence(Type::tensor(dtypeAttribute(ctx, "dtype", DType::Float32))));
}

void sequenceConstruct(InferContext& ctx) {
  Type element = inputType(ctx, 0);
  for (size_t i = 1; i < ctx.node.inputs().size(); ++i) element = join(ctx, element, inputType(ctx, i));
  ctx.setType(0, Type::sequence(std::move(element)));
}

void sequenceInsert(InferContext& ctx) {
  const Type* element = elementType(ctx, 0);
  const Type added = inputType(ctx, 1);
  if (!element || isProducedBy(ctx, 0, "SequenceEmpty")) return ctx.setType(0, Type::sequence(added));
  ctx.setType(0, Type::sequence(join(ctx, *element, added)));
}

void sequenceErase(InferContext& ctx) { ctx.setType(0, inputType(ctx, 0)); }

void sequenceAt(InferContext& ctx) {
  if (const Type* element = elementType(ctx, 0)) ctx.setType(0, refreshed(ctx, *element));
}

void sequenceLength(InferContext& ctx) {
  ctx.set(0, DType::Int64, Dims{});
  if (isProducedBy(ctx, 0, "SequenceConstruct"))
    ctx.setElements(0, Dims{static_cast<int64_t>(ctx.node.input(0)->producer()->inputs().size())});
  if (isProducedBy(ctx, 0, "SequenceEmpty")) ctx.setElements(0, Dims{0});
}

/// Along an axis of the elements, or along a new one.
Dims concatenatedDims(InferContext& ctx, const Dims& element, bool newAxis, size_t axis) {
  Dims result = refreshed(ctx, element);
  if (newAxis)
    result.insert(result.begin() + static_cast<ptrdiff_t>(axis), ctx.fresh());
  else
    result[axis] = ctx.fresh();
  return result;
}

/// The sum (or the number) along the axis, when the sequence was made from single tensors.
std::optional<Dim> constructedDim(const Node& construct, bool newAxis, size_t axis) {
  if (newAxis) return Dim(static_cast<int64_t>(construct.inputs().size()));
  Dim total = 0;
  for (const Value* input : construct.inputs()) {
    if (!input || !input->hasRank() || axis >= input->dims().size()) return {};
    total = total + input->dims()[axis];
  }
  return total;
}

void concatFromSequence(InferContext& ctx) {
  const Type* element = elementType(ctx, 0);
  const bool newAxis = ctx.node.intAttribute("new_axis", 0) != 0;
  if (!element || !element->isTensor()) return;
  const auto axis = element->dims ? axisAttribute(ctx, element->dims->size() + (newAxis ? 1 : 0), 0) : std::nullopt;
  if (!axis) return ctx.set(0, element->dtype);
  Dims result = concatenatedDims(ctx, *element->dims, newAxis, *axis);
  if (isProducedBy(ctx, 0, "SequenceConstruct"))
    if (const auto total = constructedDim(*ctx.node.input(0)->producer(), newAxis, *axis)) result[*axis] = *total;
  ctx.set(0, element->dtype, std::move(result));
}

void splitToSequence(InferContext& ctx) {
  const Dims* dims = ctx.dims();
  const auto axis = dims ? axisAttribute(ctx, dims->size(), 0) : std::nullopt;
  if (!axis) return ctx.setType(0, Type::sequence(Type::tensor(ctx.dtype())));
  Dims element = *dims;
  const auto size = ctx.has(1) ? ctx.element(1) : std::optional<Dim>(1);
  const bool single = !ctx.has(1) || (ctx.dims(1) && ctx.dims(1)->empty());
  if (!ctx.has(1) && !ctx.node.intAttribute("keepdims", 1))
    element.erase(element.begin() + static_cast<ptrdiff_t>(*axis));
  else if (single && size && *size != Dim(0) && exactDiv(element[*axis], *size))
    element[*axis] = *size;
  else
    element[*axis] = ctx.fresh();
  ctx.setType(0, Type::sequence(Type::tensor(ctx.dtype(), std::move(element))));
}

void makeOptional(InferContext& ctx) { ctx.setType(0, Type::optional(inputType(ctx, 0))); }

/// Since opset 18 the input may also be no optional.
void optionalGetElement(InferContext& ctx) {
  if (const Type* element = elementType(ctx, 0); element && ctx.node.input(0)->type.kind == Type::Kind::Optional)
    ctx.setType(0, *element);
  else
    ctx.setType(0, inputType(ctx, 0));
}

void optionalHasElement(InferContext& ctx) { ctx.set(0, DType::Bool, Dims{}); }

const InferRow kRows[] = {
    {"SequenceEmpty", sequenceEmpty},
    {"SequenceConstruct", sequenceConstruct},
    {"SequenceInsert", sequenceInsert},
    {"SequenceErase", sequenceErase},
    {"SequenceAt", sequenceAt},
    {"SequenceLength", sequenceLength},
    {"ConcatFromSequence", concatFromSequence},
    {"SplitToSequence", splitToSequence},
    {"Optional", makeOptional},
    {"OptionalGetElement", optionalGetElement},
    {"OptionalHasElement", optionalHasElement},
};

}  // namespace

std::span<const InferRow> sequenceRows() { return kRows; }

}  // namespace deploytool::ir::inference
