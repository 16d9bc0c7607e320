// Running a module in both runtimes and comparing (judge.h). Tolerances: reliability requirement 13.
#include "tests/generator/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "export/export.h"
#include "export/general_limit.h"
#include "export/table.h"
#include "onnx/writer.h"
#include "passes/pass.h"
#include "runtime/arguments.h"
#include "runtime/compare.h"
#include "tests/generator/children.h"
#include "tests/generator/random_source.h"
#include "tests/lowering/rename_calls.h"

namespace deploytool::testing::generator {

namespace {

constexpr uint64_t kMoves = 8;

using runtime::NamedTensor;
using Outputs = std::vector<NamedTensor>;
using Change = std::function<double(double, size_t)>;

Result<Outputs> runTorch(ts::Runner& runner, const Module& module, const std::vector<ir::Tensor>& inputs) {
  const auto result = runner.run(kFunction, argumentsOf(module, inputs));
  if (!result) return result.error();
  return runtime::flattenResult(*result);
}

ir::Tensor mapped(const ir::Tensor& tensor, ir::DType dtype, const Change& change) {
  const std::vector<double> values = tensor.toDoubles();
  std::string bytes(values.size() * ir::itemSize(dtype), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    ir::Tensor::scalar(dtype, change(values[i], i)).gather(reinterpret_cast<std::byte*>(bytes.data() + i * ir::itemSize(dtype)));
  return ir::Tensor::copy(dtype, tensor.dims(), std::as_bytes(std::span(bytes)));
}

double same(double x, size_t) { return x; }
/// By a few units of float32, up or down by chance.
Change moved(uint64_t seed) {
  return [seed](double x, size_t i) {
    const auto sign = [&](uint64_t which) { return hashOf({seed, i, which}) % 2 ? 1.0 : -1.0; };
    return x * (1 + sign(0) * 1e-6) + sign(1) * 1e-7;
  };
}

/// Inputs in float64, or moved a little.
std::vector<ir::Tensor> varied(std::vector<ir::Tensor> inputs, bool wide, const Change& change) {
  for (ir::Tensor& t : inputs) {
    if (!ir::isFloating(t.dtype())) continue;
    t = mapped(t, wide && t.dtype() == ir::DType::Float32 ? ir::DType::Float64 : t.dtype(), change);
  }
  return inputs;
}

/// libtorch running one module, and what it gives where numbers differ by no more than rounding does.
class Reference {
 public:
  Reference(ts::TorchModule& torch, const Module& module, std::shared_ptr<ts::Runner> runner)
      : torch_(torch), module_(module), runner_(std::move(runner)) {}

  Result<Outputs> run(size_t set) { return runTorch(*runner_, module_, tensorsOf(module_, set)); }

  std::vector<Outputs> neighbours(size_t set) {
    const std::vector<ir::Tensor> inputs = tensorsOf(module_, set);
    std::vector<Outputs> result;
    std::vector<std::vector<ir::Tensor>> nearby{varied(inputs, true, same)};
    for (uint64_t seed = 0; seed < kMoves; ++seed) nearby.push_back(varied(inputs, false, moved(seed)));
    for (const auto& near : nearby)
      if (auto outputs = runTorch(*runner_, module_, near)) result.push_back(std::move(*outputs));
    std::vector<std::string> texts{module_.flushedText()};
    for (double nudge : {1e-6, -1e-6, 6e-8, -6e-8}) texts.push_back(module_.nudgedText(nudge));  // the last: a unit of float32
    for (const std::string& text : texts) {
      auto runner = torch_.compileRunner(text);
      if (!runner) continue;
      if (auto outputs = runTorch(**runner, module_, inputs)) result.push_back(std::move(*outputs));
    }
    return result;
  }

 private:
  ts::TorchModule& torch_;
  const Module& module_;
  std::shared_ptr<ts::Runner> runner_;
};

bool differ(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) != std::isnan(b);
  return a != b && !(std::fabs(a - b) <= tolerance);
}

/// Whether rounding decides the shape: it is another one, and one of the neighbours has just this result.
bool isShapeRounding(const ir::Tensor& actual, const ir::Tensor& expected, const std::vector<Outputs>& around, size_t output) {
  if (actual.dtype() != expected.dtype() || actual.dims() == expected.dims()) return false;
  return std::any_of(around.begin(), around.end(), [&](const Outputs& outputs) {
    return output < outputs.size() && runtime::compare(actual, outputs[output].tensor).equal;
  });
}

/// Whether every element that differs also changes among the neighbours, by a quarter of the difference or more.
bool isRounding(const ir::Tensor& actual, const ir::Tensor& expected, const std::vector<Outputs>& around, size_t output,
                double tolerance) {
  const std::vector<double> a = actual.toDoubles(), e = expected.toDoubles();
  std::vector<std::vector<double>> others;
  for (const Outputs& outputs : around)
    if (output < outputs.size() && outputs[output].tensor.dims() == expected.dims()) others.push_back(outputs[output].tensor.toDoubles());
  for (size_t i = 0; i < e.size(); ++i) {
    if (!differ(a[i], e[i], tolerance)) continue;
    bool moves = false;
    for (const auto& other : others) moves = moves || differ(other[i], e[i], std::fabs(a[i] - e[i]) / 4);
    if (!moves) return false;
  }
  return true;
}

/// Whether this one of all flattened outputs comes of a tensor in float16, and is no more exact than it.
bool comesOfFloat16(Module module, size_t output, size_t outputs) {
  if (outputs == module.outputs.size()) module.outputs = {module.outputs[output]};  // else there are lists among them
  const Module needed = trimmed(std::move(module));
  return std::any_of(needed.inputs.begin(), needed.inputs.end(),
                     [](const Input& input) { return input.variable.dtype == ir::DType::Float16; });
}

double largest(const ir::Tensor& tensor) {
  double most = 0;
  for (double v : tensor.toDoubles())
    if (std::isfinite(v)) most = std::max(most, std::fabs(v));
  return most;
}

Verdict compareSet(Reference& reference, const Module& module, size_t set, const Outputs& expected, const TensorList& actual) {
  if (expected.size() != actual.size())
    return {Verdict::Mismatch, fmt::format("{} outputs instead of {}", actual.size(), expected.size()), {}};
  Verdict worst;
  std::optional<std::vector<Outputs>> around;
  for (size_t i = 0; i < expected.size(); ++i) {
    const ir::Tensor& wanted = expected[i].tensor;
    const bool isFloating = ir::isFloating(wanted.dtype());
    const auto tolerance =
        runtime::defaultTolerance(isFloating && comesOfFloat16(module, i, expected.size()) ? ir::DType::Float16 : wanted.dtype());
    const auto comparison = runtime::compare(actual[i], wanted, {.rtol = tolerance.rtol, .atol = tolerance.atol});
    if (comparison.equal) continue;
    if (!around) around = reference.neighbours(set);
    const bool comparable = comparison.dtypeEqual() && comparison.dimsEqual();
    const double allowance = isFloating ? tolerance.atol * largest(wanted) : 0;
    if (comparable ? isRounding(actual[i], wanted, *around, i, allowance)
                   : isShapeRounding(actual[i], wanted, *around, i)) {
      worst = {Verdict::Unstable, fmt::format("output {}: {}", i, runtime::describe(comparison)), {}};
      continue;
    }
    return {Verdict::Mismatch, fmt::format("output {}: {}", i, runtime::describe(comparison)), {}};
  }
  return worst;
}

struct Exported {
  std::string bytes;
  std::vector<std::string> inputs;
  bool assumes = false;
};

/// The row that a refusal, `aten::argmax.x: why`, is about.
const exporter::Row* rowOf(const std::string& message) {
  const std::string key = message.substr(0, message.find_first_of(" :", message.find("::") + 2));
  const size_t dot = key.find('.');
  return exporter::findRow(key.substr(0, dot), dot == std::string::npos ? "" : key.substr(dot + 1));
}

/// Messages of refusals, and the limit of the operator's row that each is about.
struct ListedRefusal {
  const char *row, *message, *limit;
};
constexpr ListedRefusal kRefusals[] = {
#include "tests/generator/refusals.inc"
};

/// The limit that the row lists for this message, or that holds for all rows; empty for none.
std::string limitFor(const exporter::Row& row, const std::string& message) {
  for (const char* general : {"must be known when exporting", "must be a number known when exporting", "is a list whose length is decided at run time"})
    if (message.find(": argument '") != std::string::npos && message.find(general) != std::string::npos) return exporter::kGeneralLimit;
  for (const ListedRefusal& known : kRefusals)
    if (row.name == known.row && message.find(known.message) != std::string::npos && row.limits.find(known.limit) != std::string::npos)
      return known.limit;
  return {};
}

Verdict refusal(const exporter::ExportFailure& failure) {
  if (failure.errors.empty()) return {Verdict::Unlisted, "no reason", {}};
  std::string reasons;
  for (const auto& error : failure.errors) {
    const std::string& message = error.message;
    const exporter::Row* row = message.find("::") == std::string::npos ? nullptr : rowOf(message);
    const std::string limit = row ? limitFor(*row, message) : "";
    if (limit.empty()) return {Verdict::Unlisted, message, {}};
    reasons += fmt::format("{}{} (listed: {})", reasons.empty() ? "" : "; ", message, limit);
  }
  return {Verdict::Refused, reasons, {}};
}

struct Alias {
  const char *row, *compiled;
};
constexpr Alias kAliases[] = {
#include "tests/generator/aliases.inc"
};

/// The calls of the module under the names of their rows. In-place forms keep the compiler's name.
void nameByRows(const Module& module, ts::LoadedModel& loaded) {
  std::map<std::string, std::string> names;
  for (const Call& call : module.calls)
    for (const Alias& alias : kAliases)
      if (call.row == alias.row) names[alias.compiled] = alias.row;
  renameCalls(loaded, names);
}

Verdict exportModule(Judges& judges, const Module& module, Exported& exported) {
  auto loaded = judges.torch->compile(module.text());
  if (!loaded) return {Verdict::Invalid, loaded.error().message, {}};
  nameByRows(module, *loaded);
  exporter::ExportRequest request;
  request.method = kFunction;
  request.opset = module.opset;
  for (const std::string& text : module.specTexts()) {
    auto spec = exporter::parseInputSpec(text);
    if (!spec) return {Verdict::Invalid, spec.error().message, {}};
    request.inputs.push_back(std::move(*spec));
  }
  const exporter::ExportResult result = exporter::exportProgram(*loaded, request);
  if (const auto* failure = std::get_if<exporter::ExportFailure>(&result)) return refusal(*failure);
  const auto& outcome = std::get<exporter::ExportOutcome>(result);
  const passes::RunOptions run{.kernels = &judges.torch->kernels(), .verifyEach = true, .printAfter = {}, .print = {}};
  if (const auto runs = passes::runPasses(*outcome.model, {"export"}, run); !runs)
    return {Verdict::Fails, runs.error().message, outcome.rows};
  auto bytes = onnx_io::encodeModel(*outcome.model);
  if (!bytes) return {Verdict::Fails, bytes.error().message, outcome.rows};
  exported.bytes = std::move(*bytes);
  for (const ir::Value* input : outcome.model->graph.inputs()) exported.inputs.push_back(input->name);
  exported.assumes = !outcome.assumptions.empty();
  return {Verdict::Equal, "", outcome.rows};
}

/// In the order that the model wants.
TensorList inOrder(const Module& module, const std::vector<ir::Tensor>& tensors, const std::vector<std::string>& names) {
  TensorList result;
  for (const std::string& name : names)
    for (size_t i = 0; i < tensors.size(); ++i)
      if (module.inputs[i].variable.name == name) result.push_back(tensors[i]);
  return result;
}

/// Whether a tensor of the set has no elements.
bool hasEmpty(const Module& module, size_t set) {
  const auto isEmpty = [&](const Variable& v) {
    return std::any_of(v.dims.begin(), v.dims.end(), [&](const Size& d) { return d[set] == 0; });
  };
  const auto isEmptyInput = [&](const Input& input) { return isEmpty(input.variable); };
  const auto hasEmptyResult = [&](const Call& call) { return std::any_of(call.results.begin(), call.results.end(), isEmpty); };
  return std::any_of(module.inputs.begin(), module.inputs.end(), isEmptyInput) ||
         std::any_of(module.calls.begin(), module.calls.end(), hasEmptyResult);
}

}  // namespace

const char* name(Verdict::Kind kind) {
  static constexpr const char* kNames[] = {"equal", "assumed", "unstable", "empty", "refused", "invalid", "unlisted", "fails", "mismatch"};
  return kNames[kind];
}

Verdict judge(Judges& judges, const Module& module) {
  aboutTo(module.text());
  auto runner = judges.torch->compileRunner(module.text());
  if (!runner) return {Verdict::Invalid, runner.error().message, {}};
  Reference reference(*judges.torch, module, std::move(*runner));
  std::vector<Outputs> expected;
  for (size_t set = 0; set < kSets; ++set) {
    auto outputs = reference.run(set);
    if (!outputs) return {Verdict::Invalid, outputs.error().message, {}};
    expected.push_back(std::move(*outputs));
  }
  Exported exported;
  aboutTo(kExporting + module.text());
  Verdict verdict = exportModule(judges, module, exported);
  aboutTo(module.text());
  if (verdict.kind != Verdict::Equal) return verdict;
  std::vector<TensorList> lists;
  for (size_t set = 0; set < kSets; ++set) lists.push_back(inOrder(module, tensorsOf(module, set), exported.inputs));
  const auto all = judges.onnx.run(exported.bytes, lists);
  for (size_t set = 0; set < kSets; ++set) {
    const auto actual = all ? Result<std::vector<TensorList>>({(*all)[set]}) : judges.onnx.run(exported.bytes, {lists[set]});
    Verdict one = actual ? compareSet(reference, module, set, expected[set], actual->front())
                         : Verdict{Verdict::Fails, actual.error().message, {}};
    if (one.isWrong() && exported.assumes && set > 0) one.kind = Verdict::Assumed;
    if (one.kind == Verdict::Fails && hasEmpty(module, set)) one.kind = Verdict::Empty;
    if (one.kind > verdict.kind)
      verdict.kind = one.kind, verdict.set = set, verdict.detail = fmt::format("set {}: {}", set, one.detail);
    if (verdict.isWrong()) break;
  }
  return verdict;
}

}  // namespace deploytool::testing::generator
