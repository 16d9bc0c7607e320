// Operators with quantized weights and floating activations: linear layers, recurrent cells, embeddings.
#include "export/ops/families.h"
#include "export/ops/quantized_values.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::linear_dynamic, linear_dynamic_fp16
Results linearDynamic(Call& c) { return {dynamicLinear(c, c.tensor("X"), packedOf(c, c.arg("W_prepack")))}; }

// quantized::linear_relu_dynamic, linear_relu_dynamic_fp16
Results linearReluDynamic(Call& c) {
  return {c.b.unary("Relu", dynamicLinear(c, c.tensor("X"), packedOf(c, c.arg("W_prepack"))))};
}

/// w_ih x + b_ih and w_hh h + b_hh, split into gates; the biases are packed with the weights.
struct Gates {
  Tensors input, hidden;
};

Gates gatesOf(Call& c, const Tensor& h, int64_t count) {
  const auto product = [&](const Tensor& x, std::string_view weight) {
    const Tensor y = dynamicLinear(c, x, packedOf(c, c.arg(weight)));
    const Dim size = ir::floorDiv(y.dim(-1), count);
    return c.b.split(y, -1, Dims(static_cast<size_t>(count), size));
  };
  return {product(c.tensor("input"), "w_ih"), product(h, "w_hh")};
}

// quantized::quantized_lstm_cell_dynamic
Results lstmCell(Call& c) {
  const Tensors states = c.tensors("hx");
  const Gates g = gatesOf(c, states.at(0), 4);
  const auto gate = [&](size_t i, const char* f) { return c.b.unary(f, c.b.add(g.input[i], g.hidden[i])); };
  const Tensor cell = c.b.add(c.b.mul(gate(1, "Sigmoid"), states.at(1)), c.b.mul(gate(0, "Sigmoid"), gate(2, "Tanh")));
  return {c.b.mul(gate(3, "Sigmoid"), c.b.unary("Tanh", cell)), cell};
}

// quantized::quantized_gru_cell_dynamic
Results gruCell(Call& c) {
  const Tensor h = c.tensor("hx");
  const Gates g = gatesOf(c, h, 3);
  const Tensor reset = c.b.unary("Sigmoid", c.b.add(g.input[0], g.hidden[0]));
  const Tensor update = c.b.unary("Sigmoid", c.b.add(g.input[1], g.hidden[1]));
  const Tensor fresh = c.b.unary("Tanh", c.b.add(g.input[2], c.b.mul(reset, g.hidden[2])));
  return {c.b.add(fresh, c.b.mul(update, c.b.sub(h, fresh)))};
}

Results simpleCell(Call& c, const char* activation) {
  const Gates g = gatesOf(c, c.tensor("hx"), 1);
  return {c.b.unary(activation, c.b.add(g.input[0], g.hidden[0]))};
}
// quantized::quantized_rnn_tanh_cell_dynamic, quantized_rnn_relu_cell_dynamic
Results tanhCell(Call& c) { return simpleCell(c, "Tanh"); }
Results reluCell(Call& c) { return simpleCell(c, "Relu"); }

/// Fields of packed embeddings: integers, scales and zero points in floating point, a row each (torchscript/packed.cpp).
ir::TensorPtr field(Call& c, const ts::Packed& packed, size_t index) {
  const auto* tensor = index < packed.fields.size() ? std::get_if<ir::TensorPtr>(&packed.fields[index].data) : nullptr;
  if (!tensor) c.refuse("a packed embedding of an unknown layout");
  return *tensor;
}

// quantized::embedding_byte, embedding_4bit: rows are gathered as integers; real = scale * (integer - zero point)
Results lookUpRows(Call& c) {
  Builder& b = c.b;
  const ts::Packed& packed = packedOf(c, c.arg("weight"));
  const Tensor indices = b.cast(c.tensor("indices"), DType::Int64);
  const auto rows = [&](size_t index) { return b.gather(Tensor(field(c, packed, index)), indices, 0); };
  const Tensor integers = b.cast(rows(0), DType::Float32);
  const int64_t last = integers.rank() - 1;
  return {b.mul(b.sub(integers, b.unsqueeze(rows(2), {last})), b.unsqueeze(rows(1), {last}))};
}

}  // namespace

std::vector<Row> quantized_dynamic() {
  return {
      {"quantized::linear_dynamic(X, W_prepack)", linearDynamic},
      {"quantized::linear_dynamic_fp16(X, W_prepack)", linearDynamic},
      {"quantized::linear_relu_dynamic(X, W_prepack)", linearReluDynamic},
      {"quantized::linear_relu_dynamic_fp16(X, W_prepack)", linearReluDynamic},
      {"quantized::quantized_lstm_cell_dynamic(input, hx, w_ih, w_hh)", lstmCell},
      {"quantized::quantized_gru_cell_dynamic(input, hx, w_ih, w_hh)", gruCell},
      {"quantized::quantized_rnn_tanh_cell_dynamic(input, hx, w_ih, w_hh)", tanhCell},
      {"quantized::quantized_rnn_relu_cell_dynamic(input, hx, w_ih, w_hh)", reluCell},
      {"quantized::embedding_byte(weight, indices)", lookUpRows},
      {"quantized::embedding_4bit(weight, indices)", lookUpRows},
  };
}

}  // namespace deploytool::exporter::ops
