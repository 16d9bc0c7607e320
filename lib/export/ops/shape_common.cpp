// What the families on shapes, indices and creation share.
#include "export/ops/shape_common.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "export/scalar_types.h"

namespace deploytool::exporter::ops {

Dims withDim(Dims dims, int64_t axis, Dim dim) {
  dims.at(static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(dims.size()) : axis)) = std::move(dim);
  return dims;
}

Dims resolveShape(Dims target, const Dim& total) {
  auto open = std::find(target.begin(), target.end(), Dim(-1));
  if (open == target.end()) return target;
  *open = 1;
  const Dim rest = ir::product(target);
  if (rest == Dim(0)) *open = 0;
  else *open = ir::exactDiv(total, rest).value_or(ir::floorDiv(total, rest));
  return target;
}

Dim fromEnd(const Dim& index, const Dim& size) {
  if (index.isLiteral()) return index.literal() < 0 ? size + index : index;
  if (index.isNonNegative()) return index;
  const Dim isNegative = ir::min(ir::max(-index, 0), 1);
  return index + size * isNegative;
}

Tensor knownDims(Tensor x, Dims dims) {
  if (!x.isConstant()) x.value()->type.dims = std::move(dims);
  return x;
}

// ---- values -------------------------------------------------------------------------------------------------------

Value intList(Call&, const Dims& items) {
  static const auto kInt = [] {
    auto type = std::make_shared<ts::Type>();
    type->kind = ts::Type::Kind::Int;
    return type;
  }();
  auto list = std::make_shared<ListValue>();
  list->elementType = kInt;
  list->items.assign(items.begin(), items.end());
  return list;
}

std::vector<Value> asValues(const Tensors& tensors) { return {tensors.begin(), tensors.end()}; }

Tensor numberAs(Call& c, const Value& value, DType dtype) {
  if (const auto* integer = value.as<Dim>(); integer && integer->isLiteral()) {
    if (dtype == DType::Int64) return c.b.int64(integer->literal());
    return c.b.scalar(dtype, static_cast<double>(integer->literal()));
  }
  if (const auto* number = value.as<double>()) return c.b.scalar(dtype, *number);
  if (const auto* flag = value.as<bool>()) return c.b.scalar(dtype, *flag);
  const Tensor x = c.b.cast(c.read(value), dtype);
  return x.rank() == 0 ? x : c.b.reshape(x, {});
}

Tensor sequenceOf(Call& c, std::string_view name) {
  const auto* list = c.arg(name).as<std::shared_ptr<ListValue>>();
  return list ? (*list)->sequence : Tensor();
}

// ---- tensors ------------------------------------------------------------------------------------------------------

Tensor atLeast1d(Builder& b, const Tensor& x) { return x.rank() > 0 ? x : b.reshape(x, {1}); }

Tensor expandExactly(Builder& b, const Tensor& x, const Dims& dims) {
  if (x.dims() == dims) return x;
  return knownDims(b.expand(x, dims), dims);
}

namespace {

/// The common shape of two, where it does not depend on which symbols are 1 at run time.
std::optional<Dims> commonDims(const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()));
  for (size_t i = 0; i < result.size(); ++i) {
    const size_t back = result.size() - i;
    const Dim left = back <= a.size() ? a[a.size() - back] : Dim(1);
    const Dim right = back <= b.size() ? b[b.size() - back] : Dim(1);
    const bool mayBeLeft = left == right || right == Dim(1) || (left.isLiteral() && left != Dim(1));
    if (!mayBeLeft && left != Dim(1) && !right.isLiteral()) return {};
    result[i] = mayBeLeft ? left : right;
  }
  return result;
}

}  // namespace

Tensors broadcastAll(Builder& b, Tensors xs) {
  if (xs.empty()) return xs;
  std::optional<Dims> dims = xs[0].dims();
  for (size_t i = 1; i < xs.size() && dims; ++i) dims = commonDims(*dims, xs[i].dims());
  if (!dims) {  // ONNX Expand broadcasts both ways: one after the other gives the common shape
    Tensor common = xs[0];
    for (size_t i = 1; i < xs.size(); ++i) common = b.expand(common, xs[i].dims());
    dims = common.dims();
  }
  for (Tensor& x : xs) x = expandExactly(b, x, *dims);
  return xs;
}

Tensors promoteAll(Tensors xs, Builder& b) {
  DType dimensioned = DType::Undefined, zeroDim = DType::Undefined;
  for (const Tensor& x : xs) {
    DType& slot = x.rank() == 0 ? zeroDim : dimensioned;
    slot = promoteTypes(slot, x.dtype());
  }
  const DType dtype = combineCategories(dimensioned, zeroDim);
  for (Tensor& x : xs) x = b.cast(x, dtype);
  return xs;
}

Tensor progression(Builder& b, const Dim& count, const Dim& start, const Dim& step) {
  const auto n = count.asLiteral(), first = start.asLiteral(), stride = step.asLiteral();
  if (n && first && stride && *n <= 4096) {
    std::vector<int64_t> values(static_cast<size_t>(std::max<int64_t>(*n, 0)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = *first + static_cast<int64_t>(i) * *stride;
    return b.int64s(values);
  }
  if (first && stride && *first == 0 && *stride == 1) return b.range(0, count);
  Tensor result = b.range(0, count);
  if (step != Dim(1)) result = b.mul(result, b.dim(step));
  return start == Dim(0) ? result : b.add(result, b.dim(start));
}

Tensor moveAxes(Builder& b, const Tensor& x, const std::vector<int64_t>& from, const std::vector<int64_t>& to) {
  std::vector<int64_t> permutation(static_cast<size_t>(x.rank()), -1);
  for (size_t i = 0; i < from.size(); ++i) permutation.at(static_cast<size_t>(to[i])) = from[i];
  int64_t next = 0;
  for (int64_t& axis : permutation) {
    if (axis >= 0) continue;
    while (std::find(from.begin(), from.end(), next) != from.end()) ++next;
    axis = next++;
  }
  return b.transpose(x, permutation);
}

std::vector<int64_t> inverse(const std::vector<int64_t>& permutation) {
  std::vector<int64_t> result(permutation.size());
  for (size_t i = 0; i < permutation.size(); ++i) result[static_cast<size_t>(permutation[i])] = static_cast<int64_t>(i);
  return result;
}

Tensor nonZeroColumns(Builder& b, const Tensor& x) { return b.op("NonZero", {x}); }

Tensor bandMask(Builder& b, const Dim& rows, const Dim& columns, const Dim& offset, const char* compare) {
  const Tensor column = b.unsqueeze(progression(b, columns, 0, 1), {0});
  const Tensor row = b.unsqueeze(progression(b, rows, offset, 1), {1});
  return b.compare(compare, column, row);
}

Tensor asBool(Builder& b, const Tensor& x) { return b.cast(x, DType::Bool); }

double lowest(DType dtype) {
  switch (dtype) {
    case DType::Bool: case DType::UInt8: return 0;
    case DType::Int8: return std::numeric_limits<int8_t>::min();
    case DType::Int16: return std::numeric_limits<int16_t>::min();
    case DType::Int32: return std::numeric_limits<int32_t>::min();
    case DType::Int64: return static_cast<double>(std::numeric_limits<int64_t>::min());
    default: return -std::numeric_limits<double>::infinity();
  }
}

double highest(DType dtype) {
  switch (dtype) {
    case DType::Bool: return 1;
    case DType::UInt8: return std::numeric_limits<uint8_t>::max();
    case DType::Int8: return std::numeric_limits<int8_t>::max();
    case DType::Int16: return std::numeric_limits<int16_t>::max();
    case DType::Int32: return std::numeric_limits<int32_t>::max();
    case DType::Int64: return 9223372036854774784.0;  // the largest double below 2^63
    default: return std::numeric_limits<double>::infinity();
  }
}

std::pair<Tensor, Tensor> topK(Builder& b, const Tensor& x, const Dim& k, int64_t axis, bool largest) {
  const Tensor data = atLeast1d(b, x);
  Tensors results = b.ops("TopK", {data, b.shape({k})}, 2, {{"axis", axis}, {"largest", largest}, {"sorted", 1}});
  const Dims dims = withDim(data.dims(), axis, k);
  for (Tensor& result : results) {
    result = knownDims(result, dims);
    if (x.rank() == 0) result = b.reshape(result, {});
  }
  return {results[0], results[1]};
}

}  // namespace deploytool::exporter::ops
