// Running a module; see runner.h.
#include "torchscript/runner.h"

#include <fmt/format.h>

#include "torchscript/load.h"
#include "torchscript/module_state.h"
#include "torchscript/values.h"

namespace deploytool::ts {

namespace {

class ModuleRunner final : public Runner {
 public:
  ModuleRunner(torch::jit::Module module, bool optimised)
      : module_(std::move(module)), state_(module_), optimised_(optimised) {}

  Result<std::vector<Argument>> arguments(const std::string& method) override;
  Result<Value> run(const std::string& method, const std::vector<Value>& arguments) override;

 private:
  Result<torch::jit::Method> find(const std::string& method) const;
  Result<Value> runUnguarded(torch::jit::Method& method, const std::vector<Value>& arguments);

  torch::jit::Module module_;
  ModuleState state_;
  bool optimised_;
  TypeConverter types_;
};

Result<torch::jit::Method> ModuleRunner::find(const std::string& name) const {
  auto method = module_.find_method(name);
  if (!method) return makeError(ExitCode::Usage, fmt::format("the model has no method `{}`", name));
  return *method;
}

Result<std::vector<Argument>> ModuleRunner::arguments(const std::string& name) {
  auto method = find(name);
  if (!method) return method.error();
  std::vector<Argument> result;
  const auto& formal = method->function().getSchema().arguments();
  for (size_t i = 1; i < formal.size(); ++i) result.push_back(toArgument(formal[i], types_));
  return result;
}

Result<Value> ModuleRunner::runUnguarded(torch::jit::Method& method, const std::vector<Value>& arguments) {
  at::NoGradGuard noGradients;
  const torch::jit::GraphOptimizerEnabledGuard optimiser(optimised_ && torch::jit::getGraphExecutorOptimize());
  // The same run twice gives the same result, whatever the model remembers or draws.
  state_.restore();
  at::manual_seed(0);
  const auto& formal = method.function().getSchema().arguments();
  std::vector<c10::IValue> stack;
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto value = toIValue(arguments[i], i + 1 < formal.size() ? formal[i + 1].type() : nullptr);
    if (!value) return value.error();
    stack.push_back(std::move(*value));
  }
  const bool isForward = method.name() == "forward";
  const c10::IValue result = isForward ? module_(std::move(stack)) : method(std::move(stack));  // forward: with hooks
  return ValueReader(types_).read(result);
}

Result<Value> ModuleRunner::run(const std::string& name, const std::vector<Value>& arguments) {
  auto method = find(name);
  if (!method) return method.error();
  try {
    return runUnguarded(*method, arguments);
  } catch (const std::exception& error) {
    return makeError(ExitCode::BadInput, "the model raised: " + exceptionText(error));
  }
}

/// Floating constants of the graphs too: float64 weights with a float32 constant would not multiply.
void widenConstants(torch::jit::Block& block) {
  for (auto* node : block.nodes()) {
    for (auto* inner : node->blocks()) widenConstants(*inner);
    if (node->kind() != c10::prim::Constant || !node->hasAttribute(c10::attr::value)) continue;
    if (node->kindOf(c10::attr::value) != torch::jit::AttributeKind::t) continue;
    const auto tensor = node->t(c10::attr::value);
    if (tensor.scalar_type() == c10::kFloat || tensor.scalar_type() == c10::kHalf) {
      node->t_(c10::attr::value, tensor.to(c10::kDouble));
    }
  }
}

void widen(torch::jit::Module& module) {
  module.to(c10::kDouble);
  for (auto* function : module._ivalue()->compilation_unit()->get_functions()) {
    if (!function || !function->isGraphFunction()) continue;
    function->ensure_defined();
    widenConstants(*torch::jit::toGraphFunction(*function).graph()->block());
  }
}

bool holdsQuantized(const torch::jit::Block& block) {
  for (const auto* node : block.nodes()) {
    if (std::string_view(node->kind().toQualString()).find("quantized") != std::string_view::npos) return true;
    for (const auto* inner : node->blocks())
      if (holdsQuantized(*inner)) return true;
  }
  return false;
}

}  // namespace

bool usesQuantizedEngine(const torch::jit::Module& module) {
  for (auto* function : module._ivalue()->compilation_unit()->get_functions()) {
    if (!function || !function->isGraphFunction()) continue;
    function->ensure_defined();
    if (holdsQuantized(*torch::jit::toGraphFunction(*function).graph()->block())) return true;
  }
  return false;
}

Status selectOtherEngine() {
  const auto current = at::globalContext().qEngine();
  for (const auto engine : at::globalContext().supportedQEngines()) {
    if (engine == current || engine == at::QEngine::NoQEngine) continue;
    at::globalContext().setQEngine(engine);
    return {};
  }
  return makeError(ExitCode::Unsupported, "this libtorch has no second engine for quantized operators");
}

Result<std::unique_ptr<Runner>> makeRunner(torch::jit::Module module, const RunnerOptions& options, bool optimised) {
  try {
    if (options.threads > 0) at::set_num_threads(options.threads);
    if (options.float64) widen(module);
    return std::unique_ptr<Runner>(std::make_unique<ModuleRunner>(std::move(module), optimised));
  } catch (const std::exception& error) {
    return makeError(ExitCode::BadInput, exceptionText(error));
  }
}

}  // namespace deploytool::ts
