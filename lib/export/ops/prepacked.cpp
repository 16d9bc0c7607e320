// Operators of archives optimised for mobile devices (torch.utils.mobile_optimizer): convolutions and linear layers
// whose weights are packed for XNNPACK together with the clamp that follows them. The fields: torchscript/packed.cpp.
#include "export/ops/convolution.h"
#include "export/ops/families.h"
#include "export/static_value.h"

namespace deploytool::exporter::ops {

namespace {

/// The fields of a packed object, read in order.
class Fields {
 public:
  explicit Fields(Call& c) : c_(c) {
    const auto* packed = c.arg("W_prepack").as<std::shared_ptr<ts::Packed>>();
    if (!packed) c.refuse("packed weights must be known when exporting");
    for (const ts::Value& field : (*packed)->fields) fields_.push_back(fromStatic(field));
  }

  std::optional<Tensor> tensor() {
    const Value& value = next();
    if (value.isNone()) return {};
    if (!value.isTensor()) c_.refuse("packed weights of an unknown layout");
    return c_.read(value);
  }
  std::vector<int64_t> integers() {
    const Value value = next();
    const auto* list = value.as<std::shared_ptr<ListValue>>();
    if (!list) c_.refuse("packed weights of an unknown layout");
    std::vector<int64_t> result;
    for (const Value& item : (*list)->items) result.push_back(item.as<Dim>() ? item.as<Dim>()->literal() : 0);
    return result;
  }
  int64_t integer() {
    const Value& value = next();
    if (!value.is<Dim>()) c_.refuse("packed weights of an unknown layout");
    return value.as<Dim>()->literal();
  }
  /// What is left: the bounds of the clamp, each None or a number.
  Tensor clamped(const Tensor& x) {
    const auto bound = [&](const Value& value) {
      if (value.isNone()) return Tensor();
      if (const auto* whole = value.as<Dim>()) return c_.b.scalarLike(x, static_cast<double>(whole->literal()));
      return c_.b.scalarLike(x, value.is<double>() ? *value.as<double>() : 0);
    };
    const Tensor lowest = bound(next()), highest = bound(next());
    return lowest || highest ? c_.b.op("Clip", {x, lowest, highest}) : x;
  }

 private:
  Call& c_;
  std::vector<Value> fields_;
  size_t at_ = 0;

  const Value& next() {
    if (at_ >= fields_.size()) c_.refuse("packed weights of an unknown layout");
    return fields_[at_++];
  }
};

// prepacked::conv2d_clamp_run, conv2d_transpose_clamp_run
Lowering convolution(bool transposed) {
  return [transposed](Call& c) -> Results {
    Fields fields(c);
    const auto weight = fields.tensor(), bias = fields.tensor();
    if (!weight) c.refuse("packed weights of an unknown layout");
    Geometry g;
    g.transposed = transposed;
    g.stride = fields.integers();
    g.padding = fields.integers();
    if (transposed) g.outputPadding = fields.integers();
    g.dilation = fields.integers();
    g.groups = fields.integer();
    return {fields.clamped(convolve(c.b, c.tensor("X"), *weight, bias, g))};
  };
}

// prepacked::linear_clamp_run
Results linear(Call& c) {
  Fields fields(c);
  const auto weight = fields.tensor(), bias = fields.tensor();
  if (!weight) c.refuse("packed weights of an unknown layout");
  Tensor y = c.b.matmul(c.tensor("X"), c.b.transpose(*weight, {1, 0}));
  if (bias) y = c.b.add(y, *bias);
  return {fields.clamped(y)};
}

ts::Value fieldOf(Call& c, const Value& value) {
  if (value.isNone()) return {};
  if (const auto* number = value.as<double>()) return {*number};
  if (const auto* whole = value.as<Dim>(); whole && whole->isLiteral()) return {whole->literal()};
  if (value.isTensor() && c.read(value).isConstant()) return {c.read(value).constant()};
  const auto* list = value.as<std::shared_ptr<ListValue>>();
  if (!list || (*list)->isSequence()) c.refuse("packed weights must be known when exporting");
  auto items = std::make_shared<ts::List>();
  items->elementType = (*list)->elementType;
  for (const Value& item : (*list)->items) items->items.push_back(fieldOf(c, item));
  return {items};
}

// prepacked::conv2d_clamp_prepack and the like: their arguments are the fields, in order
Results pack(Call& c) {
  auto packed = std::make_shared<ts::Packed>();
  packed->className = "xnnpack";
  for (const Value& argument : c.arguments()) packed->fields.push_back(fieldOf(c, argument));
  return {Value(packed)};
}

}  // namespace

std::vector<Row> prepacked() {
  return {
      {"prepacked::conv2d_clamp_prepack(W, B, stride, padding, dilation, groups, output_min, output_max)", pack},
      {"prepacked::conv2d_transpose_clamp_prepack(W, B, stride, padding, output_padding, dilation, groups, output_min, "
       "output_max)",
       pack},
      {"prepacked::linear_clamp_prepack(W, B, output_min, output_max)", pack},
      {"prepacked::conv2d_clamp_run(X, W_prepack)", convolution(false)},
      {"prepacked::conv2d_transpose_clamp_run(X, W_prepack)", convolution(true)},
      {"prepacked::linear_clamp_run(X, W_prepack)", linear},
  };
}

}  // namespace deploytool::exporter::ops
