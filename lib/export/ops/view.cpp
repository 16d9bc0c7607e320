// View operators: the same elements under another shape or order of axes.
#include <algorithm>
#include <numeric>

#include "export/cell.h"
#include "export/ops/families.h"
#include "export/ops/operands.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results one(Tensor x) { return {std::move(x)}; }

// aten::view(self, size), aten::reshape(self, shape)
Lowering reshapeTo(const char* sizes) {
  return [sizes](Call& c) {
    const Tensor x = c.tensor("self");
    return one(c.b.reshape(x, resolveShape(c.dims(sizes), ir::product(x.dims()))));
  };
}

// aten::view_as, aten::reshape_as
Results reshapeAs(Call& c) { return one(c.b.reshape(c.tensor("self"), c.tensor("other").dims())); }

// aten::_reshape_from_tensor(self, shape)
Results reshapeFromTensor(Call& c) {
  const Tensor x = c.tensor("self"), shape = c.tensor("shape");
  if (auto known = shape.elements()) return one(c.b.reshape(x, resolveShape(*known, ir::product(x.dims()))));
  return one(c.b.op("Reshape", {x, c.b.cast(shape, DType::Int64)}));
}

// aten::flatten.using_ints(self, start_dim, end_dim)
Results flatten(Call& c) {
  const Tensor x = c.tensor("self");
  if (x.rank() == 0) return one(c.b.reshape(x, {1}));
  const int64_t first = c.axis("start_dim", x.rank()), last = c.axis("end_dim", x.rank());
  if (first > last) c.refuse("start_dim comes after end_dim");
  const auto begin = x.dims().begin();
  Dims dims(begin, begin + first);
  dims.push_back(ir::product(Dims(begin + first, begin + last + 1)));
  dims.insert(dims.end(), begin + last + 1, x.dims().end());
  return one(c.b.reshape(x, dims));
}

// aten::ravel(self)
Results ravel(Call& c) { return one(c.b.flattenAll(c.tensor("self"))); }

// aten::unflatten.int(self, dim, sizes)
Results unflatten(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dims parts = resolveShape(c.dims("sizes"), x.dim(axis));
  Dims dims(x.dims().begin(), x.dims().begin() + axis);
  dims.insert(dims.end(), parts.begin(), parts.end());
  dims.insert(dims.end(), x.dims().begin() + axis + 1, x.dims().end());
  return one(c.b.reshape(x, dims));
}

// ---- order of axes ------------------------------------------------------------------------------------------------

// aten::permute(self, dims)
Results permute(Call& c) {
  const Tensor x = c.tensor("self");
  return one(x.rank() == 0 ? x : c.b.transpose(x, c.axes("dims", x.rank())));
}

Lowering swap(const char* first, const char* second) {
  return [=](Call& c) {
    const Tensor x = c.tensor("self");
    return one(c.b.swapAxes(x, c.axis(first, x.rank()), c.axis(second, x.rank())));
  };
}

// aten::t: rank 2 at most
Results transposeMatrix(Call& c) {
  const Tensor x = c.tensor("self");
  return one(x.rank() < 2 ? x : c.b.swapAxes(x, 0, 1));
}

// aten::mT, aten::mH of real tensors
Results transposeLast(Call& c) {
  const Tensor x = c.tensor("self");
  if (x.rank() == 0) return one(x);
  if (x.rank() < 2) c.refuse("a tensor of rank 2 or more is needed");
  return one(c.b.swapAxes(x, -2, -1));
}

// aten::numpy_T: all axes reversed
Results reverseAxes(Call& c) {
  const Tensor x = c.tensor("self");
  std::vector<int64_t> permutation(static_cast<size_t>(x.rank()));
  std::iota(permutation.rbegin(), permutation.rend(), 0);
  return one(c.b.transpose(x, permutation));
}

// aten::movedim.int, .intlist
Results moveDim(Call& c) {
  const Tensor x = c.tensor("self");
  if (x.rank() == 0) return one(x);
  return one(moveAxes(c.b, x, c.axes("source", x.rank()), c.axes("destination", x.rank())));
}

// ---- axes of size 1 -----------------------------------------------------------------------------------------------

bool isDecidedAtRunTime(const Tensor& x, int64_t axis) {
  const auto symbols = x.dim(axis).symbols();
  return std::any_of(symbols.begin(), symbols.end(), [](const std::string& s) { return ir::isFreshSymbol(s); });
}

/// Whether squeeze removes an axis. Of one whose size a run decides, what follows assumes what the example size gives.
bool isRemoved(Call& c, const Tensor& x, int64_t axis) {
  if (isDecidedAtRunTime(x, axis)) {
    c.note(fmt::format("assumes that squeeze() keeps axis {}, whose size is computed at run time", axis));
    return false;
  }
  return c.structural(x.dim(axis), fmt::format("the size of axis {}, at which squeeze() looks,", axis)) == 1;
}

/// Dims of a result whose rank a run may decide: read from the result itself, so that a run with another rank fails
/// where one is missing instead of computing with those of the argument.
Dims readFromResult(Builder& b, Dims dims) {
  for (Dim& dim : dims)
    if (!dim.isLiteral()) dim = b.symbols().fresh();
  return dims;
}

/// Removes those of the open axes that have size 1 at run time. `dims` is what the rest of the graph assumes.
Tensor squeezeAtRunTime(Builder& b, const Tensor& x, const std::vector<int64_t>& open, Dims dims) {
  std::vector<int64_t> isOpen(static_cast<size_t>(x.rank()), 0);
  for (int64_t axis : open) isOpen[static_cast<size_t>(axis)] = 1;
  const Tensor sizes = b.shape(x.dims());
  const Tensor isOne = b.compare("Equal", sizes, b.int64s({1}));
  const Tensor kept = b.logicalNot(b.binary("And", isOne, b.cast(b.int64s(isOpen), DType::Bool)));
  const Tensor target = b.op("Compress", {sizes, kept}, {{"axis", 0}});
  // Not by the builder: it would ask for a rank that inference cannot know.
  ir::Node* node = b.graph().addNode("Reshape", {b.use(x), b.use(target)});
  if (std::any_of(open.begin(), open.end(), [&](int64_t axis) { return isDecidedAtRunTime(x, axis); }))
    dims = readFromResult(b, std::move(dims));
  node->output()->type = ir::Type::tensor(x.dtype(), dims);
  b.bindDims(node->output());
  return node->output();
}

Tensor squeezeAxes(Call& c, const Tensor& x, const std::vector<int64_t>& candidates) {
  std::vector<int64_t> removed, open;
  for (int64_t axis : candidates) {
    if (axis >= x.rank()) continue;
    const auto isOne = ir::equal(x.dim(axis), 1);
    if (!isOne) open.push_back(axis);
    if (isOne ? *isOne : isRemoved(c, x, axis)) removed.push_back(axis);
  }
  if (open.empty()) return c.b.squeeze(x, removed);
  Dims dims;
  for (int64_t axis = 0; axis < x.rank(); ++axis)
    if (std::find(removed.begin(), removed.end(), axis) == removed.end()) dims.push_back(x.dim(axis));
  std::vector<int64_t> all = open;
  for (int64_t axis : removed)
    if (std::find(open.begin(), open.end(), axis) == open.end()) all.push_back(axis);
  return squeezeAtRunTime(c.b, x, all, dims);
}

// aten::squeeze(self)
Results squeezeAll(Call& c) {
  const Tensor x = c.tensor("self");
  std::vector<int64_t> axes(static_cast<size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return one(squeezeAxes(c, x, axes));
}

/// Squeeze or Unsqueeze at a place that a run decides: the rank is known, the dims are not.
Tensor atAxisOfRunTime(Builder& b, const char* type, const Tensor& x, const Dim& axis, int64_t rank) {
  Dims dims;
  for (int64_t i = 0; i < rank; ++i) dims.push_back(b.symbols().fresh());
  ir::Node* node = b.graph().addNode(type, {b.use(x), b.use(b.shape({axis}))});
  node->output()->type = ir::Type::tensor(x.dtype(), dims);
  b.bindDims(node->output());
  return node->output();
}

/// Whether an axis has size 1 decides the rank, so one that a run chooses must have it: there Squeeze fails on others.
Tensor squeezeChosen(Call& c, const Tensor& x, const Dim& axis) {
  const auto mayBeOne = [](const Dim& size) { return ir::equal(size, 1) != std::optional(false); };
  if (std::none_of(x.dims().begin(), x.dims().end(), mayBeOne)) return x;
  c.note("assumes that the axis which squeeze() is given at run time has size 1");
  return atAxisOfRunTime(c.b, "Squeeze", x, axis, x.rank() - 1);
}

// aten::squeeze.dim(self, dim)
Results squeezeAxis(Call& c) {
  const Tensor x = c.tensor("self");
  if (const Dim axis = c.dim("dim"); !axis.isLiteral()) return one(squeezeChosen(c, x, axis));
  return one(squeezeAxes(c, x, {c.axis("dim", x.rank())}));
}

// aten::squeeze.dims(self, dim)
Results squeezeSeveral(Call& c) {
  const Tensor x = c.tensor("self");
  return one(c.integers("dim").empty() ? x : squeezeAxes(c, x, c.axes("dim", x.rank())));
}

// aten::unsqueeze(self, dim)
Results unsqueeze(Call& c) {
  const Tensor x = c.tensor("self");
  if (const Dim axis = c.dim("dim"); !axis.isLiteral())
    return one(atAxisOfRunTime(c.b, "Unsqueeze", x, axis, x.rank() + 1));
  return one(c.b.unsqueeze(x, {c.axis("dim", x.rank() + 1)}));
}

// ---- broadcasting -------------------------------------------------------------------------------------------------

/// A size that expand asks for: -1 keeps the axis, also where only a run knows that it is -1.
Dim keptOr(const Dim& wanted, const Dim& size) {
  if (wanted == Dim(-1)) return size;
  if (wanted.isNonNegative()) return wanted;
  const Dim isNegative = ir::min(ir::max(-wanted, 0), 1);
  return wanted + (size + Dim(1)) * isNegative;
}

// aten::expand(self, size), aten::broadcast_to
Results expand(Call& c) {
  const Tensor x = c.tensor("self");
  Dims dims = c.dims("size");
  const size_t lead = dims.size() - static_cast<size_t>(x.rank());
  if (dims.size() < static_cast<size_t>(x.rank())) c.refuse("fewer sizes than the tensor has axes");
  for (size_t i = lead; i < dims.size(); ++i) dims[i] = keptOr(dims[i], x.dims()[i - lead]);
  return one(expandExactly(c.b, x, dims));
}

// aten::expand_as(self, other)
Results expandAs(Call& c) { return one(expandExactly(c.b, c.tensor("self"), c.tensor("other").dims())); }

// aten::broadcast_tensors(tensors)
Results broadcastTensors(Call& c) { return {c.list(broadcastAll(c.b, c.tensors("tensors")))}; }

// ---- copies and the like ------------------------------------------------------------------------------------------

// aten::view.dtype(self, dtype): only where the bits need no new reading
Results viewDtype(Call& c) {
  const Tensor x = c.tensor("self");
  const DType to = c.dtype("dtype").value_or(x.dtype());
  if (to == x.dtype()) return one(x);
  if (x.dtype() == DType::Bool && to == DType::UInt8) return one(c.b.cast(x, to));
  c.refuse("reading the bits of one element type as another has no counterpart in ONNX");
}

// aten::real and the like of tensors that are real (others: complex_arithmetic.cpp)
Results realOnly(Call& c) { return one(c.read(c.arguments().at(0))); }

// aten::set_.source_Tensor(self, source): what the variable holds from now on
Results setTo(Call& c) {
  if (const auto* cell = c.arg("self").as<TensorVar>(); cell && (*cell)->view) c.refuse("set_() of a view");
  c.note("assumes that neither tensor of set_() is written to afterwards: they share their storage");
  return one(c.tensor("source"));
}

// aten::atleast_1d, _2d, _3d
Tensor atLeast(Builder& b, const Tensor& x, int64_t rank) {
  if (x.rank() >= rank) return x;
  if (x.rank() == 0) return b.reshape(x, Dims(static_cast<size_t>(rank), 1));
  if (rank == 2) return b.unsqueeze(x, {0});
  return x.rank() == 1 ? b.unsqueeze(x, {0, 2}) : b.unsqueeze(x, {2});
}

Lowering atLeastOne(int64_t rank) {
  return [rank](Call& c) { return one(atLeast(c.b, c.tensor("self"), rank)); };
}

Lowering atLeastAll(int64_t rank) {
  return [rank](Call& c) -> Results {
    Tensors results = c.tensors("tensors");
    for (Tensor& x : results) x = atLeast(c.b, x, rank);
    return {c.list(results)};
  };
}

}  // namespace

std::vector<Row> view() {
  std::vector<Row> rows = {
      {"aten::view.dtype(self, dtype)", viewDtype, "element types of other width or kind"},
      {"aten::reshape(self, shape)", reshapeTo("shape")},
      {"aten::view_as(self, other)", reshapeAs},
      {"aten::reshape_as(self, other)", reshapeAs},
      {"aten::_reshape_from_tensor(self, shape)", reshapeFromTensor},
      {"aten::flatten.using_ints(self, start_dim, end_dim)", flatten},
      {"aten::ravel(self)", ravel},
      {"aten::unflatten.int(self, dim, sizes)", unflatten},
      {"aten::swapaxes(self, axis0, axis1)", swap("axis0", "axis1")},
      {"aten::squeeze(self)", squeezeAll, "axes whose size only a run decides"},
      {"aten::squeeze.dim(self, dim)", squeezeAxis},
      {"aten::squeeze.dims(self, dim)", squeezeSeveral},
      {"aten::squeeze_copy(self)", squeezeAll},
      {"aten::squeeze_copy.dim(self, dim)", squeezeAxis},
      {"aten::expand_as(self, other)", expandAs},
      {"aten::broadcast_tensors(tensors)", broadcastTensors},
      {"aten::atleast_1d(self)", atLeastOne(1)},
      {"aten::atleast_2d(self)", atLeastOne(2)},
      {"aten::atleast_3d(self)", atLeastOne(3)},
      {"aten::atleast_1d.Sequence(tensors)", atLeastAll(1)},
      {"aten::atleast_2d.Sequence(tensors)", atLeastAll(2)},
      {"aten::atleast_3d.Sequence(tensors)", atLeastAll(3)},
      {"aten::set_.source_Tensor(self, source)", setTo, "a view as the tensor to set"},
  };
  addRows(rows, {"aten::permute(self, dims)", "aten::permute_copy(self, dims)"}, permute);
  addRows(rows, {"aten::t(self)", "aten::t_copy(self)"}, transposeMatrix);
  addRows(rows, {"aten::numpy_T(self)", "aten::numpy_T.a(self)"}, reverseAxes);
  addRows(rows, {"aten::unsqueeze(self, dim)", "aten::unsqueeze_copy(self, dim)"}, unsqueeze);
  addRows(rows, {"aten::expand(self, size)", "aten::expand_copy(self, size)", "aten::broadcast_to(self, size)"},
          expand);
  addRows(rows,
          {"aten::contiguous(self)", "aten::clone(self)", "aten::detach(self)", "aten::detach_copy(self)",
           "aten::alias(self)", "aten::alias_copy(self)", "aten::lift(self)", "aten::lift_fresh(self)",
           "aten::lift_fresh_copy(self)", "aten::data(self)", "prim::data(a)", "aten::pin_memory(self)",
           "aten::_pin_memory(self)", "aten::requires_grad_(self)"},
          pass());
  addRows(rows,
          {"aten::view(self, size)", "aten::_unsafe_view(self, size)", "aten::view_copy(self, size)",
           "aten::_reshape_alias(self, size)"},
          reshapeTo("size"));
  addRows(rows,
          {"aten::transpose.int(self, dim0, dim1)", "aten::transpose_(self, dim0, dim1)",
           "aten::transpose_copy.int(self, dim0, dim1)", "aten::swapdims(self, dim0, dim1)"},
          swap("dim0", "dim1"));
  addRows(rows,
          {"aten::real(self)", "aten::conj(self)", "aten::_conj(self)", "aten::conj_physical(self)",
           "aten::_conj_physical(self)", "aten::resolve_conj(self)", "aten::resolve_neg(self)"},
          realOnly);
  addRows(rows,
          {"aten::movedim.int(self, source, destination)", "aten::movedim.intlist(self, source, destination)",
           "aten::moveaxis.int(self, source, destination)", "aten::moveaxis.intlist(self, source, destination)"},
          moveDim);
  addRows(rows,
          {"aten::mT(self)", "aten::mT.a(self)", "aten::mH(self)", "aten::mH.a(self)", "aten::matrix_H(self)",
           "aten::matrix_H.a(self)", "aten::adjoint(self)"},
          transposeLast);
  return rows;
}

}  // namespace deploytool::exporter::ops
