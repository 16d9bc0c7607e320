// Static evaluation on ATen; see evaluator.h and ts::Evaluator.
#include "torchscript/evaluator.h"

#include <fmt/format.h>

#include <unordered_map>

#include "torchscript/growth.h"
#include "torchscript/load.h"
#include "torchscript/missing_schemas.h"
#include "torchscript/purity.h"
#include "torchscript/values.h"

namespace deploytool::ts {

namespace {

using Outcome = Result<std::optional<std::vector<Value>>>;

/// What is known of an operator, looked up once.
struct Runnable {
  const c10::FunctionSchema* schema = nullptr;  ///< null: not to be run
  std::optional<torch::jit::Operation> operation;
};

bool hasKernel(const c10::OperatorHandle& handle) {
  return handle.hasComputedKernelForDispatchKey(c10::DispatchKey::CPU) ||
         handle.hasComputedKernelForDispatchKey(c10::DispatchKey::QuantizedCPU);
}

/// Operators that need their node (`prim::TupleIndex` with attributes) have a creator and no operation.
bool isRunnable(const torch::jit::Operator& op) {
  if (!op.isC10Op()) return op.hasOperation();
  const auto& schema = op.schema();
  auto handle = c10::Dispatcher::singleton().findSchema({schema.name(), schema.overload_name()});
  return handle && hasKernel(*handle);
}

class AtenEvaluator final : public Evaluator {
 public:
  Outcome run(const Schema& schema, const std::vector<Value>& arguments) override;
  std::vector<Schema> schemas(const std::string& name) override;

 private:
  Runnable& lookUp(const Schema& schema);
  Outcome runUnguarded(Runnable& runnable, const std::vector<Value>& arguments);

  std::unordered_map<std::string, Runnable> runnables_;
};

Runnable findRunnable(const Schema& schema) {
  for (const auto& op : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(schema.name))) {
    const auto& candidate = op->schema();
    if (candidate.overload_name() != schema.overload) continue;
    if (candidate.arguments().size() != schema.arguments.size()) continue;
    if (!isRunnable(*op) || !mayRun(candidate)) continue;
    return {&candidate, op->getOperation()};
  }
  return {};
}

Runnable& AtenEvaluator::lookUp(const Schema& schema) {
  auto [it, isNew] = runnables_.try_emplace(schema.key());
  if (isNew) it->second = findRunnable(schema);
  return it->second;
}

std::vector<Schema> AtenEvaluator::schemas(const std::string& name) {
  registerMissingSchemasOf(name);
  TypeConverter types;
  std::vector<Schema> result;
  for (const auto& op : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name))) {
    result.push_back(toSchema(op->schema(), types));
  }
  return result;
}

Outcome AtenEvaluator::run(const Schema& schema, const std::vector<Value>& arguments) {
  Runnable& runnable = lookUp(schema);
  const bool complete = arguments.size() == schema.arguments.size() ||
                        (schema.isVararg && arguments.size() > schema.arguments.size());
  if (!runnable.schema || !complete) return std::optional<std::vector<Value>>();
  if (!mayRun(*runnable.schema, arguments) || wouldGrow(schema, arguments)) return std::optional<std::vector<Value>>();
  try {
    return runUnguarded(runnable, arguments);
  } catch (const c10::NotImplementedError&) {
    return std::optional<std::vector<Value>>();  // no kernel for these dtypes or layouts
  } catch (const std::exception& error) {
    return makeError(ExitCode::Unsupported, fmt::format("{}: {}", schema.key(), exceptionText(error)));
  }
}

/// Names of tensors among the arguments; the first one names what is derived from them.
std::string firstName(const std::vector<Value>& arguments) {
  for (const auto& value : arguments) {
    if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data); tensor && !(*tensor)->name.empty()) {
      return (*tensor)->name;
    }
  }
  return {};
}

/// `weight.transpose` for what an operator makes of `weight`.
std::string derivedName(const c10::FunctionSchema& schema, const std::vector<Value>& arguments) {
  const std::string base = firstName(arguments);
  if (base.empty()) return {};
  auto bare = schema.name().substr(schema.name().find("::") + 2);
  while (bare.size() > 1 && bare.back() == '_') bare.pop_back();
  return base + "." + bare;
}

/// An argument that the operator writes into is given a copy.
c10::IValue forWriting(const c10::IValue& value) {
  return value.isTensor() && value.toTensor().defined() ? c10::IValue(value.toTensor().clone()) : value;
}

void knowTensors(ValueReader& reader, const Value& value, const c10::IValue& converted) {
  if (const auto* tensor = std::get_if<ir::TensorPtr>(&value.data)) {
    if (converted.isTensor() && converted.toTensor().storage().data() == (*tensor)->storage().data()) {
      reader.know(converted.toTensor(), *tensor);
    }
    return;
  }
  const auto* list = std::get_if<std::shared_ptr<List>>(&value.data);
  if (!list || !converted.isList()) return;
  const auto items = converted.toListRef();
  for (size_t i = 0; i < items.size(); ++i) knowTensors(reader, (*list)->items[i], items[i]);
}

Outcome AtenEvaluator::runUnguarded(Runnable& runnable, const std::vector<Value>& arguments) {
  at::NoGradGuard noGradients;
  const auto& formal = runnable.schema->arguments();
  TypeConverter types;
  ValueReader reader(types);
  torch::jit::Stack stack;
  int64_t inputBytes = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto converted = toIValue(arguments[i], i < formal.size() ? formal[i].type() : nullptr);
    if (!converted) return std::optional<std::vector<Value>>();  // objects, functions: not for ATen
    const bool writes = i < formal.size() && formal[i].alias_info() && formal[i].alias_info()->isWrite();
    if (writes) {
      stack.push_back(forWriting(*converted));
    } else {
      knowTensors(reader, arguments[i], *converted);
      stack.push_back(std::move(*converted));
    }
    inputBytes += byteSize(arguments[i]);
  }
  if (runnable.schema->is_vararg()) stack.emplace_back(static_cast<int64_t>(arguments.size()));
  (*runnable.operation)(stack);
  const std::string name = derivedName(*runnable.schema, arguments);
  std::vector<Value> results;
  int64_t outputBytes = 0;
  for (size_t i = 0; i < stack.size(); ++i) {
    auto value = reader.read(stack[i], name.empty() || i == 0 ? name : fmt::format("{}.{}", name, i));
    if (!value) return std::optional<std::vector<Value>>();
    outputBytes += byteSize(*value);
    results.push_back(std::move(*value));
  }
  if (outputBytes > inputBytes + kMaxGrowth) return std::optional<std::vector<Value>>();
  return std::optional(std::move(results));
}

}  // namespace

std::unique_ptr<Evaluator> makeEvaluator() { return std::make_unique<AtenEvaluator>(); }

}  // namespace deploytool::ts
