// One case: compiled, exported, run by both runtimes, compared (run_case.h).
#include "tests/lowering/run_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "export/export.h"
#include "export/pipeline.h"
#include "export/table.h"
#include "onnx/writer.h"
#include "runtime/arguments.h"
#include "runtime/compare.h"
#include "tests/lowering/rename_calls.h"

namespace deploytool::testing {

namespace {

using exporter::InputSpec;

constexpr const char* kFunction = "f";

/// `x:T[n]` with `T` replaced.
std::string withDtype(const std::string& input, const std::string& dtype) {
  std::string result = input;
  for (size_t at = result.find("T["); at != std::string::npos; at = result.find("T[", at + dtype.size()))
    result.replace(at, 1, dtype);
  return result;
}

/// `def f(x, y): return <expression>`; programs and classes as they are.
std::string sourceOf(const Case& test, const std::string& code) {
  if (code.starts_with("def ") || code.starts_with("class ")) return code + "\n";
  std::string names;
  for (const std::string& input : test.inputs)
    names += (names.empty() ? "" : ", ") + input.substr(0, input.find(':'));
  return fmt::format("def {}({}):\n  return {}\n", kFunction, names, code);
}

Result<std::vector<InputSpec>> specsOf(const Case& test, const std::string& dtype) {
  std::vector<InputSpec> specs;
  for (const std::string& input : test.inputs) {
    auto spec = exporter::parseInputSpec(withDtype(input, dtype));
    if (!spec) return spec.error();
    specs.push_back(std::move(*spec));
  }
  return specs;
}

runtime::InputPlan planOf(const Case& test, const std::vector<InputSpec>& specs) {
  runtime::InputPlan plan;
  for (const runtime::FlatSpec& flat : runtime::flattenSpecs(specs)) {
    const auto& tensor = std::get<exporter::TensorSpec>(flat.spec->data);
    runtime::InputTemplate input{flat.name, tensor.dtype, {}, {}};
    for (const exporter::DimSpec& dim : tensor.dims)
      input.axes.push_back(dim.kind == exporter::DimSpec::Kind::Literal
                               ? runtime::InputTemplate::Axis{dim.size, "", {}}
                               : runtime::InputTemplate::Axis{0, dim.name, dim.example});
    plan.inputs.push_back(std::move(input));
  }
  for (const auto& input : plan.inputs) {
    const auto given = test.options.ranges.find(input.name);
    if (input.dtype == ir::DType::Bool) continue;
    if (given != test.options.ranges.end()) plan.ranges.insert(*given);
    else if (test.options.low < test.options.high) plan.ranges[input.name] = {test.options.low, test.options.high};
  }
  return plan;
}

/// The example size, 1 (or the smallest that the operator takes) for all, and another size.
std::vector<runtime::Sizes> sizesOf(const Case& test, const runtime::InputPlan& plan) {
  if (!test.options.sizes.empty()) return test.options.sizes;
  runtime::Sizes example, smallest, other;
  for (const auto& input : plan.inputs)
    for (const auto& axis : input.axes) {
      if (axis.symbol.empty() || example.count(axis.symbol)) continue;
      const auto at = static_cast<int64_t>(example.size());
      example[axis.symbol] = axis.example.value_or(5 + at);
      smallest[axis.symbol] = test.options.smallest;
      other[axis.symbol] = test.options.smallest + 2 + at;
    }
  if (example.empty()) return {{}};
  return {example, smallest, other};
}

struct Exported {
  std::string bytes;
  std::vector<std::string> inputs;  ///< names, in the model's order
};

std::string joined(const Diagnostics& errors) {
  std::string text;
  for (const Diagnostic& d : errors) text += (text.empty() ? "" : "; ") + d.message;
  return text;
}

/// Rows for the operators that a program calls. An operator that libtorch ran on constants is not counted by those who
/// ask the export instead.
void addRefusedRows(const ts::Block& block, std::set<std::string>& rows) {
  for (const ts::Node& node : block.nodes) {
    if (node.schema)
      if (const exporter::Row* row = exporter::findRow(*node.schema)) rows.insert(row->name);
    for (const ts::Block& inner : node.blocks) addRefusedRows(inner, rows);
  }
}

Result<Exported> exportCase(const ts::LoadedModel& loaded, const std::vector<InputSpec>& specs, int64_t opset,
                            std::set<std::string>& rows) {
  exporter::ExportRequest request;
  request.inputs = specs;
  request.method = kFunction;
  request.opset = opset;
  const exporter::ExportResult result = exporter::exportProgram(loaded, request);
  if (const auto* failure = std::get_if<exporter::ExportFailure>(&result))
    return makeError(ExitCode::Unsupported, joined(failure->errors));
  const auto& outcome = std::get<exporter::ExportOutcome>(result);
  rows.insert(outcome.rows.begin(), outcome.rows.end());
  auto bytes = onnx_io::encodeModel(*outcome.model);
  if (!bytes) return bytes.error();
  Exported exported{std::move(*bytes), {}};
  for (const ir::Value* input : outcome.model->graph.inputs()) exported.inputs.push_back(input->name);
  return exported;
}

std::string sizeText(const runtime::Sizes& sizes) {
  std::string text;
  for (const auto& [name, size] : sizes) text += fmt::format(" {}={}", name, size);
  return text.empty() ? " fixed sizes" : text;
}

/// Share of a sorted sample up to `at` (and what rounding makes of it).
double shareUpTo(const std::vector<double>& sample, double at) {
  const auto end = std::upper_bound(sample.begin(), sample.end(), at + 1e-4 * std::fabs(at));
  return static_cast<double>(end - sample.begin()) / static_cast<double>(sample.size());
}

/// Whether two samples may come from one distribution (two-sample test of Kolmogorov and Smirnov, once in 10^6 wrong).
std::string distributionGap(const ir::Tensor& actual, const ir::Tensor& expected) {
  std::vector<double> a = actual.toDoubles(), b = expected.toDoubles();
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  double gap = 0;
  for (size_t i = 0; i < a.size(); ++i) gap = std::max(gap, static_cast<double>(i + 1) / static_cast<double>(a.size()) - shareUpTo(b, a[i]));
  for (size_t i = 0; i < b.size(); ++i) gap = std::max(gap, static_cast<double>(i + 1) / static_cast<double>(b.size()) - shareUpTo(a, b[i]));
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  const double limit = 2.7 * std::sqrt((n + m) / (n * m));
  return gap <= limit ? "" : fmt::format("the distributions are {} apart, more than {}", gap, limit);
}

std::string differences(const std::vector<runtime::NamedTensor>& expected, const TensorList& actual,
                        const CaseOptions& options) {
  if (expected.size() != actual.size())
    return fmt::format("{} outputs instead of {}", actual.size(), expected.size());
  runtime::CompareOptions compare;
  if (options.tolerance > 0) compare.rtol = compare.atol = options.tolerance;
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto comparison = runtime::compare(actual[i], expected[i].tensor, compare);
    const bool isRandom = options.shapeOnly || options.distribution;
    const bool fits = isRandom ? comparison.dtypeEqual() && comparison.dimsEqual() : comparison.equal;
    if (!fits) return fmt::format("output {}: {}", i, runtime::describe(comparison));
    if (!options.distribution) continue;
    if (const std::string gap = distributionGap(actual[i], expected[i].tensor); !gap.empty())
      return fmt::format("output {}: {}", i, gap);
  }
  return {};
}

/// The random inputs of one set, by name, and in the order that the model wants them.
std::vector<runtime::NamedTensor> named(const runtime::InputPlan& plan, std::vector<ir::Tensor> tensors) {
  std::vector<runtime::NamedTensor> result;
  for (size_t i = 0; i < tensors.size(); ++i) result.push_back({plan.inputs[i].name, std::move(tensors[i])});
  return result;
}

TensorList inOrder(const std::vector<runtime::NamedTensor>& inputs, const std::vector<std::string>& names) {
  TensorList result;
  for (const std::string& name : names)
    for (const auto& input : inputs)
      if (input.name == name) result.push_back(input.tensor);
  return result;
}

ir::Tensor converted(const ir::Tensor& tensor, ir::DType dtype) {
  const std::vector<double> values = tensor.toDoubles();
  std::string bytes(values.size() * ir::itemSize(dtype), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    ir::Tensor::scalar(dtype, values[i]).gather(reinterpret_cast<std::byte*>(bytes.data() + i * ir::itemSize(dtype)));
  return ir::Tensor::copy(dtype, tensor.dims(), std::as_bytes(std::span(bytes)));
}

/// libtorch's outputs, flattened.
Result<std::vector<runtime::NamedTensor>> runTorch(ts::Runner& runner, const std::vector<runtime::NamedTensor>& inputs,
                                                   const std::vector<InputSpec>& specs) {
  const auto arguments = runner.arguments(kFunction);
  if (!arguments) return arguments.error();
  const auto values = runtime::buildArguments(*arguments, inputs, specs);
  if (!values) return values.error();
  const auto result = runner.run(kFunction, *values);
  if (!result) return result.error();
  return runtime::flattenResult(*result);
}

/// What libtorch gives. Where it has no kernel for float16, what it gives in float32, rounded.
Result<std::vector<runtime::NamedTensor>> reference(ts::Runner& runner, std::vector<runtime::NamedTensor> inputs,
                                                    const std::vector<InputSpec>& specs) {
  auto outputs = runTorch(runner, inputs, specs);
  if (outputs || outputs.error().message.find("not implemented for 'Half'") == std::string::npos) return outputs;
  for (auto& input : inputs)
    if (input.tensor.dtype() == ir::DType::Float16) input.tensor = converted(input.tensor, ir::DType::Float32);
  outputs = runTorch(runner, inputs, specs);
  if (outputs)
    for (auto& output : *outputs)
      if (output.tensor.dtype() == ir::DType::Float32) output.tensor = converted(output.tensor, ir::DType::Float16);
  return outputs;
}

/// What runs the case in libtorch, and where it has no kernel for the operator, what the case names instead. A call that
/// was given another name has its own reference first.
std::vector<std::unique_ptr<ts::Runner>> runnersOf(const Case& test, std::string& problem) {
  std::vector<std::unique_ptr<ts::Runner>> runners;
  std::vector<std::string> codes{test.code, test.options.reference};
  if (!test.options.renamed.empty()) std::swap(codes[0], codes[1]);
  for (const std::string& code : codes) {
    if (code.empty()) continue;
    auto runner = runtimes().torch->compileRunner(sourceOf(test, code));
    if (runner) runners.push_back(std::move(*runner));
    else problem = runner.error().message;
  }
  return runners;
}

Result<std::vector<runtime::NamedTensor>> firstReference(const std::vector<std::unique_ptr<ts::Runner>>& runners,
                                                         const std::vector<runtime::NamedTensor>& inputs,
                                                         const std::vector<InputSpec>& specs) {
  auto outputs = reference(*runners.front(), inputs, specs);
  if (outputs || runners.size() == 1) return outputs;
  return reference(*runners.back(), inputs, specs);
}

std::string compareRuns(const Case& test, const std::vector<InputSpec>& specs, const Exported& exported) {
  std::string problem;
  const auto runners = runnersOf(test, problem);
  if (runners.empty()) return problem;
  const runtime::InputPlan plan = planOf(test, specs);
  const std::vector<runtime::Sizes> sizes = sizesOf(test, plan);
  std::vector<TensorList> inputs;
  std::vector<std::vector<runtime::NamedTensor>> expected;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const auto set = named(plan, runtime::fillInputs(plan, sizes[i], i, static_cast<int>(i)));
    inputs.push_back(inOrder(set, exported.inputs));
    auto outputs = firstReference(runners, set, specs);
    if (!outputs) return fmt::format("libtorch:{}: {}", sizeText(sizes[i]), outputs.error().message);
    expected.push_back(std::move(*outputs));
  }
  const auto actual = runtimes().onnx.run(exported.bytes, inputs);
  if (!actual) return "ONNX Runtime: " + actual.error().message;
  for (size_t i = 0; i < sizes.size(); ++i)
    if (const std::string wrong = differences(expected[i], (*actual)[i], test.options); !wrong.empty())
      return fmt::format("at{}: {}", sizeText(sizes[i]), wrong);
  return {};
}

std::string expectRefusal(const Result<Exported>& exported, const std::string& reason) {
  if (exported) return "exported, though it should be refused: " + reason;
  const std::string& message = exported.error().message;
  return message.find(reason) != std::string::npos ? "" : "refused for another reason: " + message;
}

}  // namespace

Runtimes& runtimes() {
  static Runtimes all;
  static const bool loaded = [] {
    const auto torch = exporter::torchModule();
    if (torch) all.torch = *torch;
    else all.problem = torch.error().message;
    return true;
  }();
  (void)loaded;
  return all;
}

std::string runCase(const Case& test, const std::string& dtype, int64_t opset, std::set<std::string>& rows) {
  if (!runtimes().torch) return runtimes().problem;
  if (!runtimes().torch->version().starts_with(test.options.libtorch)) return {};
  const auto specs = specsOf(test, dtype);
  if (!specs) return specs.error().message;
  auto loaded = runtimes().torch->compile(sourceOf(test, test.code));
  if (!loaded) return loaded.error().message;
  if (std::string missing = renameCalls(*loaded, test.options.renamed); !missing.empty()) return missing;
  const auto exported = exportCase(*loaded, *specs, opset, rows);
  if (!test.options.refuses.empty()) {
    for (const auto& [name, function] : loaded->program.functions) addRefusedRows(function->body, rows);
    return expectRefusal(exported, test.options.refuses);
  }
  if (!exported) return "export: " + exported.error().message;
  return compareRuns(test, *specs, *exported);
}

}  // namespace deploytool::testing
