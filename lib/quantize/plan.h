// What is to be done with each weight of a model, before anything is done.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "deploytool/quantize.h"
#include "ir/graph.h"

namespace deploytool::quantize {

struct Rule;

struct WeightUse {
  ir::Node* node = nullptr;
  size_t input = 0;
  const Rule* rule = nullptr;  ///< null: no rule quantizes this input
};

struct Weight {
  ir::Value* value = nullptr;
  std::vector<WeightUse> uses;
  WeightReport report;  ///< `quantized` says that it is to be, `method` how
};

class Plan {
 public:
  std::vector<Weight> weights;  ///< floating constants with elements enough to matter, in the order of first use
  std::unordered_map<const ir::Value*, size_t> byValue;

  bool isChosen(const ir::Value* value) const {
    const auto found = byValue.find(value);
    return found != byValue.end() && weights[found->second].report.quantized;
  }
  bool isWeightOnly(const ir::Value* value) const {
    const std::string& method = methodOf(value);
    return method == "weight-only" || method == "grouped";
  }
  /// Its activation has a scale for each row.
  bool isPerToken(const ir::Value* value) const { return methodOf(value) == "per-token"; }
  bool isGrouped(const ir::Value* value) const { return methodOf(value) == "grouped"; }
  bool isFloat16(const ir::Value* value) const { return methodOf(value) == "float16"; }

 private:
  const std::string& methodOf(const ir::Value* value) const {
    static const std::string none;
    const auto found = byValue.find(value);
    return found == byValue.end() ? none : weights[found->second].report.method;
  }
};

/// Elements of a channel that share a scale in a grouped weight.
inline constexpr int64_t kGroupSize = 32;

/// Whether two tensors are the same elements, one maybe with its axes in another order (a tied weight's transpose).
bool sameElements(const ir::Tensor& a, const ir::Tensor& b);

/// Lists the weights and decides: the rules' obstacles, the selection, and what weights of one node need of each other.
Plan makePlan(ir::Model& model, const QuantizeOptions& options);

}  // namespace deploytool::quantize
