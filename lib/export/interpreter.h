// Walks a TorchScript program as its interpreter would, with values that are static or dynamic, and emits ONNX on the way.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "export/alias.h"
#include "export/builder.h"
#include "export/call.h"
#include "export/cell.h"
#include "export/custom_op.h"
#include "export/decisions.h"
#include "export/liveness.h"
#include "export/table.h"
#include "export/value.h"
#include "torchscript/program.h"

namespace deploytool::exporter {

struct Joined;
struct Picture;

/// prim::RaiseException was reached, or an operator raised on static values. Caught where a branch can be avoided.
struct Raised {
  std::string message;
  std::vector<std::string> places{};  ///< innermost first
};

struct InterpreterOptions {
  int64_t unrollLimit = 20000;  ///< emitted nodes
  bool strictDims = false;
  std::vector<CustomOp> customOps = {};
};

/// What the walk has to say. Each text once, in order of appearance.
struct WalkReport {
  Diagnostics refusals;
  std::vector<std::string> notes;
  std::vector<std::string> assumptions;
  std::set<std::string> rows;  ///< of the operator table that were applied
};

/// What joined values were on one path, and when it is taken, if that is known.
struct Origin {
  const std::vector<Picture>& pictures;
  When when;
};
struct Origins {
  std::vector<Origin> paths;
  uint64_t begin;  ///< serial of the heap's mark before the paths
};

struct Frame {
  const ts::Function* function;
  std::vector<Value> slots;
};

/// One of the modules of a list, by a number that a run decides.
struct ModuleChoice {
  std::vector<std::shared_ptr<ObjectValue>> modules;
  Dim number;
};

class Interpreter : public CallHost {
 public:
  Interpreter(const ts::Program& program, ts::Evaluator& evaluator, Builder& builder, InterpreterOptions options);

  /// Runs a function or method (self first). Throws Raised where the program raises whatever the inputs are.
  Value call(const ts::Function& function, std::vector<Value> arguments);
  /// The walker's value of a program's value; objects and tensors of the module keep their identity.
  Value fromProgram(const ts::Value& value, const std::string& path = {});
  /// Example sizes of the symbols that inputs introduced.
  void setExample(const std::string& symbol, int64_t size) { examples_[symbol] = size; }
  const WalkReport& report() const { return report_; }
  /// Domains of the custom operators that were emitted, with their versions.
  const std::map<std::string, int64_t>& customDomains() const { return customDomains_; }
  /// Whether nodes of this kind are instructions that the walk carries out itself.
  static bool knows(const std::string& kind) { return handlers().count(kind) > 0; }
  void refuse(const std::string& what, const std::string& help = {});
  void assume(const std::string& text);
  /// Whether any part of it is poison; what that poison has to say is reported.
  bool hasPoison(const Value& value) { return consumesPoison(value); }
  /// Attributes that the walk left different from what the archive holds.
  std::vector<std::string> changedState() const;
  Builder& builder() { return builder_; }
  Heap& heap() { return heap_; }

  // ---- CallHost
  Tensor read(const TensorVar& variable) override { return heap_.read(variable); }
  void write(const TensorVar& variable, const Tensor& content) override;
  int64_t exampleSize(const Dim& dim, std::string_view what) override;
  void note(std::string text) override;
  void assumeHere(const std::string& what) override;
  std::optional<bool> decided(const Tensor& flag) const override { return decisions_.of(flag); }
  void willChange(const std::shared_ptr<ListValue>& list) override { willWrite(list), heap_.willChange(list); }
  void willChange(const std::shared_ptr<DictValue>& dict) override { willWrite(dict), heap_.willChange(dict); }
  const ts::Program& program() const override { return program_; }
  std::map<std::string, PackedOrigin>& packedOrigins() override { return packedOrigins_; }
  std::map<std::string, Tensor>& nestedMasks() override { return nestedMasks_; }

 private:
  friend struct Instructions;
  friend class DynamicIf;
  friend class DynamicLoop;
  using Handler = void (*)(Interpreter&, const ts::Node&);

  const ts::Program& program_;
  ts::Evaluator& evaluator_;
  Builder& builder_;
  InterpreterOptions options_;
  Heap heap_;
  Decisions decisions_;
  WalkReport report_;
  std::set<std::string> said_;
  std::map<std::string, int64_t> examples_;
  std::vector<Frame*> frames_;
  std::vector<const ts::Node*> stack_;  ///< nodes being run: calls, and the current one
  std::unordered_map<const ts::Object*, std::shared_ptr<ObjectValue>> objects_;
  std::unordered_map<const ir::Tensor*, TensorVar> attributeCells_;
  std::vector<std::pair<TensorVar, Tensor>> stateCells_;
  std::set<std::string> changedAttributes_;
  std::map<std::shared_ptr<ObjectValue>, ModuleChoice> choices_;  ///< what stands for one of several modules
  std::map<std::string, PackedOrigin> packedOrigins_;
  std::unordered_map<const ts::Function*, std::set<ts::ValueId>> readValues_;
  std::map<std::string, int64_t> customDomains_;
  std::map<std::string, Tensor> nestedMasks_;
  AliasBook aliases_;
  std::unordered_map<const Cell*, std::vector<Element>> elements_;
  std::vector<TensorVar> elementCells_;  ///< keeps the keys of elements_ alive
  /// Containers that are elements of a list kept by columns, which is a copy of them.
  std::vector<std::pair<Value, std::shared_ptr<ListValue>>> rows_;
  /// Tensors that were put into a dict under a key that a run decides, or taken from one: the dict holds copies.
  std::vector<std::pair<TensorVar, std::shared_ptr<DictValue>>> entries_;
  std::unordered_map<const ts::Function*, Liveness> liveness_;
  bool hasQuantized_ = false;  ///< an operator gave quantized tensors

  // interpreter.cpp
  Frame& frame() { return *frames_.back(); }
  Value& slot(ts::ValueId id) { return frame().slots.at(static_cast<size_t>(id)); }
  void runBlock(const ts::Block& block);
  void runNode(const ts::Node& node);
  void runOperator(const ts::Node& node);
  std::vector<Value> inputsOf(const ts::Node& node);
  void bindOutputs(const ts::Node& node, Results results);
  void poisonOutputs(const ts::Node& node);
  bool anyPoison(const ts::Node& node);
  bool consumesPoison(const Value& value);
  std::vector<std::string> places() const;
  std::string here() const;

  // operators.cpp
  Results apply(const ts::Schema& schema, std::vector<Value> arguments);
  Results applyCustom(const ts::Schema& schema, const CustomOp& op, const std::vector<Value>& arguments);
  Results applyPure(const ts::Schema& schema, const std::vector<Value>& arguments);
  /// Throws for a nested tensor where the row cannot take one.
  void refuseNested(const Row& row, const std::vector<Value>& arguments);
  std::optional<Results> evaluate(const ts::Schema& schema, const std::vector<Value>& arguments);
  void connect(const ts::Schema& schema, const std::vector<Value>& arguments, Results& results);
  void writeBack(const ts::Schema& schema, const TensorVar& target, const Value& result);
  void writeBackComplex(const TensorVar& target, const Tensor& content);
  void makeView(const ts::Schema& schema, const std::vector<Value>& arguments, size_t argument, Value& result,
                size_t resultIndex, std::optional<size_t> element);

  // views.cpp
  Tensor assignView(const ts::Schema& schema, const std::vector<Value>& arguments, const Tensor& base,
                    const Tensor& content, const std::function<Tensor(const Tensor&)>& derive);

  Tensor assignComplexView(const ts::Schema& schema, const std::vector<Value>& arguments, const Tensor& base,
                           const Tensor& content, const std::function<Tensor(const Tensor&)>& derive);

  // control_if.cpp, control_loop.cpp
  void runIf(const ts::Node& node);
  /// Walks one of two paths, 0 where a condition holds, and returns the variables that hold its results.
  using Path = std::function<const std::vector<ts::ValueId>&(size_t)>;
  /// `likely` is assumed where the paths do not fit together and the example does not decide.
  void runEither(const ts::Node& node, const Tensor& condition, const Path& path, std::optional<bool> likely = {});
  void runDynamicIf(const ts::Node& node, const Tensor& condition);
  /// Runs a call of a method for each module that a run may choose; `handler` runs it for the module in its first slot.
  void runChosen(const ts::Node& node, const ModuleChoice& which, void (*handler)(Interpreter&, const ts::Node&));
  /// Runs an operator once for each value of what a run decides and it must know. False: nothing to decide.
  bool runDecided(const ts::Node& node, const Refusal& refusal);
  void takeBranch(const ts::Node& node, size_t which);
  std::optional<std::string> conflictOf(const ts::Node& node, const std::vector<Joined>& joined);
  bool isRead(ts::ValueId id);
  /// What was joined comes back as ONNX values: into the slots, then into the places.
  void bindJoined(std::span<const ts::ValueId> ids, const std::vector<Joined>& joined, const std::vector<Place>& places,
                  const std::function<ir::Value*(const ir::Type&)>& next, const Origins& origins);
  void runLoop(const ts::Node& node);
  bool unroll(const ts::Node& node);
  void runDynamicLoop(const ts::Node& node);
  /// A loop whose first round is walked by itself.
  void runPeeled(const ts::Node& node, const Value& trip, const Value& condition, const std::vector<Value>& variables);
  void walkPoisoned(const ts::Node& node);

  // alias.cpp
  /// Notes what of `value`, rebuilt of `picture` and others, may be a variable or container from before `begin`.
  void linkAliases(const Value& value, const Joined& joined, const Picture& picture, const When& when, uint64_t begin);
  /// The same, for variables that one path made one.
  void linkTwins(const std::vector<Value>& values, const Origin& path, uint64_t begin);
  /// Throws where something that may be this container is read later.
  void willWrite(const Value& container);
  bool isReadLater(const Value& value);
  /// Whether it is read later, or what may be the same as it by another alias.
  bool matters(const TensorVar& cell, size_t except);
  void writeToLists(const TensorVar& cell);
  void noteRow(const std::shared_ptr<ListValue>& list, const Value& row);
  /// Remembers a tensor that the operator put into a list that is an ONNX sequence, or took from one.
  void noteElement(const ts::Schema& schema, const std::vector<Value>& arguments, const Results& results);
  /// The same for dicts whose keys a run decides: before the operator, and what it gave.
  void noteEntries(const std::vector<Value>& arguments, const Results& results);
  bool isReadLater(const std::function<bool(const Value&)>& accept);

  // instructions.cpp
  bool asTyped(const Value& value, const ts::Type& type, const ts::Node& node);
  static const std::unordered_map<std::string, Handler>& handlers();
};

}  // namespace deploytool::exporter
