// Indexing by tensors: x[i, :, mask], and writing through it.
//
// A mask of rank r stands for r integer tensors, the coordinates of its true elements. The integer tensors broadcast
// together; their common shape takes the place of the indexed axes where those are neighbours, else it comes first.
#include <algorithm>
#include <optional>

#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

struct Indexing {
  Tensor x;                     ///< with an axis added for every mask of rank 0
  std::vector<int64_t> axes;    ///< indexed, increasing
  Tensors indices;              ///< int64, one per axis
  bool areNeighbours = true;
  std::optional<int64_t> maskAxis;  ///< set when the only index is `mask`, of rank 1 or more
  Tensor mask;
};

void addIndex(Builder& b, Indexing& result, const Tensor& index, int64_t& axis) {
  if (index.dtype() != DType::Bool && index.dtype() != DType::UInt8) {
    result.axes.push_back(axis++);
    result.indices.push_back(b.cast(index, DType::Int64));
    return;
  }
  if (index.rank() == 0) result.x = b.unsqueeze(result.x, {axis});
  const Tensor mask = atLeast1d(b, asBool(b, index));
  result.maskAxis = axis;
  result.mask = mask;
  const Tensor columns = nonZeroColumns(b, mask);
  for (int64_t i = 0; i < mask.rank(); ++i) {
    result.axes.push_back(axis++);
    result.indices.push_back(b.select(columns, 0, i));
  }
}

/// As _unsafe_masked_index takes them: those that a mask leaves out may point anywhere.
Tensor withinAxis(Builder& b, const Tensor& index, const Dim& size) {
  const Tensor last = b.sub(b.dim(size), b.int64(1));
  const Tensor low = b.unary("Neg", b.dim(size));
  return b.binary("Max", b.binary("Min", b.cast(index, DType::Int64), last), low);
}

Indexing parse(Call& c, bool isClamped = false) {
  Indexing result;
  result.x = c.tensor("self");
  int64_t axis = 0;
  size_t given = 0;
  for (auto index : c.optTensors("indices")) {
    if (index && isClamped) index = withinAxis(c.b, *index, result.x.dim(axis));
    if (!index) {
      ++axis;
      continue;
    }
    ++given;
    addIndex(c.b, result, *index, axis);
  }
  if (axis > result.x.rank()) c.refuse("more indices than the tensor has axes");
  if (given != 1) result.maskAxis.reset();
  for (size_t i = 1; i < result.axes.size(); ++i)
    result.areNeighbours = result.areNeighbours && result.axes[i] == result.axes[i - 1] + 1;
  return result;
}

/// The indexed axes first, the others after them.
std::vector<int64_t> indexedFirst(const Indexing& ix) {
  std::vector<int64_t> permutation = ix.axes;
  for (int64_t axis = 0; axis < ix.x.rank(); ++axis)
    if (std::find(ix.axes.begin(), ix.axes.end(), axis) == ix.axes.end()) permutation.push_back(axis);
  return permutation;
}

/// Where the axes of a result [common…, rest…] belong: after the axes before the first indexed one.
std::vector<int64_t> inPlace(const Indexing& ix, int64_t commonRank, int64_t restRank) {
  const int64_t before = ix.areNeighbours ? ix.axes.front() : 0;
  std::vector<int64_t> permutation;
  for (int64_t i = 0; i < before; ++i) permutation.push_back(commonRank + i);
  for (int64_t i = 0; i < commonRank; ++i) permutation.push_back(i);
  for (int64_t i = before; i < restRank; ++i) permutation.push_back(commonRank + i);
  return permutation;
}

Tensor indexed(Call& c, const Indexing& ix) {
  if (ix.axes.empty()) return ix.x;
  if (ix.maskAxis && ix.mask.rank() == 1) return c.b.op("Compress", {ix.x, ix.mask}, {{"axis", *ix.maskAxis}});
  if (ix.axes.size() == 1) return c.b.gather(ix.x, ix.indices[0], ix.axes[0]);
  const Tensors common = broadcastAll(c.b, ix.indices);
  const int64_t commonRank = common[0].rank(), restRank = ix.x.rank() - static_cast<int64_t>(ix.axes.size());
  const Tensor x = c.b.transpose(ix.x, indexedFirst(ix));
  Dims dims = common[0].dims();
  dims.insert(dims.end(), x.dims().begin() + static_cast<int64_t>(ix.axes.size()), x.dims().end());
  const Tensor picked = knownDims(c.b.op("GatherND", {x, c.b.stack(common, commonRank)}), dims);
  return c.b.transpose(picked, inPlace(ix, commonRank, restRank));
}

// aten::index.Tensor(self, indices)
Results index(Call& c) { return {indexed(c, parse(c))}; }

// aten::_unsafe_masked_index(self, mask, indices, fill)
Results maskedIndex(Call& c) {
  const Tensor picked = indexed(c, parse(c, true));
  return {c.b.where(c.tensor("mask"), picked, numberAs(c, c.arg("fill"), picked.dtype()))};
}

/// Row numbers of the leading axes that `indices` address, negative ones counted from the end.
Tensor rowNumbers(Builder& b, const Dims& dims, const Tensors& indices) {
  Tensor rows;
  for (size_t i = 0; i < indices.size(); ++i) {
    Tensor index = indices[i];
    if (indices.size() > 1) {  // a negative one would reach into the row before
      const Tensor isNegative = b.compare("Less", index, b.int64(0));
      index = b.where(isNegative, b.add(index, b.dim(dims[i])), index);
    }
    rows = rows ? b.add(b.mul(rows, b.dim(dims[i])), index) : index;
  }
  return rows;
}

/// x[indices] += values where an index may occur more than once.
Tensor accumulated(Call& c, const Tensor& x, const Tensors& common, const Tensor& values) {
  const auto indexed = static_cast<int64_t>(common.size());
  const Dims lead(x.dims().begin(), x.dims().begin() + indexed), rest(x.dims().begin() + indexed, x.dims().end());
  Dims flat = rest, updates = rest;
  flat.insert(flat.begin(), ir::product(lead));
  updates.insert(updates.begin(), ir::product(common[0].dims()));
  const Tensor rows = c.b.flattenAll(rowNumbers(c.b, lead, common));
  const Tensor sum = scatterRows(c, c.b.reshape(x, flat), rows, c.b.reshape(values, updates), Reduction::Add);
  return c.b.reshape(sum, x.dims());
}

/// x[mask] = one value.
Tensor maskedFill(Builder& b, const Indexing& ix, const Tensor& value) {
  std::vector<int64_t> trailing;
  for (int64_t axis = *ix.maskAxis + ix.mask.rank(); axis < ix.x.rank(); ++axis) trailing.push_back(axis - *ix.maskAxis);
  return b.where(b.unsqueeze(ix.mask, trailing), b.reshape(value, {}), ix.x);
}

bool isOneElement(const Tensor& x) { return ir::product(x.dims()) == Dim(1); }

Tensor put(Call& c, const Indexing& ix, Tensor values, bool accumulates) {
  if (ix.maskAxis && isOneElement(values) && !accumulates)
    return c.b.reshape(maskedFill(c.b, ix, values), c.tensor("self").dims());
  if (ix.axes.empty()) return accumulates ? c.b.add(ix.x, values) : expandExactly(c.b, values, ix.x.dims());
  const Tensors common = broadcastAll(c.b, ix.indices);
  const int64_t commonRank = common[0].rank(), restRank = ix.x.rank() - static_cast<int64_t>(ix.axes.size());
  const std::vector<int64_t> first = indexedFirst(ix), place = inPlace(ix, commonRank, restRank);
  const Tensor x = c.b.transpose(ix.x, first);
  Dims ordered = common[0].dims();  // [common…, rest…]
  ordered.insert(ordered.end(), x.dims().begin() + static_cast<int64_t>(ix.axes.size()), x.dims().end());
  Dims target;  // as the program sees it
  for (int64_t axis : place) target.push_back(ordered[static_cast<size_t>(axis)]);
  while (values.rank() > static_cast<int64_t>(target.size()) && values.dim(0) == Dim(1)) values = c.b.squeeze(values, {0});
  values = c.b.transpose(expandExactly(c.b, values, target), inverse(place));
  Tensor written = accumulates
                       ? accumulated(c, x, common, values)
                       : c.b.op("ScatterND", {x, c.b.stack(common, commonRank), values});
  written = c.b.transpose(knownDims(written, x.dims()), inverse(first));
  const Dims dims = c.tensor("self").dims();
  return static_cast<int64_t>(dims.size()) == written.rank() ? written : c.b.reshape(written, dims);
}

// aten::index_put(self, indices, values, accumulate)
Results indexPut(Call& c) {
  const Indexing ix = parse(c);
  return {put(c, ix, c.b.cast(c.tensor("values"), ix.x.dtype()), c.boolean("accumulate"))};
}

// aten::_unsafe_masked_index_put_accumulate(self, mask, indices, values)
Results maskedIndexPut(Call& c) {
  const Indexing ix = parse(c, true);
  const Tensor values = c.b.cast(c.tensor("values"), ix.x.dtype());
  return {put(c, ix, c.b.where(c.tensor("mask"), values, c.b.scalarLike(values, 0)), true)};
}

}  // namespace

std::vector<Row> index_by_tensors() {
  return {
      {"aten::index.Tensor(self, indices)", index},
      {"aten::index.Tensor_hacked_twin(self, indices)", index},
      {"aten::_unsafe_index.Tensor(self, indices)", index},
      {"aten::_unsafe_index.Tensor_hacked_twin(self, indices)", index},
      {"aten::_unsafe_masked_index(self, mask, indices, fill)", maskedIndex},
      {"aten::_unsafe_masked_index_put_accumulate(self, mask, indices, values)", maskedIndexPut},
      {"aten::index_put(self, indices, values, accumulate)", indexPut},
      {"aten::index_put.hacked_twin(self, indices, values, accumulate)", indexPut},
      {"aten::_unsafe_index_put(self, indices, values, accumulate)", indexPut},
      {"aten::_unsafe_index_put.hacked_twin(self, indices, values, accumulate)", indexPut},
      {"aten::_index_put_impl(self, indices, values, accumulate)", indexPut},
      {"aten::_index_put_impl_(self, indices, values, accumulate)", indexPut},
      {"aten::_index_put_impl_.hacked_twin(self, indices, values, accumulate)", indexPut},
  };
}

}  // namespace deploytool::exporter::ops
