// Tensors that take another size in place: the elements stay in the order of memory.
#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

/// Elements beyond those that were there hold anything in torch: here they are 0.
Tensor resized(Call& c, const Dims& dims) {
  Builder& b = c.b;
  const Tensor x = c.tensor("self");
  const Dim have = ir::product(x.dims()), want = ir::product(dims);
  if (have == want) return b.reshape(x, dims);
  Tensor flat = b.flattenAll(x);
  const auto isShorter = ir::less(have, want);
  if (isShorter != false) {
    c.note("resize_ to more elements leaves those beyond the old ones undefined: the model has zeros there");
    const Dim missing = isShorter ? want - have : ir::max(want - have, 0);
    flat = b.concat({flat, b.full(x.dtype(), {missing}, 0)}, 0);
  }
  if (isShorter != true) flat = b.slice(flat, 0, 0, want);
  return b.reshape(knownDims(flat, {want}), dims);
}

// aten::resize, aten::resize_
Results resizeTo(Call& c) { return {resized(c, c.dims("size"))}; }

// aten::resize_as, aten::resize_as_
Results resizeAs(Call& c) { return {resized(c, c.tensor("the_template").dims())}; }

}  // namespace

std::vector<Row> resized_rows() {
  return {
      {"aten::resize(self, size)", resizeTo},
      {"aten::resize_as(self, the_template)", resizeAs},
  };
}

}  // namespace deploytool::exporter::ops
