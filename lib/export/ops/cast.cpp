// Conversions between element types.
#include "export/ops/families.h"
#include "export/ops/shape_common.h"

namespace deploytool::exporter::ops {

namespace {

// aten::to.*(self, dtype): None keeps the element type
Results toDtype(Call& c) {
  const Tensor x = c.tensor("self");
  return {c.b.cast(x, c.dtype("dtype").value_or(x.dtype()))};
}

// aten::to.other(self, other), aten::type_as
Results toOther(Call& c) { return {c.b.cast(c.tensor("self"), c.tensor("other").dtype())}; }

Lowering always(DType dtype) {
  return [dtype](Call& c) -> Results { return {c.b.cast(c.tensor("self"), dtype)}; };
}

}  // namespace

std::vector<Row> cast() {
  return {
      {"aten::to.dtype(self, dtype)", toDtype},
      {"aten::to.device(self, dtype)", toDtype},
      {"aten::to.dtype_layout(self, dtype)", toDtype},
      {"aten::to.prim_dtype(self, dtype)", toDtype},
      {"aten::to.prim_Device(self, dtype)", toDtype},
      {"aten::to.prim_other(self)", pass()},
      {"aten::to.other(self, other)", toOther},
      {"aten::_to_copy(self, dtype)", toDtype},
      {"aten::type_as(self, other)", toOther},
      {"aten::_cast_Byte(self)", always(DType::UInt8)},
      {"aten::_cast_Char(self)", always(DType::Int8)},
      {"aten::_cast_Double(self)", always(DType::Float64)},
      {"aten::_cast_Float(self)", always(DType::Float32)},
      {"aten::_cast_Half(self)", always(DType::Float16)},
      {"aten::_cast_Int(self)", always(DType::Int32)},
      {"aten::_cast_Long(self)", always(DType::Int64)},
      {"aten::_cast_Short(self)", always(DType::Int16)},
  };
}

}  // namespace deploytool::exporter::ops
