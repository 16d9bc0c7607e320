#include "export/ops/scan.h"

namespace deploytool::exporter::ops {

namespace {

ir::Type elementType(const Tensor& x, int64_t axis) {
  Dims dims = x.dims();
  dims.erase(dims.begin() + axis);
  return ir::Type::tensor(x.dtype(), std::move(dims));
}

Tensors inputsOf(ir::Graph& body, const Tensors& like, const std::function<ir::Type(const Tensor&)>& type) {
  Tensors inputs;
  for (const Tensor& x : like) inputs.emplace_back(body.addInput({}, type(x)));
  return inputs;
}

}  // namespace

ScanStep scanAlong(Builder& b, const Tensors& states, const Tensors& xs, int64_t axis, bool reverse,
                   const std::function<ScanStep(const Tensors&, const Tensors&)>& step) {
  auto body = std::make_unique<ir::Graph>();
  body->outer = &b.graph();
  ScanStep inside;
  {
    const auto scope = b.enter(*body);
    const Tensors before =
        inputsOf(*body, states, [](const Tensor& x) { return ir::Type::tensor(x.dtype(), x.dims()); });
    inside = step(before, inputsOf(*body, xs, [&](const Tensor& x) { return elementType(x, axis); }));
    // Identity: an output of a body must not be its input, and no value may be two outputs.
    for (const Tensors* group : {&inside.states, &inside.results})
      for (const Tensor& t : *group) body->addOutput(b.op("Identity", {t}).value());
  }
  std::vector<ir::Value*> inputs;
  for (const Tensors* group : {&states, &xs})
    for (const Tensor& t : *group) inputs.push_back(b.use(t));
  const size_t results = inside.results.size();
  ir::Attributes attributes;
  attributes.emplace_back("body", std::move(body));
  attributes.emplace_back("num_scan_inputs", static_cast<int64_t>(xs.size()));
  attributes.emplace_back("scan_input_axes", std::vector<int64_t>(xs.size(), axis));
  attributes.emplace_back("scan_input_directions", std::vector<int64_t>(xs.size(), reverse));
  attributes.emplace_back("scan_output_axes", std::vector<int64_t>(results, axis));
  attributes.emplace_back("scan_output_directions", std::vector<int64_t>(results, reverse));
  ir::Node* scan = b.graph().addNode("Scan", inputs, states.size() + results, std::move(attributes));
  ScanStep outside;
  for (size_t i = 0; i < states.size(); ++i) {
    scan->output(i)->type = ir::Type::tensor(states[i].dtype(), states[i].dims());
    outside.states.emplace_back(scan->output(i));
  }
  for (size_t i = 0; i < results; ++i) {
    Dims dims = inside.results[i].dims();
    dims.insert(dims.begin() + axis, xs.at(0).dim(axis));
    scan->output(states.size() + i)->type = ir::Type::tensor(inside.results[i].dtype(), std::move(dims));
    outside.results.emplace_back(scan->output(states.size() + i));
  }
  return outside;
}

Tensors repeated(Builder& b, const Tensor& times, const Tensors& states,
                 const std::function<Tensors(const Tensor&, const Tensors&)>& step) {
  auto body = std::make_unique<ir::Graph>();
  body->outer = &b.graph();
  const Tensor round = body->addInput("round", ir::Type::tensor(DType::Int64, Dims{}));
  const Tensor condition = body->addInput("condition", ir::Type::tensor(DType::Bool, Dims{}));
  {
    const auto scope = b.enter(*body);
    const Tensors before =
        inputsOf(*body, states, [](const Tensor& x) { return ir::Type::tensor(x.dtype(), x.dims()); });
    const Tensors after = step(round, before);
    body->addOutput(b.op("Identity", {condition}).value());
    for (const Tensor& t : after) body->addOutput(b.op("Identity", {t}).value());
  }
  ir::Attributes attributes;
  attributes.emplace_back("body", std::move(body));
  Tensors inputs{times, b.scalar(DType::Bool, 1)};
  inputs.insert(inputs.end(), states.begin(), states.end());
  Tensors results = b.ops("Loop", inputs, states.size(), std::move(attributes));
  for (size_t i = 0; i < states.size(); ++i)
    results[i].value()->type = ir::Type::tensor(states[i].dtype(), states[i].dims());
  return results;
}

}  // namespace deploytool::exporter::ops
