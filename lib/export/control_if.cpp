// prim::If: one branch when the condition is static; ONNX If otherwise.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "export/example.h"
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

bool isNumbers(const Joined& joined) {
  using Kind = Joined::Kind;
  static constexpr std::array kNumbers{Kind::Same, Kind::Int, Kind::Float, Kind::Bool};
  if (joined.parts.empty()) return std::find(kNumbers.begin(), kNumbers.end(), joined.kind) != kNumbers.end();
  return joined.kind != Kind::Optional && std::all_of(joined.parts.begin(), joined.parts.end(), isNumbers);
}

/// Nothing is left to compute, which a condition may be there to prevent (a division by 0).
bool isComputed(const Picture& picture) {
  const auto* number = picture.value.as<Dim>();
  return (!number || number->isLiteral() || number->asSymbol()) &&
         std::all_of(picture.parts.begin(), picture.parts.end(), isComputed);
}

/// Whether the branches only choose between numbers.
bool isSelection(const std::array<Branch, 2>& branches, const std::vector<Joined>& joined,
                 const std::array<std::vector<Picture>, 2>& ends) {
  const auto isPlain = [](const std::vector<Picture>& end) { return std::all_of(end.begin(), end.end(), isComputed); };
  return branches[0].graph->nodes().empty() && branches[1].graph->nodes().empty() &&
         std::all_of(joined.begin(), joined.end(), isNumbers) && isPlain(ends[0]) && isPlain(ends[1]);
}

/// A bool that the condition decides by itself, or that no path changes.
std::optional<Tensor> decidedBy(Builder& b, const Tensor& condition, const ir::Value* yes, const ir::Value* no) {
  const auto known = [](const ir::Value* value) {
    const bool isFlag = value->dtype() == DType::Bool && value->hasRank() && value->dims().empty();
    return isFlag ? constantTruth(value) : std::nullopt;
  };
  const auto first = known(yes), second = known(no);
  if (!first || !second) return {};
  if (*first == *second) return b.scalar(DType::Bool, *first);
  const Tensor scalar = condition.rank() == 0 ? condition : b.reshape(condition, {});
  return *first ? scalar : b.logicalNot(scalar);
}

/// Numbers decided by branches that compute nothing: selected without an If.
std::vector<ir::Value*> selected(Builder& b, const Tensor& condition, const std::vector<Joined>& joined,
                                 const std::array<std::vector<Picture>, 2>& ends) {
  std::array<std::vector<ir::Value*>, 2> values;
  for (size_t which : {0, 1})
    for (size_t i = 0; i < joined.size(); ++i) flatten(joined[i], ends[which][i], b, values[which]);
  std::vector<ir::Value*> results;
  for (size_t i = 0; i < values[0].size(); ++i) {
    ir::Value *yes = values[0][i], *no = values[1].at(i);
    const auto decided = decidedBy(b, condition, yes, no);
    results.push_back(b.use(decided ? *decided : b.where(condition, yes, no)));
  }
  return results;
}

/// The outputs of an If node.
std::vector<ir::Value*> branched(Builder& b, const Tensor& condition, const std::vector<Joined>& joined,
                                 const std::array<std::vector<Picture>, 2>& ends, std::array<Branch, 2>& branches) {
  std::array<std::vector<ir::Value*>, 2> values;
  for (size_t which : {0, 1}) {
    auto scope = b.enter(*branches[which].graph);
    for (size_t i = 0; i < joined.size(); ++i) flatten(joined[i], ends[which][i], b, values[which]);
  }
  std::vector<ir::Value*> results(values[0].size());
  std::vector<size_t> open;  // what the If has to give out
  for (size_t i = 0; i < results.size(); ++i)
    if (const auto decided = decidedBy(b, condition, values[0][i], values[1].at(i)))
      results[i] = b.use(*decided);
    else
      open.push_back(i);
  if (open.empty()) return results;
  for (size_t which : {0, 1})
    for (size_t i : open) branches[which].graph->addOutput(values[which][i]);
  ir::Attributes attributes;
  attributes.emplace_back("then_branch", std::move(branches[0].graph));
  attributes.emplace_back("else_branch", std::move(branches[1].graph));
  ir::Node* node = b.graph().addNode("If", {b.use(condition)}, open.size(), std::move(attributes));
  for (size_t i = 0; i < open.size(); ++i) results[open[i]] = node->outputs()[i];
  return results;
}

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
  if (!known) known = decisions_.of(decided);
  if (!known && decided) return runDynamicIf(node, builder_.cast(decided, DType::Bool));
  if (!known) throw Refusal{"the condition is no bool"};
  takeBranch(node, *known ? 0 : 1);
}

void Interpreter::takeBranch(const ts::Node& node, size_t which) {
  const ts::Block& block = node.blocks.at(which);
  runBlock(block);
  for (size_t i = 0; i < node.outputs.size(); ++i) slot(node.outputs[i]) = slot(block.outputs[i]);
}

bool Interpreter::isRead(ts::ValueId id) {
  const ts::Function* function = frame().function;
  auto known = readValues_.find(function);
  if (known == readValues_.end()) {
    known = readValues_.emplace(function, std::set<ts::ValueId>()).first;
    const auto collect = [&](const auto& self, const ts::Block& block) -> void {
      known->second.insert(block.outputs.begin(), block.outputs.end());
      for (const ts::Node& node : block.nodes) {
        known->second.insert(node.inputs.begin(), node.inputs.end());
        for (const ts::Block& inner : node.blocks) self(self, inner);
      }
    };
    collect(collect, function->body);
  }
  return known->second.count(id) != 0;
}

/// Why what the branches give does not fit together, where something reads it.
std::optional<std::string> Interpreter::conflictOf(const ts::Node& node, const std::vector<Joined>& joined) {
  for (size_t i = 0; i < joined.size(); ++i) {
    const bool matters = i >= node.outputs.size() || isRead(node.outputs[i]);
    if (matters && joined[i].kind == Joined::Kind::Conflict && !joined[i].conflict.empty()) return joined[i].conflict;
  }
  return {};
}

/// What a run decides: both paths are walked, and what they leave is joined.
class DynamicIf {
 public:
  DynamicIf(Interpreter& walker, const ts::Node& node, const Tensor& condition, const Interpreter::Path& path,
            std::optional<bool> likely = {})
      : walker_(walker), node_(node), condition_(condition), path_(path), likely_(likely), start_(walker.builder_.mark()),
        heapStart_(walker.heap_.mark()) {}

  void run() {
    walk(0);
    walk(1);
    if (const auto branch = branchThatReturns()) return take(*branch);
    joinEnds();
    if (const auto branch = branchOfExample()) return take(*branch);
    Builder& b = walker_.builder_;
    const std::vector<ir::Value*> results = isSelection(branches_, joined_, ends_)
                                                ? selected(b, condition_, joined_, ends_)
                                                : branched(b, condition_, joined_, ends_, branches_);
    size_t next = 0;
    walker_.bindJoined(node_.outputs, joined_, places_, [&](const ir::Type& type) {
      ir::Value* value = results.at(next++);
      value->type = type;
      return value;
    }, {{{ends_[0], {condition_, true}}, {ends_[1], {condition_, false}}}, heapStart_.serial});
  }

 private:
  void walk(size_t which) {
    Branch& branch = branches_[which];
    Heap& heap = walker_.heap_;
    branch.graph->outer = &walker_.builder_.graph();
    auto scope = walker_.builder_.enter(*branch.graph);
    const Decisions::Scope decided(walker_.decisions_, condition_, which == 0);
    const Heap::Mark mark = heap.mark();
    try {
      for (ts::ValueId id : path_(which))
        branch.outputs.push_back(takePicture(walker_.decisions_.of(walker_.slot(id)), heap));
      branch.written = heap.writtenSince(mark);
      for (const Place& place : branch.written) branch.writtenPictures.push_back(takePicture(place, heap));
    } catch (const Raised& raised) {
      branch.raised = raised.message;
    }
    heap.rollback(mark);
  }

  /// Walked in place of the If.
  void take(size_t which) {
    const Decisions::Scope decided(walker_.decisions_, condition_, which == 0);
    const std::vector<ts::ValueId>& results = path_(which);
    for (size_t i = 0; i < node_.outputs.size(); ++i) walker_.slot(node_.outputs[i]) = walker_.slot(results[i]);
  }

  /// Where one branch raises, which is assumed not to happen, the other.
  std::optional<size_t> branchThatReturns() {
    if (branches_[0].raised && branches_[1].raised) throw Raised{*branches_[0].raised};
    for (size_t which : {0, 1}) {
      if (!branches_[which].raised) continue;
      walker_.builder_.forgetSince(start_);
      walker_.assume(fmt::format("assumes the condition at {} is {}; otherwise the program raises: {}", walker_.here(),
                                 which == 0 ? "false" : "true", *branches_[which].raised));
      return 1 - which;
    }
    return {};
  }

  void joinEnds() {
    for (const Branch& branch : branches_)
      for (const Place& place : branch.written)
        if (std::find(places_.begin(), places_.end(), place) == places_.end()) places_.push_back(place);
    for (size_t which : {0, 1}) ends_[which] = endOf(branches_[which]);
    for (size_t i = 0; i < ends_[0].size(); ++i)
      joined_.push_back(join(lift(ends_[0][i]), ends_[1][i], {walker_.builder_, heapStart_.serial}));
  }

  /// Its outputs, then what the places hold. One that the branch left alone holds what it held before, but a tensor in
  /// it may be a view of what the branch wrote.
  std::vector<Picture> endOf(const Branch& branch) {
    std::vector<Picture> all = branch.outputs;
    Heap& heap = walker_.heap_;
    auto scope = walker_.builder_.enter(*branch.graph);
    const Heap::Mark mark = heap.mark();
    for (size_t i = 0; i < branch.written.size(); ++i) putBack(branch.written[i], branch.writtenPictures[i], heap);
    for (const Place& place : places_) {
      auto at = std::find(branch.written.begin(), branch.written.end(), place);
      all.push_back(at == branch.written.end() ? takePicture(place, heap)
                                               : branch.writtenPictures[static_cast<size_t>(at - branch.written.begin())]);
    }
    heap.rollback(mark);
    return all;
  }

  /// Where the structure of what follows depends on the branch, the one that the example sizes decide for.
  std::optional<size_t> branchOfExample() {
    if (walker_.options_.strictDims) return {};
    const auto conflict = walker_.conflictOf(node_, joined_);
    if (!conflict) return {};
    const auto example = exampleAnswer(condition_, walker_.examples_);
    const auto usual = example ? example : usualAnswer(condition_, walker_.examples_);
    const auto answer = usual ? usual : likely_;
    if (!answer) return {};
    walker_.builder_.forgetSince(start_);
    const char* why = example ? ", as in the example" : usual ? ", as for sizes other than 0 and 1" : "";
    walker_.assume(fmt::format("assumes the condition at {} is {}{}: {}", walker_.here(), *answer, why, *conflict));
    return *answer ? 0 : 1;
  }

  Interpreter& walker_;
  const ts::Node& node_;
  const Tensor& condition_;
  const Interpreter::Path& path_;
  const std::optional<bool> likely_;
  Builder::Mark start_;
  Heap::Mark heapStart_;
  std::array<Branch, 2> branches_;
  std::vector<Place> places_;
  std::array<std::vector<Picture>, 2> ends_;
  std::vector<Joined> joined_;
};

void Interpreter::runEither(const ts::Node& node, const Tensor& condition, const Path& path, std::optional<bool> likely) {
  DynamicIf(*this, node, condition, path, likely).run();
}

void Interpreter::runDynamicIf(const ts::Node& node, const Tensor& condition) {
  const auto path = [&](size_t which) -> const std::vector<ts::ValueId>& {
    runBlock(node.blocks.at(which));
    return node.blocks[which].outputs;
  };
  runEither(node, condition, path);
}

void Interpreter::runChosen(const ts::Node& node, const ModuleChoice& which, void (*handler)(Interpreter&, const ts::Node&)) {
  const ts::ValueId object = node.inputs.at(0);
  const Value given = slot(object);
  const std::function<void(size_t)> from = [&](size_t k) {
    const auto call = [&](size_t i) {
      slot(object) = Value(which.modules[i]);
      handler(*this, node);
    };
    if (k + 1 == which.modules.size()) return call(k);
    const Tensor condition = builder_.compare("Equal", builder_.dim(which.number), builder_.int64(static_cast<int64_t>(k)));
    const auto path = [&](size_t branch) -> const std::vector<ts::ValueId>& {
      if (branch == 0) call(k);
      else from(k + 1);
      return node.outputs;
    };
    runEither(node, condition, path);
  };
  from(0);
  slot(object) = given;
}

bool Interpreter::runDecided(const ts::Node& node, const Refusal& refusal) {
  const auto run = [&](const Tensor& condition) {
    const auto path = [&](size_t) -> const std::vector<ts::ValueId>& {
      runOperator(node);
      return node.outputs;
    };
    runEither(node, condition, path);
    return true;
  };
  if (refusal.condition) return run(refusal.condition);
  const auto conditionOf = [&](const Value& value, bool named) -> Tensor {
    if (const auto* optional = value.as<std::shared_ptr<OptionalValue>>()) return (*optional)->present;
    const auto* scalar = value.as<RuntimeScalar>();
    return named && scalar && scalar->tensor.dtype() == DType::Bool ? scalar->tensor : Tensor();
  };
  for (size_t i = 0; i < node.inputs.size() && i < node.schema->arguments.size(); ++i) {
    const bool named = node.schema->arguments[i].name == refusal.argument;
    const Tensor condition = conditionOf(decisions_.of(slot(node.inputs[i])), named);
    if (condition) return run(condition);
  }
  return false;
}

void Interpreter::bindJoined(std::span<const ts::ValueId> ids, const std::vector<Joined>& joined,
                             const std::vector<Place>& places, const std::function<ir::Value*(const ir::Type&)>& next,
                             const Origins& origins) {
  std::vector<Value> values;
  for (size_t i = 0; i < joined.size(); ++i) {
    const Value value = rebuild(joined[i], builder_, next);
    values.push_back(value);
    const bool isContent = i >= ids.size() && std::holds_alternative<TensorVar>(places.at(i - ids.size()));
    for (const Origin& path : origins.paths)
      if (!isContent && i < path.pictures.size()) linkAliases(value, joined[i], path.pictures[i], path.when, origins.begin);
    if (i < ids.size())
      slot(ids[i]) = value;
    else
      assignPlace(places.at(i - ids.size()), joined[i], value, heap_);
  }
  values.resize(std::min(values.size(), ids.size()));
  for (const Origin& path : origins.paths) linkTwins(values, path, origins.begin);
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
