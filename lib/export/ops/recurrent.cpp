// LSTM, GRU and RNN layers on padded and packed sequences, and their cells.
#include "export/ops/families.h"
#include "export/ops/packed_sequence.h"
#include "export/ops/quantized_values.h"
#include "export/ops/recurrent_cells.h"
#include "export/ops/recurrent_layers.h"

namespace deploytool::exporter::ops {

namespace {

bool isLstm(const CellKind& kind) { return &kind == &kLstm; }

/// hx is a list {h, c} for lstm, one tensor otherwise.
void readStates(Call& c, const CellKind& kind, RecurrentInput& input) {
  if (!isLstm(kind)) {
    input.hidden = c.tensor("hx");
    return;
  }
  const Tensors states = c.tensors("hx");
  if (states.size() != 2) c.refuse("lstm needs two initial states");
  input.hidden = states[0];
  input.cell = states[1];
}

/// Packed parameters of quantized layers: kind of cell, biases, numbers, numbers, weights (libtorch's serialization).
RecurrentDirection quantizedDirection(Call& c, const ts::Packed& packed) {
  const auto list = [&](size_t at) -> const std::vector<ts::Value>& {
    const auto* items = at < packed.fields.size() ? std::get_if<std::shared_ptr<ts::List>>(&packed.fields[at].data) : nullptr;
    if (!items || (*items)->items.size() < 2) c.refuse("packed parameters of this kind of recurrent layer");
    return (*items)->items;
  };
  const auto weight = [&](size_t i) -> RecurrentWeight {
    const auto* linear = std::get_if<std::shared_ptr<ts::Packed>>(&list(4)[i].data);
    if (!linear) c.refuse("packed parameters of this kind of recurrent layer");
    const PackedLinear unpacked = linearParts(c, **linear);
    if (unpacked.plain) return {c.b.cast(Tensor(unpacked.plain), DType::Float32), {}, {}};
    const QuantizedWeight w = parts(c, *unpacked.quantized);
    return {w.integers, w.scale, w.zeroPoint};
  };
  const auto bias = [&](size_t i) -> std::optional<Tensor> {
    const auto* tensor = std::get_if<ir::TensorPtr>(&list(1)[i].data);
    return tensor ? std::optional<Tensor>(*tensor) : std::nullopt;
  };
  return {weight(0), weight(1), bias(0), bias(1), {}};
}

std::vector<RecurrentDirection> directionsFor(Call& c) {
  if (c.schema().name.find("quantized_") == std::string::npos) return directionsOf(c);
  if (c.b.opset() < 13) c.refuse("quantized recurrent layers need opset 13");
  const auto* params = c.arg("params").as<std::shared_ptr<ListValue>>();
  if (!params) c.refuse("packed parameters that are not part of the model");
  std::vector<RecurrentDirection> directions;
  for (const Value& item : (*params)->items) directions.push_back(quantizedDirection(c, packedOf(c, item)));
  return directions;
}

Results resultsOf(const Tensor& y, const RecurrentOutput& out) {
  Results results{y, out.hidden};
  if (out.cell) results.emplace_back(*out.cell);
  return results;
}

// aten::lstm.input, gru.input, rnn_tanh.input, rnn_relu.input
template <const CellKind& Kind>
Results onPadded(Call& c) {
  RecurrentInput input;
  input.x = c.tensor("input");
  readStates(c, Kind, input);
  const bool batchFirst = c.boolean("batch_first");
  const bool unbatched = input.x.rank() == 2;
  if (unbatched) {
    input.x = c.b.unsqueeze(input.x, {1});
    input.hidden = c.b.unsqueeze(input.hidden, {1});
    if (input.cell) input.cell = c.b.unsqueeze(*input.cell, {1});
  } else if (batchFirst) {
    input.x = c.b.swapAxes(input.x, 0, 1);
  }
  RecurrentOutput out = runLayers(c, Kind, input, directionsFor(c));
  if (unbatched) {
    out.hidden = c.b.squeeze(out.hidden, {1});
    if (out.cell) out.cell = c.b.squeeze(*out.cell, {1});
    return resultsOf(c.b.squeeze(out.y, {1}), out);
  }
  return resultsOf(batchFirst ? c.b.swapAxes(out.y, 0, 1) : out.y, out);
}

// aten::lstm.data, gru.data, rnn_tanh.data, rnn_relu.data
template <const CellKind& Kind>
Results onPacked(Call& c) {
  const PaddedSequence padded = unpack(c, c.tensor("data"), c.tensor("batch_sizes"));
  RecurrentInput input;
  input.x = padded.x;
  input.lengths = padded.lengths;
  readStates(c, Kind, input);
  const RecurrentOutput out = runLayers(c, Kind, input, directionsFor(c));
  return resultsOf(pack(c, {out.y, padded.lengths, padded.batchSizes}), out);
}

/// Of input and hidden state, with weights and biases as they are.
Gates gatesOf(Call& c, const Tensor& h, int64_t count) {
  const auto product = [&](const Tensor& x, std::string_view weight, std::string_view bias) {
    const Tensor y = c.b.matmul(x, c.b.swapAxes(c.tensor(weight), 0, 1));
    const auto offset = c.optTensor(bias);
    return splitGates(c, offset ? c.b.add(y, *offset) : y, count);
  };
  return {product(c.tensor("input"), "w_ih", "b_ih"), product(h, "w_hh", "b_hh")};
}

// aten::lstm_cell
Results lstmCell(Call& c) {
  const Tensors states = c.tensors("hx");
  return lstmStep(c, gatesOf(c, states.at(0), 4), states.at(1));
}

// aten::gru_cell
Results gruCell(Call& c) {
  const Tensor h = c.tensor("hx");
  return {gruStep(c, gatesOf(c, h, 3), h)};
}

// aten::rnn_tanh_cell, rnn_relu_cell
template <const CellKind& Kind>
Results rnnCell(Call& c) {
  return {simpleStep(c, gatesOf(c, c.tensor("hx"), 1), Kind.activation)};
}

// aten::_pack_padded_sequence
Results packPadded(Call& c) {
  Tensor x = c.tensor("input");
  if (c.boolean("batch_first")) x = c.b.swapAxes(x, 0, 1);
  const PaddedSequence padded = paddedFrom(c, x, c.tensor("lengths"));
  return {pack(c, padded), padded.batchSizes};
}

// aten::_pad_packed_sequence
Results padPacked(Call& c) {
  const PaddedSequence padded = unpack(c, c.tensor("data"), c.tensor("batch_sizes"));
  Tensor x = padded.x;
  const double value = c.number("padding_value");
  if (value != 0) x = fillPadding(c, padded, value);
  const int64_t total = c.has("total_length") && c.dim("total_length").isLiteral() ? c.integer("total_length") : 1;
  if (total > 0 && c.has("total_length")) {
    std::vector<std::pair<Dim, Dim>> pads(static_cast<size_t>(x.rank()), {0, 0});
    pads[0].second = c.dim("total_length") - x.dim(0);
    x = c.b.pad(x, pads, value);
  }
  if (c.boolean("batch_first")) x = c.b.swapAxes(x, 0, 1);
  return {x, padded.lengths};
}

}  // namespace

std::vector<Row> recurrent() {
  return {
      {"aten::lstm.input(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kLstm>},
      {"aten::gru.input(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kGru>},
      {"aten::rnn_tanh.input(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kRnnTanh>},
      {"aten::rnn_relu.input(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kRnnRelu>},
      {"aten::lstm.data(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)", onPacked<kLstm>,
       "projections on packed sequences"},
      {"aten::gru.data(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)", onPacked<kGru>},
      {"aten::rnn_tanh.data(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)", onPacked<kRnnTanh>},
      {"aten::rnn_relu.data(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)", onPacked<kRnnRelu>},
      {"aten::quantized_lstm.input(input, hx, params, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kLstm>},
      {"aten::quantized_gru.input(input, hx, params, num_layers, dropout, train, bidirectional, batch_first)", onPadded<kGru>},
      {"aten::quantized_lstm.data(data, batch_sizes, hx, params, num_layers, dropout, train, bidirectional)", onPacked<kLstm>},
      {"aten::quantized_gru.data(data, batch_sizes, hx, params, num_layers, dropout, train, bidirectional)", onPacked<kGru>},
      {"aten::lstm_cell(input, hx, w_ih, w_hh, b_ih, b_hh)", lstmCell},
      {"aten::gru_cell(input, hx, w_ih, w_hh, b_ih, b_hh)", gruCell},
      {"aten::rnn_tanh_cell(input, hx, w_ih, w_hh, b_ih, b_hh)", rnnCell<kRnnTanh>},
      {"aten::rnn_relu_cell(input, hx, w_ih, w_hh, b_ih, b_hh)", rnnCell<kRnnRelu>},
      {"aten::_pack_padded_sequence(input, lengths, batch_first)", packPadded},
      {"aten::_pad_packed_sequence(data, batch_sizes, batch_first, padding_value, total_length)", padPacked},
  };
}

}  // namespace deploytool::exporter::ops
