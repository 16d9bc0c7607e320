// See number_lists.h.
#include "export/ops/number_lists.h"

#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

DType elementType(Call& c, const ListValue& list) {
  const ir::Type* type = list.sequence ? &list.sequence.value()->type : nullptr;
  const bool isNumber = type && type->element && type->element->dims && type->element->dims->empty();
  if (!isNumber) c.refuse("this operator on a list of other than numbers whose length is decided at run time");
  return type->element->dtype;
}

/// What ONNX adds, orders and compares: bools as integers.
Tensor counted(Call& c, const Tensor& numbers) {
  return numbers.dtype() == DType::Bool ? c.b.cast(numbers, DType::Int64) : numbers;
}

/// Which of the numbers, one more of them in front, are equal: bool[n + 1], the first false.
Tensor areEqual(Call& c, const ListValue& list, const Value& item) {
  const DType dtype = elementType(c, list);
  const DType common = dtype == DType::Bool ? DType::Int64 : dtype;
  const Tensor wanted = c.b.cast(numberAs(c, item, dtype), common);
  const Tensor same = c.b.compare("Equal", c.b.cast(vectorOf(c, list, 0), common), wanted);
  const Tensor isOne = c.b.compare("Less", c.b.int64(0), c.b.range(0, same.dim(0)));
  return c.b.binary("And", same, isOne);
}

/// The numbers with a 0 in front, of either kind of list.
Tensor padded(Call& c, const ListValue& list, DType dtype) {
  if (list.isSequence()) return c.b.cast(vectorOf(c, list, 0), dtype);
  Tensors parts{c.b.reshape(c.b.scalar(dtype, 0), {1})};
  for (const Value& item : list.items) parts.push_back(c.b.reshape(numberAs(c, item, dtype), {1}));
  return c.b.concat(parts, 0);
}

}  // namespace

Tensor vectorOf(Call& c, const ListValue& list, std::optional<double> first) {
  const DType dtype = elementType(c, list);
  Tensor sequence = list.sequence;
  if (first) sequence = c.b.op("SequenceInsert", {sequence, c.b.scalar(dtype, *first), c.b.int64(0)});
  return c.b.op("ConcatFromSequence", {sequence}, {{"axis", 0}, {"new_axis", 1}});
}

Tensor sortedNumbers(Call& c, const ListValue& list, bool descending) {
  const DType dtype = elementType(c, list);
  const Tensor padded = vectorOf(c, list, 0);
  const Tensor numbers = c.b.slice(padded, 0, 1, padded.dim(0));
  const Tensor sorted = topK(c.b, counted(c, numbers), numbers.dim(0), 0, descending).first;
  return splitIntoSequence(c.b, c.b.cast(sorted, dtype), 0, {}, false);
}

Tensor firstEqual(Call& c, const ListValue& list, const Value& item) {
  const Tensor same = c.b.cast(areEqual(c, list, item), DType::Int32);
  const Tensor at = c.b.op("ArgMax", {same}, {{"axis", 0}, {"keepdims", 0}});
  return c.b.binary("Max", c.b.sub(at, c.b.int64(1)), c.b.int64(0));
}

Tensor howManyEqual(Call& c, const ListValue& list, const Value& item) {
  return c.b.reduce("ReduceSum", c.b.cast(areEqual(c, list, item), DType::Int64), {}, false);
}

Tensor areEqualLists(Call& c, const ListValue& a, const ListValue& b) {
  const DType dtype = elementType(c, a.isSequence() ? a : b);
  const DType common = dtype == DType::Bool ? DType::Int64 : dtype;
  const Tensor left = padded(c, a, common), right = padded(c, b, common);
  const Dim shared = ir::min(left.dim(0), right.dim(0));
  const Tensor same = c.b.compare("Equal", c.b.slice(left, 0, 0, shared), c.b.slice(right, 0, 0, shared));
  const Tensor all = c.b.reduce("ReduceMin", c.b.cast(same, DType::Int64), {}, false);
  const Tensor sameLength = c.b.compare("Equal", c.b.dim(left.dim(0)), c.b.dim(right.dim(0)));
  return c.b.binary("And", c.b.cast(all, DType::Bool), sameLength);
}

Tensor sumOf(Call& c, const ListValue& list) {
  return c.b.reduce("ReduceSum", counted(c, vectorOf(c, list, 0)), {}, false);
}

Tensor extremeOf(Call& c, const ListValue& list, bool largest) {
  const DType dtype = elementType(c, list);
  const Tensor result = c.b.reduce(largest ? "ReduceMax" : "ReduceMin", counted(c, vectorOf(c, list)), {}, false);
  return c.b.cast(result, dtype);
}

Tensor allOf(Call& c, const ListValue& list, bool all) {
  const Tensor flags = c.b.cast(asBool(c.b, vectorOf(c, list, all ? 1 : 0)), DType::Int64);
  return c.b.cast(c.b.reduce(all ? "ReduceMin" : "ReduceMax", flags, {}, false), DType::Bool);
}

}  // namespace deploytool::exporter::ops
