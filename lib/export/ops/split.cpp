// Splitting a tensor into a list of tensors.
#include <algorithm>

#include "export/ops/families.h"
#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

Results listOf(Call& c, const Tensors& parts) { return {c.list(parts)}; }

/// Pieces of `size` along an axis, the last one being what is left.
Tensors pieces(Builder& b, const Tensor& x, int64_t axis, const Dim& size, int64_t count) {
  Dims sizes(static_cast<size_t>(std::max<int64_t>(count, 1)), size);
  sizes.back() = x.dim(axis) - size * Dim(count - 1);
  return b.split(x, axis, sizes);
}

/// A list whose length a run decides: an ONNX sequence.
Value sequence(Call& c, const Tensor& x, int64_t axis, const Tensor& sizes, bool keepDims) {
  auto list = std::make_shared<ListValue>();
  list->elementType = c.schema().returns.at(0).type->elements.at(0);
  list->sequence = splitIntoSequence(c.b, x, axis, sizes, keepDims);
  return list;
}

std::string axisText(const Tensor& x, int64_t axis, const char* what) {
  return fmt::format("the number of {} of axis {} ({})", what, axis, x.dim(axis).text());
}

/// chunk: pieces of ceil(size / chunks), as many as that makes. Which number that is must be known.
Results chunkInto(Call& c, const Tensor& x, const Dim& chunks, int64_t axis) {
  const Dim& size = x.dim(axis);
  if (size == Dim(0)) return listOf(c, Tensors(static_cast<size_t>(c.structural(chunks, "the number of chunks")), x));
  const Dim piece = ir::ceilDiv(size, chunks);
  const int64_t count = c.structural(ir::ceilDiv(size, piece), axisText(x, axis, "chunks"));
  return listOf(c, pieces(c.b, x, axis, piece, count));
}

// aten::chunk(self, chunks, dim)
Results chunk(Call& c) {
  const Tensor x = c.tensor("self");
  return chunkInto(c, x, c.dim("chunks"), c.axis("dim", x.rank()));
}

// aten::split.Tensor(self, split_size, dim)
Results splitEvenly(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  const Dim size = c.dim("split_size");
  if (size == Dim(0) || x.dim(axis) == size) return listOf(c, {x});
  if (auto count = ir::ceilDiv(x.dim(axis), size).asLiteral())
    return listOf(c, pieces(c.b, x, axis, size, std::max<int64_t>(*count, 1)));
  const Tensor piece = c.b.dim(size);
  if (x.dim(axis).isPositive()) return {sequence(c, x, axis, piece, true)};
  // Nothing makes one piece in libtorch and none in ONNX: all sizes are given.
  const Tensor starts = c.b.mul(c.b.range(0, ir::max(ir::ceilDiv(x.dim(axis), size), 1)), piece);
  return {sequence(c, x, axis, c.b.op("Min", {c.b.sub(c.b.dim(x.dim(axis)), starts), piece}), true)};
}

// aten::split.sizes(self, split_size, dim), aten::split_with_sizes(self, split_sizes, dim)
Lowering splitSizes(const char* sizes) {
  return [sizes](Call& c) -> Results {
    const Tensor x = c.tensor("self");
    const int64_t axis = c.axis("dim", x.rank());
    if (const Tensor runtime = sequenceOf(c, sizes)) {
      const Tensor all = c.b.op("ConcatFromSequence", {runtime}, {{"axis", 0}, {"new_axis", 1}});
      return {sequence(c, x, axis, all, true)};
    }
    const Dims parts = c.dims(sizes);
    if (parts.empty()) return listOf(c, {});
    return listOf(c, c.b.split(x, axis, parts));
  };
}

// aten::unbind.int(self, dim)
Results unbind(Call& c) {
  const Tensor x = c.tensor("self");
  const int64_t axis = c.axis("dim", x.rank());
  if (x.rank() == 0) c.refuse("unbind needs a tensor of rank 1 or more");
  const auto count = x.dim(axis).asLiteral();
  if (!count) return {sequence(c, x, axis, {}, false)};
  Tensors parts = *count == 0 ? Tensors() : c.b.split(x, axis, Dims(static_cast<size_t>(*count), 1));
  for (Tensor& part : parts) part = c.b.squeeze(part, {axis});
  return listOf(c, parts);
}

// ---- tensor_split -------------------------------------------------------------------------------------------------

/// n pieces whose sizes differ by one at most, the longer ones first.
Results splitSections(Call& c, const Tensor& x, int64_t axis, const Dim& sections) {
  const int64_t count = c.structural(sections, "the number of sections of tensor_split");
  if (count <= 0) c.refuse("the number of sections must be positive");
  const Dim& size = x.dim(axis);
  const Dim base = ir::floorDiv(size, count), longer = ir::mod(size, count);
  Dims sizes;
  for (int64_t i = 0; i < count; ++i) {
    const auto isLonger = ir::less(i, longer);
    // One more while i < longer: min(max(longer - i, 0), 1).
    sizes.push_back(isLonger ? base + Dim(*isLonger ? 1 : 0) : base + ir::min(ir::max(longer - Dim(i), 0), 1));
  }
  return listOf(c, c.b.split(x, axis, sizes));
}

/// Cuts at the indices, which may lie beyond the end or count from it.
Results splitAt(Call& c, const Tensor& x, int64_t axis, const Dims& indices) {
  Tensors parts;
  Dim from = 0;
  for (size_t i = 0; i <= indices.size(); ++i) {
    const Dim to = i < indices.size() ? indices[i] : x.dim(axis);
    parts.push_back(c.b.slice(x, axis, from, to));
    from = to;
  }
  return listOf(c, parts);
}

// aten::tensor_split.sections(self, sections, dim)
Results tensorSplitSections(Call& c) {
  const Tensor x = c.tensor("self");
  return splitSections(c, x, c.axis("dim", x.rank()), c.dim("sections"));
}

// aten::tensor_split.indices(self, indices, dim)
Results tensorSplitIndices(Call& c) {
  const Tensor x = c.tensor("self");
  return splitAt(c, x, c.axis("dim", x.rank()), c.dims("indices"));
}

// aten::tensor_split.tensor_indices_or_sections(self, tensor_indices_or_sections, dim)
Results tensorSplitTensor(Call& c) {
  const Tensor x = c.tensor("self"), where = c.tensor("tensor_indices_or_sections");
  const int64_t axis = c.axis("dim", x.rank());
  if (where.rank() == 0) return splitSections(c, x, axis, c.b.toDim(where));
  const int64_t count = c.structural(where.dim(0), "the number of places where tensor_split cuts");
  Dims indices;
  for (int64_t i = 0; i < count; ++i) indices.push_back(c.b.toDim(c.b.select(where, 0, i)));
  return splitAt(c, x, axis, indices);
}

/// hsplit, vsplit, dsplit: along a fixed axis; hsplit of rank 1 along axis 0.
int64_t namedAxis(Call& c, const Tensor& x, int64_t axis, int64_t minRank) {
  if (x.rank() < minRank) c.refuse(fmt::format("a tensor of rank {} or more is needed", minRank));
  return axis == 1 && x.rank() == 1 ? 0 : axis;
}

Lowering namedSections(int64_t axis, int64_t minRank) {
  return [=](Call& c) {
    const Tensor x = c.tensor("self");
    return splitSections(c, x, namedAxis(c, x, axis, minRank), c.dim("sections"));
  };
}

Lowering namedIndices(int64_t axis, int64_t minRank) {
  return [=](Call& c) {
    const Tensor x = c.tensor("self");
    return splitAt(c, x, namedAxis(c, x, axis, minRank), c.dims("indices"));
  };
}

}  // namespace

std::vector<Row> split() {
  static constexpr const char *kChunks = "an axis whose size only a run decides: the number of chunks must be known",
                              *kPieces = "a number of pieces that a run decides";
  return {
      {"aten::chunk(self, chunks, dim)", chunk, kChunks},
      {"aten::unsafe_chunk(self, chunks, dim)", chunk, kChunks},
      {"aten::split.Tensor(self, split_size, dim)", splitEvenly},
      {"aten::split_copy.Tensor(self, split_size, dim)", splitEvenly},
      {"aten::unsafe_split.Tensor(self, split_size, dim)", splitEvenly},
      {"aten::split.sizes(self, split_size, dim)", splitSizes("split_size")},
      {"aten::split(self, split_sizes, dim)", splitSizes("split_sizes")},
      {"aten::split_with_sizes(self, split_sizes, dim)", splitSizes("split_sizes")},
      {"aten::split_with_sizes_copy(self, split_sizes, dim)", splitSizes("split_sizes")},
      {"aten::unsafe_split_with_sizes(self, split_sizes, dim)", splitSizes("split_sizes")},
      {"aten::unbind.int(self, dim)", unbind},
      {"aten::unbind_copy.int(self, dim)", unbind},
      {"aten::tensor_split.sections(self, sections, dim)", tensorSplitSections, kPieces},
      {"aten::tensor_split.indices(self, indices, dim)", tensorSplitIndices, kPieces},
      {"aten::tensor_split.tensor_indices_or_sections(self, tensor_indices_or_sections, dim)", tensorSplitTensor, kPieces},
      {"aten::hsplit.int(self, sections)", namedSections(1, 1), kPieces},
      {"aten::hsplit.array(self, indices)", namedIndices(1, 1), kPieces},
      {"aten::vsplit.int(self, sections)", namedSections(0, 2), kPieces},
      {"aten::vsplit.array(self, indices)", namedIndices(0, 2), kPieces},
      {"aten::dsplit.int(self, sections)", namedSections(2, 3), kPieces},
      {"aten::dsplit.array(self, indices)", namedIndices(2, 3), kPieces},
  };
}

}  // namespace deploytool::exporter::ops
