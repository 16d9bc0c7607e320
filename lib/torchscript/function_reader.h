// From one jit function to ts::Function.
#pragma once

#include <deque>
#include <unordered_map>

#include "torchscript/types.h"
#include "torchscript/values.h"

namespace deploytool::ts {

/// What the functions of a program share while they are converted.
struct ReadContext {
  TypeConverter& types;
  ValueReader& values;
  /// Told of every function that a body calls, and of methods called through an interface.
  std::function<void(torch::jit::Function&)> onCall;
  std::function<void(const std::string& method)> onInterfaceCall;
  std::unordered_map<const c10::FunctionSchema*, std::shared_ptr<const Schema>> schemas{};
};

class FunctionReader {
 public:
  explicit FunctionReader(ReadContext& context) : context_(context) {}
  Result<std::shared_ptr<const Function>> read(torch::jit::Function& function);
  /// Control flow or a place in Python source: no trace records these.
  bool looksScripted() const { return !hasPythonStack_ && (hasControlFlow_ || hasScriptSource_); }

 private:
  ValueId id(const torch::jit::Value* value);
  Status readBlock(const torch::jit::Block& block, Block& into);
  Status readNode(torch::jit::Node& node, Node& into);
  Status readConstant(const torch::jit::Node& node, Node& into);
  Status readAttributes(const torch::jit::Node& node, Node& into);
  void readCall(const torch::jit::Node& node);
  std::shared_ptr<const Schema> schema(const torch::jit::Node& node);
  SourceLocation location(const torch::jit::Node& node);

  ReadContext& context_;
  std::unordered_map<const torch::jit::Value*, ValueId> ids_;
  std::string shortName_;  // `Encoder.forward`
  bool hasControlFlow_ = false;
  bool hasTraceOnly_ = false;
  bool hasPythonStack_ = false;  // a node's source is a Python stack, as a trace records it
  bool hasScriptSource_ = false;  // a node's source is a place in a Python file
};

}  // namespace deploytool::ts
