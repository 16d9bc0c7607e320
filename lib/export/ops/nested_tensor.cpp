#include "export/ops/nested_tensor.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "export/ops/families.h"

namespace deploytool::exporter::ops {

namespace {

constexpr const char* kPadding =
    "sequences are taken to be padded at their end; of others, what the padding mask hides comes out as 0";

/// The same tensor under another dim 1: two dims that cannot be known to be equal, since only the mask tells them apart.
Tensor withLength(Call& c, const Tensor& x, const Dim& length) {
  const Tensor same = c.b.op("Identity", {x});
  same.value()->type.dims->at(1) = length;
  return same;
}

// aten::_nested_tensor_from_mask
Results fromMask(Call& c) {
  const Tensor x = c.tensor("t"), mask = c.b.cast(c.tensor("mask"), DType::Bool);
  if (x.rank() != 3 || mask.rank() != 2) c.refuse("it takes [batch, length, width] and a mask [batch, length]");
  c.note(kPadding);
  return {nest(c, x, mask)};
}

// aten::_nested_tensor_from_mask_left_aligned
Results isLeftAligned(Call& c) {
  c.note(kPadding);
  return {true};
}

/// Up to the last element of a sequence: nothing is lost where the padding is not at the end after all. int64[batch, 1].
Tensor lengths(Call& c, const Tensor& mask) {
  const Tensor places = c.b.mul(c.b.cast(mask, DType::Int64), c.b.range(Dim(1), mask.dim(1) + 1));
  return c.b.reduce("ReduceMax", places, {1}, true);
}

Tensor longest(Call& c, const Tensor& mask) { return c.b.reduce("ReduceMax", lengths(c, mask), {0, 1}, false); }

// aten::to_padded_tensor, aten::nested_to_padded_tensor
Results toPadded(Call& c) {
  const Tensor x = c.tensor("self");
  const auto mask = nestedMask(c, x);
  if (!mask) c.refuse("its tensor is not nested");
  std::vector<int64_t> trailing(static_cast<size_t>(x.rank() - 2));
  std::iota(trailing.begin(), trailing.end(), 2);
  const Tensor padded = unnest(c, x, *mask);
  const Tensor filled = c.b.where(c.b.unsqueeze(*mask, trailing), padded, c.b.scalarLike(padded, c.number("padding")));
  if (c.has("output_size")) {
    if (c.dims("output_size") != padded.dims()) c.refuse("output_size is not the size before nesting");
    return {filled};
  }
  return {c.b.slice(filled, 1, 0, c.b.toDim(longest(c, *mask)))};
}

// aten::_nested_tensor_size: a row for each sequence, its length and the sizes of its elements
Results sizes(Call& c) {
  const Tensor x = c.tensor("self");
  const auto mask = nestedMask(c, x);
  if (!mask) c.refuse("its tensor is not nested");
  Tensors columns{lengths(c, *mask)};
  for (size_t i = 2; i < x.dims().size(); ++i) {
    columns.push_back(c.b.add(c.b.mulScalar(columns[0], 0), c.b.dim(x.dims()[i])));
  }
  return {c.b.concat(columns, 1)};
}

// aten::_nested_from_padded_and_nested_example
Results fromExample(Call& c) {
  const Tensor padded = c.tensor("padded");
  const auto mask = nestedMask(c, c.tensor("nt_example"));
  if (!mask) c.refuse("nt_example is not nested");
  if (padded.rank() != 3) c.refuse("it takes [batch, length, width]");
  const Dim missing = mask->dim(1) - padded.dim(1);
  return {nest(c, c.b.pad(padded, {{0, 0}, {0, missing}, {0, 0}}), *mask)};
}

Results isNestedTensor(Call& c) { return {isNested(c.host(), c.tensor("a"))}; }

}  // namespace

bool isNested(CallHost& host, const Tensor& x) {
  if (host.nestedMasks().empty() || x.rank() < 2) return false;
  const auto symbol = x.dim(1).asSymbol();
  return symbol && host.nestedMasks().count(*symbol) != 0;
}

bool takesNested(std::string_view row) {
  static constexpr std::array kRows{"aten::_transformer_encoder_layer_fwd", "aten::to_padded_tensor", "prim::is_nested",
                                    "aten::nested_to_padded_tensor", "aten::_nested_tensor_size",
                                    "aten::_nested_from_padded_and_nested_example",
                                    "aten::dim", "aten::is_floating_point", "aten::__is__", "aten::__isnot__",
                                    "prim::dtype", "prim::device", "prim::is_cpu", "prim::is_cuda", "prim::requires_grad",
                                    "aten::dropout", "aten::detach", "aten::relu", "aten::gelu", "aten::linear"};
  return std::find(kRows.begin(), kRows.end(), row) != kRows.end();
}

std::optional<Tensor> nestedMask(Call& c, const Tensor& x) {
  if (!isNested(c.host(), x)) return {};
  return c.host().nestedMasks().at(*x.dim(1).asSymbol());
}

Tensor nest(Call& c, const Tensor& padded, const Tensor& mask) {
  const Dim elements = c.b.symbols().fresh();
  const Tensor nested = withLength(c, padded, elements);
  c.b.bindDims(nested.value());
  c.host().nestedMasks()[*elements.asSymbol()] = mask;
  return nested;
}

Tensor unnest(Call& c, const Tensor& nested, const Tensor& mask) { return withLength(c, nested, mask.dim(1)); }

std::vector<Row> nested_tensor() {
  return {
      {"aten::_nested_tensor_from_mask(t, mask)", fromMask, "[batch, length, width] only", Row::Static::Always},
      {"aten::_nested_tensor_from_mask_left_aligned(t, mask)", isLeftAligned, "padding is taken to be at the end",
       Row::Static::Always},
      {"aten::to_padded_tensor(self, padding, output_size)", toPadded, "output_size, where given, is the size before nesting"},
      {"aten::nested_to_padded_tensor(self, padding, output_size)", toPadded,
       "output_size, where given, is the size before nesting"},
      {"aten::_nested_tensor_size(self)", sizes},
      {"aten::_nested_from_padded_and_nested_example(padded, nt_example)", fromExample, "[batch, length, width] only"},
      {"prim::is_nested(a)", isNestedTensor},
  };
}

}  // namespace deploytool::exporter::ops
