// Max unpooling: values go back to the positions in their plane that pooling took them from.
#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

// aten::max_unpool2d, max_unpool3d
template <size_t Spatial>
Results maxUnpool(Call& c) {
  Builder& b = c.b;
  const Tensor x = c.tensor("self");
  const Dims size = c.dims("output_size");
  const Dims lead(x.dims().begin(), x.dims().end() - Spatial);
  const auto planes = [&](const Dim& count) {
    Dims dims = lead;
    dims.push_back(count);
    return dims;
  };
  const Dim count = ir::product(Dims(x.dims().end() - Spatial, x.dims().end()));
  const auto axis = static_cast<int64_t>(lead.size());
  const Tensor positions = b.reshape(b.cast(c.tensor("indices"), DType::Int64), planes(count));
  const Tensor empty = b.full(x.dtype(), planes(ir::product(size)), 0);
  const Tensor filled = b.op("ScatterElements", {empty, positions, b.reshape(x, planes(count))}, {{"axis", axis}});
  Dims dims = lead;
  dims.insert(dims.end(), size.begin(), size.end());
  return {b.reshape(filled, dims)};
}

}  // namespace

std::vector<Row> unpooling() {
  return {
      {"aten::max_unpool2d(self, indices, output_size)", maxUnpool<2>},
      {"aten::max_unpool3d(self, indices, output_size)", maxUnpool<3>},
  };
}

}  // namespace deploytool::exporter::ops
