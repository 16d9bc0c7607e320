// Making tensors: filled, counted, from Python values.
#include <cmath>
#include <complex>

#include "export/complex.h"
#include "export/ops/families.h"
#include "export/ops/number_lists.h"
#include "export/ops/shape_common.h"
#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

/// The element type that torch gives a Python value: float32 stands for the default type.
DType pythonType(Call& c, const Value& value) {
  if (value.is<bool>()) return DType::Bool;
  if (value.is<Dim>()) return DType::Int64;
  if (value.is<double>()) return DType::Float32;
  if (const auto* scalar = value.as<RuntimeScalar>())
    return scalar->tensor.dtype() == DType::Float64 ? DType::Float32 : scalar->tensor.dtype();
  return c.read(value).dtype();
}

/// Every element `value`, a Python number or rank-0 tensor.
Tensor filled(Call& c, DType dtype, const Dims& dims, const Value& value) {
  if (ir::isComplex(dtype)) {
    const DType real = realDType(dtype);
    const auto* number = value.as<std::complex<double>>();
    return complexTensor(c.b, filled(c, real, dims, number ? Value(number->real()) : value),
                         filled(c, real, dims, number ? number->imag() : 0.0));
  }
  const bool isStatic = value.is<double>() || value.is<bool>() || (value.is<Dim>() && value.as<Dim>()->isLiteral());
  // Large integers are not exact as a double.
  const bool isExact = !value.is<Dim>() || (isStatic && std::abs(value.as<Dim>()->literal()) < (int64_t{1} << 53));
  const Tensor number = numberAs(c, value, dtype);
  if (isStatic && isExact) return c.b.full(dtype, dims, number.constant()->toDoubles().at(0));
  return expandExactly(c.b, number, dims);
}

Lowering constant(double value) {
  return [value](Call& c) {
    return one(c.b.full(c.dtype("dtype").value_or(DType::Float32), c.dims("size"), value));
  };
}

Lowering constantLike(double value) {
  return [value](Call& c) {
    const Tensor x = c.tensor("self");
    return one(c.b.full(c.dtype("dtype").value_or(x.dtype()), x.dims(), value));
  };
}

Lowering constantNew(double value) {
  return [value](Call& c) {
    return one(c.b.full(c.dtype("dtype").value_or(c.tensor("self").dtype()), c.dims("size"), value));
  };
}

// aten::full(size, fill_value, dtype)
Results full(Call& c) {
  const Value& value = c.arg("fill_value");
  const DType dtype = c.dtype("dtype").value_or(pythonType(c, value));
  return one(filled(c, dtype, c.dims("size"), value));
}

// aten::full_like(self, fill_value, dtype)
Results fullLike(Call& c) {
  const Tensor x = c.tensor("self");
  return one(filled(c, c.dtype("dtype").value_or(x.dtype()), x.dims(), c.arg("fill_value")));
}

// aten::new_full(self, size, fill_value, dtype)
Results newFull(Call& c) {
  return one(filled(c, c.dtype("dtype").value_or(c.tensor("self").dtype()), c.dims("size"), c.arg("fill_value")));
}

// ---- from Python values -------------------------------------------------------------------------------------------

/// A nested list as a tensor; scalars of one type.
Tensor fromValue(Call& c, const Value& value, DType dtype) {
  const auto* list = value.as<std::shared_ptr<ListValue>>();
  if (!list) return numberAs(c, value, dtype);
  if ((*list)->isColumns()) {
    Tensors columns;
    for (const Value& column : (*list)->items) columns.push_back(fromValue(c, column, dtype));
    return c.b.stack(columns, 1);
  }
  if ((*list)->isSequence()) {
    const Tensor numbers = vectorOf(c, **list, 0);
    return c.b.cast(c.b.slice(numbers, 0, 1, numbers.dim(0)), dtype);
  }
  if ((*list)->items.empty()) return c.b.full(dtype, {0}, 0);
  Dims integers;
  for (const Value& item : (*list)->items)
    if (const auto* integer = item.as<Dim>()) integers.push_back(*integer);
  if (integers.size() == (*list)->items.size()) return c.b.cast(c.b.shape(integers), dtype);
  Tensors items;
  for (const Value& item : (*list)->items) items.push_back(fromValue(c, item, dtype));
  return c.b.stack(items, 0);
}

DType leafType(Call& c, const Value& value) {
  const auto* list = value.as<std::shared_ptr<ListValue>>();
  if (!list) return pythonType(c, value);
  if ((*list)->sequence) {
    const auto& element = (*list)->sequence.value()->type.element;
    const DType dtype = element ? element->dtype : DType::Undefined;
    return dtype == DType::Float64 ? DType::Float32 : dtype;
  }
  if (!(*list)->items.empty()) return leafType(c, (*list)->items[0]);
  for (const ts::Type* type = (*list)->elementType.get(); type; type = type->elements.empty() ? nullptr : type->elements[0].get()) {
    if (type->kind == ts::Type::Kind::Int) return DType::Int64;
    if (type->kind == ts::Type::Kind::Bool) return DType::Bool;
  }
  return DType::Float32;
}

// aten::tensor, aten::as_tensor: of a number, a list or a tensor
Results toTensor(Call& c) {
  const Value& data = c.arguments().at(0);
  const DType dtype = c.dtype("dtype").value_or(leafType(c, data));
  if (data.isTensor()) return one(c.b.cast(c.read(data), dtype));
  return one(fromValue(c, data, dtype));
}

// aten::scalar_tensor(s, dtype)
Results scalarTensor(Call& c) { return one(numberAs(c, c.arg("s"), c.dtype("dtype").value_or(DType::Float32))); }

// prim::NumToTensor.Scalar, .bool (a)
Results numToTensor(Call& c) {
  const Value& number = c.arg("a");
  if (const auto* integer = number.as<Dim>()) return one(c.b.dim(*integer));
  if (number.is<double>()) return one(numberAs(c, number, DType::Float64));
  return one(c.read(number));
}

// ---- counting -----------------------------------------------------------------------------------------------------

bool isInteger(const Value& value) { return value.is<Dim>() || value.is<bool>() || value.isNone(); }

Dim integerOf(const Value& value, int64_t otherwise) {
  if (const auto* integer = value.as<Dim>()) return *integer;
  if (const auto* flag = value.as<bool>()) return *flag ? 1 : 0;
  return otherwise;
}

Tensor float64Of(Call& c, const Value& value, double otherwise) {
  return value.isNone() ? c.b.scalar(DType::Float64, otherwise) : numberAs(c, value, DType::Float64);
}

/// start + i·step for i in [0, count), computed in float64 as torch does.
Tensor floatProgression(Call& c, const Tensor& start, const Tensor& step, const Dim& count, DType dtype) {
  const Tensor i = c.b.cast(progression(c.b, count, 0, 1), DType::Float64);
  return c.b.cast(c.b.add(start, c.b.mul(i, step)), dtype);
}

/// How many steps lead from start to end: ceil, or floor + 1 where the end belongs to it.
Dim stepCount(Call& c, const Tensor& start, const Tensor& end, const Tensor& step, bool inclusive) {
  Tensor steps = c.b.unary(inclusive ? "Floor" : "Ceil", c.b.div(c.b.sub(end, start), step));
  if (inclusive) steps = c.b.addScalar(steps, 1);
  return c.b.toDim(c.b.cast(c.b.binary("Max", steps, c.b.scalarLike(steps, 0)), DType::Int64));
}

Results count(Call& c, const Value& start, const Value& end, const Value& step, bool inclusive, DType otherwise) {
  const DType dtype = c.dtype("dtype").value_or(otherwise);
  if (isInteger(start) && isInteger(end) && isInteger(step)) {
    const Dim from = integerOf(start, 0), by = integerOf(step, 1);
    const Dim to = integerOf(end, 0) + Dim(inclusive ? 1 : 0);
    if (auto literal = by.asLiteral()) return one(c.b.cast(c.b.range(from, to, *literal), dtype));
    return one(c.b.cast(c.b.op("Range", {c.b.dim(from), c.b.dim(to), c.b.dim(by)}), dtype));
  }
  const Tensor from = float64Of(c, start, 0), by = float64Of(c, step, 1), to = float64Of(c, end, 0);
  if (!ir::isIntegral(dtype)) return one(floatProgression(c, from, by, stepCount(c, from, to, by, inclusive), dtype));
  // Integers are counted by the numbers' whole parts; but for int64, how many there are follows from the numbers.
  const auto whole = [&](const Tensor& x) { return c.b.cast(c.b.cast(x, DType::Int64), DType::Float64); };
  const bool isInt64 = dtype == DType::Int64;
  const Dim steps = isInt64 ? stepCount(c, whole(from), whole(to), whole(by), inclusive) : stepCount(c, from, to, by, inclusive);
  return one(floatProgression(c, whole(from), whole(by), steps, dtype));
}

/// What torch.arange of these numbers gives: int64 of integers, else the default type.
DType countedType(Call& c, std::initializer_list<const Value*> numbers) {
  for (const Value* number : numbers)
    if (!number->isNone() && ir::isFloating(pythonType(c, *number))) return DType::Float32;
  return DType::Int64;
}

// aten::arange(end), .start(start, end), .start_step(start, end, step)
Results arange(Call& c) {
  const Value &start = c.arg("start"), &end = c.arg("end"), &step = c.arg("step");
  return count(c, start, end, step, false, countedType(c, {&start, &end, &step}));
}

// aten::range(start, end), .step: the end belongs to it
Results inclusiveRange(Call& c) {
  return count(c, c.arg("start"), c.arg("end"), c.arg("step"), true, DType::Float32);
}

// aten::_dim_arange(like, dim)
Results dimArange(Call& c) {
  const Tensor like = c.tensor("like");
  return one(c.b.range(0, like.dim(c.axis("dim", like.rank()))));
}

/// `steps` numbers from start to end, both ends exact: the second half is counted from the end.
Tensor evenly(Call& c) {
  const Dim steps = c.dim("steps");
  const Tensor start = float64Of(c, c.arg("start"), 0), end = float64Of(c, c.arg("end"), 0);
  const Dim gaps = steps - Dim(1);
  const Tensor last = c.b.cast(c.b.dim(gaps), DType::Float64);
  const Tensor step = c.b.div(c.b.sub(end, start), c.b.binary("Max", last, c.b.scalarLike(last, 1)));
  const Tensor i = c.b.cast(progression(c.b, steps, 0, 1), DType::Float64);
  const Tensor forward = c.b.add(start, c.b.mul(i, step));
  const Tensor backward = c.b.sub(end, c.b.mul(c.b.sub(last, i), step));
  const Tensor half = c.b.cast(c.b.dim(ir::floorDiv(steps, 2)), DType::Float64);
  const Tensor isFirstHalf = c.b.compare("Less", i, half);
  // One step alone is the start.
  if (auto n = steps.asLiteral()) return *n == 1 ? forward : c.b.where(isFirstHalf, forward, backward);
  return c.b.where(c.b.binary("Or", isFirstHalf, c.b.compare("Equal", i, c.b.scalarLike(i, 0))), forward, backward);
}

// aten::linspace(start, end, steps, dtype)
Results linspace(Call& c) { return one(c.b.cast(evenly(c), c.dtype("dtype").value_or(DType::Float32))); }

// aten::logspace(start, end, steps, base, dtype)
Results logspace(Call& c) {
  const Tensor base = c.b.scalar(DType::Float64, c.number("base"));
  return one(c.b.cast(c.b.binary("Pow", base, evenly(c)), c.dtype("dtype").value_or(DType::Float32)));
}

// aten::eye(n), aten::eye.m(n, m)
Results eye(Call& c) {
  const Dim rows = c.dim("n"), columns = c.has("m") ? c.dim("m") : rows;
  return one(c.b.cast(bandMask(c.b, rows, columns, 0, "Equal"), c.dtype("dtype").value_or(DType::Float32)));
}

// aten::one_hot(self, num_classes)
Results oneHot(Call& c) {
  const Tensor x = c.b.cast(c.tensor("self"), DType::Int64);
  Dim classes = c.dim("num_classes");
  if (classes == Dim(-1)) classes = c.b.toDim(c.b.reduce("ReduceMax", c.b.flattenAll(x), {0}, false)) + Dim(1);
  const Tensor hot = c.b.op("OneHot", {x, c.b.shape({classes}), c.b.int64s({0, 1})}, {{"axis", -1}});
  Dims dims = x.dims();
  dims.push_back(classes);
  return one(knownDims(hot, dims));
}

// aten::vander(x, N, increasing)
Results vander(Call& c) {
  Tensor x = c.tensor("x");
  if (x.dtype() == DType::Bool) x = c.b.cast(x, DType::Int64);
  const Dim columns = c.has("N") ? c.dim("N") : x.dim(0);
  Tensor powers = progression(c.b, columns, 0, 1);
  if (!c.boolean("increasing")) powers = c.b.sub(c.b.dim(columns - Dim(1)), powers);
  return one(c.b.binary("Pow", c.b.unsqueeze(x, {1}), c.b.cast(powers, x.dtype())));
}

}  // namespace

std::vector<Row> creation() {
  return {
      {"aten::zeros(size, dtype)", constant(0)},
      {"aten::ones(size, dtype)", constant(1)},
      {"aten::empty.memory_format(size, dtype)", constant(0)},
      {"aten::empty_strided(size, dtype)", constant(0)},
      {"aten::zeros_like(self, dtype)", constantLike(0)},
      {"aten::ones_like(self, dtype)", constantLike(1)},
      {"aten::empty_like(self, dtype)", constantLike(0)},
      {"aten::new_zeros(self, size, dtype)", constantNew(0)},
      {"aten::new_ones(self, size, dtype)", constantNew(1)},
      {"aten::new_empty(self, size, dtype)", constantNew(0)},
      {"aten::new_empty_strided(self, size, dtype)", constantNew(0)},
      {"aten::full(size, fill_value, dtype)", full},
      {"aten::full_like(self, fill_value, dtype)", fullLike},
      {"aten::new_full(self, size, fill_value, dtype)", newFull},
      {"aten::tensor(data, dtype)", toTensor},
      {"aten::tensor.float(t, dtype)", toTensor},
      {"aten::tensor.int(t, dtype)", toTensor},
      {"aten::tensor.bool(t, dtype)", toTensor},
      {"aten::as_tensor(data, dtype)", toTensor},
      {"aten::as_tensor.list(data, dtype)", toTensor},
      {"aten::as_tensor.float(t, dtype)", toTensor},
      {"aten::as_tensor.int(t, dtype)", toTensor},
      {"aten::as_tensor.bool(t, dtype)", toTensor},
      {"aten::scalar_tensor(s, dtype)", scalarTensor},
      {"prim::NumToTensor.Scalar(a)", numToTensor},
      {"prim::NumToTensor.bool(a)", numToTensor},
      {"aten::arange(end, dtype)", arange},
      {"aten::arange.start(start, end, dtype)", arange},
      {"aten::arange.start_step(start, end, step, dtype)", arange},
      {"aten::range(start, end, dtype)", inclusiveRange},
      {"aten::range.step(start, end, step, dtype)", inclusiveRange},
      {"aten::_dim_arange(like, dim)", dimArange},
      {"aten::linspace(start, end, steps, dtype)", linspace},
      {"aten::linspace.Tensor_Tensor(start, end, steps, dtype)", linspace},
      {"aten::linspace.Tensor_Scalar(start, end, steps, dtype)", linspace},
      {"aten::linspace.Scalar_Tensor(start, end, steps, dtype)", linspace},
      {"aten::logspace(start, end, steps, base, dtype)", logspace},
      {"aten::logspace.Tensor_Tensor(start, end, steps, base, dtype)", logspace},
      {"aten::logspace.Tensor_Scalar(start, end, steps, base, dtype)", logspace},
      {"aten::logspace.Scalar_Tensor(start, end, steps, base, dtype)", logspace},
      {"aten::eye(n, dtype)", eye},
      {"aten::eye.m(n, m, dtype)", eye},
      {"aten::one_hot(self, num_classes)", oneHot},
      {"aten::vander(x, N, increasing)", vander},
  };
}

}  // namespace deploytool::exporter::ops
