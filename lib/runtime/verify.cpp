// verify: make inputs, run both models on them, compare what they answer.
#include "deploytool/verify.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/arguments.h"
#include "runtime/compare.h"
#include "runtime/element_order.h"
#include "runtime/model_runs.h"
#include "runtime/random_inputs.h"
#include "runtime/reference_memory.h"
#include "runtime/verify_cases.h"

namespace deploytool {
namespace runtime {
namespace {

constexpr const char* kDescribeHelp =
    "--input NAME:SPEC describes the inputs, --size NAME=N,N their dynamic axes, --range NAME:LO:HI their values";

// ---- what the inputs are --------------------------------------------------------------------------------------------

InputTemplate fromPort(const Port& port) {
  InputTemplate input;
  input.name = port.name;
  input.dtype = port.type.dtype;
  for (const auto& dim : port.type.dims.value_or(ir::Dims{})) {
    InputTemplate::Axis axis;
    if (dim.isLiteral()) axis.size = dim.literal();
    else axis.symbol = dim.asSymbol().value_or(dim.text());
    // An unnamed dim is a symbol of its own input.
    if (ir::isFreshSymbol(axis.symbol)) axis.symbol = fmt::format("{}:{}", port.name, input.axes.size());
    input.axes.push_back(std::move(axis));
  }
  return input;
}

Result<InputTemplate> fromSpec(const FlatSpec& flat) {
  InputTemplate input;
  input.name = flat.name;
  if (const auto* file = std::get_if<exporter::FileSpec>(&flat.spec->data)) {
    auto tensors = readTensorFile(file->path);
    if (!tensors) return tensors.error();
    if (tensors->size() != 1) {
      return makeError(ExitCode::Usage, fmt::format("{} holds {} tensors, not one", file->path, tensors->size()));
    }
    input.dtype = tensors->front().tensor.dtype();
    input.value = std::move(tensors->front().tensor);
    return input;
  }
  const auto& spec = std::get<exporter::TensorSpec>(flat.spec->data);
  input.dtype = spec.dtype;
  for (const auto& dim : spec.dims) {
    InputTemplate::Axis axis{dim.size, dim.name, dim.example};
    if (dim.kind == exporter::DimSpec::Kind::Anonymous) axis.symbol = fmt::format("{}:{}", flat.name, input.axes.size());
    input.axes.push_back(std::move(axis));
  }
  return input;
}

Result<std::vector<exporter::InputSpec>> parseSpecs(const VerifyOptions& options) {
  std::vector<exporter::InputSpec> specs;
  for (const auto& text : options.inputs) {
    auto spec = exporter::parseInputSpec(text);
    if (!spec) return spec.error();
    specs.push_back(std::move(*spec));
  }
  if (options.dynamicAxes.empty()) return specs;
  const auto axes = exporter::parseDynamicAxes(options.dynamicAxes);
  if (!axes) return axes.error();
  std::vector<exporter::DynamicAxis> ofOutputs;
  if (Status applied = exporter::applyDynamicAxes(*axes, specs, ofOutputs); !applied) return applied.error();
  return specs;
}

Result<std::vector<InputTemplate>> templatesFrom(const std::vector<exporter::InputSpec>& specs) {
  std::vector<InputTemplate> inputs;
  for (const auto& flat : flattenSpecs(specs)) {
    auto input = fromSpec(flat);
    if (!input) return input.error();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

// ---- the comparison -------------------------------------------------------------------------------------------------

VerifiedOutput toVerified(const std::string& name, const TensorComparison& comparison, const ir::Tensor& expected) {
  VerifiedOutput output;
  output.name = name;
  output.equal = comparison.equal;
  output.verdict = describe(comparison);
  output.dtype = ir::dtypeName(expected.dtype());
  output.dims = expected.dims();
  output.elements = comparison.elements;
  output.mismatches = comparison.mismatches;
  output.maxAbsolute = comparison.maxAbsolute;
  output.maxRelative = comparison.maxRelative;
  output.cosine = comparison.cosine;
  output.sqnr = comparison.sqnr;
  if (ir::isFloating(expected.dtype())) output.sums = comparison.sums;
  return output;
}

class Verification {
 public:
  Verification(const VerifyOptions& options, ModelToRun reference, std::optional<ModelToRun> candidate)
      : options_(options),
        reference_(std::move(reference)),
        candidate_(std::move(candidate)),
        memory_(options.referenceMemory ? options.referenceMemory : std::make_shared<ReferenceMemory>()) {}

  /// Runs the cases and adds them to the report.
  Status run(const std::vector<Case>& cases) {
    std::vector<std::vector<NamedTensor>> inputs;
    for (const auto& item : cases) inputs.push_back(item.inputs);
    auto expected = expectedRuns(cases, inputs);
    if (!expected) return expected.error();
    auto actual = runModel(candidate_ ? *candidate_ : reference_, inputs);
    if (!actual) return actual.error();
    const size_t first = report.cases.size();
    for (size_t i = 0; i < cases.size(); ++i) {
      putInOrder((*actual)[i].outputs, (*expected)[i].outputs);
      addCase(cases[i], (*actual)[i], (*expected)[i]);
    }
    if (options_.allowSpread && candidate_ && reference_.kind == ModelKind::Archive) {
      runAgain(&ModelToRun::float64, &Verification::inFloat64, cases, *actual, *expected, first);
      runAgain(&ModelToRun::otherEngine, &Verification::onOtherEngine, cases, *actual, *expected, first);
    }
    return {};
  }

  size_t compared() const {
    const auto wasRun = [](const VerifiedCase& item) { return item.outcome != VerifiedCase::Outcome::Refused; };
    return static_cast<size_t>(std::count_if(report.cases.begin(), report.cases.end(), wasRun));
  }

  VerifyReport report;

 private:
  using Runs = std::vector<ModelRun>;

  Result<Runs> expectedRuns(const std::vector<Case>& cases, const std::vector<std::vector<NamedTensor>>& inputs) {
    if (candidate_) return memory_->runs(reference_, inputs);
    Runs runs;
    for (const auto& item : cases) runs.push_back({{}, item.expected.value_or(std::vector<NamedTensor>{})});
    return runs;
  }

  void putInOrder(std::vector<NamedTensor>& actual, const std::vector<NamedTensor>& expected) const {
    if (actual.size() != expected.size()) return;
    const auto fits = [&](size_t a, size_t e) { return compare(actual[a].tensor, expected[e].tensor, compareOptions(0)).equal; };
    actual = inElementOrder(actual, fits);
  }

  CompareOptions compareOptions(double allowed) const { return {options_.rtol, options_.atol, allowed}; }

  void addCase(const Case& item, const ModelRun& actual, const ModelRun& expected) {
    VerifiedCase result;
    result.name = item.name;
    result.sizes = item.sizes;
    if (expected.refusal) {
      result.outcome = VerifiedCase::Outcome::Refused;
      result.message = *expected.refusal;
    } else if (actual.refusal) {
      result.outcome = VerifiedCase::Outcome::Failed;
      result.message = *actual.refusal;
    } else {
      compareOutputs(actual.outputs, expected.outputs, result);
    }
    report.cases.push_back(std::move(result));
  }

  void compareOutputs(const std::vector<NamedTensor>& actual, const std::vector<NamedTensor>& expected,
                      VerifiedCase& result) const {
    result.outcome = VerifiedCase::Outcome::Equal;
    if (actual.size() != expected.size()) {
      result.message = fmt::format("{} output{} instead of {}", actual.size(), actual.size() == 1 ? "" : "s", expected.size());
      result.outcome = VerifiedCase::Outcome::Different;
    }
    for (size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
      const auto comparison = compare(actual[i].tensor, expected[i].tensor, compareOptions(0));
      if (!comparison.equal) result.outcome = VerifiedCase::Outcome::Different;
      result.outputs.push_back(toVerified(actual[i].name, comparison, expected[i].tensor));
    }
  }

  /// Judges an output that differs anew, by what the archive answers when it is run in another way.
  using Again = VerifiedOutput (Verification::*)(const VerifiedOutput& before, const ir::Tensor& actual,
                                                 const ir::Tensor& expected, const ir::Tensor& answer) const;

  void runAgain(bool ModelToRun::*way, Again judge, const std::vector<Case>& cases, const Runs& actual,
                const Runs& expected, size_t first) {
    std::vector<size_t> differing;
    std::vector<std::vector<NamedTensor>> inputs;
    for (size_t i = 0; i < cases.size(); ++i) {
      const auto& item = report.cases[first + i];
      if (item.outcome != VerifiedCase::Outcome::Different || !item.message.empty()) continue;
      differing.push_back(i);
      inputs.push_back(cases[i].inputs);
    }
    if (differing.empty()) return;
    ModelToRun model = reference_;
    model.*way = true;
    auto runs = runModel(model, inputs);
    if (!runs) return;  // not every model runs so; then the plain tolerance stands
    for (size_t i = 0; i < differing.size(); ++i) {
      const size_t at = differing[i];
      if (!(*runs)[i].refusal)
        compareAgain(judge, actual[at].outputs, expected[at].outputs, (*runs)[i].outputs, report.cases[first + at]);
    }
  }

  void compareAgain(Again judge, const std::vector<NamedTensor>& actual, const std::vector<NamedTensor>& expected,
                    const std::vector<NamedTensor>& answer, VerifiedCase& result) const {
    if (answer.size() != expected.size()) return;
    result.outcome = VerifiedCase::Outcome::Equal;
    for (size_t i = 0; i < result.outputs.size(); ++i) {
      auto& output = result.outputs[i];
      const bool compared = output.elements > 0;  // dtype and shape are right
      if (!output.equal && compared && ir::isFloating(expected[i].tensor.dtype()))
        output = (this->*judge)(output, actual[i].tensor, expected[i].tensor, answer[i].tensor);
      if (!output.equal) result.outcome = VerifiedCase::Outcome::Different;
    }
  }

  // A model that amplifies rounding differs in float64. A spread that is large against the output itself would make
  // anything equal: it is shown and allows nothing.
  VerifiedOutput inFloat64(const VerifiedOutput& before, const ir::Tensor& actual, const ir::Tensor& expected,
                           const ir::Tensor& answer) const {
    constexpr double kFactor = 4;
    constexpr double kMostOfOutput = 0.1;
    auto output = before;
    const auto spread = largestDifference(expected, answer);
    if (!spread) return output;
    const auto again = compare(actual, expected, compareOptions(kFactor * *spread));
    if (kFactor * *spread > kMostOfOutput * again.maxMagnitude) {
      output.verdict += "; the model amplifies rounding too much to be compared";
    } else {
      output = toVerified(before.name, again, expected);
      if (again.equal) output.verdict = fmt::format("within 4 × the float32–float64 spread of {:.3g}", *spread);
    }
    output.spread = spread;
    return output;
  }

  // An archive does not say which of libtorch's engines runs its quantized operators: one takes seven bits of an activation
  // where another takes eight.
  VerifiedOutput onOtherEngine(const VerifiedOutput& before, const ir::Tensor& actual, const ir::Tensor&,
                               const ir::Tensor& answer) const {
    const auto again = compare(actual, answer, compareOptions(0));
    if (!again.equal) return before;
    auto output = toVerified(before.name, again, answer);
    output.verdict = "equal to the archive on libtorch's other engine for quantized operators";
    return output;
  }

  const VerifyOptions& options_;
  ModelToRun reference_;
  std::optional<ModelToRun> candidate_;
  std::shared_ptr<ReferenceMemory> memory_;
};

// ---- cases ----------------------------------------------------------------------------------------------------------

Diagnostic nothingCompared(const VerifyReport& report, const std::string& reference) {
  auto error = makeError(ExitCode::Usage, "the model could run none of the inputs tried, so nothing was compared",
                         kDescribeHelp);
  error.file = reference;
  for (const auto& item : report.cases) {
    if (error.notes.size() < 3) error.notes.push_back(fmt::format("{}: {}", item.name, item.message));
  }
  return error;
}

// Random inputs, other and larger ones as long as the reference refuses nearly all of them.
Status runRandom(Verification& verification, const InputPlan& plan, size_t mostCases) {
  constexpr int kRounds = 3;
  size_t enough = 1;
  for (int round = 0; round < kRounds && verification.compared() < enough; ++round) {
    const auto cases = randomCases(plan, round, verification.report.cases.size(), mostCases);
    enough = std::min<size_t>(2, cases.size());
    if (auto status = verification.run(cases); !status) return status;
  }
  return {};
}

class Setup {
 public:
  explicit Setup(const VerifyOptions& options) : options_(options) {}

  Result<VerifyReport> run() {
    auto specs = parseSpecs(options_);
    if (!specs) return specs.error();
    specs_ = std::move(*specs);
    auto reference = model(options_.reference, options_.referenceName);
    if (!reference) return reference.error();
    auto candidate = model(options_.candidate, options_.candidateName);
    if (!candidate) return candidate.error();
    if (reference->kind == ModelKind::Recorded) return makeError(ExitCode::Usage, "the first argument must be a model");
    const bool recorded = candidate->kind == ModelKind::Recorded;
    const auto other = recorded ? std::optional<ModelToRun>() : *candidate;
    Verification verification(options_, *reference, other);
    if (auto status = fill(verification, *reference, other); !status) return status.error();
    return finish(std::move(verification));
  }

 private:
  Result<ModelToRun> model(const std::string& path, const std::string& name) const {
    auto kind = modelKindOf(path);
    if (!kind) return kind.error();
    ModelToRun result;
    result.path = path;
    result.name = name.empty() ? path : name;
    result.kind = *kind;
    result.method = options_.method;
    result.specs = specs_;
    result.process = process();
    return result;
  }

  ProcessOptions process() const {
    return {options_.memoryLimit, options_.timeoutSeconds, options_.threads, options_.showOutput, options_.onStage};
  }

  Status fill(Verification& verification, const ModelToRun& reference, const std::optional<ModelToRun>& candidate) {
    const bool hasData = !options_.data.empty() || !candidate;
    if (hasData) {
      auto cases = recordedCases(candidate ? options_.data : options_.candidate, !candidate, options_.mostCases);
      if (!cases) return cases.error();
      return verification.run(*cases);
    }
    auto plan = planInputs(reference, *candidate);
    if (!plan) return plan.error();
    if (Status named = checkNames(*plan); !named) return named;
    return runRandom(verification, *plan, options_.mostCases);
  }

  Result<InputPlan> planInputs(const ModelToRun& reference, const ModelToRun& candidate) const {
    InputPlan plan;
    plan.seed = options_.seed;
    plan.sizes = options_.sizes;
    for (const auto& range : options_.ranges) plan.ranges[range.input] = {range.lo, range.hi};
    if (!specs_.empty()) {
      auto inputs = templatesFrom(specs_);
      if (!inputs) return inputs.error();
      plan.inputs = std::move(*inputs);
      return plan;
    }
    const bool remembers = options_.referenceMemory && reference.kind == ModelKind::Onnx;
    const auto* onnx = candidate.kind == ModelKind::Onnx && !remembers ? &candidate : &reference;
    if (onnx->kind != ModelKind::Onnx) {
      return makeError(ExitCode::Usage, "two archives do not say what their inputs are", kDescribeHelp);
    }
    auto ports = remembers ? options_.referenceMemory->inputs(reference) : onnxInputs(*onnx);
    if (!ports) return ports.error();
    for (const auto& port : *ports) plan.inputs.push_back(fromPort(port));
    return plan;
  }

  Result<VerifyReport> finish(Verification verification) const {
    auto& report = verification.report;
    if (verification.compared() == 0) return nothingCompared(report, options_.referenceName.empty() ? options_.reference : options_.referenceName);
    report.equal = std::all_of(report.cases.begin(), report.cases.end(), [](const auto& item) {
      return item.outcome == VerifiedCase::Outcome::Equal || item.outcome == VerifiedCase::Outcome::Refused;
    });
    return std::move(report);
  }

  const VerifyOptions& options_;
  std::vector<exporter::InputSpec> specs_;
};

}  // namespace
}  // namespace runtime

Result<VerifyReport> verify(const VerifyOptions& options) { return runtime::Setup(options).run(); }

}  // namespace deploytool
