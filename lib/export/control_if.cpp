// prim::If: one branch when the condition is static; ONNX If otherwise.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "export/interpreter.h"
#include "export/join.h"

namespace deploytool::exporter {

namespace {

/// One branch after its walk.
struct Branch {
  std::unique_ptr<ir::Graph> graph = std::make_unique<ir::Graph>();
  std::vector<Picture> outputs;
  std::vector<Place> written;
  std::vector<Picture> writtenPictures;  ///< in the order of the common list of places
  std::optional<std::string> raised;
};

}  // namespace

void Interpreter::runIf(const ts::Node& node) {
  const Value condition = slot(node.inputs.at(0));
  if (consumesPoison(condition)) return walkPoisoned(node);
  std::optional<bool> known;
  if (const auto* flag = condition.as<bool>()) known = *flag;
  if (const auto* number = condition.as<Dim>(); number && number->isLiteral()) known = number->literal() != 0;
  Tensor decided;
  if (const auto* scalar = condition.as<RuntimeScalar>()) decided = scalar->tensor;
  if (const auto* cell = condition.as<TensorVar>()) {
    decided = read(*cell);
    if (decided.isConstant()) known = decided.constant()->toDoubles().at(0) != 0;
  }
  if (!known && decided) return runDynamicIf(node, builder_.cast(decided, DType::Bool));
  if (!known) throw Refusal{"the condition is no bool"};
  const ts::Block& block = node.blocks.at(*known ? 0 : 1);
  runBlock(block);
  for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = slot(block.outputs[i]);
}

void Interpreter::runDynamicIf(const ts::Node& node, const Tensor& condition) {
  std::array<Branch, 2> branches;
  std::vector<Place> places;
  std::array<Heap::Mark, 2> marks;
  const Builder::Mark start = builder_.mark();
  const auto walk = [&](size_t which, bool keep) {
    Branch& branch = branches[which];
    branch.graph->outer = &builder_.graph();
    auto scope = builder_.enter(*branch.graph);
    marks[which] = heap_.mark();
    try {
      runBlock(node.blocks.at(which));
      for (ts::ValueId id : node.blocks[which].outputs) branch.outputs.push_back(takePicture(slot(id), heap_));
      branch.written = heap_.writtenSince(marks[which]);
      for (const Place& place : branch.written) branch.writtenPictures.push_back(takePicture(place, heap_));
    } catch (const Raised& raised) {
      branch.raised = raised.message;
    }
    if (!keep) heap_.rollback(marks[which]);
  };
  walk(0, false);
  walk(1, false);
  if (branches[0].raised && branches[1].raised) throw Raised{*branches[0].raised};
  for (size_t which : {0, 1}) {
    if (!branches[which].raised) continue;
    // What raises is assumed not to happen: walk the other branch in place.
    builder_.forgetSince(start);
    assume(fmt::format("assumes the condition at {} is {}; otherwise the program raises: {}", here(),
                       which == 0 ? "false" : "true", *branches[which].raised));
    const ts::Block& other = node.blocks.at(1 - which);
    runBlock(other);
    for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = slot(other.outputs[i]);
    return;
  }
  for (const Branch& branch : branches)
    for (const Place& place : branch.written)
      if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);

  // A place that one branch left alone holds there what it held before.
  const auto pictures = [&](const Branch& branch) {
    std::vector<Picture> all = branch.outputs;
    for (const Place& place : places) {
      auto at = std::find(branch.written.begin(), branch.written.end(), place);
      all.push_back(at == branch.written.end() ? takePicture(place, heap_)
                                               : branch.writtenPictures[static_cast<size_t>(at - branch.written.begin())]);
    }
    return all;
  };
  const std::array<std::vector<Picture>, 2> ends{pictures(branches[0]), pictures(branches[1])};
  std::vector<Joined> joined;
  for (size_t i = 0; i < ends[0].size(); ++i) joined.push_back(join(lift(ends[0][i]), ends[1][i], builder_));
  for (size_t which : {0, 1}) {
    auto scope = builder_.enter(*branches[which].graph);
    std::vector<ir::Value*> values;
    for (size_t i = 0; i < joined.size(); ++i) flatten(joined[i], ends[which][i], builder_, values);
    for (ir::Value* value : values) branches[which].graph->addOutput(value);
  }
  const size_t count = branches[0].graph->outputs().size();
  ir::Node* emitted = nullptr;
  if (count > 0) {
    ir::Attributes attributes;
    attributes.emplace_back("then_branch", std::move(branches[0].graph));
    attributes.emplace_back("else_branch", std::move(branches[1].graph));
    emitted = builder_.graph().addNode("If", {builder_.use(condition)}, count, std::move(attributes));
  }
  size_t next = 0;
  const auto take = [&](const ir::Type& type) {
    ir::Value* value = emitted->output(next++);
    value->type = type;
    return value;
  };
  for (size_t i = 0; i < joined.size(); ++i) {
    const Value value = rebuild(joined[i], builder_, take);
    if (i < node.outputs.size()) slot(node.outputs[i]) = value;
    else assignPlace(places[i - node.outputs.size()], joined[i], value, heap_);
  }
}

void Interpreter::walkPoisoned(const ts::Node& node) {
  // Only to find further refusals: what is decided here is not known.
  const Builder::Mark mark = builder_.mark();
  const Heap::Mark heap = heap_.mark();
  for (const ts::Block& block : node.blocks) {
    try {
      for (ts::ValueId id : block.inputs) slot(id) = Poison{};
      runBlock(block);
    } catch (const Raised&) {
    }
    builder_.rollback(mark);
    heap_.rollback(heap);
  }
  poisonOutputs(node);
}

}  // namespace deploytool::exporter
