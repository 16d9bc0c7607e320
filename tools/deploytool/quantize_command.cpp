// deploytool quantize: INT8 dynamic quantization, ONNX to ONNX and TorchScript to TorchScript.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/checked_output.h"
#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/model_kind.h"
#include "deploytool/model_output.h"
#include "deploytool/number_range.h"
#include "deploytool/quantize.h"
#include "deploytool/quantize_job.h"
#include "deploytool/quantize_report.h"
#include "deploytool/test_inputs.h"
#include "deploytool/verify.h"
#include "deploytool/worker_options.h"
#include "quantize/cpu.h"
#include "quantize/report.h"
#include "quantize/search.h"
#include "quantize/selection.h"
#include "runtime/reference_memory.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

struct QuantizeCommand {
  std::string model;
  ModelOutput output;
  bool strict = false, measure = false, sensitivity = false, automatic = false;
  std::string dtype, reduceRange = "auto", search, activations = "auto";
  bool perChannel = false, perTensor = false, symmetric = false, asymmetric = false;
  std::vector<std::string> budgets;
  TestInputs inputs;
  std::optional<uint64_t> minSize;
  QuantizeOptions options;
  quantize::Budget budget;
  VerifyOptions measuring;
  WorkerOptions worker;
};

// ---- options --------------------------------------------------------------------------------------------------------

Status parseSearch(const std::string& text, WeightScheme& scheme) {
  using Search = WeightScheme::Search;
  if (text == "minmax") scheme.search = Search::MinMax;
  else if (text == "mse") scheme.search = Search::Mse;
  else if (text.starts_with("percentile")) {
    scheme.search = Search::Percentile;
    if (text == "percentile") return {};
    const std::string number = text.substr(10);
    const char* end = number.data() + number.size();
    const bool isNumber = number.size() > 1 && number[0] == ':' &&
                          std::from_chars(number.data() + 1, end, scheme.percentile).ptr == end;
    if (!isNumber || !(scheme.percentile > 0 && scheme.percentile <= 100))
      return makeError(ExitCode::Usage, fmt::format("'{}' is no percentile", text), "such as percentile:99.9");
  } else if (!text.empty()) {
    return makeError(ExitCode::Usage, fmt::format("there is no scale search '{}'", text), "minmax, mse, percentile[:P]");
  }
  return {};
}

Status completeMeasuring(QuantizeCommand& command) {
  for (const std::string& text : command.budgets) {
    if (Status parsed = quantize::parseBudget(text, command.budget); !parsed) return parsed;
  }
  if (command.automatic && !command.budget.any()) command.budget.maxError = 0.01;
  command.measure |= !command.measuring.data.empty();
  return parse(command.inputs, command.measuring);
}

// Less than what the nodes of a quantized layer take in a file.
constexpr uint64_t kSmallestWorthwhile = 1024;

Status checkKind(const QuantizeCommand& command, ModelKind kind) {
  if (kind == ModelKind::Onnx) return {};
  const char* option = !command.options.selection.weightOnly.empty() ? "--weight-only"
                       : !command.options.selection.grouped.empty()  ? "--grouped"
                       : !command.options.selection.float16.empty()  ? "--float16"
                       : command.output.externalData                 ? "--external-data"
                                                                     : nullptr;
  if (!option) return {};
  return makeError(ExitCode::Usage, std::string(option) + " is for ONNX files",
                   "deploytool export turns the archive into one; export --int8 does both");
}

Status complete(QuantizeCommand& command, ModelKind kind) {
  if (Status completed = completeMeasuring(command); !completed) return completed;
  if (Status checked = checkKind(command, kind); !checked) return checked;
  QuantizeOptions& o = command.options;
  if (!command.dtype.empty())
    o.scheme.type = command.dtype == "qint8" ? WeightScheme::Type::QInt8 : WeightScheme::Type::QUInt8;
  if (command.perChannel || command.perTensor) o.scheme.perChannel = command.perChannel;
  if (command.symmetric || command.asymmetric) o.scheme.symmetric = command.symmetric;
  if (command.reduceRange != "auto") o.scheme.reduceRange = command.reduceRange == "on";
  else if (kind == ModelKind::Onnx && o.format == QuantizeOptions::Format::Dynamic)
    o.scheme.reduceRange = quantize::productsSaturate();
  o.selection.minSize = command.minSize.value_or(kind == ModelKind::Onnx ? kSmallestWorthwhile : 0);
  if (command.activations != "auto") o.perTokenActivations = command.activations == "per-token";
  if (o.perTokenActivations.value_or(false) && o.format == QuantizeOptions::Format::WeightOnly)
    return makeError(ExitCode::Usage, "--format weight-only leaves activations in float, so they have no scales per token",
                     "leave one of the two out");
  return parseSearch(command.search, o.scheme);
}

// ---- the run --------------------------------------------------------------------------------------------------------

class QuantizeRun {
 public:
  QuantizeRun(QuantizeCommand& command, Console& console) : command_(command), console_(console) {}

  int run() {
    Result<InputHandle> input = openInput(command_.model);
    if (!input) return fail(input.error());
    const QuantizeJob job{*input, kindOf(*input), command_.worker, console_};
    if (Status completed = complete(command_, job.kind); !completed) return fail(completed.error());
    command_.options.externalData = command_.output.externalData;
    Result<OutputFile> output = createOutput(command_.output, *input, console_);
    if (!output) return fail(output.error());
    if (Status searched = search(job); !searched) return fail(searched.error());
    auto report = runQuantize(job, command_.options, {output->descriptor(), output->dataDescriptor(), output->name()});
    if (!report) return fail(report.error());
    console_.report(report->diagnostics);
    warnOfPatterns(*report);
    result_.report = std::move(*report);
    result_.sizes = {input->size, sizeOf(output->descriptor()) + sizeOf(output->dataDescriptor())};
    if (command_.strict && quantize::totalsOf(result_.report).quantized == 0) return finishStrictly();
    if (Status measured = measureOutputs(job, *output); !measured) return fail(measured.error());
    if (!withinBudget()) return finish(ExitCode::Negative);
    if (!commit(*output, job.kind)) return console_.finish("quantize", nullptr);
    return finish(ExitCode::Done);
  }

 private:
  void warnOfPatterns(const QuantizeReport& report) {
    std::vector<std::string> names;
    for (const WeightReport& weight : report.weights) names.push_back(weight.name);
    for (const std::string& pattern : quantize::patternsWithoutMatch(command_.options.selection, names)) {
      Diagnostic warning = makeError(ExitCode::Done, fmt::format("no weight has a name like '{}'", pattern));
      warning.severity = Severity::Warning;
      warning.file = command_.model;
      console_.report(warning);
    }
  }

  /// --sensitivity and --auto: trials before the real run.
  Status search(const QuantizeJob& job) {
    if (!command_.sensitivity && !command_.automatic) return {};
    command_.measuring.referenceMemory = std::make_shared<runtime::ReferenceMemory>();
    const bool outputs = command_.sensitivity || command_.budget.needsOutputs();
    int count = 0;
    const auto trial = [&](const VerifyOptions& how) -> quantize::Trial {
      return [&, how](const QuantizeOptions& options) {
        console_.progress(fmt::format("trial {}", ++count));
        return runTrial(job, options, how, outputs);
      };
    };
    VerifyOptions quick = command_.measuring;
    quick.mostCases = 1;
    if (command_.automatic) {
      auto found = quantize::searchWithinBudget(command_.options, command_.budget, job.kind == ModelKind::Onnx,
                                                {trial(command_.measuring), trial(quick)});
      if (!found) return found.error();
      command_.options = found->options;
      result_.choice = fmt::format("{} ({} trials)", found->summary, found->trials);
    }
    if (!command_.sensitivity) return {};
    const auto full = runTrial(job, command_.options, command_.measuring, false);
    if (!full) return full.error();
    auto ranked = quantize::sensitivities(command_.options, full->report, trial(command_.measuring));
    if (!ranked) return ranked.error();
    result_.sensitivity = std::move(*ranked);
    return {};
  }

  Status measureOutputs(const QuantizeJob& job, OutputFile& output) {
    const bool wanted = command_.measure || command_.budget.needsOutputs() || command_.sensitivity;
    if (!wanted) return {};
    if (!result_.report.dataFile.empty()) {
      if (Status placed = output.placeData(result_.report.dataFile); !placed) return placed;
    }
    auto error = measure(job, output.unfinishedPath(), command_.measuring);
    if (!error) return error.error();
    result_.error = *error;
    return {};
  }

  bool withinBudget() {
    quantize::TrialResult result;
    result.sizeRatio = result_.sizes.ratio();
    if (result_.error) result.error = *result_.error;
    const auto reasons = quantize::violations(command_.budget, result);
    for (const std::string& reason : reasons) {
      Diagnostic over = makeError(ExitCode::Negative, reason, command_.automatic ? "" : "--auto searches within a budget");
      over.file = command_.model;
      over.notes.push_back("nothing was written");
      console_.report(over);
    }
    return reasons.empty();
  }

  bool commit(OutputFile& output, ModelKind kind) {
    // What is wrong with a copy was wrong before.
    const bool made = kind == ModelKind::Onnx && !result_.report.unchanged;
    if (made && !checkOutput(output, command_.worker, console_)) return false;
    const Status committed = output.commit(result_.report.dataFile);
    if (!committed) console_.report(committed.error());
    return committed.ok();
  }

  int fail(Diagnostic error) {
    if (error.file.empty()) error.file = command_.model;
    return console_.fail("quantize", error);
  }

  int finishStrictly() {
    Diagnostic error = makeError(ExitCode::Negative, "no weight was quantized, so nothing was written",
                                 "without --strict a copy is written");
    error.file = command_.model;
    console_.report(error);
    return finish(ExitCode::Negative);
  }

  int finish(ExitCode code) {
    if (command_.output.path != "-" && !console_.mode.quiet) console_.print(quantizeText(result_, console_.mode.verbose));
    return console_.finish("quantize", quantizeJson(result_), code);
  }

  QuantizeCommand& command_;
  Console& console_;
  QuantizeResult result_;
};

// ---- the command line -----------------------------------------------------------------------------------------------

void addWeightOptions(CLI::App& app, QuantizeCommand& command) {
  QuantizeSelection& s = command.options.selection;
  app.add_option("--types", s.types, "What is quantized: linear, lstm, gru, rnn, embedding, conv (default: linear,lstm)")
      ->delimiter(',')->type_name("TYPES");
  app.add_option("--include", s.include,
                 "Quantize only these, whatever their type: a name or glob ('encoder.*'), an operator ('op:MatMul'), a size "
                 "('size>=1MB'); repeat for several")
      ->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--exclude", s.exclude, "Leave these as they are; the same patterns")->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--weight-only", s.weightOnly, "For ONNX: these keep float products, in any format; the same patterns")
      ->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--grouped", s.grouped,
                 "For ONNX: these keep float products and have a scale for every 32 elements, more exact and an eighth larger")
      ->allow_extra_args(false)->type_name("PATTERN");
  app.add_option("--float16", s.float16,
                 "For ONNX: these become float16 instead of integers, half the size and next to exact")
      ->allow_extra_args(false)
      ->type_name("PATTERN");
  app.add_option("--min-size", command.minSize, "Leave weights of fewer bytes as they are (default: 1024 for ONNX)")
      ->check(numberFrom<int64_t>(0))->type_name("BYTES");
}

void addSchemeOptions(CLI::App& app, QuantizeCommand& command) {
  app.add_option("--dtype", command.dtype, "Integers of the weights: qint8 or quint8 (default: qint8)")
      ->check(CLI::IsMember({"qint8", "quint8"}).description(""))->type_name("DTYPE");
  auto* channel = app.add_flag("--per-channel", command.perChannel, "A scale for each output channel (default for ONNX)");
  app.add_flag("--per-tensor", command.perTensor, "One scale for each weight (default for TorchScript)")->excludes(channel);
  auto* symmetric = app.add_flag("--symmetric", command.symmetric, "Zero is in the middle of the integers (default)");
  app.add_flag("--asymmetric", command.asymmetric, "Integers cover just the range of the weights")
      ->excludes(symmetric);
  app.add_option("--reduce-range", command.reduceRange,
                 "Weights of 7 bits: on, off, or auto: where this CPU saturates 8-bit products, that is without VNNI (default: auto)")
      ->check(CLI::IsMember({"auto", "on", "off"}).description(""))->type_name("WHEN");
  app.add_option("--search", command.search,
                 "How scales are found: minmax, mse, percentile[:P] (default: mse for ONNX, minmax for TorchScript)")
      ->type_name("HOW");
}

void addMeasureOptions(CLI::App& app, QuantizeCommand& command) {
  app.add_flag("--measure", command.measure, "Run both models and print the error of the outputs");
  app.add_option("--budget", command.budgets,
                 "What the result must keep to: 'sqnr>=30', 'error<=1%', 'size<=0.3'; else nothing is written, exit 1")
      ->allow_extra_args(false)->type_name("LIMIT");
  app.add_flag("--sensitivity", command.sensitivity, "Rank the layers by what quantizing each alone does to the outputs");
  app.add_flag("--auto", command.automatic, "Find the smallest model within the budget (default: error<=1%)");
  addTestInputs(app, command.inputs, command.measuring, "Inputs to measure an archive with, as for export");
}

void addOptions(CLI::App& app, QuantizeCommand& command) {
  app.add_option("MODEL", command.model, "ONNX file or TorchScript archive")->required();
  addModelOutput(app, command.output, "File to write, of the same kind; - writes stdout");
  addWeightOptions(app, command);
  addSchemeOptions(app, command);
  static const std::map<std::string, QuantizeOptions::Format> kFormats = {
      {"dynamic", QuantizeOptions::Format::Dynamic},
      {"qdq", QuantizeOptions::Format::Qdq},
      {"weight-only", QuantizeOptions::Format::WeightOnly}};
  app.add_option_function<std::string>(
         "--format", [&command](const std::string& name) { command.options.format = kFormats.at(name); },
         "For ONNX: dynamic (integer products, ONNX Runtime's LSTM), qdq (standard operators, activations through 8 bits) or "
         "weight-only (standard operators, only weights in 8 bits) (default: dynamic)")
      ->check(CLI::IsMember({"dynamic", "qdq", "weight-only"}).description(""))->type_name("FORMAT");
  app.add_option("--activations", command.activations,
                 "For ONNX: a scale for all of an activation (per-tensor), for each row of it (per-token: more exact, slower), or for "
                 "rows where the product is so large that they cost next to no time (auto)")
      ->check(CLI::IsMember({"auto", "per-tensor", "per-token"}).description(""))->type_name("HOW")->capture_default_str();
  addMeasureOptions(app, command);
  app.add_flag("--strict", command.strict, "Exit 1, and write nothing, when there is nothing to quantize");
}

}  // namespace

void addQuantize(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<QuantizeCommand>();
  CLI::App* sub = app.add_subcommand("quantize", "INT8 dynamic quantization of weights, with every weight explained");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker);
  addExamples(*sub, {"deploytool quantize net.onnx -o net.int8.onnx --measure",
                     "deploytool quantize net.pt -o net.int8.pt --types linear,lstm",
                     "deploytool quantize net.onnx -o net.int8.onnx --budget 'error<=1%,size<=0.3' --data recorded.npz"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = QuantizeRun(*command, context.console).run(); });
}

}  // namespace deploytool::cli
