// Padding: with a constant, mirrored, with the edge, or wrapped around.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "export/ops/families.h"
#include "export/ops/sequences.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

using Pads = std::vector<std::pair<Dim, Dim>>;

/// torch names the last axis first.
Pads padsOf(Call& c, const char* name, int64_t rank) {
  const Dims given = c.dims(name);
  if (given.size() % 2 != 0 || static_cast<int64_t>(given.size() / 2) > rank)
    c.refuse("the padding must have two numbers for each of the last axes");
  Pads pads(static_cast<size_t>(rank), {0, 0});
  for (size_t i = 0; i < given.size() / 2; ++i) pads[pads.size() - 1 - i] = {given[2 * i], given[2 * i + 1]};
  return pads;
}

/// Negative amounts crop, whatever the mode: done first, and left out of `pads`.
Tensor cropped(Builder& b, Tensor x, Pads& pads) {
  const auto isNegative = [](const Dim& d) { return d.isLiteral() && d.literal() < 0; };
  for (size_t i = 0; i < pads.size(); ++i) {
    auto& [before, after] = pads[i];
    if (!isNegative(before) && !isNegative(after)) continue;
    const auto axis = static_cast<int64_t>(i);
    const Dim start = isNegative(before) ? -before : Dim(0), end = x.dim(axis) + (isNegative(after) ? after : Dim(0));
    x = knownDims(b.slice(x, axis, start, end), withDim(x.dims(), axis, end - start));
    if (isNegative(before)) before = 0;
    if (isNegative(after)) after = 0;
  }
  return x;
}

Tensor padConstant(Call& c, const Tensor& x, const Pads& pads, const Value& value) {
  if (value.isNone()) return c.b.pad(x, pads);
  const Tensor filler = numberAs(c, value, x.dtype());
  if (filler.isConstant()) return c.b.pad(x, pads, filler.constant()->toDoubles().at(0));
  // ONNX takes the value at run time too, but not as an attribute of our helper: pad a mask beside it.
  const Tensor mask = c.b.pad(c.b.full(DType::Float32, x.dims(), 1), pads);
  const Tensor isInside = asBool(c.b, mask);
  return c.b.where(isInside, c.b.pad(x, pads), filler);
}

Tensor padCircular(Builder& b, Tensor x, Pads pads) {
  x = cropped(b, x, pads);
  for (size_t i = 0; i < pads.size(); ++i) {
    const auto axis = static_cast<int64_t>(i);
    const auto& [before, after] = pads[i];
    const Dim size = x.dim(axis);
    Tensors parts;
    if (before != Dim(0)) parts.push_back(knownDims(b.slice(x, axis, size - before, size), withDim(x.dims(), axis, before)));
    parts.push_back(x);
    if (after != Dim(0)) parts.push_back(knownDims(b.slice(x, axis, 0, after), withDim(x.dims(), axis, after)));
    if (parts.size() > 1) x = knownDims(b.concat(parts, axis), withDim(x.dims(), axis, size + before + after));
  }
  return x;
}

Tensor padMode(Builder& b, const Tensor& x, Pads pads, const char* mode) {
  const Tensor inner = cropped(b, x, pads);
  // ONNX Runtime mirrors and repeats numbers only.
  if (x.dtype() == DType::Bool) return b.cast(b.pad(b.cast(inner, DType::UInt8), pads, 0, mode), DType::Bool);
  return b.pad(inner, pads, 0, mode);
}

// aten::constant_pad_nd(self, pad, value)
Results constantPad(Call& c) {
  const Tensor x = c.tensor("self");
  return {padConstant(c, x, padsOf(c, "pad", x.rank()), c.arg("value"))};
}

Lowering modePad(const char* mode) {
  return [mode](Call& c) -> Results {
    const Tensor x = c.tensor("self");
    return {padMode(c.b, x, padsOf(c, "padding", x.rank()), mode)};
  };
}

Results padWith(Call& c, const std::string& mode) {
  const Tensor x = c.tensor("self");
  const Pads pads = padsOf(c, "pad", x.rank());
  if (mode == "constant") return {padConstant(c, x, pads, c.arg("value"))};
  if (mode == "reflect") return {padMode(c.b, x, pads, "reflect")};
  if (mode == "replicate") return {padMode(c.b, x, pads, "edge")};
  if (mode == "circular") return {padCircular(c.b, x, pads)};
  c.refuse("there is no padding mode '" + mode + "'");
}

// aten::pad(self, pad, mode, value)
Results pad(Call& c) { return padWith(c, c.text("mode")); }

// aten::_pad_enum(self, pad, mode, value)
Results padEnum(Call& c) {
  static constexpr const char* kModes[] = {"reflect", "replicate", "circular", "constant"};  // at::padding_mode
  return padWith(c, kModes[std::clamp<int64_t>(c.integer("mode"), 0, 3)]);
}

// aten::_pad_circular(self, pad)
Results circularPad(Call& c) { return padWith(c, "circular"); }

/// Of a list whose length is decided at run time.
Tensor padRuntimeSequence(Call& c, const Tensor& sequence) {
  Builder& b = c.b;
  const bool left = c.has("padding_side") && c.text("padding_side") == "left";
  const Tensor count = b.op("SequenceLength", {sequence});
  const Tensor none = b.op("SequenceEmpty", {}, {{"dtype", static_cast<int64_t>(DType::Int64)}});
  none.value()->type = ir::Type::sequence(ir::Type::tensor(DType::Int64, Dims{1}));
  const auto at = [&](const Tensor& i) { return b.op("SequenceAt", {sequence, i}); };
  const Tensor lengths = extended(b, none, count, [&](const Tensor& i) { return b.shape({at(i).dim(0)}); });
  const Dim longest = b.toDim(b.reduce("ReduceMax", b.op("ConcatFromSequence", {lengths}, {{"axis", 0}}), {0}, false));
  const Tensor padded = extended(b, emptyLike(b, sequence), count, [&](const Tensor& i) {
    const Tensor row = at(i);
    Pads pads(static_cast<size_t>(row.rank()), {0, 0});
    (left ? pads[0].first : pads[0].second) = longest - row.dim(0);
    return b.pad(row, pads, c.number("padding_value"));
  });
  return b.op("ConcatFromSequence", {padded}, {{"axis", c.boolean("batch_first") ? 0 : 1}, {"new_axis", 1}});
}

// aten::pad_sequence(sequences, batch_first, padding_value, padding_side)
Results padSequence(Call& c) {
  if (const Tensor sequence = sequenceOf(c, "sequences")) return {padRuntimeSequence(c, sequence)};
  Tensors rows = c.tensors("sequences");
  if (rows.empty()) c.refuse("a list with at least one tensor is needed");
  Dim longest = rows[0].dim(0);
  for (const Tensor& row : rows) longest = ir::max(longest, row.dim(0));
  const bool left = c.has("padding_side") && c.text("padding_side") == "left";
  const Tensor first = rows[0];
  for (Tensor& row : rows) {  // each is written into a tensor made like the first one
    row = expandExactly(c.b, c.b.cast(row, first.dtype()), withDim(first.dims(), 0, row.dim(0)));
    Pads pads(static_cast<size_t>(row.rank()), {0, 0});
    (left ? pads[0].first : pads[0].second) = longest - row.dim(0);
    row = knownDims(c.b.pad(row, pads, c.number("padding_value")), withDim(row.dims(), 0, longest));
  }
  return {c.b.stack(rows, c.boolean("batch_first") ? 0 : 1)};
}

}  // namespace

std::vector<Row> padding() {
  return {
      {"aten::constant_pad_nd(self, pad, value)", constantPad},
      {"aten::reflection_pad1d(self, padding)", modePad("reflect")},
      {"aten::reflection_pad2d(self, padding)", modePad("reflect")},
      {"aten::reflection_pad3d(self, padding)", modePad("reflect")},
      {"aten::replication_pad1d(self, padding)", modePad("edge")},
      {"aten::replication_pad2d(self, padding)", modePad("edge")},
      {"aten::replication_pad3d(self, padding)", modePad("edge")},
      {"aten::pad(self, pad, mode, value)", pad},
      {"aten::_pad_enum(self, pad, mode, value)", padEnum},
      {"aten::_pad_circular(self, pad)", circularPad},
      {"aten::pad_sequence(sequences, batch_first, padding_value, padding_side)", padSequence},
  };
}

}  // namespace deploytool::exporter::ops
