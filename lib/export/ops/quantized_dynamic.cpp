// Operators with quantized weights and floating activations: linear layers, recurrent cells, embeddings.
#include "export/ops/embedding.h"
#include "export/ops/families.h"
#include "export/ops/quantized_values.h"
#include "export/ops/recurrent_cells.h"

namespace deploytool::exporter::ops {

namespace {

// quantized::linear_dynamic, linear_dynamic_fp16
Results linearDynamic(Call& c) { return {dynamicLinear(c, c.tensor("X"), packedOf(c, c.arg("W_prepack")))}; }

// quantized::linear_relu_dynamic, linear_relu_dynamic_fp16
Results linearReluDynamic(Call& c) {
  return {c.b.unary("Relu", dynamicLinear(c, c.tensor("X"), packedOf(c, c.arg("W_prepack"))))};
}

/// Of input and hidden state; the biases are packed with the weights.
Gates gatesOf(Call& c, const Tensor& h, int64_t count) {
  const auto product = [&](const Tensor& x, std::string_view weight) {
    return splitGates(c, dynamicLinear(c, x, packedOf(c, c.arg(weight))), count);
  };
  return {product(c.tensor("input"), "w_ih"), product(h, "w_hh")};
}

// quantized::quantized_lstm_cell_dynamic
Results lstmCell(Call& c) {
  const Tensors states = c.tensors("hx");
  return lstmStep(c, gatesOf(c, states.at(0), 4), states.at(1));
}

// quantized::quantized_gru_cell_dynamic
Results gruCell(Call& c) {
  const Tensor h = c.tensor("hx");
  return {gruStep(c, gatesOf(c, h, 3), h)};
}

// quantized::quantized_rnn_tanh_cell_dynamic, quantized_rnn_relu_cell_dynamic
Results tanhCell(Call& c) { return {simpleStep(c, gatesOf(c, c.tensor("hx"), 1), "Tanh")}; }
Results reluCell(Call& c) { return {simpleStep(c, gatesOf(c, c.tensor("hx"), 1), "Relu")}; }

/// Fields of packed embeddings: integers, scales and zero points in floating point, a row each (torchscript/packed.cpp).
ir::TensorPtr field(Call& c, const ts::Packed& packed, size_t index) {
  const auto* tensor = index < packed.fields.size() ? std::get_if<ir::TensorPtr>(&packed.fields[index].data) : nullptr;
  if (!tensor) c.refuse("a packed embedding of an unknown layout");
  return *tensor;
}

/// The rows that `indices` name: gathered as integers; real = scale * (integer - zero point).
Tensor rowsOf(Call& c, const Tensor& indices) {
  Builder& b = c.b;
  const ts::Packed& packed = packedOf(c, c.arg("weight"));
  const auto rows = [&](size_t index) { return b.gather(Tensor(field(c, packed, index)), indices, 0); };
  const Tensor integers = b.cast(rows(0), DType::Float32);
  const int64_t last = integers.rank() - 1;
  return b.mul(b.sub(integers, b.unsqueeze(rows(2), {last})), b.unsqueeze(rows(1), {last}));
}

Tensor indicesOf(Call& c) { return c.b.cast(c.tensor("indices"), DType::Int64); }

// quantized::embedding_byte, embedding_4bit
Results lookUpRows(Call& c) { return {rowsOf(c, indicesOf(c))}; }

// quantized::embedding_bag_byte, embedding_bag_4bit: sums, whatever `mode` says
Results sumOfBags(Call& c) {
  Builder& b = c.b;
  if (c.boolean("pruned_weights")) c.refuse("pruned embeddings");
  const Tensor indices = indicesOf(c);
  Tensor rows = rowsOf(c, indices);
  if (auto scale = c.optTensor("per_sample_weights")) rows = b.mul(rows, b.unsqueeze(*scale, {indices.rank()}));
  if (indices.rank() == 2) return {b.reduce("ReduceSum", rows, {1}, false)};
  const Tensor members = bagMembers(c, indices, c.tensor("offsets"), c.boolean("include_last_offset"));
  return {b.matmul(b.cast(members, DType::Float32), rows)};
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
      {"quantized::embedding_bag_byte(weight, indices, offsets, pruned_weights, per_sample_weights, include_last_offset)",
       sumOfBags, "pruned weights"},
      {"quantized::embedding_bag_4bit(weight, indices, offsets, pruned_weights, per_sample_weights, include_last_offset)",
       sumOfBags, "pruned weights"},
  };
}

}  // namespace deploytool::exporter::ops
