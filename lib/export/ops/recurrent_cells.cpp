// Steps of recurrent cells.
#include "export/ops/recurrent_cells.h"

namespace deploytool::exporter::ops {

Tensors splitGates(Call& c, const Tensor& products, int64_t count) {
  const Dim size = ir::floorDiv(products.dim(-1), count);
  return c.b.split(products, -1, Dims(static_cast<size_t>(count), size));
}

Results lstmStep(Call& c, const Gates& g, const Tensor& before) {
  const auto gate = [&](size_t i, const char* f) { return c.b.unary(f, c.b.add(g.input[i], g.hidden[i])); };
  const Tensor cell = c.b.add(c.b.mul(gate(1, "Sigmoid"), before), c.b.mul(gate(0, "Sigmoid"), gate(2, "Tanh")));
  return {c.b.mul(gate(3, "Sigmoid"), c.b.unary("Tanh", cell)), cell};
}

Tensor gruStep(Call& c, const Gates& g, const Tensor& h) {
  const Tensor reset = c.b.unary("Sigmoid", c.b.add(g.input[0], g.hidden[0]));
  const Tensor update = c.b.unary("Sigmoid", c.b.add(g.input[1], g.hidden[1]));
  const Tensor fresh = c.b.unary("Tanh", c.b.add(g.input[2], c.b.mul(reset, g.hidden[2])));
  return c.b.add(fresh, c.b.mul(update, c.b.sub(h, fresh)));
}

Tensor simpleStep(Call& c, const Gates& g, const char* activation) {
  return c.b.unary(activation, c.b.add(g.input[0], g.hidden[0]));
}

}  // namespace deploytool::exporter::ops
