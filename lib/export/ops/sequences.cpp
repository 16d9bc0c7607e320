// ONNX sequences that are built element by element in a Loop (sequences.h).
#include "export/ops/sequences.h"

namespace deploytool::exporter::ops {

Tensor extended(Builder& b, const Tensor& start, const Tensor& count,
                const std::function<Tensor(const Tensor& i)>& element) {
  const ir::Type type = start.value()->type;
  auto body = std::make_unique<ir::Graph>();
  body->outer = &b.graph();
  const Tensor i = body->addInput("i", ir::Type::tensor(DType::Int64, Dims{}));
  const Tensor condition = body->addInput("condition", ir::Type::tensor(DType::Bool, Dims{}));
  const Tensor elements = body->addInput("elements", type);
  {
    const auto scope = b.enter(*body);
    const Tensor longer = b.op("SequenceInsert", {elements, element(i)});
    longer.value()->type = type;
    body->addOutput(b.op("Identity", {condition}).value());
    body->addOutput(longer.value());
  }
  ir::Attributes attributes;
  attributes.emplace_back("body", std::move(body));
  const Tensor result = b.op("Loop", {count, b.scalar(DType::Bool, 1), start}, std::move(attributes));
  result.value()->type = type;
  return result;
}

namespace {

Tensor converted(Builder& b, const Tensor& sequence, DType dtype) {
  ir::Type element = *sequence.value()->type.element;
  element.dtype = dtype;
  return extended(b, emptyOf(b, ir::Type::sequence(element)), b.op("SequenceLength", {sequence}),
                  [&](const Tensor& i) { return b.cast(b.op("SequenceAt", {sequence, i}), dtype); });
}

}  // namespace

Tensor splitIntoSequence(Builder& b, const Tensor& x, int64_t axis, const Tensor& sizes, bool keepDims) {
  // ONNX Runtime splits floats, int64 and int32 so; others come back to their type element by element.
  const bool isSplit = ir::isFloating(x.dtype()) || x.dtype() == DType::Int64 || x.dtype() == DType::Int32;
  Tensors inputs{isSplit ? x : b.cast(x, DType::Int32)};
  if (sizes) inputs.push_back(sizes);
  const Tensor pieces = b.op("SplitToSequence", inputs, {{"axis", axis}, {"keepdims", keepDims}});
  return isSplit ? pieces : converted(b, pieces, x.dtype());
}

Tensor emptyLike(Builder& b, const Tensor& like) { return emptyOf(b, like.value()->type); }

Tensor emptyOf(Builder& b, const ir::Type& type) {
  const Tensor result = b.op("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(type.element->dtype)}});
  result.value()->type = type;
  return result;
}

Tensor reversed(Builder& b, const Tensor& sequence) {
  return extended(b, emptyLike(b, sequence), b.op("SequenceLength", {sequence}), [&](const Tensor& i) {
    return b.op("SequenceAt", {sequence, b.sub(b.int64(-1), i)});
  });
}

Tensor joined(Builder& b, const Tensor& first, const Tensor& second) {
  return extended(b, first, b.op("SequenceLength", {second}), [&](const Tensor& i) {
    return b.op("SequenceAt", {second, i});
  });
}

Tensor timesOver(Builder& b, const Tensor& sequence, const Dim& times) {
  const Tensor size = b.op("SequenceLength", {sequence});
  const Tensor count = b.binary("Max", b.mul(b.dim(times), size), b.int64(0));
  return extended(b, emptyLike(b, sequence), count, [&](const Tensor& i) {
    return b.op("SequenceAt", {sequence, b.op("Mod", {i, size})});
  });
}

Tensor sliced(Builder& b, const Tensor& sequence, const Dim& start, const std::optional<Dim>& end, int64_t step) {
  const Tensor size = b.op("SequenceLength", {sequence}), zero = b.int64(0);
  const auto position = [&](const Dim& bound) {
    const Tensor at = b.dim(bound);
    const Tensor fromStart = b.where(b.compare("Less", at, zero), b.add(at, size), at);
    return b.binary("Min", b.binary("Max", fromStart, zero), size);
  };
  const Tensor first = position(start), last = end ? position(*end) : size;
  const Tensor span = b.binary("Max", b.sub(last, first), zero);
  const Tensor count = b.div(b.add(span, b.int64(step - 1)), b.int64(step));
  return extended(b, emptyLike(b, sequence), count, [&](const Tensor& i) {
    return b.op("SequenceAt", {sequence, b.add(first, b.mul(i, b.int64(step)))});
  });
}

}  // namespace deploytool::exporter::ops
