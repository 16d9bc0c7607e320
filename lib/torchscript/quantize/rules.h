// Which operators have a dynamically quantized form in libtorch, how their weights are found, and what replaces them.
// One row per operator.
#pragma once

#include <string>
#include <vector>

#include "deploytool/quantize.h"
#include "torchscript/quantize/static_values.h"

namespace deploytool::ts {

struct WeightUse {
  at::Tensor tensor;  ///< a view of the attribute, in the layout that the quantized operator takes
  std::vector<Source> sources;
};

/// One object of packed parameters.
struct PackPlan {
  enum class Kind { Linear, Cell, Embedding };
  Kind kind = Kind::Linear;
  std::vector<WeightUse> weights;  ///< Linear, Embedding: one; Cell: of the input, of the state
  std::vector<at::Tensor> biases;  ///< as many as weights; undefined where there is none. Embedding: none

  std::string key() const;  ///< equal for equal parameters
};

struct Rule;

/// An operator call that could be quantized.
struct Candidate {
  Instance* instance = nullptr;
  torch::jit::Node* node = nullptr;   ///< the one to replace
  torch::jit::Node* inner = nullptr;  ///< a matmul whose sum `node` is; else null
  const Rule* rule = nullptr;
  std::vector<PackPlan> packs;
  bool asList = false;                ///< the packed objects go into one list
  torch::jit::Value* bias = nullptr;  ///< linear: added after the product, not packed with the weight
  std::string refusal;                ///< why it stays as it is; empty: quantized
  /// Inputs that the packed parameters replace, as (node, index).
  std::vector<std::pair<const torch::jit::Node*, size_t>> consumed;
};

struct Rule {
  const char* op;    ///< `aten::linear`
  const char* type;  ///< of QuantizeSelection::types
  /// Fills packs, consumed and perhaps refusal; false: its weight is no static value, nothing to quantize here.
  bool (*collect)(Candidate&, StaticValues&);
  /// Makes the new node before candidate.node, with as many outputs.
  torch::jit::Node* (*rewrite)(const Candidate&, const std::vector<torch::jit::Value*>& packed, const WeightScheme&);
};

/// Lets linear layers that read overlapping rows of one weight (the projections of an attention) share pieces of it,
/// and those that read one weight with different biases share the weight. Of accepted candidates.
void shareWeights(std::vector<Candidate>& candidates);

/// Null where the operator has no quantized form.
const Rule* findRule(const std::string& op);
std::vector<Rule> linearRules();
std::vector<Rule> recurrentRules();
std::vector<Rule> embeddingRules();

/// A node of `op` before `at`, at its place in the source.
torch::jit::Node* insertBefore(torch::jit::Node* at, const char* op, const std::vector<torch::jit::Value*>& inputs,
                               const std::vector<c10::TypePtr>& outputTypes);
torch::jit::Value* constantBefore(torch::jit::Node* at, const c10::IValue& value);
/// The static tensor at an input; undefined for None or what is not static.
at::Tensor staticTensor(StaticValues& values, const torch::jit::Node* node, size_t index);
bool isStaticNone(StaticValues& values, const torch::jit::Node* node, size_t index);

}  // namespace deploytool::ts
