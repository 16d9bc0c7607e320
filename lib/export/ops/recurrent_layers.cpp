#include "export/ops/recurrent_layers.h"

#include <algorithm>

#include "export/ops/scan.h"

namespace deploytool::exporter::ops {

const CellKind kLstm{"LSTM", {0, 3, 1, 2}};  // torch: input, forget, cell, output; ONNX: input, output, forget, cell
const CellKind kGru{"GRU", {1, 0, 2}};       // torch: reset, update, new; ONNX: update, reset, hidden
const CellKind kRnnTanh{"RNN", {0}, "Tanh"};
const CellKind kRnnRelu{"RNN", {0}, "Relu"};

namespace {

using Direction = RecurrentDirection;

Tensor reordered(Builder& b, const Tensor& gates, const CellKind& kind) {
  if (kind.gateOrder.size() == 1) return gates;
  const auto count = static_cast<int64_t>(kind.gateOrder.size());
  const Dim size = ir::floorDiv(gates.dim(0), count);
  Tensors parts;
  for (int64_t gate : kind.gateOrder) parts.push_back(b.slice(gates, 0, size * gate, size * (gate + 1)));
  return b.concat(parts, 0);
}

Tensor stacked(Builder& b, const std::vector<Tensor>& perDirection) {
  Tensors parts;
  for (const Tensor& t : perDirection) parts.push_back(b.unsqueeze(t, {0}));
  return b.concat(parts, 0);
}

/// The weights of all directions, [direction, gates, features]. Integers are arranged first, and stay integers in the file.
Tensor stackedWeights(Builder& b, const std::vector<RecurrentWeight>& weights, const CellKind& kind) {
  std::vector<Tensor> values;
  Tensors scales, zeros;
  const bool perRow = weights[0].scale && weights[0].scale.rank() == 1;
  for (const RecurrentWeight& w : weights) {
    values.push_back(reordered(b, w.values, kind));
    if (!w.scale) continue;
    scales.push_back(perRow ? reordered(b, w.scale, kind) : b.unsqueeze(w.scale, {0}));
    zeros.push_back(perRow ? reordered(b, w.zeroPoint, kind) : b.unsqueeze(w.zeroPoint, {0}));
  }
  if (scales.empty()) return stacked(b, values);
  const Tensor integers = perRow ? b.concat(values, 0) : stacked(b, values);
  const Tensor real = b.op("DequantizeLinear", {integers, b.concat(scales, 0), b.concat(zeros, 0)}, {{"axis", 0}});
  if (!perRow) return real;
  const Dims& each = values[0].dims();
  return b.reshape(real, {static_cast<int64_t>(weights.size()), each[0], each[1]});
}

/// One step as a Scan over time, for LSTMs with projections, which ONNX's operator lacks.
RecurrentOutput scanLstm(Call& c, const Direction& d, const Tensor& x, const Tensor& h0, const Tensor& c0, bool reverse) {
  Builder& b = c.b;
  Tensor gates = b.matmul(x, b.swapAxes(d.input.values, 0, 1));
  if (d.inputBias) gates = b.add(gates, b.add(*d.inputBias, *d.hiddenBias));
  const Tensor hiddenWeight = b.swapAxes(d.hidden.values, 0, 1);
  const Tensor projection = b.swapAxes(*d.projection, 0, 1);
  const Dim size = ir::floorDiv(gates.dim(2), 4);
  const auto step = [&](const Tensors& states, const Tensors& elements) -> ScanStep {
    const Tensors g = b.split(b.add(elements[0], b.matmul(states[0], hiddenWeight)), 1, {size, size, size, size});
    const Tensor kept = b.mul(b.unary("Sigmoid", g[1]), states[1]);
    const Tensor next = b.add(kept, b.mul(b.unary("Sigmoid", g[0]), b.unary("Tanh", g[2])));
    const Tensor out = b.matmul(b.mul(b.unary("Sigmoid", g[3]), b.unary("Tanh", next)), projection);
    return {{out, next}, {out}};
  };
  const ScanStep end = scanAlong(b, {h0, c0}, {gates}, 0, reverse, step);
  return {end.results[0], end.states[0], end.states[1]};
}

RecurrentOutput projectedLayer(Call& c, const std::vector<Direction>& directions, const RecurrentInput& in) {
  if (in.lengths) c.refuse("lstm with projections on a packed sequence");
  Tensors ys, hs, cs;
  for (size_t i = 0; i < directions.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const RecurrentOutput out = scanLstm(c, directions[i], in.x, c.b.select(in.hidden, 0, at), c.b.select(*in.cell, 0, at), i == 1);
    ys.push_back(out.y);
    hs.push_back(out.hidden);
    cs.push_back(*out.cell);
  }
  return {c.b.concat(ys, 2), stacked(c.b, hs), stacked(c.b, cs)};
}

/// One layer by ONNX's operator: y is [time, batch, directions * hidden].
RecurrentOutput layer(Call& c, const CellKind& kind, const std::vector<Direction>& directions, const RecurrentInput& in) {
  if (directions[0].projection) return projectedLayer(c, directions, in);
  Builder& b = c.b;
  std::vector<RecurrentWeight> weights, recurrence;
  std::vector<Tensor> biases;
  for (const Direction& d : directions) {
    weights.push_back(d.input);
    recurrence.push_back(d.hidden);
    if (d.inputBias) biases.push_back(b.concat({reordered(b, *d.inputBias, kind), reordered(b, *d.hiddenBias, kind)}, 0));
  }
  const Dim hidden = directions[0].hidden.values.dim(1);
  const auto count = static_cast<int64_t>(directions.size());
  Tensors inputs{in.x, stackedWeights(b, weights, kind), stackedWeights(b, recurrence, kind), biases.empty() ? Tensor() : stacked(b, biases),
                 in.lengths ? b.cast(*in.lengths, DType::Int32) : Tensor(), in.hidden};
  if (in.cell) inputs.push_back(*in.cell);
  ir::Attributes attributes{{"hidden_size", c.structural(hidden, "the hidden size")},
                            {"direction", count == 2 ? "bidirectional" : "forward"}};
  if (kind.onnxOp == std::string("GRU")) attributes.emplace_back("linear_before_reset", 1);
  if (kind.activation)
    attributes.emplace_back("activations", std::vector<std::string>(directions.size(), kind.activation));
  const Tensors out = b.ops(kind.onnxOp, inputs, in.cell ? 3 : 2, std::move(attributes));
  const Dim time = in.x.dim(0), batch = in.x.dim(1);
  const Tensor y = count == 1 ? b.squeeze(out[0], {1})
                              : b.reshape(b.transpose(out[0], {0, 2, 1, 3}), {time, batch, hidden * count});
  return {y, out[1], in.cell ? std::optional(out[2]) : std::nullopt};
}

}  // namespace

std::vector<RecurrentDirection> directionsOf(Call& c) {
  const Tensors params = c.tensors("params");
  const int64_t count = c.integer("num_layers") * (c.boolean("bidirectional") ? 2 : 1);
  const size_t each = params.size() / static_cast<size_t>(std::max<int64_t>(1, count));
  if (each < 2 || each > 5) c.refuse("unexpected parameters of a recurrent layer");
  const bool projected = each % 2 == 1, biases = each >= 4;  // an odd number holds a projection
  std::vector<Direction> directions;
  for (size_t at = 0; at + each <= params.size(); at += each) {
    Direction d;
    d.input.values = params[at], d.hidden.values = params[at + 1];
    if (biases) d.inputBias = params[at + 2], d.hiddenBias = params[at + 3];
    if (projected) d.projection = params[at + each - 1];
    directions.push_back(d);
  }
  return directions;
}

RecurrentOutput runLayers(Call& c, const CellKind& kind, const RecurrentInput& input,
                          const std::vector<RecurrentDirection>& directions) {
  const int64_t layers = c.integer("num_layers");
  const int64_t count = c.boolean("bidirectional") ? 2 : 1;
  if (static_cast<int64_t>(directions.size()) != layers * count) c.refuse("unexpected parameters of a recurrent layer");
  if (c.boolean("train") && c.number("dropout") > 0) c.note("dropout between recurrent layers is left out (training mode)");
  Tensors hiddens, cells;
  RecurrentInput in = input;
  for (int64_t i = 0; i < layers; ++i) {
    const auto rows = [&](const Tensor& states) {
      return layers == 1 ? states : c.b.slice(states, 0, i * count, (i + 1) * count);
    };
    in.hidden = rows(input.hidden);
    if (input.cell) in.cell = rows(*input.cell);
    const auto first = directions.begin() + i * count;
    const RecurrentOutput out = layer(c, kind, {first, first + count}, in);
    in.x = out.y;
    hiddens.push_back(out.hidden);
    if (out.cell) cells.push_back(*out.cell);
  }
  return {in.x, c.b.concat(hiddens, 0), cells.empty() ? std::nullopt : std::optional(c.b.concat(cells, 0))};
}

}  // namespace deploytool::exporter::ops
