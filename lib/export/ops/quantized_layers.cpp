// Linear layers and convolutions with packed 8-bit weights, as ONNX's QDQ form: real arithmetic between QuantizeLinear and
// DequantizeLinear. Quantized activations are quint8, as libtorch's kernels have them.
#include <string>

#include "export/ops/families.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::linear and with an activation after it
Tensor linear(Call& c) {
  const PackedLinear packed = linearParts(c, packedOf(c, c.arg("W_prepack")));
  if (!packed.quantized) c.refuse("a statically quantized layer with a float16 weight");
  const Tensor y = c.b.matmul(realTensor(c, "X"), c.b.swapAxes(dequantized(c, *packed.quantized), 0, 1));
  return packed.bias ? c.b.add(y, Tensor(packed.bias)) : y;
}
Tensor linearLeakyRelu(Call& c) { return c.b.op("LeakyRelu", {linear(c)}, {{"alpha", c.number("negative_slope")}}); }
Tensor linearTanh(Call& c) { return c.b.unary("Tanh", linear(c)); }

/// Packed parameters of convolutions: version, [geometry, weight], [bias] (libtorch's serialization, version 2).
struct PackedConv {
  std::vector<int64_t> geometry;
  std::shared_ptr<ts::QuantizedTensor> weight;
  ir::TensorPtr bias;
};

PackedConv convParts(Call& c, const ts::Packed& packed) {
  PackedConv out;
  const auto list = [&](size_t at) -> const std::vector<ts::Value>& {
    const auto* items = at < packed.fields.size() ? std::get_if<std::shared_ptr<ts::List>>(&packed.fields[at].data) : nullptr;
    if (!items || (*items)->items.empty()) c.refuse("a packed convolution of an unknown layout");
    return (*items)->items;
  };
  const auto& tensors = list(1);
  const auto* geometry = std::get_if<ir::TensorPtr>(&tensors[0].data);
  const auto* weight = tensors.size() > 1 ? std::get_if<std::shared_ptr<ts::QuantizedTensor>>(&tensors[1].data) : nullptr;
  if (!geometry || !weight) c.refuse("a packed convolution of an unknown layout");
  out.geometry = (*geometry)->toInt64s();
  out.weight = *weight;
  if (const auto* bias = std::get_if<ir::TensorPtr>(&list(2)[0].data)) out.bias = *bias;
  return out;
}

/// Geometry: spatial axes, then stride, padding, dilation, output padding (one each per axis), groups, transposed.
Tensor convolved(Call& c, Tensor x, std::string_view weight = "packed_weight") {
  const PackedConv packed = convParts(c, packedOf(c, c.arg(weight)));
  const auto& g = packed.geometry;
  const auto n = g.empty() ? 0 : static_cast<size_t>(g[0]);
  if (n < 1 || g.size() != 3 + 4 * n) c.refuse("a packed convolution of an unknown layout");
  const auto part = [&](size_t which) {
    const auto from = g.begin() + 1 + static_cast<std::ptrdiff_t>(which * n);
    return std::vector<int64_t>(from, from + static_cast<std::ptrdiff_t>(n));
  };
  const bool oneAxis = x.rank() == static_cast<int64_t>(n) + 1;  // conv1d is packed as conv2d
  if (oneAxis) x = c.b.unsqueeze(x, {2});
  std::vector<int64_t> pads = part(1);
  pads.insert(pads.end(), pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(n));
  ir::Attributes attributes{{"strides", part(0)}, {"pads", pads}, {"dilations", part(2)}, {"group", g[g.size() - 2]}};
  const bool transposed = g.back() != 0;
  if (transposed) attributes.emplace_back("output_padding", part(3));
  Tensors inputs{x, dequantized(c, *packed.weight)};
  if (packed.bias) inputs.emplace_back(packed.bias);
  const Tensor y = c.b.op(transposed ? "ConvTranspose" : "Conv", inputs, std::move(attributes));
  return oneAxis ? c.b.squeeze(y, {2}) : y;
}

// quantized::conv1d.new, conv2d.new, conv3d.new, conv_transpose1d, conv_transpose2d, conv_transpose3d
Tensor conv(Call& c) { return convolved(c, realTensor(c, "qx")); }
// quantized::conv2d, conv3d: the geometry that the call repeats is packed too
Tensor convOfOldArchives(Call& c) { return convolved(c, realTensor(c, "qx"), "weight"); }

// quantized::conv1d_dynamic and the like: the scale that the range of the input asks for rounds the result too
Results convDynamic(Call& c) {
  const Tensors q = c.b.ops("DynamicQuantizeLinear", {c.tensor("qx")}, 3);
  const Tensor y = convolved(c, c.b.op("DequantizeLinear", {q[0], q[1], q[2]}));
  return {c.b.op("DequantizeLinear", {c.b.op("QuantizeLinear", {y, q[1], q[2]}), q[1], q[2]})};
}

std::string convSignature(const char* name, const char* overload = "") {
  return std::string("quantized::") + name + overload + "(qx, packed_weight, output_scale, output_zero_point)";
}

void addConvolutions(std::vector<Row>& rows) {
  for (const char* name : {"conv1d", "conv2d", "conv3d"}) {
    const char* overload = std::string(name) == "conv1d" ? "" : ".new";
    rows.emplace_back(convSignature(name, overload).c_str(), roundedAfter(conv));
    rows.emplace_back(convSignature((std::string(name) + "_relu").c_str(), overload).c_str(), roundedAfterRelu(conv));
  }
  for (const char* name : {"conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
    rows.emplace_back(convSignature(name).c_str(), roundedAfter(conv));
  for (const char* name : {"conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"})
    rows.emplace_back((std::string("quantized::") + name + "_dynamic(qx, packed_weight)").c_str(), convDynamic);
  for (const char* name : {"conv2d", "conv3d"}) {
    const std::string arguments = "(qx, weight, output_scale, output_zero_point)";
    rows.emplace_back((std::string("quantized::") + name + arguments).c_str(), roundedAfter(convOfOldArchives));
    rows.emplace_back((std::string("quantized::") + name + "_relu" + arguments).c_str(), roundedAfterRelu(convOfOldArchives));
  }
}

}  // namespace

std::vector<Row> quantized_layers() {
  constexpr OutputNames kNames{"Y_scale_i", "Y_zero_point_i"};
  std::vector<Row> rows = {
      {"quantized::linear(X, W_prepack, Y_scale_i, Y_zero_point_i)", roundedAfter(linear, kNames)},
      {"quantized::linear_relu(X, W_prepack, Y_scale_i, Y_zero_point_i)", roundedAfterRelu(linear, kNames)},
      {"quantized::linear_leaky_relu(X, W_prepack, Y_scale_i, Y_zero_point_i, negative_slope)",
       roundedAfter(linearLeakyRelu, kNames)},
      {"quantized::linear_tanh(X, W_prepack, Y_scale_i, Y_zero_point_i)", roundedAfter(linearTanh, kNames)},
  };
  addConvolutions(rows);
  return rows;
}

}  // namespace deploytool::exporter::ops
