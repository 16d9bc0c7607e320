// Load, export, write: the pipeline behind `deploytool export` and deploytool::exportArchive.
#include "export/pipeline.h"

#include <nlohmann/json.hpp>

#include "export/input_spec.h"
#include "export/signature.h"
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

Diagnostic missingInputs(const ts::Function& method, const ts::InputFile& input, const ExportOptions& options) {
  Diagnostic d = makeError(ExitCode::Usage, "--input is needed: the dtype and dims of each tensor argument");
  d.notes.push_back(signatureText(method));
  d.help = "fill in the dims, with names for dynamic axes (float32[batch,3,224,224]):\n" +
           suggestedCommand(method, input.name, options.method);
  return d;
}

Diagnostic noSuchMethod(const ts::Program& program, const std::string& method) {
  std::string known;
  for (const std::string& name : program.methods) known += (known.empty() ? "" : ", ") + name;
  return makeError(ExitCode::Usage, "the model has no method '" + method + "'", "--method takes one of: " + known);
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

}  // namespace

Result<ts::TorchModule*> torchModule() {
  static const Result<void*> entry = openModule(kTorchModuleFile, ts::kModuleEntry);
  if (!entry) return entry.error();
  return reinterpret_cast<ts::ModuleEntry>(entry.value())();
}

ExportReport exportToDescriptor(ts::TorchModule& torch, const ts::InputFile& input, const OutputTarget& output,
                                const ExportOptions& options, const StageListener& stage) {
  stage("loading");
  Result<ts::LoadedModel> model = torch.load(input);
  if (!model) return failed(model.error(), input.name);
  const ts::Function* method = model->program.method(*model->program.root, options.method);
  if (!method) return failed(noSuchMethod(model->program, options.method), input.name);
  if (options.inputs.empty() && needsInputs(*method)) return failed(missingInputs(*method, input, options), input.name);
  stage("exporting");
  (void)output;
  return failed(makeError(ExitCode::Unsupported, "exporting is not built yet"), input.name);
}

Json toJson(const ExportReport& report) {
  return {{"traced", report.traced},         {"opset", report.opset},
          {"inputs", portsToJson(report.inputs)}, {"outputs", portsToJson(report.outputs)},
          {"nodes", report.nodeCount},       {"weight_bytes", report.weightBytes},
          {"data_file", report.dataFile}};
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
  return report;
}

}  // namespace exporter
}  // namespace deploytool
