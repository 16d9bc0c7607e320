// prim::Loop: unrolled when trip count and condition are static, on a budget; ONNX Loop otherwise, after a first round of
// its own where that one changes the form of what is carried.
#include <fmt/core.h>

#include <algorithm>
#include <span>

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

Tensor asBool(const Picture& picture, Builder& b) {
  if (const auto* flag = picture.value.as<bool>()) return b.scalar(DType::Bool, *flag);
  if (picture.content) return b.cast(picture.content, DType::Bool);
  throw Refusal{"the condition of this loop is no bool"};
}

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

/// A Loop that stays one: its body is walked until what a round carries no longer widens, then emitted.
class DynamicLoop {
 public:
  /// Where the rounds begin.
  struct Start {
    Value trip, condition;  ///< how many more, and whether there is one at all
    std::vector<Value> variables;
    int64_t round = 0;  ///< how many were run before
  };

  DynamicLoop(Interpreter& walker, const ts::Node& node, Start start)
      : walker_(walker),
        b_(walker.builder_),
        heap_(walker.heap_),
        node_(node),
        body_(node.blocks.at(0)),
        start_(std::move(start)),
        variables_(start_.variables.size()),
        initial_(variablesBefore()),
        report_(walker.report_),
        said_(walker.said_),
        mark_(b_.mark()),
        heapMark_(heap_.mark()) {}

  /// False, and nothing is left of it, where `mayPeel` and what is carried has another form after the first round.
  [[nodiscard]] bool run(bool mayPeel) {
    for (const Picture& picture : initial_) joined_.push_back(lift(picture));
    try {
      settle();
      if (mayPeel && changesForm()) {
        undo();
        walker_.report_ = report_;
        walker_.said_ = said_;
        return false;
      }
    } catch (const Refusal&) {
      undo();
      throw;
    } catch (const Raised& raised) {
      undo();
      walker_.assume(fmt::format("assumes that the loop at {} does not run; otherwise the program raises: {}",
                                 walker_.here(), raised.message));
      for (size_t i = 0; i < node_.outputs.size(); ++i) walker_.slot(node_.outputs[i]) = start_.variables[i];
      return true;
    }
    finish();
    return true;
  }

 private:
  std::vector<Picture> variablesBefore() {
    std::vector<Picture> pictures;
    for (const Value& variable : start_.variables) pictures.push_back(takePicture(variable, heap_));
    return pictures;
  }

  /// Something that no ONNX value can carry is needed, in a round or afterwards.
  bool changesForm() {
    const auto conflicts = [](const Joined& joined) { return joined.kind == Joined::Kind::Conflict; };
    if (walker_.report_.refusals.size() > report_.refusals.size())
      return std::any_of(joined_.begin(), joined_.end(), conflicts);
    for (size_t i = 0; i < variables_; ++i)
      if (conflicts(joined_[i]) && walker_.isRead(node_.outputs[i])) return true;
    return false;
  }

  void undo() {
    heap_.rollback(heapMark_);
    b_.forgetSince(mark_);
  }

  void settle() {
    for (int rounds = 0; !round();)
      if (++rounds > kMaxWidenings) throw Refusal{"what this loop carries does not settle"};
  }

  /// One round from what is known so far. True when what comes out fits what went in.
  bool round() {
    auto graph = std::make_unique<ir::Graph>();
    graph->outer = &b_.graph();
    graphs_.push_back(std::move(graph));
    const std::vector<Place> written = walkBody(*graphs_.back());
    const bool stable = widen(written);
    if (!stable) {
      b_.forgetSince(mark_);
      // What was refused stays so: the next round only sees that it has no value.
      const bool refused = std::any_of(ends_.begin(), ends_.end(), [](const Picture& end) { return end.value.isPoison(); });
      const Diagnostics refusals = refused ? walker_.report_.refusals : report_.refusals;
      walker_.report_ = report_;
      walker_.report_.refusals = refusals;
      walker_.said_ = said_;
    }
    return stable;
  }

  /// Returns the places that the round wrote.
  std::vector<Place> walkBody(ir::Graph& graph) {
    auto scope = b_.enter(graph);
    ir::Value* counter = graph.addInput({}, ir::Type::tensor(DType::Int64, Dims{}));
    graph.addInput({}, ir::Type::tensor(DType::Bool, Dims{}));
    const Dim index = b_.symbols().fresh();
    b_.bind(*index.asSymbol(), {counter, -1});
    counter->elements = Dims{index};
    walker_.slot(body_.inputs.at(0)) = index + start_.round;
    walker_.bindJoined(std::span(body_.inputs).subspan(1, variables_), joined_, places_,
                       [&](const ir::Type& type) { return graph.addInput({}, type); },
                       {{{initial_, {}}, {ends_, {}}}, heapMark_.serial});
    walker_.runBlock(body_);
    condition_ = takePicture(walker_.slot(body_.outputs.at(0)), heap_);
    ends_.clear();
    for (size_t i = 0; i < variables_; ++i) ends_.push_back(takePicture(walker_.slot(body_.outputs.at(i + 1)), heap_));
    std::vector<Place> written = heap_.writtenSince(heapMark_);
    for (const Place& place : places_) ends_.push_back(takePicture(place, heap_));
    return written;
  }

  /// Outside again: what the round changed is joined with what went in. True when nothing had to be added or widened.
  bool widen(const std::vector<Place>& written) {
    std::vector<Joined> widened = joined_;
    for (size_t i = 0; i < ends_.size(); ++i) widened[i] = join(joined_[i], ends_[i], {b_, heapMark_.serial});
    heap_.rollback(heapMark_);
    bool stable = std::equal(widened.begin(), widened.end(), joined_.begin());
    for (const Place& place : written) {
      if (std::find(places_.begin(), places_.end(), place) != places_.end()) continue;
      places_.push_back(place);
      initial_.push_back(takePicture(place, heap_));
      const bool isRuntime = std::holds_alternative<TensorVar>(place) || initial_.back().content;  // a tensor, or a sequence
      widened.push_back(isRuntime ? generalise(initial_.back(), {b_, heapMark_.serial}) : lift(initial_.back()));
      stable = false;
    }
    joined_ = std::move(widened);
    return stable;
  }

  void finish() {
    std::unique_ptr<ir::Graph> graph = std::move(graphs_.back());
    {
      auto scope = b_.enter(*graph);
      std::vector<ir::Value*> values{b_.op("Identity", {asBool(condition_, b_)}).value()};
      for (size_t i = 0; i < joined_.size(); ++i) flatten(joined_[i], ends_[i], b_, values);
      for (ir::Value* value : values) graph->addOutput(value);
    }
    const auto* count = start_.trip.as<Dim>();
    if (!count) throw Refusal{"the trip count of this loop is no integer"};
    const bool endless = count->isLiteral() && count->literal() == INT64_MAX;
    std::vector<ir::Value*> inputs{endless ? nullptr : b_.use(b_.dim(*count)),
                                   b_.use(asBool(takePicture(start_.condition, heap_), b_))};
    for (size_t i = 0; i < joined_.size(); ++i) flatten(joined_[i], initial_[i], b_, inputs);
    const size_t outputs = graph->outputs().size() - 1;
    ir::Attributes attributes;
    attributes.emplace_back("body", std::move(graph));
    ir::Node* loop = b_.graph().addNode("Loop", inputs, outputs, std::move(attributes));
    size_t next = 0;
    walker_.bindJoined(node_.outputs, joined_, places_, [&](const ir::Type& type) {
      ir::Value* value = loop->output(next++);
      value->type = type;
      return value;
    }, {{{initial_, {}}, {ends_, {}}}, heapMark_.serial});
  }

  Interpreter& walker_;
  Builder& b_;
  Heap& heap_;
  const ts::Node& node_;
  const ts::Block& body_;
  const Start start_;
  const size_t variables_;
  // What a round carries: the block's own variables, then the places that it writes.
  std::vector<Picture> initial_, ends_;
  std::vector<Joined> joined_;
  std::vector<Place> places_;
  Picture condition_;
  // Where a round that does not fit goes back to.
  const WalkReport report_;
  const std::set<std::string> said_;
  const Builder::Mark mark_;
  const Heap::Mark heapMark_;
  std::vector<std::unique_ptr<ir::Graph>> graphs_;  ///< of all rounds: pictures of earlier ones may still point into them
};

void Interpreter::runDynamicLoop(const ts::Node& node) {
  DynamicLoop::Start start{slot(node.inputs[0]), slot(node.inputs[1]), {}};
  for (size_t i = 2; i < node.inputs.size(); ++i) start.variables.push_back(slot(node.inputs[i]));
  if (!DynamicLoop(*this, node, start).run(true)) runPeeled(node, start.trip, start.condition, start.variables);
}

void Interpreter::runPeeled(const ts::Node& node, const Value& trip, const Value& condition, const std::vector<Value>& variables) {
  const ts::Block& body = node.blocks.at(0);
  const auto* count = trip.as<Dim>();
  if (!count) throw Refusal{"the trip count of this loop is no integer"};
  const bool endless = count->isLiteral() && count->literal() == INT64_MAX;
  const auto path = [&](size_t which) -> const std::vector<ts::ValueId>& {
    for (size_t i = 0; which == 1 && i < variables.size(); ++i) slot(node.outputs[i]) = variables[i];
    if (which == 1) return node.outputs;
    slot(body.inputs.at(0)) = Dim(0);
    for (size_t i = 0; i < variables.size(); ++i) slot(body.inputs.at(i + 1)) = variables[i];
    runBlock(body);
    DynamicLoop::Start rest{endless ? trip : Value(*count - 1), slot(body.outputs.at(0)), {}, 1};
    for (size_t i = 0; i < variables.size(); ++i) rest.variables.push_back(slot(body.outputs.at(i + 1)));
    (void)DynamicLoop(*this, node, rest).run(false);
    return node.outputs;
  };
  const bool counted = count->isLiteral() && count->literal() > 0;
  const std::optional<bool> known = staticBool(condition);
  if (known && (counted || !*known)) return void(path(*known ? 0 : 1));
  Tensor runs = asBool(takePicture(condition, heap_), builder_);
  if (!counted) {
    const Tensor any = builder_.compare("Greater", builder_.dim(*count), builder_.int64(0));
    runs = known ? any : builder_.op("And", {runs, any});
  }
  runEither(node, runs, path, true);
}

}  // namespace deploytool::exporter
