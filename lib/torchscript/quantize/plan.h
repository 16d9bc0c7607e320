// What of an archive is quantized: the operator calls whose weights can be, those that are chosen, and why the rest
// stays.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "torchscript/quantize/rules.h"

namespace deploytool::ts {

/// A weight as it is reported: by the name under which the module tree has it first.
struct WeightRecord {
  std::string name;
  std::string op;     ///< first user; empty: nothing uses it
  std::string type;   ///< of its rule; empty where no rule takes it
  std::string layer;  ///< module of a layer with several weights, which go together
  at::Tensor tensor;
  std::string reason;  ///< why it stays; empty: quantized
  bool notFinite = false;
};

class QuantizationPlan {
 public:
  QuantizationPlan(ModuleTree& tree, const QuantizeOptions& options);

  std::vector<Candidate>& candidates() { return candidates_; }
  /// All floating parameters, buffers and constants of two or more axes, in the order of the module tree.
  const std::vector<WeightRecord>& records() const { return records_; }
  const AssignedAttributes& assigned() const { return assigned_; }
  /// Storages that accepted candidates take over. What else reads them does so for their dtype and the like only.
  bool isReplaced(const at::Tensor& tensor) const { return replaced_.count(storageOf(tensor)) != 0; }
  /// Of the record that has the tensor, or its storage.
  size_t recordIndex(const at::Tensor& tensor) const;

 private:
  struct Graph {
    Instance* instance;
    const MethodCopy* method;
    StaticValues values;
  };

  void prepareGraphs();
  void collect(Graph& graph);
  void recordUses(Graph& graph);
  void recordUse(torch::jit::Node* node, size_t index, StaticValues& values, const std::string& what);
  void listWeights();
  void listAttributes(const Instance& instance);
  void listConstants();
  void addRecord(const at::Tensor& tensor, const std::string& name);
  void refuseUnfit();
  void refuseShared();
  void takeOver();
  void finishRecords();
  std::string refusalOf(const Candidate& candidate);
  std::string selectionRefusal(const Rule& rule, const at::Tensor& weight) const;
  bool isLinearChosen(const at::Tensor& weight) const;
  bool hasRecord(const at::Tensor& tensor) const;
  WeightRecord* recordOf(const at::Tensor& tensor);
  bool isFinite(const at::Tensor& tensor);

  ModuleTree& tree_;
  const QuantizeOptions& options_;
  AssignedAttributes assigned_;
  std::vector<std::unique_ptr<Graph>> graphs_;
  std::vector<Candidate> candidates_;
  std::set<std::pair<const torch::jit::Node*, size_t>> consumed_;
  std::map<const void*, std::string> usedAs_;  ///< by storage: who reads the floating values
  std::set<const void*> replaced_;
  std::vector<WeightRecord> records_;
  std::unordered_map<std::string, size_t> recordByKey_;
  std::unordered_map<const void*, size_t> recordByStorage_;
};

/// A read of a static tensor that needs no elements: its dtype, device, sizes. It becomes a constant where the weight
/// goes.
bool isMetadata(const torch::jit::Node* node, StaticValues& values);

}  // namespace deploytool::ts
