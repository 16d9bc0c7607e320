// Puts quantized operators in the place of those that a plan accepted.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "torchscript/quantize/plan.h"
#include "torchscript/quantize/rebuild.h"

namespace deploytool::ts {

/// A packed object to be made, and what its weights are in the plan's records.
struct PackJob {
  PackPlan plan;
  std::vector<size_t> records;  ///< index of each weight's record
};

/// An attribute of an instance that will hold packed objects: one, or a list of several.
struct PackedAttribute {
  Instance* owner = nullptr;
  std::string name;
  c10::TypePtr type;
  bool asList = false;
  std::vector<std::string> jobs;  ///< keys into Rewriting::jobs
};

struct Rewriting {
  std::map<std::string, PackJob> jobs;  ///< equal parameters are packed once
  std::vector<PackedAttribute> attributes;
  std::map<const Instance*, std::set<std::string>> removed;  ///< attributes that went into packed objects
};

/// Rewrites the graphs of the tree. The plan's nodes are gone afterwards.
Rewriting rewriteGraphs(ModuleTree& tree, QuantizationPlan& plan, const WeightScheme& scheme);

}  // namespace deploytool::ts
