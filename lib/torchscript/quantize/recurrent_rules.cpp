// Recurrent layers on padded and packed sequences, and single cells.
#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

namespace {

using torch::jit::Node;
using torch::jit::Value;

/// Where the arguments of a layer are: `.data` overloads have the batch sizes second and no batch_first.
struct Layer {
  explicit Layer(const Node* node) : data(node->schema().overload_name() == "data") {}
  size_t params() const { return data ? 3 : 2; }
  size_t biases() const { return params() + 1; }
  size_t layers() const { return params() + 2; }
  size_t bidirectional() const { return params() + 5; }
  bool data;
};

std::optional<int64_t> staticInt(StaticValues& values, const Node* node, size_t index) {
  const auto* known = values.find(node->input(index));
  if (known && known->value.isInt()) return known->value.toInt();
  if (known && known->value.isBool()) return known->value.toBool() ? 1 : 0;
  return std::nullopt;
}

/// The attribute that element `index` of a static list came from, where each has its own; else all of the list.
std::vector<Source> sourcesOf(StaticValues& values, const Value* list, size_t index) {
  if (list->node()->kind() == c10::prim::ListConstruct) {
    if (const auto* item = values.find(list->node()->input(index))) return item->sources;
  }
  return values.find(list)->sources;
}

PackPlan cellPlan(const std::vector<at::Tensor>& params, size_t at, size_t each, StaticValues& values,
                  const Value* list) {
  PackPlan plan;
  plan.kind = PackPlan::Kind::Cell;
  for (size_t i = 0; i < 2; ++i) {
    plan.weights.push_back({params[at + i], sourcesOf(values, list, at + i)});
    plan.biases.push_back(each >= 4 ? params[at + 2 + i] : at::Tensor());
  }
  if (each % 2 == 1)
    plan.weights.push_back({params[at + each - 1], sourcesOf(values, list, at + each - 1)});  // refused below
  return plan;
}

bool collectLayers(Candidate& c, StaticValues& values) {
  const Layer layer(c.node);
  const Value* list = c.node->input(layer.params());
  const auto* known = values.find(list);
  if (!known || !known->value.isList()) return false;
  const auto params = tensorsIn(known->value);
  const auto count = staticInt(values, c.node, layer.layers());
  const auto bidirectional = staticInt(values, c.node, layer.bidirectional());
  if (!count || !bidirectional || *count < 1) return false;
  const auto cells = static_cast<size_t>(*count * (1 + *bidirectional));
  const size_t each = params.size() / cells;
  if (params.size() % cells != 0 || each < 2 || each > 5) return false;
  for (size_t i = 0; i < cells; ++i) c.packs.push_back(cellPlan(params, i * each, each, values, list));
  if (each % 2 == 1) c.refusal = "a recurrent layer with projections: libtorch has no quantized operator for it";
  if (std::string_view(c.rule->type) == "rnn")
    c.refusal = "libtorch has no quantized operator for layers of simple RNN cells";
  c.asList = true;
  c.consumed.emplace_back(c.node, layer.params());
  return true;
}

std::vector<Value*> layerInputs(const Candidate& c, Value* packed) {
  const Layer layer(c.node);
  std::vector<Value*> inputs(c.node->inputs().begin(), c.node->inputs().end());
  inputs[layer.params()] = packed;
  inputs[layer.biases()] = constantBefore(c.node, true);  // packed parameters always hold biases, zeros if need be
  return inputs;
}

Node* rewriteLstm(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  auto inputs = layerInputs(c, packed.at(0));
  inputs.push_back(constantBefore(c.node, static_cast<int64_t>(c10::ScalarType::QInt8)));
  inputs.push_back(constantBefore(c.node, true));  // use_dynamic
  const auto tensor = c10::TensorType::get();
  return insertBefore(c.node, "aten::quantized_lstm", inputs, {tensor, tensor, tensor});
}

Node* rewriteGru(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  const auto tensor = c10::TensorType::get();
  return insertBefore(c.node, "aten::quantized_gru", layerInputs(c, packed.at(0)), {tensor, tensor});
}

Node* noRewrite(const Candidate& c, const std::vector<Value*>&, const WeightScheme&) { return c.node; }

// aten::lstm_cell, gru_cell, rnn_tanh_cell, rnn_relu_cell(input, hx, w_ih, w_hh, b_ih, b_hh)
bool collectCell(Candidate& c, StaticValues& values) {
  for (size_t i = 0; i < 2; ++i) {
    const auto weight = staticTensor(values, c.node, 2 + i);
    const auto bias = staticTensor(values, c.node, 4 + i);
    if (!weight.defined() || weight.dim() != 2) return false;
    if (!bias.defined() && !isStaticNone(values, c.node, 4 + i)) c.refusal = "its bias is no parameter";
    c.packs.push_back({PackPlan::Kind::Linear, {{weight, values.find(c.node->input(2 + i))->sources}}, {bias}});
    c.consumed.emplace_back(c.node, 2 + i);
  }
  return true;
}

/// The quantized cells take their biases as arguments too.
Value* biasArgument(const Candidate& c, size_t which) {
  auto* given = c.node->input(4 + which);
  const auto& bias = c.packs[which].biases[0];
  if (bias.defined() && given->type()->kind() == c10::TypeKind::TensorType) return given;
  return constantBefore(c.node, bias.defined() ? bias : at::zeros({c.packs[which].weights[0].tensor.size(0)}));
}

Node* rewriteCell(const Candidate& c, const std::vector<Value*>& packed, const char* op) {
  std::vector<Value*> inputs = {c.node->input(0), c.node->input(1),   packed.at(0),
                                packed.at(1),     biasArgument(c, 0), biasArgument(c, 1)};
  const std::vector<c10::TypePtr> outputs(c.node->outputs().size(), c10::TensorType::get());
  return insertBefore(c.node, op, inputs, outputs);
}

Node* rewriteLstmCell(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  return rewriteCell(c, packed, "quantized::quantized_lstm_cell_dynamic");
}
Node* rewriteGruCell(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  return rewriteCell(c, packed, "quantized::quantized_gru_cell_dynamic");
}
Node* rewriteTanhCell(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  return rewriteCell(c, packed, "quantized::quantized_rnn_tanh_cell_dynamic");
}
Node* rewriteReluCell(const Candidate& c, const std::vector<Value*>& packed, const WeightScheme&) {
  return rewriteCell(c, packed, "quantized::quantized_rnn_relu_cell_dynamic");
}

}  // namespace

std::vector<Rule> recurrentRules() {
  return {
      {"aten::lstm", "lstm", collectLayers, rewriteLstm},
      {"aten::gru", "gru", collectLayers, rewriteGru},
      {"aten::rnn_tanh", "rnn", collectLayers, noRewrite},
      {"aten::rnn_relu", "rnn", collectLayers, noRewrite},
      {"aten::lstm_cell", "lstm", collectCell, rewriteLstmCell},
      {"aten::gru_cell", "gru", collectCell, rewriteGruCell},
      {"aten::rnn_tanh_cell", "rnn", collectCell, rewriteTanhCell},
      {"aten::rnn_relu_cell", "rnn", collectCell, rewriteReluCell},
  };
}

}  // namespace deploytool::ts
