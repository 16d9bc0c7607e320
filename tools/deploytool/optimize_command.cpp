// deploytool optimize: rewrite an ONNX file.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/model_output.h"
#include "deploytool/worker_options.h"
#include "export/input_spec.h"
#include "export/pipeline.h"
#include "passes/optimize.h"
#include "support/diagnostics.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct OptimizeCommand {
  std::string model;
  ModelOutput output;
  bool timePasses = false, verify = false, noVerify = false;
  std::vector<std::string> renames, fixedDims;
  std::string dynamicAxes;
  passes::OptimizeOptions options;
  WorkerOptions worker;
};

/// `OLD=NEW` into its halves.
Result<std::pair<std::string, std::string>> halves(const std::string& text, const char* form) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    return makeError(ExitCode::Usage, fmt::format("'{}' is not of the form {}", text, form));
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

Status checkPassNames(const OptimizeCommand& command) {
  const auto unknown = [](const std::string& name) -> Status {
    return makeError(ExitCode::Usage, "there is no pass '" + name + "'", "deploytool optimize --help lists them");
  };
  for (const std::string& name : command.options.passes)
    if (!passes::findPass(name) && !passes::findPipeline(name)) return unknown(name);
  for (const std::string& name : command.options.printAfter)
    if (!passes::findPass(name) && name != "all") return unknown(name);
  return {};
}

Status complete(OptimizeCommand& command) {
  if (Status known = checkPassNames(command); !known) return known;
  for (const std::string& text : command.renames) {
    auto pair = halves(text, "OLD=NEW");
    if (!pair) return pair.error();
    command.options.renames.push_back(*pair);
  }
  for (const std::string& text : command.fixedDims) {
    auto pair = halves(text, "SYMBOL=SIZE");
    if (!pair) return pair.error();
    int64_t size = 0;
    const auto [end, error] = std::from_chars(pair->second.data(), pair->second.data() + pair->second.size(), size);
    if (error != std::errc() || *end != 0 || size < 0)
      return makeError(ExitCode::Usage, fmt::format("'{}' is no size", pair->second));
    command.options.fixed.symbols[pair->first] = size;
  }
  if (command.dynamicAxes.empty()) return {};
  const auto axes = exporter::parseDynamicAxes(command.dynamicAxes);
  if (!axes) return axes.error();
  for (const auto& axis : *axes) command.options.axes.push_back({axis.value, axis.axis, axis.name});
  return {};
}

Json toJson(const passes::OptimizeOutcome& outcome) {
  Json runs = Json::array();
  for (const auto& run : outcome.runs)
    runs.push_back({{"pass", run.name}, {"changed", run.changed}, {"nodes_before", run.nodesBefore}, {"nodes_after", run.nodesAfter},
                    {"seconds", run.seconds}});
  return {{"nodes_before", outcome.nodesBefore},
          {"nodes_after", outcome.nodesAfter},
          {"weight_bytes", outcome.weightBytes},
          {"data_file", outcome.dataFile},
          {"opened_sizes", Json(outcome.openedSizes)},
          {"printed", outcome.printed},
          {"passes", runs}};
}

WorkerReport optimizeInWorker(const OptimizeCommand& command, const InputHandle& input, const OutputFile& output,
                              Console& console) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  const Descriptor folder = openFolderOf(input.path);
  WorkerRequest request = torchWorkerRequest(command.worker, input, console, torch);
  request.job = [&](WorkerContext& context) {
    const onnx_io::OutputTarget target{output.descriptor(), output.dataDescriptor(), output.name()};
    const auto outcome = passes::optimizeToDescriptor({input.descriptor.get(), input.path, folder.get()}, target,
                                                      command.options, &torch->kernels(),
                                                      [&](std::string_view stage) { context.stage(stage); });
    WorkerReport report;
    if (!outcome) {
      report.diagnostics = {outcome.error()};
      if (report.diagnostics[0].file.empty() && report.diagnostics[0].code != ExitCode::Io) report.diagnostics[0].file = input.path;
      return report;
    }
    for (const std::string& note : outcome->notes) {
      report.diagnostics.push_back(makeNote(note, input.path));
    }
    report.json = toJson(*outcome).dump();
    return report;
  };
  return runWriter(request, output);
}

std::string summary(const Json& result, const OptimizeCommand& command) {
  std::string out = result.value("printed", "");
  if (command.timePasses)
    for (const Json& run : result["passes"])
      out += fmt::format("{:8.3f} ms  {}{}\n", run.value("seconds", 0.0) * 1e3, run.value("pass", ""),
                         run.value("changed", false) ? "" : "  (unchanged)");
  const int64_t after = result.value("nodes_after", int64_t{0});
  return out + fmt::format("{}: {} node{}, before {}\n", command.output.path, after, after == 1 ? "" : "s",
                           result.value("nodes_before", int64_t{0}));
}

// Small models are compared unasked; those with opened axes also at the sizes that the input has.
OutputVerification verification(const OptimizeCommand& command, const InputHandle& input, const Json& result) {
  constexpr uint64_t kVerifiedUnasked = 500'000'000;
  using When = OutputVerification::When;
  OutputVerification out = verificationAgainst(input);
  out.when = command.verify                                          ? When::Always
             : command.noVerify || input.size + result.value("weight_bytes", uint64_t{0}) > kVerifiedUnasked
                 ? When::Never
                 : When::IfPossible;
  const Json sizes = result.value("opened_sizes", Json::object());
  for (const auto& [symbol, size] : sizes.items())
    if (!command.options.fixed.symbols.contains(symbol)) out.options.sizes[symbol] = {size.get<int64_t>()};
  return out;
}

int runOptimize(OptimizeCommand& command, Console& console) {
  const auto fail = [&](const Diagnostic& error) { return console.fail("optimize", error); };
  command.options.externalData = command.output.externalData;
  if (Status completed = complete(command); !completed) return fail(completed.error());
  Result<InputHandle> input = openInput(command.model);
  if (!input) return fail(input.error());
  Result<OutputFile> output = createOutput(command.output, *input, console);
  if (!output) return fail(output.error());
  const WorkerReport answer = optimizeInWorker(command, *input, *output, console);
  console.report(answer.diagnostics);
  if (hasError(answer.diagnostics)) return console.finish("optimize", nullptr);
  const Result<Json> result = resultOf(answer);
  if (!result) return fail(result.error());
  WrittenModel written{"optimize", result->value("data_file", ""), *result, summary(*result, command), input->descriptor.get()};
  return finishOutput(*output, std::move(written), verification(command, *input, *result), command.worker, console);
}

std::string passList() {
  std::string text = "Pipelines:\n";
  for (const auto& pipeline : passes::pipelines()) text += fmt::format("  {:24}{}\n", pipeline.name, pipeline.description);
  text += "Passes:\n";
  for (const auto& pass : passes::passes()) text += fmt::format("  {:24}{}\n", pass.name, pass.description);
  text.pop_back();  // the help ends the line
  return text;
}

void addOptions(CLI::App& app, OptimizeCommand& command) {
  app.add_option("MODEL", command.model, "ONNX file; - reads stdin")->required();
  addModelOutput(app, command.output, "ONNX file to write; - writes stdout");
  app.add_option("--pass", command.options.passes, "A pass or pipeline; repeat for several (default: optimize)")
      ->allow_extra_args(false)->type_name("NAME");
  app.add_option("--rename", command.renames, "New name of an input or output; repeat for each")
      ->allow_extra_args(false)->type_name("OLD=NEW");
  app.add_option("--dynamic-axes", command.dynamicAxes, "Names for axes: 'input:0=batch,output:0=batch'")
      ->join(',')
      ->type_name("AXES");
  app.add_option("--fix-dim", command.fixedDims, "Size of a dynamic axis; repeat for each")
      ->allow_extra_args(false)->type_name("SYMBOL=SIZE");
  auto* verify = app.add_flag("--verify", command.verify,
                              "Compare the numbers with the input's, in ONNX Runtime, and keep the file only if equal "
                              "(the default up to 500 MB, where ONNX Runtime is there)");
  app.add_flag("--no-verify", command.noVerify, "Do not compare")->excludes(verify);
  app.add_flag("--verify-each", command.options.verifyEach, "Verify the graph after every pass");
  app.add_option("--print-after", command.options.printAfter, "Print the graph after a pass, or after all")
      ->allow_extra_args(false)->type_name("NAME");
  app.add_flag("--time-passes", command.timePasses, "Print how long each pass took");
  app.footer(passList());
}

}  // namespace

void addOptimize(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<OptimizeCommand>();
  CLI::App* sub = app.add_subcommand("optimize", "Rewrite an ONNX file: fold, simplify, rename, open axes");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker);
  addExamples(*sub, {"deploytool optimize net.onnx -o small.onnx",
                     "deploytool optimize net.onnx -o open.onnx --dynamic-axes 'image:0=batch,scores:0=batch'",
                     "deploytool optimize net.onnx -o net.onnx --force --fix-dim batch=1 --rename output=scores"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runOptimize(*command, context.console); });
}

}  // namespace deploytool::cli
