// prim::Loop: unrolled when trip count and condition are static, on a budget; ONNX Loop otherwise.
#include <fmt/core.h>

#include <algorithm>

#include "export/interpreter.h"
#include "export/join.h"

namespace deploytool::exporter {

namespace {

constexpr int64_t kMaxStaticRounds = 1'000'000;
constexpr int kMaxWidenings = 40;

std::optional<bool> staticBool(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  return {};
}

/// What a round carries: the block's own variables, then the places that it writes.
struct Carried {
  std::vector<Picture> initial;
  std::vector<Joined> joined;
  std::vector<Place> places;
};

}  // namespace

void Interpreter::runLoop(const ts::Node& node) {
  if (consumesPoison(slot(node.inputs.at(0))) || consumesPoison(slot(node.inputs.at(1)))) return walkPoisoned(node);
  if (!unroll(node)) runDynamicLoop(node);
}

bool Interpreter::unroll(const ts::Node& node) {
  const auto* trip = slot(node.inputs[0]).as<Dim>();
  if (!trip || !trip->isLiteral()) return false;
  const ts::Block& body = node.blocks.at(0);
  const Builder::Mark mark = builder_.mark();
  const Heap::Mark heap = heap_.mark();
  const WalkReport report = report_;
  const std::set<std::string> said = said_;
  const auto giveUp = [&] {
    builder_.rollback(mark);
    heap_.rollback(heap);
    report_ = report;
    said_ = said;
    return false;
  };
  std::vector<Value> carried;
  for (size_t i = 2; i < node.inputs.size(); ++i) carried.push_back(slot(node.inputs[i]));
  Value condition = slot(node.inputs[1]);
  for (int64_t round = 0; round < trip->literal(); ++round) {
    const auto go = staticBool(condition);
    if (!go) return giveUp();
    if (!*go) break;
    if (round >= kMaxStaticRounds || builder_.emittedNodes() - mark.emitted > options_.unrollLimit) return giveUp();
    slot(body.inputs.at(0)) = Dim(round);
    for (size_t i = 0; i < carried.size(); ++i) slot(body.inputs.at(i + 1)) = carried[i];
    runBlock(body);
    condition = slot(body.outputs.at(0));
    for (size_t i = 0; i < carried.size(); ++i) carried[i] = slot(body.outputs.at(i + 1));
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = carried.at(i);
  return true;
}

void Interpreter::runDynamicLoop(const ts::Node& node) {
  const ts::Block& body = node.blocks.at(0);
  const size_t variables = node.inputs.size() - 2;
  const Value trip = slot(node.inputs[0]);
  const Value firstCondition = slot(node.inputs[1]);
  Carried carried;
  for (size_t i = 0; i < variables; ++i) {
    carried.initial.push_back(takePicture(slot(node.inputs[i + 2]), heap_));
    carried.joined.push_back(lift(carried.initial.back()));
  }

  std::vector<std::unique_ptr<ir::Graph>> graphs;  // of all rounds: pictures of earlier ones may still point into them
  Picture condition;
  std::vector<Picture> ends;
  const WalkReport report = report_;
  const std::set<std::string> said = said_;
  const Builder::Mark mark = builder_.mark();
  const Heap::Mark heap = heap_.mark();

  // One round from what is known so far. True when what comes out fits what went in.
  const auto round = [&] {
    auto next = std::make_unique<ir::Graph>();
    next->outer = &builder_.graph();
    graphs.push_back(std::move(next));
    ir::Graph& graph = *graphs.back();
    std::vector<Place> written;
    ends.clear();
    {
      auto scope = builder_.enter(graph);
      ir::Value* counter = graph.addInput({}, ir::Type::tensor(DType::Int64, Dims{}));
      graph.addInput({}, ir::Type::tensor(DType::Bool, Dims{}));
      const Dim index = builder_.symbols().fresh();
      builder_.bind(*index.asSymbol(), {counter, -1});
      counter->elements = Dims{index};
      const auto input = [&](const ir::Type& type) { return graph.addInput({}, type); };
      slot(body.inputs.at(0)) = index;
      for (size_t i = 0; i < carried.joined.size(); ++i) {
        const Value value = rebuild(carried.joined[i], builder_, input);
        if (i < variables) slot(body.inputs.at(i + 1)) = value;
        else assignPlace(carried.places[i - variables], carried.joined[i], value, heap_);
      }
      runBlock(body);
      condition = takePicture(slot(body.outputs.at(0)), heap_);
      for (size_t i = 0; i < variables; ++i) ends.push_back(takePicture(slot(body.outputs.at(i + 1)), heap_));
      written = heap_.writtenSince(heap);
      for (const Place& place : carried.places) ends.push_back(takePicture(place, heap_));
    }
    // Outside again: what the round changed is joined with what went in.
    std::vector<Joined> widened = carried.joined;
    for (size_t i = 0; i < ends.size(); ++i) widened[i] = join(carried.joined[i], ends[i], builder_);
    heap_.rollback(heap);
    bool stable = std::equal(widened.begin(), widened.end(), carried.joined.begin());
    for (const Place& place : written) {
      if (std::find(carried.places.begin(), carried.places.end(), place) != carried.places.end()) continue;
      carried.places.push_back(place);
      carried.initial.push_back(takePicture(place, heap_));
      Joined before = lift(carried.initial.back());
      if (std::holds_alternative<TensorVar>(place)) before = generalise(carried.initial.back(), builder_);
      widened.push_back(std::move(before));
      stable = false;
    }
    carried.joined = std::move(widened);
    if (!stable) {
      builder_.forgetSince(mark);
      report_ = report;
      said_ = said;
    }
    return stable;
  };

  try {
    int rounds = 0;
    while (!round())
      if (++rounds > kMaxWidenings) throw Refusal{"what this loop carries does not settle"};
  } catch (const Refusal&) {
    heap_.rollback(heap);
    builder_.forgetSince(mark);
    throw;
  } catch (const Raised& raised) {
    heap_.rollback(heap);
    builder_.forgetSince(mark);
    assume(fmt::format("assumes that the loop at {} does not run; otherwise the program raises: {}", here(), raised.message));
    for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = slot(node.inputs[i + 2]);
    return;
  }
  finishLoop(node, trip, firstCondition, std::move(graphs.back()), condition, carried.joined, carried.initial, ends, carried.places);
}

void Interpreter::finishLoop(const ts::Node& node, const Value& trip, const Value& firstCondition,
                             std::unique_ptr<ir::Graph> graph, const Picture& condition, const std::vector<Joined>& joined,
                             const std::vector<Picture>& initial, const std::vector<Picture>& ends,
                             const std::vector<Place>& places) {
  static constexpr auto asBool = [](const Picture& picture, Builder& b) -> Tensor {
    if (const auto* flag = picture.value.as<bool>()) return b.scalar(DType::Bool, *flag);
    if (picture.content) return b.cast(picture.content, DType::Bool);
    throw Refusal{"the condition of this loop is no bool"};
  };
  {
    auto scope = builder_.enter(*graph);
    std::vector<ir::Value*> values{builder_.op("Identity", {asBool(condition, builder_)}).value()};
    for (size_t i = 0; i < joined.size(); ++i) flatten(joined[i], ends[i], builder_, values);
    for (ir::Value* value : values) graph->addOutput(value);
  }
  const auto* count = trip.as<Dim>();
  if (!count) throw Refusal{"the trip count of this loop is no integer"};
  const bool endless = count->isLiteral() && count->literal() == INT64_MAX;
  std::vector<ir::Value*> inputs{endless ? nullptr : builder_.use(builder_.dim(*count)),
                                 builder_.use(asBool(takePicture(firstCondition, heap_), builder_))};
  for (size_t i = 0; i < joined.size(); ++i) flatten(joined[i], initial[i], builder_, inputs);
  const size_t outputs = graph->outputs().size() - 1;
  ir::Attributes attributes;
  attributes.emplace_back("body", std::move(graph));
  ir::Node* loop = builder_.graph().addNode("Loop", inputs, outputs, std::move(attributes));
  size_t next = 0;
  const auto take = [&](const ir::Type& type) {
    ir::Value* value = loop->output(next++);
    value->type = type;
    return value;
  };
  for (size_t i = 0; i < joined.size(); ++i) {
    const Value value = rebuild(joined[i], builder_, take);
    if (i < node.outputs.size()) slot(node.outputs[i]) = value;
    else assignPlace(places[i - node.outputs.size()], joined[i], value, heap_);
  }
}

}  // namespace deploytool::exporter
