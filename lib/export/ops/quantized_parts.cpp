// What a quantized tensor is made of: its integers, scales and zero points.
#include "export/ops/families.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

const ir::Node& roundedBy(Call& c) {
  const ir::Node* node = roundingNode(c, c.arg("self"));
  if (!node) c.refuse("a quantized tensor whose scale is not known");
  return *node;
}

ir::Tensor constantInput(Call& c, size_t input) {
  const ir::Value* value = roundedBy(c).input(input);
  if (!value->constant) c.refuse("a scale that a run decides");
  return *value->constant;
}

// aten::int_repr
Results integers(Call& c) {
  const ir::Node& node = roundedBy(c);
  const Tensor real = c.read(c.arg("self"));
  if (real.value() && real.value()->producer() == &node) return {Tensor(node.input(0))};
  if (node.attribute("axis")) c.refuse("the integers of a tensor with a scale per channel, after an operator");
  return {c.b.op("QuantizeLinear", {real, Tensor(node.input(1)), Tensor(node.input(2))})};
}

// aten::q_scale, q_zero_point
Results scale(Call& c) { return {Value(constantInput(c, 1).toDoubles().at(0))}; }
Results zeroPoint(Call& c) { return {Value(constantInput(c, 2).toInt64s().at(0))}; }

// aten::q_per_channel_scales, q_per_channel_zero_points, q_per_channel_axis
Results channelScales(Call& c) { return {c.b.cast(Tensor(roundedBy(c).input(1)), DType::Float64)}; }
Results channelZeroPoints(Call& c) { return {c.b.cast(Tensor(roundedBy(c).input(2)), DType::Int64)}; }
Results channelAxis(Call& c) { return {Value(roundedBy(c).intAttribute("axis", 0))}; }

}  // namespace

std::vector<Row> quantized_parts() {
  return {
      {"aten::int_repr(self)", integers},
      {"aten::q_scale(self)", scale},
      {"aten::q_zero_point(self)", zeroPoint},
      {"aten::q_per_channel_scales(self)", channelScales},
      {"aten::q_per_channel_zero_points(self)", channelZeroPoints},
      {"aten::q_per_channel_axis(self)", channelAxis},
  };
}

}  // namespace deploytool::exporter::ops
