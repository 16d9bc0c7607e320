// deploytool export: an archive becomes an ONNX model.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fstream>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "deploytool/commands.h"
#include "deploytool/help.h"
#include "deploytool/export.h"
#include "deploytool/model_output.h"
#include "deploytool/number_range.h"
#include "deploytool/worker_options.h"
#include "export/custom_op.h"
#include "export/export.h"
#include "export/input_spec.h"
#include "export/pipeline.h"
#include "quantize/cpu.h"
#include "quantize/report.h"
#include "support/diagnostics.h"
#include "support/files.h"

namespace deploytool::cli {

namespace {

using Json = nlohmann::ordered_json;

struct ExportCommand {
  std::string model;
  ModelOutput output;
  bool verify = false;
  bool int8 = false;
  std::string customOpsFile;
  ExportOptions options;
  WorkerOptions worker;
};

// Errors of the command line are found before a process is started.
Status checkOptions(const ExportCommand& command) {
  if (Status known = exporter::checkOpset(command.options.opset); !known) return known;
  for (const std::string& input : command.options.inputs) {
    if (const auto spec = exporter::parseInputSpec(input); !spec) return spec.error();
  }
  for (const std::string& text : command.options.customOps)
    if (const auto op = exporter::parseCustomOp(text); !op) return op.error();
  if (!command.options.customOpsJson.empty())
    if (const auto ops = exporter::parseCustomOps(command.options.customOpsJson); !ops) return ops.error();
  if (command.options.dynamicAxes.empty()) return {};
  const auto axes = exporter::parseDynamicAxes(command.options.dynamicAxes);
  return axes ? Status() : Status(axes.error());
}

WorkerReport exportInWorker(const ExportCommand& command, const InputHandle& input, const OutputFile& output,
                            Console& console) {
  ts::TorchModule* torch = nullptr;  // set in the worker
  WorkerRequest request = torchWorkerRequest(command.worker, input, console, torch);
  request.job = [&](WorkerContext& context) {
    const exporter::OutputTarget target{output.descriptor(), output.dataDescriptor(), output.name()};
    ExportReport report = exporter::exportToDescriptor(*torch, {input.descriptor.get(), input.path}, target,
                                                       command.options, [&](auto stage) { context.stage(stage); });
    return WorkerReport{exporter::toJson(report).dump(), std::move(report.diagnostics)};
  };
  return runWriter(request, output);
}

std::string portLines(const std::vector<PortInfo>& ports) {
  std::string out;
  for (const PortInfo& port : ports) out += fmt::format("  {}: {}\n", port.name, port.type);
  return out;
}

std::string summary(const ExportReport& report, const std::string& path) {
  std::string out = fmt::format("{}: opset {}, {} node{}, {:.2f} MB of weights\n", path, report.opset, report.nodeCount,
                                report.nodeCount == 1 ? "" : "s", static_cast<double>(report.weightBytes) / 1e6);
  out += "inputs:\n" + portLines(report.inputs) + "outputs:\n" + portLines(report.outputs);
  if (report.quantization) {
    const auto totals = quantize::totalsOf(*report.quantization);
    out += fmt::format("{} of {} weights as INT8\n", totals.quantized, totals.weights);
  }
  if (!report.dataFile.empty()) out += "weights in " + report.dataFile + "\n";
  return out;
}

Status readCustomOps(ExportCommand& command) {
  if (command.customOpsFile.empty()) return {};
  std::ifstream file(command.customOpsFile);
  if (!file) return makeError(ExitCode::Io, "cannot read " + command.customOpsFile);
  command.options.customOpsJson.assign(std::istreambuf_iterator<char>(file), {});
  return {};
}

// On the inputs that the model was exported for.
OutputVerification verification(const ExportCommand& command, const InputHandle& input) {
  OutputVerification out = verificationAgainst(input);
  if (command.verify) out.when = OutputVerification::When::Always;
  out.options.method = command.options.method;
  out.options.inputs = command.options.inputs;
  out.options.dynamicAxes = command.options.dynamicAxes;
  return out;
}

int runExport(ExportCommand& command, Console& console) {
  const auto fail = [&](const Diagnostic& error) { return console.fail("export", error); };
  if (Status read = readCustomOps(command); !read) return fail(read.error());
  command.options.externalData = command.output.externalData;
  if (command.int8) {
    command.options.int8.emplace();
    command.options.int8->scheme.reduceRange = quantize::productsSaturate();
  }
  if (Status checked = checkOptions(command); !checked) return fail(checked.error());
  Result<InputHandle> input = openInput(command.model);
  if (!input) return fail(input.error());
  Result<OutputFile> output = createOutput(command.output, *input, console);
  if (!output) return fail(output.error());
  const WorkerReport answer = exportInWorker(command, *input, *output, console);
  console.report(answer.diagnostics);
  if (hasError(answer.diagnostics)) return console.finish("export", nullptr);
  const ExportReport report = exporter::reportFromJson(Json::parse(answer.json, nullptr, false));
  WrittenModel written{"export", report.dataFile, exporter::toJson(report), summary(report, command.output.path)};
  return finishOutput(*output, std::move(written), verification(command, *input), command.worker, console);
}

void addOptions(CLI::App& app, ExportCommand& command) {
  ExportOptions& options = command.options;
  app.add_option("MODEL", command.model, "TorchScript archive; - reads stdin")->required();
  addModelOutput(app, command.output, "ONNX file to write; - writes stdout");
  app.add_option("--input", options.inputs,
                 "One argument of the method: 'x:float32[batch,3,224,224]' is a tensor with a dynamic first axis, "
                 "batch=2 gives its example size, ? is a dynamic axis without a name; [..], (..), {key:..} hold several; "
                 "3, 2.5, true, none, \"text\" are constants; @FILE takes dtype and dims from .npy, .npz or .pb. "
                 "Repeat for each argument")
      ->allow_extra_args(false)
      ->type_name("NAME:SPEC");
  app.add_option("--output-name", options.outputNames, "Name of an output; repeat for each")
      ->allow_extra_args(false)
      ->type_name("NAME");
  app.add_option("--dynamic-axes", options.dynamicAxes, "Names for axes: 'input:0=batch,output:0=batch'")
      ->join(',')
      ->type_name("AXES");
  app.add_option("--opset", options.opset, "ONNX opset")->capture_default_str()->type_name("N");
  app.add_option("--method", options.method, "Method to export")->capture_default_str()->type_name("NAME");
  app.add_option("--unroll-limit", options.unrollLimit, "Nodes that one unrolled loop may emit")
      ->capture_default_str()
      ->check(numberFrom<int64_t>(0))
      ->type_name("N");
  app.add_flag("--strict-dims", options.strictDims, "Refuse where the graph's structure needs an example size");
  app.add_flag("--drop-unused-inputs", options.dropUnusedInputs, "Leave out inputs that nothing uses");
  app.add_option("--custom-op", options.customOps, "Makes an operator a node of your own: 'my::op=my.domain::Op'; repeat for each")
      ->allow_extra_args(false)
      ->type_name("OP=NODE");
  app.add_option("--custom-ops", command.customOpsFile,
                 "JSON file of such operators, with schema, inputs, attributes and outputs: {\"my::op\": {\"node\": "
                 "\"my.domain::Op\", \"schema\": \"my::op(Tensor x, float a) -> Tensor\", \"inputs\": [\"x\"], "
                 "\"attributes\": {\"alpha\": \"a\"}, \"outputs\": [{\"dtype\": \"float32\", \"dims\": [\"x.0\", \"?\", 3]}]}}")
      ->type_name("FILE");
  app.add_option("--metadata", options.metadata, "KEY=VALUE to write into the model; repeat for each")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app.add_flag("--keep-initializers-as-inputs", options.keepInitializersAsInputs,
               "Parameters are inputs too, with their values as defaults");
  app.add_flag("--no-fold", options.noFold, "Leave what depends on constants only as it is");
  auto* verify = app.add_flag("--verify", command.verify,
                              "Compare the numbers with the archive's, in ONNX Runtime, and keep the file only if equal");
  app.add_flag("--int8", command.int8, "Quantize the weights of linear and LSTM layers, as `deploytool quantize` does")
      ->excludes(verify);
}

}  // namespace

void addExport(CLI::App& app, CommandContext& context) {
  auto command = std::make_shared<ExportCommand>();
  CLI::App* sub = app.add_subcommand("export", "Export a TorchScript archive to ONNX");
  addOptions(*sub, *command);
  addWorkerOptions(*sub, command->worker);
  addExamples(*sub, {"deploytool export net.pt -o net.onnx --input 'image:float32[batch,3,224,224]'",
                     "deploytool export net.pt -o net.onnx --input 'tokens:int64[batch,length=16]' --input 'mask:none' --verify",
                     "deploytool export net.pt -o net.onnx --input 'xs:[float32[n,8],float32[n,8]]' --input 'scale:0.5' --json"});
  addOutputOptions(*sub, context.console);
  sub->callback([command, &context] { context.exitCode = runExport(*command, context.console); });
}

}  // namespace deploytool::cli
