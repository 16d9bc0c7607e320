// Load, export, write: the pipeline behind `deploytool export` and deploytool::exportArchive.
#include "export/pipeline.h"

#include <nlohmann/json.hpp>

#include "export/describe.h"
#include "export/export.h"
#include "export/input_spec.h"
#include "export/signature.h"
#include "ir/verify.h"
#include "passes/pass.h"
#include "quantize/quantize.h"
#include "quantize/report.h"
#include "support/diagnostics.h"
#include "support/files.h"
#include "support/module.h"

namespace deploytool {

bool ExportReport::ok() const { return !hasError(diagnostics); }

namespace exporter {

namespace {

using Json = nlohmann::ordered_json;

ExportReport failed(Diagnostic error, const std::string& file) {
  if (error.file.empty()) error.file = file;
  ExportReport report;
  report.diagnostics.push_back(std::move(error));
  return report;
}

Diagnostic missingInputs(const ts::Function& method, const std::string& file, const ExportOptions& options) {
  Diagnostic d = makeError(ExitCode::Usage, "--input is needed: the dtype and dims of each tensor argument");
  d.notes.push_back(signatureText(method));
  d.help = "fill in the dims, with names for dynamic axes (float32[batch,3,224,224]):\n" +
           suggestedCommand(method, file, options.method);
  return d;
}

Diagnostic noSuchMethod(const ts::Program& program, const std::string& method) {
  std::string known;
  for (const std::string& name : program.methods) known += (known.empty() ? "" : ", ") + name;
  return makeError(ExitCode::Usage, "the model has no method '" + method + "'", "--method takes one of: " + known);
}

// What holds for the result to be right is a warning; what was left out on purpose a note.
Diagnostics remarks(const std::vector<std::string>& assumptions, const std::vector<std::string>& notes,
                    const std::string& file) {
  Diagnostics out;
  for (const std::string& text : assumptions) {
    out.push_back(makeNote(text, file));
    out.back().severity = Severity::Warning;
  }
  for (const std::string& text : notes) out.push_back(makeNote(text, file));
  return out;
}

ExportReport failed(const ExportFailure& failure, const std::string& file) {
  ExportReport report;
  report.diagnostics = failure.errors;
  for (Diagnostic& d : report.diagnostics) {
    if (d.file.empty() && (d.code != ExitCode::Usage || !d.places.empty())) d.file = file;
  }
  // What depends on a refused operator is not looked at by the walk.
  Diagnostic& last = report.diagnostics.back();
  if (last.code == ExitCode::Unsupported && last.help.empty() && file != "-")
    last.help = "deploytool inspect " + file + " lists all operators without a lowering";
  for (Diagnostic& d : remarks({}, failure.notes, file)) report.diagnostics.push_back(std::move(d));
  return report;
}

Result<std::vector<CustomOp>> customOpsOf(const ExportOptions& options) {
  std::vector<CustomOp> ops;
  for (const std::string& text : options.customOps) {
    auto op = parseCustomOp(text);
    if (!op) return op.error();
    ops.push_back(std::move(*op));
  }
  if (options.customOpsJson.empty()) return ops;
  auto declared = parseCustomOps(options.customOpsJson);
  if (!declared) return declared.error();
  ops.insert(ops.end(), declared->begin(), declared->end());
  return ops;
}

/// Archives with operators that libtorch lacks only load once it knows them.
Status declareCustomOps(ts::TorchModule& torch, const ExportOptions& options) {
  const auto ops = customOpsOf(options);
  if (!ops) return ops.error();
  for (const CustomOp& op : *ops)
    if (Status declared = torch.declareOperator(op.schema.empty() ? op.name : op.schema); !declared) return declared;
  return {};
}

Status addMetadata(ir::Model& model, const std::vector<std::string>& pairs) {
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return makeError(ExitCode::Usage, "--metadata takes KEY=VALUE, not '" + pair + "'");
    model.metadata.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return {};
}

/// The passes after lowering; without folding, those that only tidy up.
std::vector<std::string> passNames(const ExportOptions& options) {
  if (!options.noFold) return {"export"};
  std::vector<std::string> names;
  for (const char* name : passes::findPipeline("export")->passes)
    if (std::string_view(name) != "constant-folding") names.emplace_back(name);
  return names;
}

/// Parameters (initializers with a name of their own) become inputs that have a default.
void listParametersAsInputs(ir::Graph& graph) {
  const std::vector<ir::Value*> initializers = graph.initializers();
  for (ir::Value* initializer : initializers) {
    if (initializer->name.empty() || initializer->isGraphInput() || !initializer->constant) continue;
    const ir::TensorPtr content = initializer->constant;
    ir::Value* input = graph.addInput(initializer->name, initializer->type);
    graph.replaceAllUses(initializer, input);
    graph.removeInitializer(initializer);
    graph.setDefault(input, content);
  }
}

Result<ExportRequest> requestFrom(const ExportOptions& options) {
  ExportRequest request;
  for (const std::string& text : options.inputs) {
    Result<InputSpec> input = parseInputSpec(text);
    if (!input) return input.error();
    request.inputs.push_back(std::move(*input));
  }
  if (Status resolved = resolveFiles(request.inputs); !resolved) return resolved.error();
  if (!options.dynamicAxes.empty()) {
    const auto axes = parseDynamicAxes(options.dynamicAxes);
    if (!axes) return axes.error();
    if (Status applied = applyDynamicAxes(*axes, request.inputs, request.outputAxes); !applied) return applied.error();
  }
  request.outputNames = options.outputNames;
  request.method = options.method;
  request.opset = options.opset;
  request.unrollLimit = options.unrollLimit;
  request.strictDims = options.strictDims;
  request.dropUnusedInputs = options.dropUnusedInputs;
  auto customOps = customOpsOf(options);
  if (!customOps) return customOps.error();
  request.customOps = std::move(*customOps);
  return request;
}

std::vector<PortInfo> ports(const std::vector<ir::Value*>& values) {
  std::vector<PortInfo> out;
  for (const ir::Value* value : values) out.push_back({value->name, text(value->type)});
  return out;
}

ExportReport reportOn(ir::Model& model, const ExportReport& walk) {
  ExportReport report = walk;
  report.inputs = ports(model.graph.inputs());
  report.outputs = ports(model.graph.outputs());
  report.opset = model.opset();
  model.graph.forEachNode([&](ir::Node&) { ++report.nodeCount; });
  for (const ir::Value* value : model.graph.initializers()) {
    report.weightBytes += static_cast<uint64_t>(value->constant->byteSize());
  }
  return report;
}

Json portsToJson(const std::vector<PortInfo>& ports) {
  Json out = Json::array();
  for (const PortInfo& port : ports) out.push_back({{"name", port.name}, {"type", port.type}});
  return out;
}

std::vector<PortInfo> portsFrom(const Json& json) {
  std::vector<PortInfo> out;
  for (const Json& item : json) out.push_back({item.value("name", ""), item.value("type", "")});
  return out;
}

Result<std::optional<QuantizeReport>> quantized(ir::Model& model, ts::TorchModule& torch, const ExportOptions& options,
                                                const StageListener& stage) {
  if (!options.int8) return std::optional<QuantizeReport>();
  stage("quantizing");
  Result<QuantizeReport> report = quantize::quantizeModel(model, *options.int8, &torch.kernels());
  if (!report) return report.error();
  return std::optional(std::move(*report));
}

// Up to the graph; without a model the report says why.
struct Walked {
  std::unique_ptr<ir::Model> model;
  ExportReport report;
};

Walked walk(const ts::LoadedModel& loaded, const std::string& file, const ExportOptions& options) {
  const auto refused = [](ExportReport report) { return Walked{nullptr, std::move(report)}; };
  const ts::Function* method = loaded.program.method(*loaded.program.root, options.method);
  if (!method) return refused(failed(noSuchMethod(loaded.program, options.method), file));
  if (options.inputs.empty() && needsInputs(*method)) return refused(failed(missingInputs(*method, file, options), file));
  const Result<ExportRequest> request = requestFrom(options);
  if (!request) return refused(failed(request.error(), ""));
  ExportResult result = exportProgram(loaded, *request);
  if (const auto* failure = std::get_if<ExportFailure>(&result)) return refused(failed(*failure, file));
  ExportOutcome& outcome = std::get<ExportOutcome>(result);
  Walked walked{std::move(outcome.model), {}};
  walked.report.traced = loaded.program.traced;
  walked.report.diagnostics = remarks(outcome.assumptions, outcome.notes, file);
  if (loaded.program.traced) walked.report.diagnostics.push_back(tracedRemark(file));
  return walked;
}

}  // namespace

Result<ts::TorchModule*> torchModule() {
  static const Result<void*> entry = openModule(kTorchModuleFile, ts::kModuleEntry);
  if (!entry) return entry.error();
  return reinterpret_cast<ts::ModuleEntry>(entry.value())();
}

ExportReport exportToDescriptor(ts::TorchModule& torch, const ts::InputFile& input, const OutputTarget& output,
                                const ExportOptions& options, const StageListener& stage) {
  stage("loading");
  if (Status declared = declareCustomOps(torch, options); !declared) return failed(declared.error(), "");
  const Result<ts::LoadedModel> model = torch.load(input);
  if (!model) return failed(model.error(), input.name);
  stage("exporting");
  Walked walked = walk(*model, input.name, options);
  if (!walked.model) return std::move(walked.report);
  stage("optimizing");
  const passes::RunOptions run{.kernels = &torch.kernels(), .printAfter = {}, .print = {}};
  if (const auto runs = passes::runPasses(*walked.model, passNames(options), run); !runs)
    return failed(runs.error(), input.name);
  Result<std::optional<QuantizeReport>> quantization = quantized(*walked.model, torch, options, stage);
  if (!quantization) return failed(quantization.error(), input.name);
  if (options.keepInitializersAsInputs) listParametersAsInputs(walked.model->graph);
  if (Status added = addMetadata(*walked.model, options.metadata); !added) return failed(added.error(), "");
  if (Diagnostics problems = ir::verify(*walked.model); !problems.empty()) return failed(problems.front(), input.name);
  ExportReport report = reportOn(*walked.model, walked.report);
  report.quantization = std::move(*quantization);
  if (report.quantization) {
    for (const Diagnostic& d : report.quantization->diagnostics) report.diagnostics.push_back(d);
  }
  stage("writing");
  const auto dataFile = onnx_io::writeToTarget(*walked.model, output, options.externalData);
  if (!dataFile) return failed(dataFile.error(), "");
  report.dataFile = *dataFile;
  return report;
}

ExportReport tryExport(const ts::LoadedModel& model, const std::string& file, const ExportOptions& options) {
  Walked walked = walk(model, file, options);
  return walked.model ? reportOn(*walked.model, walked.report) : walked.report;
}

Json toJson(const ExportReport& report) {
  Json json{{"traced", report.traced},         {"opset", report.opset},
            {"inputs", portsToJson(report.inputs)}, {"outputs", portsToJson(report.outputs)},
            {"nodes", report.nodeCount},       {"weight_bytes", report.weightBytes},
            {"data_file", report.dataFile}};
  if (report.quantization) json["quantization"] = quantize::toJson(*report.quantization);
  return json;
}

ExportReport reportFromJson(const Json& json) {
  ExportReport report;
  if (!json.is_object()) return report;
  report.traced = json.value("traced", false);
  report.opset = json.value("opset", int64_t{0});
  report.inputs = portsFrom(json.value("inputs", Json::array()));
  report.outputs = portsFrom(json.value("outputs", Json::array()));
  report.nodeCount = json.value("nodes", uint64_t{0});
  report.weightBytes = json.value("weight_bytes", uint64_t{0});
  report.dataFile = json.value("data_file", "");
  if (json.contains("quantization")) report.quantization = quantize::reportFromJson(json["quantization"]);
  return report;
}

}  // namespace exporter

ExportReport exportArchive(const std::string& modelPath, const std::string& outputPath, const ExportOptions& options,
                           bool force) {
  const auto failed = [](const Diagnostic& error) {
    ExportReport report;
    report.diagnostics.push_back(error);
    return report;
  };
  const Result<InputHandle> input = openInput(modelPath);
  if (!input) return failed(input.error());
  const auto torch = exporter::torchModule();
  if (!torch) return failed(torch.error());
  Result<OutputFile> output = OutputFile::create(outputPath, {force, outputPath != "-"});
  if (!output) return failed(output.error());
  ExportReport report =
      exporter::exportToDescriptor(**torch, {input->descriptor.get(), modelPath},
                                   {output->descriptor(), output->dataDescriptor(), output->name()}, options, [](auto) {});
  if (!report.ok()) return report;
  if (Status committed = output->commit(report.dataFile); !committed) report.diagnostics.push_back(committed.error());
  return report;
}

}  // namespace deploytool
