// Passes: rewrites of a graph that keep what it computes. One file each; registry.cpp lists them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deploytool/status.h"
#include "ir/graph.h"

namespace deploytool::runtime {
class Kernels;
}

namespace deploytool::passes {

/// What a pass may use besides the graph.
struct PassContext {
  ir::Model& model;                     ///< what the graph belongs to
  runtime::Kernels* kernels = nullptr;  ///< null: nothing is folded that needs a kernel
};

/// A pass rewrites the main graph and the subgraphs in it. Its result says whether it changed anything.
struct Pass {
  const char* name;
  const char* description;  ///< one line, for help
  bool (*run)(ir::Graph& graph, const PassContext& context);
};

/// A named list of passes; the order is explained where it is written down (registry.cpp).
struct Pipeline {
  const char* name;
  const char* description;
  std::vector<const char*> passes;
};

std::span<const Pass> passes();
std::span<const Pipeline> pipelines();
const Pass* findPass(std::string_view name);
const Pipeline* findPipeline(std::string_view name);

struct RunOptions {
  runtime::Kernels* kernels = nullptr;
  bool verifyEach = false;              ///< run the verifier after every pass and name the culprit
  std::vector<std::string> printAfter;  ///< passes after which `print` is called; `all` for every one
  std::function<void(std::string_view pass, const std::string& text)> print;
};

struct PassRun {
  std::string name;
  bool changed = false;
  double seconds = 0;
  int64_t nodesBefore = 0, nodesAfter = 0;  ///< of the main graph
};

/// Runs passes (names, or names of pipelines) in order. Errors: Usage for an unknown name, Internal where a pass broke
/// the graph.
Result<std::vector<PassRun>> runPasses(ir::Model& model, const std::vector<std::string>& names,
                                       const RunOptions& options = {});

}  // namespace deploytool::passes
