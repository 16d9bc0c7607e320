// The list of passes, the pipelines, and running them.
#include <algorithm>
#include <array>
#include <chrono>

#include "ir/text.h"
#include "ir/verify.h"
#include "passes/all.h"

namespace deploytool::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"initializer-inputs", "stop listing initializers among the inputs (files before IR version 4)",
         initializerInputs},
    Pass{"infer-types", "find out types and dims of all values", inferTypes},
    Pass{"dead-code", "remove nodes, initializers and branch outputs that nothing reads", deadCode},
    Pass{"identity", "remove Identity nodes", identities},
    Pass{"cse", "compute equal expressions once", commonSubexpressions},
    Pass{"shape-cse", "compute equal shapes once, however they were computed", commonShapes},
    Pass{"duplicate-initializers", "keep one of several equal constants", duplicateInitializers},
    Pass{"constant-folding", "compute at once what depends on constants only", constantFolding},
    Pass{"constant-branches", "replace If nodes whose condition is constant by their branch", constantBranches},
    Pass{"redundant", "remove casts, transposes, reshapes and others that change nothing", redundantOperators},
    Pass{"conv-batchnorm", "fold BatchNormalization into the convolution before it", convBatchNorm},
};

const std::array kPipelines = {
    Pipeline{"export",
             "after lowering",
             {
                 "dead-code",  // branches of helpers that were emitted on trial: the rest has less to look at
                 "identity",   // otherwise hides equal inputs from cse
                 "cse",        // lowerings compute the same shapes again and again
                 "shape-cse",  //
                 "constant-folding",
                 "redundant",               // folding shows which reshapes and casts change nothing
                 "identity",                //
                 "duplicate-initializers",  // folding makes new constants
                 "dead-code",
             }},
    Pipeline{"optimize",
             "for existing files",
             {
                 "initializer-inputs",  // first: passes take no input for a constant
                 "dead-code",
                 "identity",
                 "duplicate-initializers",
                 "cse",
                 "infer-types",        // shapes that follow from static dims are folded without kernels
                 "constant-folding",   // also decides branches,
                 "constant-branches",  // whose nodes are then
                 "infer-types",        // (with the constants, more dims are known)
                 "constant-folding",   // folded where they stand
                 "redundant",
                 "identity",
                 "conv-batchnorm",  // after folding: weights and statistics must be constants
                 "duplicate-initializers",
                 "cse",
                 "dead-code",
             }},
};

Status checkSound(const ir::Model& model, const std::string& pass) {
  const Diagnostics problems = ir::verify(model);
  if (problems.empty()) return {};
  Diagnostic error = makeError(ExitCode::Internal, "the pass '" + pass + "' broke the graph: " + problems[0].message);
  error.places = problems[0].places;
  return error;
}

bool wanted(const std::vector<std::string>& names, const char* pass) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return n == pass || n == "all"; });
}

Result<std::vector<const Pass*>> resolve(const std::vector<std::string>& names) {
  std::vector<const Pass*> list;
  for (const std::string& name : names) {
    if (const Pipeline* pipeline = findPipeline(name)) {
      for (const char* pass : pipeline->passes) list.push_back(findPass(pass));
    } else if (const Pass* pass = findPass(name)) {
      list.push_back(pass);
    } else {
      return makeError(ExitCode::Usage, "there is no pass '" + name + "'");
    }
  }
  return list;
}

}  // namespace

std::span<const Pass> passes() { return kPasses; }
std::span<const Pipeline> pipelines() { return kPipelines; }

const Pass* findPass(std::string_view name) {
  const auto it = std::find_if(kPasses.begin(), kPasses.end(), [&](const Pass& p) { return name == p.name; });
  return it == kPasses.end() ? nullptr : &*it;
}

const Pipeline* findPipeline(std::string_view name) {
  const auto it = std::find_if(kPipelines.begin(), kPipelines.end(), [&](const Pipeline& p) { return name == p.name; });
  return it == kPipelines.end() ? nullptr : &*it;
}

Result<std::vector<PassRun>> runPasses(ir::Model& model, const std::vector<std::string>& names,
                                       const RunOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto list = resolve(names);
  if (!list) return list.error();
  const PassContext context{model, options.kernels};
  std::vector<PassRun> runs;
  for (const Pass* pass : *list) {
    PassRun run;
    run.name = pass->name;
    run.nodesBefore = static_cast<int64_t>(model.graph.nodeCount());
    const auto start = Clock::now();
    run.changed = pass->run(model.graph, context);
    run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    run.nodesAfter = static_cast<int64_t>(model.graph.nodeCount());
    if (options.print && wanted(options.printAfter, pass->name)) options.print(pass->name, ir::text(model, {256}));
    if (options.verifyEach) {
      if (Status status = checkSound(model, pass->name); !status) return status.error();
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace deploytool::passes
